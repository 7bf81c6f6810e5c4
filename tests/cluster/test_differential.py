"""The same log through the embedded runner and through Kafka, Faust and PostgreSQL: the same ledger and letters."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest
from clusters import Cluster
from harness import ledger
from multiplex import PARTITIONS, Outcome, city_of, embedded, outcome

from streams.ports.store import open_store
from streams.ports.store.log import records_of
from streams.records import Position, Record
from zhiban.demo.show import run_show

LOGS = int(os.environ.get("ZHIBAN_LOGS", "300"))
DAYS = int(os.environ.get("ZHIBAN_DEMO_DAYS", "14"))


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


def test_the_demo_city_s_fortnight_is_judged_as_it_was_live(
    kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    shown = asyncio.run(run_show(1, DAYS, tmp_path / "demo", (), lambda _text: None, lambda _moment: None))
    assert shown.found
    live = open_store(f"sqlite:///{tmp_path / 'demo' / 'zhiban.db'}")
    with live.read() as tx:
        log = records_of(tx.read_log(0, Position(1, 0), 1_000_000))
    found = [msgspec.json.encode(finding) for finding in ledger(live)]
    live.close()
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS)
    try:
        cluster.produce(log)
        with cluster.workers("agents", "agents"):
            cluster.await_read(300)
        findings, letters = outcome(cluster.store)
    finally:
        cluster.close()
    assert len(log) > 100 * DAYS
    assert findings == found
    assert (findings, letters) == embedded(log)
