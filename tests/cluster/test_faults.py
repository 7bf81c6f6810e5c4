"""Workers, broker and database fall while a log is worked through: afterwards the ledger is what it would have been."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from clusters import Cluster, Supervisor
from multiplex import PARTITIONS, Outcome, city_of, embedded, outcome
from servers import LIBRARIES, fresh_database, need, started

from streams.records import Record

LOGS = int(os.environ.get("ZHIBAN_FAULT_LOGS", "150"))
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


class Own:
    """A server of the test's own, which may be killed and started again at the same port."""

    def __init__(self, start: Callable[[], ExitStack]) -> None:
        self._start = start
        self._running = start()

    def restart(self, end: Callable[[], None]) -> None:
        """End it in its own hard way, and start it again."""
        end()
        self._running.close()
        self._running = self._start()

    def close(self) -> None:
        """End it."""
        self._running.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A database server of its own, and what restarts it at once, in mid-transaction."""
    need("PostgreSQL", "ZHIBAN_TEST_POSTGRES", "pg_config")
    compose = started()
    folder, port = Path(f"/tmp/zb{os.getpid()}{random.randrange(10**6)}"), compose.free_port()
    folder.mkdir(mode=0o755)
    words = [str(compose.HERE / "postgres" / "start.py"), str(folder), "--port", str(port)]

    def start() -> ExitStack:
        stack = ExitStack()
        stack.enter_context(compose.serving(words, tmp_path / "postgres.log", port))
        return stack

    def immediately() -> None:
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)

    own = Own(start)
    try:
        yield f"postgresql+psycopg://zhiban@127.0.0.1:{port}/postgres", lambda: own.restart(immediately)
    finally:
        own.close()
        compose.shutil.rmtree(folder, ignore_errors=True)


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
