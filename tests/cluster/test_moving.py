"""A city moves to a real cluster and back by the command line: the same ledger and letters as one that stayed."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from clusters import Cluster
from moves import desk
from moves import embedded as judge
from multiplex import Outcome, city_of, embedded, outcome
from servers import fresh_database

from streams.ports.kafka.log import KafkaLog
from streams.ports.kafka.producing import Producing
from streams.ports.kafka.schema import Cut
from streams.ports.store import open_store
from streams.records import Position, Record
from zhiban.cli import run_command
from zhiban.wiring import load_rules

LOGS = int(os.environ.get("ZHIBAN_LOGS", "100"))
RULES = load_rules(("national-2019",), {})


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return city_of(LOGS)


@pytest.fixture(scope="module")
def expected(log: list[Record]) -> Outcome:
    return embedded(log)


class City:
    """One working directory with a broker; its store moves."""

    def __init__(self, folder: Path, kafka: str, prefix: str) -> None:
        self.folder, self.kafka, self.prefix = folder, kafka, prefix

    def stays_in_a_file(self, name: str, log: Sequence[Record]) -> str:
        """Judge records in a file, as the embedded runner does."""
        url = f"sqlite:///{self.folder / name}"
        store = open_store(url)
        judge(store, RULES, log, 1)
        desk(store)
        store.close()
        return url

    def works_on_the_cluster(self, url: str, log: Sequence[Record], partitions: int) -> None:
        """Judge records with agents workers, and let the desk take them."""
        cluster = self.cluster(url, partitions)
        try:
            cluster.produce(log)
            with cluster.workers("agents", "agents"):
                cluster.await_read(300)
            desk(cluster.store)
        finally:
            cluster.close()

    def cluster(self, url: str, partitions: int) -> Cluster:
        """The workers' side of it."""
        return Cluster(self.folder, self.kafka, url, self.prefix, partitions=partitions)

    def moves(self, here: str, there: str) -> int:
        """Copy it by the command line."""
        gc.collect()
        return run_command(["store", "copy", here, there, "-C", str(self.folder)])


def test_there_and_back_again(
    log: list[Record], expected: Outcome, kafka: str, server: str, prefix: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    city = City(tmp_path, kafka, prefix)
    parts = [log[i * len(log) // 5 : (i + 1) * len(log) // 5] for i in range(5)]
    with fresh_database(server) as first, fresh_database(server) as second:
        city.cluster(first, 8).close()  # writes the configuration, and makes the topics and partitions
        file = city.stays_in_a_file("one.db", parts[0])
        assert city.moves(file, first) == 0
        assert run_command(["poll", "--once", "-C", str(tmp_path)]) == 2, "its log is in Kafka now"
        city.works_on_the_cluster(first, parts[1], 8)
        late = city.cluster(first, 8)
        late.produce(parts[2])
        late.close()
        assert city.moves(first, f"sqlite:///{tmp_path / 'two.db'}") == 2
        assert "Kafka 里还有" in capsys.readouterr().err
        city.works_on_the_cluster(first, [], 8)
        assert city.moves(first, f"sqlite:///{tmp_path / 'two.db'}") == 0
        back = city.stays_in_a_file("two.db", parts[3])
        # The same topics once more: what they hold of the epoch before counts for nothing.
        assert city.moves(back, second) == 0
        city.works_on_the_cluster(second, parts[4], 8)
        store = open_store(second)
        with store.read() as tx:
            assert tx.epoch() == 4
        findings, letters = outcome(store)
        store.close()
    assert len(findings) > 5 * LOGS
    assert findings == expected[0]
    assert letters == expected[1]


def test_another_number_of_partitions(
    log: list[Record], expected: Outcome, kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    half = len(log) // 2
    city = City(tmp_path, kafka, prefix)
    city.works_on_the_cluster(postgres, log[:half], 8)
    gc.collect()
    assert run_command(["store", "repartition", "3", "-C", str(tmp_path)]) == 0
    store = open_store(postgres)
    with Producing([kafka]) as producing, store.read() as tx, pytest.raises(Cut):
        KafkaLog(producing, f"{prefix}-records", 1).take_looks(tx, {}, log[0].time)
    store.close()
    city.prefix = f"{prefix}x"
    city.works_on_the_cluster(postgres, log[half:], 3)
    store = open_store(postgres)
    with store.read() as tx:
        assert (tx.epoch(), tx.partition_count()) == (2, 3)
    findings, letters = outcome(store)
    store.close()
    assert findings == expected[0]
    assert letters == expected[1]


def test_time_passes_in_the_new_epoch_once_the_workers_are_started(
    log: list[Record], kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    city = City(tmp_path, kafka, prefix)
    city.cluster(postgres, 4).close()
    assert city.moves(city.stays_in_a_file("one.db", log[:100]), postgres) == 0
    cluster = city.cluster(postgres, 4)

    def ticked() -> bool:
        with cluster.store.read() as tx:
            return all(tx.progress(partition)[0] > Position(2, 0) for partition in range(4))

    try:
        with cluster.workers("agents", "connectors"):
            cluster.wait(ticked, 120, "a tick in every partition")
    finally:
        cluster.close()
