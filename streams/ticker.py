"""The ticker: says that time passes, when something is due, when the desk waits, and every five minutes at least."""

from __future__ import annotations

from datetime import datetime, timedelta

from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.records import Body, Off, Tick

EVERY = timedelta(minutes=5)
SILENCE = timedelta(minutes=10)


def tick(store: Store, now: datetime, silence: timedelta = SILENCE) -> datetime:
    """Append a tick to every partition, after an `Off` if the last one was over `silence` ago; return log time."""
    with store.write() as tx:
        time = tx.log_time(now)
        bodies: list[tuple[str, Body]] = [("", Tick())]
        last = last_tick(tx)
        if last is not None and time - last > silence:
            bodies.insert(0, ("", Off(last, time)))
        for partition in range(tx.partition_count()):
            tx.append(partition, bodies, time)
        set_last_tick(tx, time)
        return time


def next_tick(store: Store, now: datetime, desk_due: datetime | None) -> datetime:
    """When the next tick should be appended: at the next due of a row or of the desk, within five minutes."""
    with store.read() as tx:
        moments = [now + EVERY, tx.next_due(), desk_due]
    return min(moment for moment in moments if moment is not None)


def last_tick(tx: Transaction) -> datetime | None:
    """Log time of the last tick that was appended, or None."""
    value = tx.get_meta("last_tick")
    return None if value is None else datetime.fromisoformat(value)


def first_tick(tx: Transaction) -> datetime | None:
    """Log time of the first tick that was appended; None before it, and where nobody said."""
    value = tx.get_meta("first_tick")
    return None if value is None else datetime.fromisoformat(value)


def set_first_tick(tx: Transaction, time: datetime) -> None:
    """Say when the first tick was."""
    tx.set_meta("first_tick", time.isoformat())


def set_last_tick(tx: Transaction, time: datetime) -> None:
    """Say when the last tick was."""
    tx.set_meta("last_tick", time.isoformat())
