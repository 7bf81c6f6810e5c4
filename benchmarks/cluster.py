"""Kafka, Faust and PostgreSQL on one machine: an agents worker with all rules, beside two Faust agents as limits.

4,000 accounts under the national pack, eight partitions, looks of which one in four shows something new. The idle agent
takes and decodes the same records from the same broker and does nothing with them; the bare one writes each batch's
positions and an outbox row for each record into the same database, and judges nothing. Three rounds of each by turns;
the medians are shown. CPU is that of the worker's process alone, and says more than the rate where others use the
cores. Broker, database and workers share them, so that a second worker can only take what the others leave. Latency is
from the broker's answer to the finding in the ledger, one record at a time, after the backlog.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.clustered import HOME, running
from benchmarks.figures import Figure, Unmeasured, tell
from benchmarks.worlds import START, account, facts, look
from streams.partitions import partition_of
from streams.ports.kafka.producing import Entry, Producing
from streams.ports.kafka.schema import encode_record
from streams.records import Body, Record

ACCOUNTS, ROUNDS, LATENCIES, TURNS = 4000, 5, 400, 3
PARTITIONS = 8
MEASURED = 0.9  # of a backlog: `benchmarks.noop` does the same
PATIENCE = 60.0  # seconds for one backlog
_never = threading.Event()


def figures() -> Iterator[Figure]:
    """The limit, ours with one worker and with two, and how long a finding takes."""
    with running(PARTITIONS) as (cluster, database):
        yield from _measured(cluster, database.replace("+psycopg", ""))


def _measured(cluster: Any, database: str) -> Iterator[Figure]:
    looks = _looks()
    cluster.produce([Record(START, name, fact) for name, fact in _facts()])
    with cluster.workers("agents") as (worker,):
        cluster.await_read()
        _rate(cluster, looks)  # a first time for every plan and page
        turns = [(*_rate_and_cost(cluster, looks, worker.pid), *_limits(cluster, database)) for _ in range(TURNS)]
        one, cost, idle, idle_cost, bare, bare_cost = map(statistics.median, zip(*turns, strict=True))
        yield _beside_idle("records/s, all rules and the database, one worker", one, idle, goal=True)
        yield _beside_idle("a bare batch: positions and outbox only", bare, idle)
        for beside, other in (("idle Faust agent", idle_cost), ("a bare batch", bare_cost)):
            yield Figure(
                what="CPU of the worker, a record", value=1e6 * cost, unit="µs", beside=beside, other=1e6 * other
            )
        with cluster.workers("agents"):
            _rate(cluster, looks)  # until the partitions are shared out
            two = statistics.median(_rate(cluster, looks) for _ in range(TURNS))
        yield Figure(what="two workers", value=two, unit="records/s", beside="one worker", other=one)
        _rate(cluster, looks)  # and back again
        latencies = sorted(1000 * one for one in _latencies(cluster))
    for what, share in (("p50", 0.5), ("p99", 0.99), ("the slowest", 1.0)):
        value = latencies[min(int(len(latencies) * share), len(latencies) - 1)]
        yield Figure(what=f"from the broker's answer to the finding, {what} of {LATENCIES}", value=value, unit="ms")


def _beside_idle(what: str, value: float, idle: float, *, goal: bool = False) -> Figure:
    met = value >= 0.5 * idle if goal else None
    words = ">= 50 %" if goal else ""
    return Figure(what=what, value=value, unit="records/s", beside="idle Faust agent", other=idle, goal=words, met=met)


def _facts() -> Iterator[tuple[str, Body]]:
    return facts([(subject, [source]) for subject, source in map(account, range(ACCOUNTS))])


def _looks() -> Iterator[list[Record]]:
    """Backlogs of so many rounds, each behind the last."""
    for first in count(1, ROUNDS):
        yield [
            Record(at, subject.id, look(source, at, at.date(), 20 + (number if (index + number) % 4 == 0 else 0)))
            for number in range(first, first + ROUNDS)
            for at in [START + timedelta(hours=2 * number)]
            for index, (subject, source) in enumerate(map(account, range(ACCOUNTS)))
        ]


def _rate(cluster: Any, looks: Iterator[list[Record]]) -> float:
    """Records per second over the first nine tenths of a full topic, as of the limits: towards its end Faust waits up
    to a second for partitions that have nothing more, whatever the agent does. Returns when all is judged."""
    log = next(looks)
    before = _read(cluster)
    cluster.produce(log)
    begin, first = time.perf_counter(), _read(cluster) - before
    rate = 0.0
    while (done := _read(cluster) - before) < len(log):
        spent = time.perf_counter() - begin
        if not rate and done > MEASURED * len(log):
            rate = (done - first) / spent
        if spent > PATIENCE:
            raise Unmeasured(f"{len(log)} looks were not judged within {PATIENCE} s")
        _never.wait(0.05)
    return rate or (len(log) - first) / (time.perf_counter() - begin)


def _rate_and_cost(cluster: Any, looks: Iterator[list[Record]], process: int) -> tuple[float, float]:
    """Records per second, and the CPU seconds of a process for each."""
    before = _cpu(process)
    rate = _rate(cluster, looks)
    return rate, (_cpu(process) - before) / (ROUNDS * ACCOUNTS)


def _cpu(process: int) -> float:
    """CPU seconds of a process so far (Linux alone tells)."""
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _read(cluster: Any) -> int:
    with cluster.store.read() as tx:
        return sum(tx.progress(partition)[0].offset for partition in range(PARTITIONS))


def _latencies(cluster: Any) -> list[float]:
    """Looks that make an account stale, one at a time."""
    found = []
    with Producing([cluster.kafka]) as producing:
        for index in range(LATENCIES):
            subject, source = account(index)
            at = START + timedelta(days=40, seconds=index)
            record = Record(at, subject.id, look(source, at, date(2026, 11, 3)))
            producing.append(
                cluster.layout.records, [Entry(partition_of(subject.id, PARTITIONS), subject.id, encode_record(record))]
            )
            begin = time.perf_counter()
            while not _has_veto(cluster, subject.id):
                _never.wait(0.002)
            found.append(time.perf_counter() - begin)
    return found


def _has_veto(cluster: Any, subject: str) -> bool:
    from sqlalchemy import text  # noqa: PLC0415

    query = text("select 1 from findings where subject = :name and rule = 'MED-STALE' limit 1")
    with cluster.store.read() as tx:
        return tx.connection.execute(query, {"name": subject}).first() is not None


def _limits(cluster: Any, database: str) -> tuple[float, ...]:
    """What Faust alone does, and what it does with a bare batch, one after the other: rate and CPU seconds of each."""
    command = [sys.executable, "-m", "benchmarks.noop", cluster.kafka, cluster.layout.records, str(ROUNDS * ACCOUNTS)]
    found: list[float] = []
    for one in (command, [*command, database]):
        done = subprocess.run(one, cwd=HOME, capture_output=True, text=True, timeout=120, check=True)
        found += map(float, done.stdout.split()[-2:])
    return tuple(found)


if __name__ == "__main__":
    tell(figures)
