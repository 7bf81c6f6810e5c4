"""The digest as a value: every figure and every line of it, in the reader's language, without any form."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

SHOWN = 20  # rows of a section; the figures are of all


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets a weekly digest, through which channel, and of what: `units` (主办单位) and `supervisors` (主管单位) are
    shell globs, and both must match. Without them it is of the whole city."""

    channel: str
    to: str
    units: tuple[str, ...] = ("*",)
    supervisors: tuple[str, ...] = ("*",)
    language: Literal["", "zh", "en"] = ""  # the configuration's

    def has(self, unit: str, supervisor: str) -> bool:
        """Whether something of this unit is meant."""
        pairs = ((self.units, unit), (self.supervisors, supervisor))
        return all(any(fnmatchcase(text, pattern) for pattern in patterns) for patterns, text in pairs)

    @property
    def is_whole(self) -> bool:
        """Whether it is of everything."""
        return "*" in self.units and "*" in self.supervisors

    @property
    def id(self) -> str:
        """The recipient, without saying who that is: what a key and a link are made of."""
        return hashlib.blake2b(f"{self.channel}\x1f{self.to}".encode(), digest_size=10).hexdigest()


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One matter in one line. `day` is when it became so, `closed` when it was over, `last` the last day on which it
    can be put right in time; `times` how often it was so in the last 90 days.

    `event` names what is due in people's calendars, from one digest to the next: it is of the place, not of the matter.
    """

    id: str = ""  # of the matter; "" where there is none yet
    event: str = ""
    level: str
    text: str
    unit: str = ""
    day: date | None = None
    closed: date | None = None
    last: date | None = None
    times: int = 0
    url: str = ""


class Section(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many there are, and the first of them, the gravest first."""

    count: int = 0
    rows: tuple[Row, ...] = ()

    @property
    def left(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


class Day(msgspec.Struct, frozen=True):
    """What can be put right until the end of one day; `title` is the day in words."""

    day: date
    title: str
    rows: tuple[Row, ...]


class Served(msgspec.Struct, frozen=True, omit_defaults=True):
    """Citizens' messages of one week. `on_time` and `missed` are the terms that were kept or missed in it, whenever
    the message came; `open`, `overdue` and `unknown` are as of its end. `rate` is on time of both, in words."""

    received: int = 0
    answered: int = 0
    on_time: int = 0
    missed: int = 0
    open: int = 0
    overdue: int = 0
    unknown: int = 0
    rate: str = "—"


class Bar(msgspec.Struct, frozen=True):
    """What stood open at the end of a week."""

    week: str  # W11
    vetoes: int
    breaches: int


class Rank(msgspec.Struct, frozen=True):
    """A unit by what stands open against it at the end of the week, and what came and went in it."""

    unit: str
    vetoes: int
    breaches: int
    opened: int
    closed: int


class Watched(msgspec.Struct, frozen=True, omit_defaults=True):
    """Coverage at the end of the week: subjects and sources under good watch, of all; `blind` are the others."""

    good: int = 0
    subjects: int = 0
    good_sources: int = 0
    sources: int = 0
    blind: Section = Section()


class Digest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The week of one recipient."""

    week: str
    since: datetime
    until: datetime
    whole: bool = True  # False: the week is not over yet
    scope: str
    coverage: Watched
    vetoes: int = 0  # open at the end of the week
    breaches: int = 0
    notices: int = 0
    opened: Section = Section()
    closed: Section = Section()
    standing: Section = Section()  # open since before the week
    repeated: Section = Section()
    withheld: int = 0  # opened inside an incident of ours, and accuse nobody
    incidents: int = 0
    due: tuple[Day, ...] = ()
    later: int = 0  # due soon, but after next week
    served: Served = Served()
    served_before: Served = Served()
    trend: tuple[Bar, ...] = ()
    ranks: tuple[Rank, ...] = ()
    calm_units: int = 0  # units with nothing open
    unsubscribe: str = ""

    @property
    def due_count(self) -> int:
        """How much is due next week."""
        return sum(len(day.rows) for day in self.due)
