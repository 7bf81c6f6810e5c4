"""What a look costs in the database: claimed, then finished with its cursor, as a connectors worker does it.

6,000 accounts are due; each exchange is one transaction that writes the looks that ended and claims the next. Nothing
is fetched, and the log is left out (a worker of the cluster appends to Kafka inside that transaction). PostgreSQL, on
loopback, is beside the embedded size's SQLite file. A statement is what the driver is asked to execute, commits not
counted; in exchanges of one, which a worker whose sites are slow comes near to, hardly anything is shared.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import event

from benchmarks.clustered import database
from benchmarks.figures import Figure, tell
from benchmarks.worlds import START, account
from streams.connectors import Cursor, Reading
from streams.looks import Outcome, Shown
from streams.poller import LEASE, Held, Looked, write_looks
from streams.ports.clock import Clock, SystemClock
from streams.ports.store import Store, open_store
from streams.ports.store.clock import DatabaseClock
from streams.ports.store.opening import Transaction
from streams.ports.store.polls import Due
from streams.records import Entries

ACCOUNTS, LOOKS = 6000, 4000


class Cost(msgspec.Struct, frozen=True):
    """Of one look: seconds, and statements."""

    seconds: float
    statements: float


def figures() -> Iterator[Figure]:
    """Exchanges of 64 and of one, on both databases."""
    with tempfile.TemporaryDirectory() as folder, database() as url:
        stores = open_store(f"sqlite:///{Path(folder) / 'zhiban.db'}"), open_store(url)
        clocks: tuple[Clock, Clock] = SystemClock(), DatabaseClock(stores[1])
        for store in stores:
            _fill(store)
        for size, looks in ((64, LOOKS), (1, LOOKS // 8)):
            file, server = (_cost(store, clock, size, looks) for store, clock in zip(stores, clocks, strict=True))
            yield from _figures(f"exchanges of {size}", file, server)
        for store in stores:
            store.close()


def _figures(how: str, file: Cost, server: Cost) -> Iterator[Figure]:
    rate, other = 1 / server.seconds, 1 / file.seconds
    yield Figure(what=f"looks through PostgreSQL, {how}", value=rate, unit="looks/s", beside="SQLite", other=other)
    yield Figure(what=f"one look, {how}", value=1000 * server.seconds, unit="ms")
    yield Figure(what=f"statements for one look, {how}", value=server.statements, unit="statements")


def _fill(store: Store) -> None:
    sources = [account(number)[1] for number in range(ACCOUNTS)]
    with store.write() as tx:
        tx.set_partitions(8)
        tx.put_sources(sources, {source.id: START for source in sources})


def _cost(store: Store, clock: Clock, size: int, looks: int) -> Cost:
    with _counted(store) as count:
        begin, made = time.perf_counter(), 0
        looked: list[Looked] = []
        while made < looks:
            with store.write() as tx:
                write_looks(tx, clock, lambda _subject: 0, looked, _nowhere)
                now = tx.log_time(clock.now())
                due = tx.claim_looks(now, now + LEASE, "bench", size)
            looked = [_seen(one) for one in due]
            made += len(due)
        return Cost((time.perf_counter() - begin) / made, next(count) / made)


@contextmanager
def _counted(store: Store) -> Iterator[Iterator[int]]:
    """How many statements were executed, when it is asked the first time."""
    count = itertools.count()

    def executed(*_told: object) -> None:
        next(count)

    event.listen(store._engine, "before_cursor_execute", executed)  # noqa: SLF001 - nobody else wants to know
    try:
        yield count
    finally:
        event.remove(store._engine, "before_cursor_execute", executed)  # noqa: SLF001


def _seen(due: Due) -> Looked:
    level = Shown(count=20, newest=due.asked_at.date(), name="政务发布")
    cursor = Cursor(parser=1, etag='"5f0-61b"', body_hash="0" * 64, level=level)
    return due, Held(Reading(outcome=Outcome.GOOD, level=level, cursor=cursor), "zhiban-1@2", "relay.example.cn"), 0.5


def _nowhere(_tx: Transaction, _entries: Entries, _now: object) -> None:
    """A log that is at once safe."""


if __name__ == "__main__":
    tell(figures)
