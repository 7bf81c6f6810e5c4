"""The cluster's clockwork: whoever holds its lease carries what was told into the log, and lets time pass in it.

In one turn: what was told through the database goes to Kafka, numbered, so that a relay that died may send it again;
then a tick to every partition, also to those without traffic; then what the ledger and the quarantine have added goes
out to their topics. A second holder takes over when the lease of the first is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.records import Body, Off, Record, Tick
from streams.ticker import SILENCE, last_tick, set_first_tick, set_last_tick

LEASE = timedelta(seconds=30)
EVERY = timedelta(seconds=10)
BEHIND = timedelta(seconds=60)  # a tick waits for the oldest look still out, but no longer than this
CHUNK = 1000
NAME = "clockwork"


class Stream(Protocol):
    """A log that takes records; returns when they are safe, and raises where they are not."""

    def append(self, partition: int, records: Sequence[tuple[Record, int]]) -> None:
        """Append (record, its number among what was told, or 0)."""
        ...


class Clockwork:
    """One of several, of which one at a time works."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        log: Stream,
        holder: str,
        *,
        every: timedelta = EVERY,
        silence: timedelta = SILENCE,
    ) -> None:
        """Work as `holder`; a tick each `every`, and an `Off` before one that comes later than `silence`."""
        self._store, self._clock, self._log, self._holder = store, clock, log, holder
        self._every, self._silence = every, silence
        self._epoch: int | None = None

    def turn(self) -> bool:
        """Do what is due, if the lease is ours; whether it is. Raises RuntimeError after a cut: what this worker would
        carry into the log from then on would count for nothing."""
        now = self._clock.now()
        with self._store.write() as tx:
            if not tx.take_lease(NAME, self._holder, now, now + LEASE):
                return False
            partitions = tx.partition_count()
            self._refuse_cut(tx.epoch())
        for partition in range(partitions):
            while self._relay(partition):
                pass
        self._tick(now, partitions)
        return True

    def stop(self) -> None:
        """Give the lease back, so that another need not wait for its end."""
        with self._store.write() as tx:
            tx.release_lease(NAME, self._holder)

    def _refuse_cut(self, epoch: int) -> None:
        if self._epoch not in {None, epoch}:
            message = f"the log is in epoch {epoch}, and this worker began in {self._epoch}: start it again"
            raise RuntimeError(message)
        self._epoch = epoch

    def _relay(self, partition: int) -> int:
        """Carry a chunk of what was told into the log; how much that was."""
        with self._store.read() as tx:
            after = tx.relayed(partition)
            told = tx.read_log(partition, after, CHUNK)
        if told:
            self._log.append(partition, [(one.record, one.position.offset) for one in told if one.record is not None])
            with self._store.write() as tx:
                tx.set_relayed(partition, told[-1].position)
        return len(told)

    def _tick(self, now: datetime, partitions: int) -> None:
        with self._store.read() as tx:
            last = last_tick(tx)
            oldest = tx.oldest_look_out(now)
        at = now if oldest is None else max(min(now, oldest), now - BEHIND)
        if last is not None and at < last + self._every:
            return
        bodies: list[Body] = [Tick()]
        if last is not None and at - last > self._silence:
            bodies.insert(0, Off(last, at))
        for partition in range(partitions):
            self._log.append(partition, [(Record(at, "", body), 0) for body in bodies])
        with self._store.write() as tx:
            set_last_tick(tx, at)
            if last is None:  # a partition that settles none at all is late from here on
                set_first_tick(tx, at)
