"""The ledger and the desk as the watermark allows to know them, kept in memory and carried on from where they stand.

The desk's own state is where the folding begins, as for a second desk; the ledger is read once, and then only what was
added. So whoever asks each second makes nobody fold the ledger again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from alerts.board import Language, Settings
from alerts.desk import Desk
from streams.findings import Finding
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.tables import EPOCH
from zhiban.reading import Standing, note, parted, standing_at

CHUNK = 2000
PAST = 4  # moments of the past that are kept
REST = 1.0  # seconds between two that are folded, at least


class Busy(Exception):
    """Another moment of the past is being folded, or was a moment ago; `seconds` says when to ask again."""

    def __init__(self, seconds: float) -> None:
        """Wait `seconds`."""
        super().__init__(seconds)
        self.seconds = seconds


class Folded:
    """One store's ledger, for many who ask."""

    def __init__(self, store: Store, settings: Settings, language: Language) -> None:
        """Nothing is read before it is asked for."""
        self.store, self.settings, self.language = store, settings, language
        self._lock = threading.Lock()
        self._past = _Past()
        self._counted: tuple[datetime | None, int, int] = (None, 0, 0)
        self._forget()

    def watermark(self) -> datetime | None:
        """Before which everything is known; None while a partition has settled no tick."""
        with self.store.read() as tx:
            return tx.watermark()

    @contextmanager
    def now(self) -> Iterator[Standing]:
        """How it stands at the watermark, until the context ends. Raises ValueError while there is none."""
        with self._lock:
            try:
                with self.store.read() as tx:
                    self._carry_on(tx)
            except BaseException:
                self._forget()  # half a turn was never true
                raise
            yield self._standing

    def then(self, at: datetime) -> Standing:
        """How it stood at a moment before the watermark; raises Busy rather than fold two of them at once."""
        return self._past.take(at, lambda: standing_at(self.store, at, self.settings, self.language))

    def counts(self) -> tuple[int, int]:
        """How many looks and how many records the log holds, counted once for each watermark: that reads all of it."""
        watermark = self.watermark()
        if self._counted[0] != watermark:
            with self.store.read() as tx:
                self._counted = watermark, tx.record_count("look"), tx.record_count()
        return self._counted[1:]

    def _forget(self) -> None:
        self._desk: Desk | None = None
        self._last: dict[str, Finding] = {}
        self._place = (EPOCH, "", 0)
        self._standing = Standing(EPOCH, (), (), Desk(self.settings, self.language, {}).board)

    def _carry_on(self, tx: Transaction) -> None:
        if self._desk is None:
            _, state = tx.load_desk()  # before the watermark is read: the desk is never beyond it
            self._desk = Desk(self.settings, self.language, state)
        until = tx.watermark()
        if until is None:
            raise ValueError("no tick has been settled yet")
        if until > self._standing.at:
            before = self._place
            while not self._turn(self._desk, tx, until):
                pass
            known = self._standing.open, self._standing.closed
            opened, closed = parted(self._last) if self._place != before else known
            self._standing = Standing(until, opened, closed, self._desk.board, is_now=True)

    def _turn(self, desk: Desk, tx: Transaction, until: datetime) -> bool:
        """A chunk of the ledger; whether it was the last one."""
        found = tx.findings_between(self._place, until, CHUNK)
        complete = len(found) < CHUNK
        note(self._last, found)
        head = (desk.board.head.time, desk.board.head.subject, desk.board.head.n)
        desk.fold([one for one in found if _place(one) > head], until, complete=complete)
        self._place = _place(found[-1]) if found else self._place
        return complete


class _Past:
    """A few moments of the past: folded one at a time, with a rest after each, and the last ones kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[datetime, Standing] = OrderedDict()
        self._folding = threading.Lock()
        self._rests_until = 0.0

    def take(self, at: datetime, fold: Callable[[], Standing]) -> Standing:
        kept = self._kept.get(at)
        if kept is not None:
            return kept
        if not self._folding.acquire(blocking=False):
            raise Busy(REST)
        try:
            wait = self._rests_until - time.monotonic()
            if wait > 0:
                raise Busy(wait)
            begin = time.monotonic()
            kept = self._kept[at] = fold()
            end = time.monotonic()
            self._rests_until = end + max(REST, end - begin)  # half of a core at most
            if len(self._kept) > PAST:
                self._kept.popitem(last=False)
            return kept
        finally:
            self._folding.release()


def _place(finding: Finding) -> tuple[datetime, str, int]:
    return finding.time, finding.subject, finding.n
