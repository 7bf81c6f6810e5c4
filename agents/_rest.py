"""When a source rests and is not judged: a 临时下线, an approved suspension, the time outside its season."""

from __future__ import annotations

import re
from datetime import date, datetime

import msgspec

from streams.days import DAY, day_of, start_of
from streams.subjects import Source, Status, Subject

FAR = date(9000, 1, 1)
_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_SEASON = re.compile(rf"{_DAY}\.\.{_DAY}")  # anything else is no season: such a source is judged all year


class Rest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """`until` is the last day of a rest that has begun, `season` such as "05-15..09-30" when it is judged at all."""

    until: date | None = None
    season: str = ""

    @property
    def declared(self) -> bool:
        """Whether there is any; most sources never rest."""
        return self.until is not None or self.season != ""

    def ends(self, moment: datetime) -> datetime | None:
        """When the rest that holds at `moment` ends; None where it is judged."""
        if not self.declared:
            return None
        if self.until is not None and day_of(moment) <= self.until:
            return start_of(self.until + DAY)
        return self._season_begins(day_of(moment))

    def begins(self, moment: datetime) -> datetime | None:
        """When the next rest begins after `moment`: the day after the season's last."""
        if not self.season:
            return None
        days = _season_days(self.season)
        if days is None:
            return None
        today = day_of(moment)
        last = day_in(today.year, days[1])
        return start_of((last if today <= last else day_in(today.year + 1, days[1])) + DAY)

    def _season_begins(self, today: date) -> datetime | None:
        days = _season_days(self.season)
        if days is None:
            return None
        first, last = (day_in(today.year, day) for day in days)
        inside = first <= today <= last if first <= last else today >= first or today <= last
        if inside:
            return None
        return start_of(first if today < first else day_in(today.year + 1, days[0]))


AWAKE = Rest()  # one value for all that never rest: states do not write their defaults


def rest_of(subject: Subject, source: Source | None) -> Rest:
    """The rest that registry and sources declare; a 临时下线 without an end lasts until it is changed."""
    until = source.suspended_until if source is not None else None
    if subject.status is Status.SUSPENDED:
        status = subject.status_until or FAR
        until = status if until is None else max(until, status)
    season = source.season if source is not None else ""
    return Rest(until, season) if until is not None or season else AWAKE


def _season_days(season: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    found = _SEASON.fullmatch(season)
    if found is None:
        return None
    a, b, c, d = (int(part) for part in found.groups())
    if not all(1 <= month <= 12 and 1 <= number <= 31 for month, number in ((a, b), (c, d))):
        return None
    return (a, b), (c, d)


def day_in(year: int, day: tuple[int, int]) -> date:
    """The (month, day) in that year; 29 February falls on the 28th where there is none."""
    month, number = day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1
