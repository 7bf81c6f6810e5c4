"""Kafka, Faust and PostgreSQL on one machine: an agents worker with all rules, beside an idle Faust agent.

4,000 accounts under the national pack, eight partitions, looks of which one in four shows something new. The idle agent
takes and decodes the same records from the same broker and does nothing with them. Broker, database and workers share
the cores, so that a second worker can only take what the others leave. Latency is from the broker's answer to the
finding in the ledger, one record at a time.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Figure, Unmeasured, tell
from benchmarks.worlds import START, account, facts, look
from streams.records import Body, Record

HOME = Path(__file__).parents[1]
ACCOUNTS, ROUNDS, LATENCIES = 4000, 8, 60
PARTITIONS = 8
_never = threading.Event()


def figures() -> Iterator[Figure]:
    """The limit, ours with one worker and with two, and how long a finding takes."""
    try:
        from clusters import Cluster  # noqa: PLC0415 - the tests' own, and the clients are an extra
        from servers import LIBRARIES, fresh_database, started  # noqa: PLC0415
    except ImportError as error:
        raise Unmeasured(f"{error}: `make bench` installs the cluster's clients where it can") from error
    compose = started()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "kafka").mkdir()
        broker = stack.enter_context(compose.kafka(folder / "kafka", LIBRARIES))
        server = stack.enter_context(compose.postgres())
        rates = {}
        for workers in (1, 2):
            store = stack.enter_context(fresh_database(server))
            cluster = Cluster(folder / str(workers), broker, store, f"b{workers}", partitions=PARTITIONS)
            cluster.produce([Record(START, name, fact) for name, fact in _facts()])
            with cluster.workers(*["agents"] * workers):
                cluster.await_read()
                rates[workers] = _rate(cluster)
                if workers == 1:
                    latencies = _latencies(cluster)
            if workers == 1:
                limit = _nothing(broker, cluster.layout.records, ROUNDS * ACCOUNTS)
            cluster.close()
    yield Figure(
        what="records/s, all rules and the database, one worker",
        value=rates[1],
        unit="records/s",
        beside="idle Faust agent",
        other=limit,
        goal=">= 50 %",
        met=rates[1] >= 0.5 * limit,
    )
    yield Figure(what="with two workers", value=rates[2], unit="records/s", beside="one worker", other=rates[1])
    yield Figure(
        what="from the broker's answer to the finding, p50", value=statistics.median(latencies) * 1000, unit="ms"
    )
    yield Figure(what="the same, p99", value=sorted(latencies)[int(len(latencies) * 0.99)] * 1000, unit="ms")


def _facts() -> Iterator[tuple[str, Body]]:
    return facts([(subject, [source]) for subject, source in map(account, range(ACCOUNTS))])


def _looks() -> list[Record]:
    found = []
    for number in range(1, ROUNDS + 1):
        at = START + timedelta(hours=2 * number)
        for index in range(ACCOUNTS):
            subject, source = account(index)
            changed = number if (index + number) % 4 == 0 else 0
            found.append(Record(at, subject.id, look(source, at, at.date(), 20 + changed)))
    return found


def _rate(cluster: object) -> float:
    """Records per second from the first to the last of a full topic."""
    log = _looks()
    before = _read(cluster)
    cluster.produce(log)  # type: ignore[attr-defined]
    begin, first = time.perf_counter(), _read(cluster) - before
    cluster.wait(lambda: _read(cluster) - before >= len(log), 200, "all looks judged")  # type: ignore[attr-defined]
    return (len(log) - first) / (time.perf_counter() - begin)


def _read(cluster: object) -> int:
    with cluster.store.read() as tx:  # type: ignore[attr-defined]
        return sum(tx.progress(partition)[0].offset for partition in range(PARTITIONS))


def _latencies(cluster: object) -> list[float]:
    """Looks that make an account stale, one at a time."""
    found = []
    for index in range(LATENCIES):
        subject, source = account(index)
        at = START + timedelta(days=40, seconds=index)
        cluster.produce([Record(at, subject.id, look(source, at, date(2026, 11, 3)))])  # type: ignore[attr-defined]
        begin = time.perf_counter()
        while not _has_veto(cluster, subject.id):
            _never.wait(0.002)
        found.append(time.perf_counter() - begin)
    return found


def _has_veto(cluster: object, subject: str) -> bool:
    from sqlalchemy import text  # noqa: PLC0415

    query = text("select 1 from findings where subject = :name and rule = 'MED-STALE' limit 1")
    with cluster.store.read() as tx:  # type: ignore[attr-defined]
        return tx.connection.execute(query, {"name": subject}).first() is not None


def _nothing(broker: str, topic: str, count: int) -> float:
    """What Faust alone does: a process that takes batches and acknowledges them."""
    command = [sys.executable, "-m", "benchmarks.noop", broker, topic, str(count)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=120, check=True)
    return float(done.stdout.split()[-1])


def _paths() -> Sequence[str]:
    return [str(HOME / "tests" / "support")]


@contextmanager
def _reachable() -> Iterator[None]:
    sys.path[:0] = _paths()
    yield


if __name__ == "__main__":
    with _reachable():
        tell(figures)
