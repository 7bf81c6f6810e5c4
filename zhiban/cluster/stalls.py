"""Partitions that stand still, told of by the senders: not by the desk, which waits for the slowest and is as silent.

A stall begins when a partition has settled no tick for `long`, and is over when every partition is within two fifths of
that again; in between nothing more is said, however the ticks that are made up for come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from alerts.letter import Letter
from alerts.routing import Route
from alerts.stalled import over_notices, stall_notices
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ticker import first_tick
from zhiban.deskwork import draft

STALL = "stall"  # the named value: since when the stall that was told of lasts; empty where there is none
LEASE = timedelta(seconds=30)


class Stalls:
    """One of several senders' watch over the partitions; what was told stands in the store."""

    def __init__(
        self, store: Store, routes: Sequence[Route], language: str, holder: str, long: timedelta, began: datetime
    ) -> None:
        """Tell the operators of `routes`; nothing for a fifth of `long` after `began`: the others may be starting."""
        self._store, self._routes, self._language, self._holder = store, routes, language, holder
        self._long, self._quiet_until = long, began + long / 5

    def turn(self, now: datetime) -> bool:
        """Put out what has to be told at log time `now`, once; whether a stall lasts."""
        with self._store.read() as tx:
            told = bool(tx.get_meta(STALL))
            lasts = bool(self._late(tx, now, told=told))
        if lasts != told and now >= self._quiet_until:
            with self._store.write() as tx:
                self._tell(tx, now)
        return lasts

    def _tell(self, tx: Transaction, now: datetime) -> None:
        """Judge again where no other sender can, write the letters, and say so."""
        if not tx.take_lease(STALL, self._holder, now, now + LEASE):
            return
        since = tx.get_meta(STALL)
        late = self._late(tx, now, told=bool(since))
        if late and not since:
            first = min(late.values())
            self._put(tx, stall_notices(first, sorted(late), self._routes, self._language, now))
            tx.set_meta(STALL, first.isoformat())
        elif since and not late:
            self._put(tx, over_notices(datetime.fromisoformat(since), self._routes, self._language, now))
            tx.set_meta(STALL, "")
        tx.release_lease(STALL, self._holder)

    def _late(self, tx: Transaction, now: datetime, *, told: bool) -> Mapping[int, datetime]:
        """The partitions that are late, and since when: one that never settled a tick, since there was a first."""
        first = first_tick(tx)
        last = {partition: tick or first for partition, tick in tx.ticks().items()}
        long = self._long * 2 / 5 if told else self._long
        return {partition: tick for partition, tick in last.items() if tick is not None and now - tick > long}

    def _put(self, tx: Transaction, letters: Iterable[Letter]) -> None:
        tx.put_letters([draft(one) for one in letters if not tx.has_letter(one.key)])
