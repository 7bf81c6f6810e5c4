"""Collectors and their incidents: many subjects that fail at once through one collector are one alert.

An incident opens when at least `LEAST` subjects of a collector, and at least half of them, had a last look that was
not good; it closes when fewer than half are left. Falling below `LEAST` alone does not close it, one that comes again
within an hour is the same one, and its end is told only after ten calm minutes: that is all the hysteresis, for an
incident that stays open too long masks true breaches. A frozen collector (see `rhythm`) is the second kind.
If at least three hosts, half of all hosts and half of all subjects fail at once, it is our own network: one incident.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alerts.alert import Step, extended
from alerts.rhythm import Rhythm

LEAST = 5
HOSTS = 3
NETWORK = "own network"
FROZEN = "frozen"
SAME = timedelta(hours=1)  # an incident that comes again within it is the same one


class Incident(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An incident of one collector, or of our own network.

    `opened_at` is when we knew; it covers looks from `since` on: a frozen collector is known hours later.
    """

    id: str
    collector: str
    opened_at: datetime
    since: datetime
    closed_at: datetime | None = None
    why: str = ""  # failed, unknown or frozen: what most of its sources show
    usual: float = 0.0  # of a frozen one: the items that `hours` usually bring
    hours: int = 0
    masks: tuple[str, ...] = ()  # the matters that opened inside it
    part_of: str = ""  # the incident of our own network that took it over
    told: bool = False
    letters: dict[str, str] = {}
    group: str = ""
    by: str = ""  # who has it in hand, what they said, and until when
    note: str = ""
    until: datetime | None = None
    owed: str = ""  # a reason to write that is not about its beginning or its end
    history: tuple[Step, ...] = ()

    @property
    def in_hand(self) -> bool:
        """Whether somebody has it in hand."""
        return self.until is not None and self.closed_at is None

    def after(self, step: Step, **fields: Any) -> Incident:
        """The incident after a step of its history, with `fields` changed."""
        return msgspec.structs.replace(self, history=extended(self.history, step), **fields)

    @property
    def place(self) -> str:
        """What it is about, whichever time it opened."""
        return f"incident\x1f{self.collector}"

    @property
    def is_frozen(self) -> bool:
        """Whether it is about items that did not come."""
        return self.hours > 0

    def covers(self, collector: str, *moments: datetime | None) -> bool:
        """Whether something seen through `collector` at one of the moments was seen inside it."""
        if self.collector not in {collector, NETWORK} or self.part_of:
            return False
        until = self.closed_at
        return any(at is not None and self.since <= at and (until is None or at <= until) for at in moments)


class Collector(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way of reading: its incident if one is open, the last one it had, and the rhythm of its new items."""

    incident: str = ""
    last: str = ""
    rhythm: Rhythm = Rhythm()


class Sight(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a source was last seen: through which collector, whose it is, and the class of the outcome."""

    collector: str
    subject: str
    outcome: str

    @property
    def good(self) -> bool:
        """Whether it was conclusive and fresh."""
        return self.outcome == "good"


class Tally:
    """How many subjects are not good, of how many; a subject is not good if one of its sources is not."""

    def __init__(self) -> None:
        """Nobody is known yet."""
        self.known = 0
        self.bad = 0
        self.outcomes: dict[str, int] = {}
        self._subjects: dict[str, list[int]] = {}  # subject: [sources, those not good]

    def count(self, sight: Sight, by: int) -> None:
        """Add a sight (`by` = 1), or take it away (-1)."""
        entry = self._subjects.setdefault(sight.subject, [0, 0])
        self.known -= entry[0] > 0
        self.bad -= entry[1] > 0
        entry[0] += by
        entry[1] += 0 if sight.good else by
        self.known += entry[0] > 0
        self.bad += entry[1] > 0
        if not entry[0]:
            del self._subjects[sight.subject]
        if not sight.good:
            self.outcomes[sight.outcome] = self.outcomes.get(sight.outcome, 0) + by

    @property
    def is_down(self) -> bool:
        """Whether an incident must be open."""
        return self.bad >= LEAST and self.bad * 2 >= self.known

    @property
    def is_up(self) -> bool:
        """Whether an incident may close. Between the two, it stays as it is."""
        return self.bad * 2 < self.known or not self.known

    @property
    def why(self) -> str:
        """What most of the failing sources show."""
        return max(sorted(self.outcomes), key=lambda word: self.outcomes[word], default="")


def host_of(collector: str) -> str:
    """The host of `connector:host`."""
    return collector.partition(":")[2] or collector


def covering(incidents: Iterable[Incident], collector: str, *moments: datetime | None) -> Incident | None:
    """The earliest incident inside which something was seen, if it was."""
    found = [one for one in incidents if one.covers(collector, *moments)]
    return min(found, key=lambda one: (one.opened_at, one.id), default=None)


def incident_id(collector: str, at: datetime) -> str:
    """Of the collector and the moment, of nothing that changes later."""
    text = f"incident\x1f{collector}\x1f{at.isoformat()}"
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
