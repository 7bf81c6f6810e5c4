"""Days at work and holidays around a day, for reminders: a year whose notice is not known has weekends alone.

A reminder that comes on a day off does less harm than one that never comes. Verdicts never count so
(`streams.workdays` refuses).
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from streams.days import DAY, day_of, start_of
from streams.workdays import UnknownYear, Workdays

SPAN = 3  # days off in a row, from which on a holiday is swept before
AHEAD = 3  # working days before it
_BACK = 40 * DAY  # longer than any holiday


def is_workday(day: date, workdays: Workdays) -> bool:
    """Whether offices work on that day."""
    try:
        return workdays.is_workday(day)
    except UnknownYear:
        return day.weekday() < 5


def is_holiday(day: date, workdays: Workdays) -> bool:
    """Whether it is a day off for a reason of its own, and not for being a weekend's."""
    try:
        return not workdays.is_workday(day) and workdays.reason(day)[0] in {"holiday", "local"}
    except UnknownYear:
        return False


@lru_cache(maxsize=4096)
def workday_after(day: date, count: int, workdays: Workdays) -> date:
    """The `count`-th working day after `day`, which does not count."""
    while count:
        day += DAY
        count -= is_workday(day, workdays)
    return day


@lru_cache(maxsize=4096)
def workday_before(day: date, count: int, workdays: Workdays) -> date:
    """The `count`-th working day before `day`, which does not count."""
    while count:
        day -= DAY
        count -= is_workday(day, workdays)
    return day


@lru_cache(maxsize=4096)
def holiday_after(day: date, workdays: Workdays) -> tuple[date, date] | None:
    """The first holiday that begins after `day`: its first day off and the first working day back.

    Only spans of at least `SPAN` days off that are more than a weekend; None where none is known within a year.
    """
    first = day + DAY
    for _ in range(366):
        if not is_workday(first, workdays):
            back = workday_after(first, 1, workdays)
            days = [first + number * DAY for number in range((back - first).days)]
            begins = is_workday(first - DAY, workdays)
            if begins and len(days) >= SPAN and any(is_holiday(one, workdays) for one in days):
                return first, back
            first = back
        first += DAY
    return None


@lru_cache(maxsize=65536)
def swept_at(due: datetime, workdays: Workdays) -> datetime | None:
    """00:00 of the day of the sweep, where what is late from `due` on lapses in a holiday or by the end of the first
    working day back; None where it lapses at another time."""
    last = day_of(due) - DAY  # the last safe day
    day = last - _BACK
    while (found := holiday_after(day, workdays)) is not None and found[0] <= last + DAY:
        if last <= found[1]:
            return start_of(workday_before(found[0], AHEAD, workdays))
        day = found[0]
    return None
