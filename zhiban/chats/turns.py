"""Whose turn it is to listen to a bot: of several processes one holds its lease, and only that one asks and does.

A lease is taken again with every question and in every transaction in which something is done: whoever was frozen and
comes back finds that it is another's, and does nothing.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.opening import Transaction

LEASE = timedelta(seconds=30)
POLL = 15  # seconds of one question: well within a lease, so that nobody loses it by waiting
WAIT = 5.0  # seconds after which one that waits for its turn asks again


class Turn:
    """One bot's lease, as seen by one process."""

    def __init__(self, store: Store, clock: Clock, channel: str, holder: str) -> None:
        """The bot of the configured `channel`; `holder` is a name that no other process has."""
        self._store, self._clock, self._holder = store, clock, holder
        self._name = f"telegram/{channel}"
        self._one = threading.Lock()
        self._over = False

    def take(self) -> bool:
        """Take the lease or renew it; whether it is ours. Once it was given back it is not taken any more."""
        now = self._clock.now()
        try:
            with self._one, self._store.write() as tx:
                return not self._over and self.within(tx, now)
        except IntegrityError:  # two took the very first one
            return False

    def within(self, tx: Transaction, now: datetime) -> bool:
        """The same inside a transaction: until it ends, nobody else gets it."""
        return tx.take_lease(self._name, self._holder, now, now + LEASE)

    def give_back(self) -> None:
        """Let another one listen at once, for good: a thread whose task was cancelled may still be about to take it."""
        with self._one, self._store.write() as tx:
            self._over = True
            tx.release_lease(self._name, self._holder)
