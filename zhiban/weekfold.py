"""The ledger folded for digests: from the last end of a week that was kept, in steps that keep nobody waiting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from alerts.digest.fold import Folding, Told, awake_at, ends
from alerts.digest.keeping import kept, taken_up
from alerts.digest.week import Week
from alerts.hearing import OFF
from streams.findings import Finding
from streams.ports.store import Store

CHUNK = 2000  # findings in one reading
STEP = 50_000  # findings after which a step ends, at the end of a week


class WeekFold:
    """One store's ledger, as digests need it."""

    def __init__(self, store: Store, step: int = STEP) -> None:
        """A step of `carry_on` ends at the first end of a week after so many findings."""
        self._store, self._step = store, step

    def carry_on(self, week: Week) -> bool:
        """One step of folding the ledger up to the end of `week`, kept for whoever reads it next; whether that end is
        reached. Raises ValueError where the log has not come so far: what is kept must be final."""
        with self._store.read() as tx:
            known = tx.watermark()
        if known is None or known < week.until:
            raise ValueError(f"week {week.name} ends at {week.until}, found the log at {known}")
        folding = self._begun(week.until)
        if folding.until == week.until:
            return True
        self._fold(folding, week.until, self._step)
        assert folding.until is not None
        with self._store.write() as tx:
            tx.keep_week(folding.until, folded_by(), kept(folding))
        return folding.until == week.until

    def told(self, end: datetime) -> Told:
        """What was known at `end`, which need be no week's, by the ledger strictly before it."""
        folding = self._begun(end)
        if folding.until != end:
            self._fold(folding, end)
        with self._store.read() as tx:
            return folding.told(awake_at(tx.findings_by(OFF, end), end))

    def _begun(self, end: datetime) -> Folding:
        """The fold that was kept last, of those that end by then."""
        with self._store.read() as tx:
            found = tx.folded_week(end, folded_by())
        return Folding() if found is None else taken_up(found[1])

    def _fold(self, folding: Folding, until: datetime, most: int | None = None) -> None:
        """Fold on to `until`; after `most` findings no further than to the end of a week."""
        count = 0
        for end in self._ends(folding, until):
            for findings in self._ledger(folding, end):
                folding.take(findings, end)
                count += len(findings)
            folding.end(end)
            if most is not None and count >= most:
                return

    def _ends(self, folding: Folding, until: datetime) -> Iterator[datetime]:
        """The ends of weeks up to `until`, from where the fold stands, or from the first finding."""
        if folding.until is not None:
            return ends(folding.until, until)
        with self._store.read() as tx:
            first = tx.findings_between(folding.place, until, 1)
        return ends(first[0].time if first else until, until)

    def _ledger(self, folding: Folding, until: datetime) -> Iterator[list[Finding]]:
        """The findings beyond the fold and before `until`; nobody waits while they are folded."""
        while True:
            with self._store.read() as tx:
                found = tx.findings_between(folding.place, until, CHUNK)
            yield found
            if len(found) < CHUNK:
                return


@cache
def folded_by() -> str:
    """The version of a fold: of the code that makes it, so that no other version takes it up."""
    hashed = hashlib.blake2b(digest_size=16)
    for module in (*_modules(files("alerts")), *_modules(files("streams"), deep=False)):
        hashed.update(module.read_bytes())
    return hashed.hexdigest()


def _modules(folder: Traversable, *, deep: bool = True) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.name.endswith(".py"):
            yield one
        elif deep and one.is_dir():
            yield from _modules(one)
