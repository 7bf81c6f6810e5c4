"""The rhythm of a collector: how often new items come through it, hour by hour, as a few weeks have taught.

A relay that is frozen answers 200 with old bytes. Two things tell it from a quiet day. *Suspect*: nothing new for
longer than 95 % of the usual gaps at these hours (at least `ENOUGH` of them known); letters wait. *Frozen*: over at
least six hours less than a tenth of what these hours usually bring, where at least `WORTH` items were to be expected;
an incident. Where fewer than three whole days are known, or too little is usual, neither is ever said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate

import msgspec

from streams.days import SHANGHAI

HISTORY = 200  # gaps that are remembered
ENOUGH = 20  # gaps of the same part of the day, below which nothing is called usual
PART = 6  # hours of a part of the day
BURST = 600  # seconds: items of one round of polls come together, and are no rhythm
DAYS = 14  # whole days that are compared
LEAST_DAYS = 3
SHORTEST, LONGEST = 6, 24  # hours of a window
WORTH = 20  # items that a window must lead to expect
FROZEN_BELOW = 0.1
THAWED_ABOVE = 0.25  # hysteresis: a trickle does not end an incident

_HOUR = timedelta(hours=1)
_DAY_HOURS = 24
_KEPT = (DAYS + 2) * _DAY_HOURS


class Rhythm(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered: new items of each hour (counted from year 1, Shanghai), gaps, and days that teach nothing."""

    last: datetime | None = None
    began: int = 0  # the hour of the first new item
    hours: dict[int, int] = {}
    gaps: tuple[tuple[int, int], ...] = ()  # (part of the day, seconds) between two bursts of new items
    skipped: tuple[int, ...] = ()  # days with an incident or a stop of ours

    def after(self, at: datetime, count: int) -> Rhythm:
        """After `count` new items were seen at log time `at`."""
        hour = hour_of(at)
        oldest = hour - _KEPT
        hours = self.hours
        if next(iter(hours), hour) <= oldest:  # the ledger is in order of time: the first one is the oldest
            hours = {one: many for one, many in hours.items() if one > oldest}
        hours = hours | {hour: hours.get(hour, 0) + count}
        last = at if self.last is None else max(at, self.last)
        return Rhythm(last, self.began or hour, hours, self._gaps(at), self.skipped)

    def _gaps(self, at: datetime) -> tuple[tuple[int, int], ...]:
        seconds = 0 if self.last is None else int((at - self.last).total_seconds())
        return self.gaps if seconds < BURST else (*self.gaps[1 - HISTORY :], (_part(at), seconds))

    def without(self, since: datetime, until: datetime) -> Rhythm:
        """Without the days from `since` to `until`: they were not usual."""
        days = range(hour_of(since) // _DAY_HOURS, hour_of(until) // _DAY_HOURS + 1)
        skipped = sorted({*self.skipped, *days[-DAYS:]})[-2 * DAYS :]
        return msgspec.structs.replace(self, skipped=tuple(skipped))

    def is_suspect(self, at: datetime) -> bool:
        """Whether nothing new came for longer than 95 % of the usual gaps at these hours."""
        usual = sorted(seconds for part, seconds in self.gaps if part == _part(at))
        if self.last is None or len(usual) < ENOUGH:
            return False
        return (at - self.last).total_seconds() > usual[len(usual) * 95 // 100]

    def frozen_since(self, at: datetime, not_before: datetime | None) -> tuple[datetime, float] | None:
        """Since when far too little came, and how much was usual; None where it cannot be said.

        The window ends at the full hour `at` and does not begin before `not_before`: until then we did not look.
        """
        end = hour_of(at)
        totals = _Totals(self.hours, end)
        earlier = None
        for length in range(SHORTEST, LONGEST + 1):
            since, begin = at - length * _HOUR, end - length
            if not_before is not None and since < not_before:
                return None
            if earlier is None or earlier.today != begin // _DAY_HOURS:
                earlier = self._earlier(begin, end)
            usual = earlier.usual(totals, begin, end)
            if usual is None:
                return None
            if usual >= WORTH:
                return (since, usual) if totals.came(begin, end) < usual * FROZEN_BELOW else None
        return None

    def has_thawed(self, at: datetime, length: int, usual: float) -> bool:
        """Whether the last `length` hours, the running one included, brought enough of what was usual."""
        end = hour_of(at) + 1
        return self.came(end - length, end) >= usual * THAWED_ABOVE

    def came(self, begin: int, end: int) -> int:
        """The new items of the hours from `begin` until before `end`."""
        return sum(self.hours.get(hour, 0) for hour in range(begin, end))

    def _earlier(self, begin: int, end: int) -> _Earlier:
        """The days with which windows are compared that begin on the day of `begin` and end at `end`."""
        today = begin // _DAY_HOURS
        first = max(self.began // _DAY_HOURS + 1, today - DAYS)
        backs = [(today - day) * _DAY_HOURS for day in range(first, today) if day not in self.skipped]
        kind = _kind(begin, end)
        return _Earlier(today, backs, [back for back in backs if _kind(begin - back, end - back) == kind])


class _Totals:
    """Running totals of the hours before one: what came in any of their windows is a subtraction."""

    def __init__(self, hours: Mapping[int, int], end: int) -> None:
        self._base = end - _KEPT
        self._totals = list(accumulate((hours.get(hour, 0) for hour in range(self._base, end)), initial=0))

    def came(self, begin: int, end: int, back: int = 0) -> int:
        """The new items of the hours from `begin` until before `end`, so many hours back."""
        base = self._base + back
        return self._totals[end - base] - self._totals[begin - base]


class _Earlier(msgspec.Struct, frozen=True):
    """The days before `today` that are compared, as hours back, and those of them that are of the same kind."""

    today: int
    backs: list[int]
    alike: list[int]

    def usual(self, totals: _Totals, begin: int, end: int) -> float | None:
        """What these hours brought on other days: the lesser of all days' mean and that of days of the same kind.

        None where too few days are known, or none of the same kind: a first weekend is not judged.
        """
        if len(self.backs) < LEAST_DAYS or not self.alike:
            return None
        every, alike = (
            sum(totals.came(begin, end, back) for back in backs) / len(backs) for backs in (self.backs, self.alike)
        )
        return min(every, alike)


def hour_of(at: datetime) -> int:
    """The hours from 0001-01-01 00:00 Shanghai to the hour of `at`."""
    local = at.astimezone(SHANGHAI)
    return local.toordinal() * _DAY_HOURS + local.hour


def next_hour(at: datetime) -> datetime:
    """The first full hour after `at`."""
    return at.replace(minute=0, second=0, microsecond=0) + _HOUR


def _kind(begin: int, end: int) -> tuple[bool, bool]:
    """Whether a window begins and ends on a weekend."""
    return _is_weekend(begin // _DAY_HOURS), _is_weekend(end // _DAY_HOURS)


def _is_weekend(day: int) -> bool:
    return (day + 6) % 7 >= 5  # ordinal 1 was a Monday


def _part(at: datetime) -> int:
    return at.astimezone(SHANGHAI).hour // PART
