"""Whether somebody is at work on a store: leases that are not over, and other connections."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import ColumnElement, func, select, text

from streams.ports.store import tables as t
from streams.ports.store.clock import DatabaseClock
from streams.ports.store.marks import Refused
from streams.ports.store.opening import Store, Transaction

_OTHERS = text(
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and application_name = 'zhiban' and pid <> pg_backend_pid()"
)


def refuse_occupied(store: Store) -> None:
    """Raise Refused where a lease is not over yet, or another process has the store open."""
    now = t.to_micros(DatabaseClock(store).now())
    with store.read() as tx:
        for key, holder, until in _held(tx, now):
            raise Refused(f"lease_{key}", holder=holder, until=t.from_micros(until))
        url = tx.connection.engine.url
    if url.get_backend_name() != "sqlite":
        store.close()  # our own connections, which the count must not find
        with store.read() as tx:
            others = tx.connection.execute(_OTHERS).scalar_one()
        if others:
            raise Refused("connected", count=others)
    elif url.database not in {None, "", ":memory:"}:
        store.close()
        _refuse_open(str(url.database))


def _held(tx: Transaction, now: int) -> Iterator[tuple[str, str, int]]:
    leases = select(t.leases.c.name, t.leases.c.until).where(t.leases.c.until > now)
    for row in tx.connection.execute(leases):
        yield "worker", row.name, row.until
    looks: list[tuple[str, ColumnElement[int]]] = [
        ("looks", t.polls.c.lease_until),
        ("letters", t.outbox.c.lease_until),
    ]
    for key, column in looks:
        count, until = tx.connection.execute(select(func.count(), func.max(column)).where(column > now)).one()
        if count:
            yield key, str(count), until


def _refuse_open(path: str) -> None:
    # To leave the write-ahead log, SQLite needs the file for itself: it tells of every process that has it open, and of
    # none that has died.
    try:
        with closing(sqlite3.connect(path, timeout=0)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
            alone.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        raise Refused("open", path=path) from error
