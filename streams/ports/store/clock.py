"""The database's clock, which stamps log time where several machines write; a show may hold it and step it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import text

from streams.ports.clock import Clock, SystemClock
from streams.ports.store import Store
from streams.ports.store import tables as t
from streams.ports.store.opening import Transaction

STANDS = "clock_stands_at"  # the named value of a store whose clock is stepped by hand
GLANCE = 0.02  # real seconds between two glances at a clock that stands
_NOW = text(
    "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint), (select value from meta where key = :key)"
)


class DatabaseClock:
    """One clock for all workers, whatever their machines believe."""

    def __init__(self, store: Store) -> None:
        """Ask `store` for the time; a SQLite file has no clock of its own, and its one machine's is taken."""
        self._store = store
        self._machine: Clock = SystemClock()

    def now(self) -> datetime:
        """The present moment: one question to the database."""
        with self._store.read() as tx:
            if tx.connection.dialect.name == "sqlite":
                return standing_at(tx) or self._machine.now()
            micros, stands = tx.connection.execute(_NOW, {"key": STANDS}).one()
        return t.from_micros(micros) if stands is None else datetime.fromisoformat(stands)

    async def sleep(self, span: timedelta) -> None:
        """Wait `span`; only a glance where the clock is stepped by hand."""
        with self._store.read() as tx:
            stands = standing_at(tx)
        await (self._machine.sleep(span) if stands is None else asyncio.sleep(GLANCE))


def standing_at(tx: Transaction) -> datetime | None:
    """Where the clock stands if somebody steps it by hand, or None."""
    value = tx.get_meta(STANDS)
    return None if value is None else datetime.fromisoformat(value)


def stand(tx: Transaction, moment: datetime) -> None:
    """Let the clock stand at `moment`, for every worker of this store."""
    tx.set_meta(STANDS, moment.isoformat())
