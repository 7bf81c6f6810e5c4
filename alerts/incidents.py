"""Collectors and their incidents: many subjects that fail at once through one connector and host are one alert.

An incident opens when at least `LEAST` subjects of a collector, and at least half of them, had a last look that was not
good; it closes when fewer than half are left. Masks follow from it: a breach that opened on a look inside the incident
is shown unknown.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

LEAST = 5
HISTORY = 200  # gaps between new items that are remembered
ENOUGH = 20  # gaps below which nothing is called usual
PART = 6  # hours of the day that are compared with one another


class Incident(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An incident of one collector; `masks` are the matters that opened inside it."""

    id: str
    collector: str
    opened_at: datetime
    closed_at: datetime | None = None
    why: str = ""  # failed, unknown or frozen: what most of its sources show
    masks: tuple[str, ...] = ()
    told: bool = False


class Collector(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way of reading: each source's subject and the class of its last outcome, and the rhythm of new items."""

    outcomes: dict[str, tuple[str, str]] = {}
    incident: str = ""
    last_new: datetime | None = None
    gaps: tuple[tuple[int, int], ...] = ()  # (part of the day, seconds) between two new items

    def failing(self) -> tuple[int, int]:
        """How many subjects are not good, of how many."""
        subjects = {subject for subject, _ in self.outcomes.values()}
        bad = {subject for subject, outcome in self.outcomes.values() if outcome != "good"}
        return len(bad), len(subjects)

    def is_down(self) -> bool:
        """Whether an incident must be open."""
        bad, known = self.failing()
        return bad >= LEAST and bad * 2 >= known

    def is_up(self) -> bool:
        """Whether an incident may close: fewer than half fail. Between the two, it stays as it is."""
        bad, known = self.failing()
        return bad * 2 < known

    def turned(self, source: str, subject: str, outcome: str) -> Collector:
        """After a source's outcome turned."""
        return msgspec.structs.replace(self, outcomes=self.outcomes | {source: (subject, outcome)})

    def refreshed(self, at: datetime) -> Collector:
        """After new items were seen."""
        if self.last_new is None or at <= self.last_new:
            return msgspec.structs.replace(self, last_new=at if self.last_new is None else max(at, self.last_new))
        gap = (_part(at), int((at - self.last_new).total_seconds()))
        return msgspec.structs.replace(self, last_new=at, gaps=(*self.gaps[-HISTORY + 1 :], gap))

    def is_suspect(self, at: datetime) -> bool:
        """No new item for longer than 95 % of its usual gaps at these hours; only where there is enough of a usual."""
        _, known = self.failing()
        usual = sorted(seconds for part, seconds in self.gaps if part == _part(at))
        if known < LEAST or self.last_new is None or len(usual) < ENOUGH:
            return False
        return (at - self.last_new).total_seconds() > usual[len(usual) * 95 // 100]

    def why(self) -> str:
        """What most of the failing sources show."""
        words = [outcome for _, outcome in self.outcomes.values() if outcome != "good"]
        return max(sorted(set(words)), key=words.count, default="")


def open_incident(collector: str, at: datetime, why: str) -> Incident:
    """A new incident; its id is of the collector and the moment."""
    digest = hashlib.blake2b(f"incident\x1f{collector}\x1f{at.isoformat()}".encode(), digest_size=10).hexdigest()
    return Incident(id=digest, collector=collector, opened_at=at, why=why)


def _part(at: datetime) -> int:
    return ((at + timedelta(hours=8)).hour) // PART
