"""The same log through the embedded runner and through Kafka, Faust and PostgreSQL: the same ledger and letters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from clusters import Cluster
from multiplex import PARTITIONS, Outcome, city_of, embedded, outcome

from streams.records import Record

LOGS = int(os.environ.get("ZHIBAN_LOGS", "300"))


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return city_of(LOGS)


@pytest.fixture(scope="module")
def expected(log: list[Record]) -> Outcome:
    return embedded(log)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_same_log_gives_the_same_ledger_and_letters(
    workers: int, log: list[Record], expected: Outcome, kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS)
    try:
        cluster.produce(log)
        with cluster.workers(*["agents"] * workers):
            cluster.await_read(300)
        findings, letters = outcome(cluster.store)
    finally:
        cluster.close()
    assert len(findings) > 5 * LOGS
    assert len(letters) > 10
    assert findings == expected[0]
    assert letters == expected[1]
