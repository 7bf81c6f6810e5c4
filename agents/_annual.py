"""Columns of one item a year: the item for the year by its day, never age (RULEBOOK section 15)."""

from __future__ import annotations

import re
from datetime import date, datetime

from agents._rest import day_in
from streams.days import DAY, day_of, start_of
from streams.findings import Grade, Verdict, ok

_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def is_annual_due(text: str) -> bool:
    """Whether it reads as a day of the year, such as 01-31."""
    return _DAY.fullmatch(text) is not None


def deadlines(annual_due: str, moment: datetime) -> tuple[datetime, datetime]:
    """The first moments after the due days of this Shanghai year and of the next."""
    year = day_of(moment).year
    return _after(annual_due, year), _after(annual_due, year + 1)


def judge_annual(annual_due: str, newest: date, moment: datetime) -> Verdict:
    """A notice where nothing is dated in the year whose due day passed last."""
    year = day_of(moment).year
    if moment < _after(annual_due, year):
        year -= 1
    if newest.year >= year:
        return ok("updated")
    due = _after(annual_due, year)
    args = {"newest": newest.isoformat(), "year": str(year), "by": day_of(due - DAY).isoformat()}
    return Verdict(level=Grade.NOTICE, since=due, due=due, why="annual", args=args)


def _after(annual_due: str, year: int) -> datetime:
    month, number = annual_due.split("-")
    return start_of(day_in(year, (int(month), int(number))) + DAY)
