"""Workers, broker and database fall while a log is worked through: afterwards the ledger is what it would have been."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from clusters import Cluster, Supervisor
from multiplex import PARTITIONS, Outcome, city_of, embedded, outcome
from servers import LIBRARIES, fresh_database, need, started

from streams.records import Record

LOGS = int(os.environ.get("ZHIBAN_FAULT_LOGS", "150"))
TURNS = int(os.environ.get("ZHIBAN_FAULT_TURNS", "1"))  # of a worker that joins and leaves
SLICES = 12  # in which the log is produced, one after each fault
_never = threading.Event()
Fault = Callable[[int, Supervisor, random.Random], None]


@pytest.fixture(scope="module")
def log() -> list[Record]:
    return city_of(LOGS)


@pytest.fixture(scope="module")
def expected(log: list[Record]) -> Outcome:
    return embedded(log)


def suffer(cluster: Cluster, log: list[Record], expected: Outcome, fault: Fault, workers: int = 3) -> int:
    """Produce the log in slices, with a fault after each; hold the outcome. How often a worker was started again."""
    dice = random.Random(7)
    size = len(log) // SLICES + 1
    with cluster.supervised(*["agents"] * workers) as supervisor:
        for number in range(SLICES):
            cluster.produce(log[number * size : (number + 1) * size])
            _never.wait(0.3 + dice.random())
            fault(number, supervisor, dice)
        cluster.await_read(180)
        restarts = supervisor.restarts
    findings, letters = outcome(cluster.store)
    assert len(findings) > 5 * LOGS
    assert findings == expected[0]
    assert letters == expected[1]
    return restarts


def kill(_number: int, supervisor: Supervisor, dice: random.Random) -> None:
    """SIGKILL to one of them: a rebalance in the middle of a batch."""
    dice.choice(supervisor.processes).send_signal(signal.SIGKILL)


def freeze(number: int, supervisor: Supervisor, dice: random.Random) -> None:
    """Every fourth time, stop one beyond its session's time-out, and let it go on as a zombie."""
    if number % 4 == 0:
        one = dice.choice(supervisor.processes)
        one.send_signal(signal.SIGSTOP)
        _never.wait(9)
        one.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("fault", [kill, freeze])
def test_workers_fall_or_freeze(
    fault: Fault, log: list[Record], expected: Outcome, kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS)
    try:
        restarts = suffer(cluster, log, expected, fault)
    finally:
        cluster.close()
    assert restarts >= (SLICES // 2 if fault is kill else 0)
    print(f"\n{fault.__name__}: {SLICES} faults, {restarts} restarts: nothing lost, nothing doubled")


def test_partitions_move_in_the_middle_of_a_batch(
    log: list[Record], expected: Outcome, kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    """A third worker joins under load, and leaves as it came, asked to; again and again."""
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS)
    bits = [log[begin : begin + len(log) // 200] for begin in range(0, len(log), len(log) // 200)]
    try:
        with cluster.supervised("agents", "agents") as supervisor:
            under(cluster, bits, lambda: cluster.holders() == 2)
            for _ in range(TURNS):
                supervisor.hire("agents")
                under(cluster, bits, lambda: cluster.holders() == 3)
                assert supervisor.dismiss() == 0
                under(cluster, bits, lambda: cluster.holders() == 2)
            left = len(bits)
            under(cluster, bits, lambda: not bits)
            cluster.await_read(120)
            assert supervisor.restarts == 0
        assert outcome(cluster.store) == expected
    finally:
        cluster.close()
    print(f"\nrebalance: a worker joined and left {TURNS} times, {left} of 200 bits were left: nothing lost or doubled")


def under(cluster: Cluster, bits: list[list[Record]], done: Callable[[], bool]) -> None:
    """Produce one bit of the load after another until it is done; a load that is over first is waited with."""

    def also() -> bool:
        if bits:
            cluster.produce(bits.pop(0))
        return done()

    cluster.wait(also, 60, "the group has settled")


def test_the_database_falls_in_mid_transaction(
    database: tuple[str, Callable[[], None]],
    log: list[Record],
    expected: Outcome,
    kafka: str,
    prefix: str,
    tmp_path: Path,
) -> None:
    url, restart = database
    with fresh_database(url) as store:
        cluster = Cluster(tmp_path, kafka, store, prefix, partitions=PARTITIONS)

        def fall(number: int, _supervisor: Supervisor, _dice: random.Random) -> None:
            if number % 3 == 0:
                restart()

        try:
            restarts = suffer(cluster, log, expected, fall, workers=2)
        finally:
            cluster.close()
    print(f"\ndatabase: {SLICES // 3} immediate restarts, {restarts} of workers: nothing lost, nothing doubled")


def test_the_broker_falls(
    log: list[Record],
    expected: Outcome,
    postgres: str,
    prefix: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    need("Kafka", "ZHIBAN_TEST_KAFKA", "java", "mvn")
    compose = started()
    folder, port = tmp_path / "broker", compose.free_port()
    folder.mkdir()
    running: list[ExitStack] = []

    def start() -> None:
        stack = ExitStack()
        stack.enter_context(compose.kafka(folder, LIBRARIES, port))
        running.append(stack)

    start()
    cluster = Cluster(tmp_path, f"127.0.0.1:{port}", postgres, prefix, partitions=PARTITIONS)

    def fall(number: int, _supervisor: Supervisor, _dice: random.Random) -> None:
        if number in {4, 8}:
            os.kill(int((folder / "pid").read_text()), signal.SIGKILL)
            running.pop().close()
            start()

    try:
        restarts = suffer(cluster, log, expected, fall, workers=2)
    finally:
        cluster.close()
        running.pop().close()
    print(f"\nbroker: 2 kills, {restarts} restarts of workers: nothing lost, nothing doubled")
