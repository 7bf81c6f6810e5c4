"""100,000 accounts in PostgreSQL: how soon an agents worker that starts has applied a record, and settled a tick.

Every account is registered, was looked at once and is judged by the national pack; none of it is in memory. The worker
is a process of its own; the clock runs from its start. It finds a look and a tick in each of eight partitions, by which
a tenth of the accounts is due: each of these opens a finding and asks for a look. Python's own start, the imports and
joining the consumer group are in the first figure; the broker and the database share the cores.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from benchmarks.clustered import running
from benchmarks.figures import Figure, Unmeasured, tell
from benchmarks.worlds import START, account, look, national
from streams.agent import Agent
from streams.partitions import partition_of
from streams.ports.store import Store
from streams.ports.store.log import Logged
from streams.records import Fact, FactKind, Position, Record, Tick
from zhiban.garbage import collect_seldom

ACCOUNTS, PARTITIONS, AT_ONCE = 100_000, 8, 2000
EARLY, LATE = START + timedelta(hours=1), START + timedelta(hours=31)
NOW = START + timedelta(hours=50)  # 48 h without a good look, for those that were seen early
PATIENCE = 120.0
_never = threading.Event()


def figures() -> Iterator[Figure]:
    """Filling, and the restart."""
    collect_seldom()
    with running(PARTITIONS) as (cluster, _):
        cluster.produce([Record(START, account(ACCOUNTS)[0].id, Fact(kind=FactKind.REGISTERED))])
        begin = time.perf_counter()
        with cluster.workers("agents"):
            empty = _await(begin, lambda: any(_offsets(cluster)), "a record applied in an empty store")
        begin = time.perf_counter()
        fill(cluster.store)
        rate = ACCOUNTS / (time.perf_counter() - begin)
        yield Figure(what="filling: accounts told of, seen and judged", value=rate, unit="accounts/s")
        findings, offsets = _findings(cluster), _offsets(cluster)
        cluster.produce([*_first_looks(), Record(NOW, "", Tick())])
        begin = time.perf_counter()
        with cluster.workers("agents"):
            applied = _await(begin, lambda: _offsets(cluster) != offsets, "a record applied")
            settled = _await(begin, lambda: _settled(cluster), "the tick settled everywhere")
        fired = _findings(cluster) - findings
    what = f"from start to the first record applied, {ACCOUNTS:,} accounts"
    yield Figure(what=what, value=applied, unit="s", beside="an empty store", other=empty)
    yield Figure(what=f"from start to the tick settled, {fired:,} dues", value=settled, unit="s")
    yield Figure(what="dues settled, once it reads", value=fired / (settled - applied), unit="dues/s")


def fill(store: Store) -> None:
    """The accounts as the agents would have left them, their records before everything that the topic holds."""
    agent = Agent(store, national())
    with store.write() as tx:
        for some in _batched(range(ACCOUNTS), AT_ONCE):
            sources = [source for _, source in map(account, some)]
            tx.put_sources(sources, {source.id: NOW for source in sources})
    place = 0
    for some in _batched(range(ACCOUNTS), AT_ONCE):
        batches: dict[int, list[Logged]] = {}
        for number in some:
            for record in _history(number):
                place += 1
                where = batches.setdefault(partition_of(record.subject, PARTITIONS), [])
                where.append(Logged(Position(0, place), record.time, record))
        agent.take_all(batches)


def _history(number: int) -> Iterator[Record]:
    subject, source = account(number)
    seen = EARLY if number % 10 == 0 else LATE
    yield Record(START, subject.id, Fact(kind=FactKind.REGISTERED, subject=subject))
    yield Record(START, subject.id, Fact(kind=FactKind.SOURCE_ADDED, source=source))
    yield Record(seen, subject.id, look(source, seen, seen.date()))


def _first_looks() -> list[Record]:
    """One look for each partition, at an account that was seen late."""
    found: dict[int, Record] = {}
    for number in range(1, 200):
        subject, source = account(number)
        if number % 10:
            record = Record(LATE, subject.id, look(source, LATE, LATE.date()))
            found.setdefault(partition_of(subject.id, PARTITIONS), record)
    return list(found.values())


def _await(begin: float, done: Callable[[], bool], what: str) -> float:
    while not done():
        if time.perf_counter() - begin > PATIENCE:
            raise Unmeasured(f"not within {PATIENCE} s: {what}")
        _never.wait(0.02)
    return time.perf_counter() - begin


def _offsets(cluster: Any) -> list[int]:
    with cluster.store.read() as tx:
        return [tx.progress(partition)[0].offset for partition in range(PARTITIONS)]


def _settled(cluster: Any) -> bool:
    with cluster.store.read() as tx:
        return bool(tx.watermark() == NOW)


def _findings(cluster: Any) -> int:
    with cluster.store.read() as tx:
        return int(tx.finding_count())


def _batched(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (values[begin : begin + size] for begin in range(0, len(values), size))


if __name__ == "__main__":
    tell(figures)
