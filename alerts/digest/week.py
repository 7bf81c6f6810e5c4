"""Weeks as people name them (ISO 8601, Monday to Sunday, Shanghai), and when the digest of one is due."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import msgspec

from streams.days import DAY, day_of, start_of
from streams.workdays import UnknownYear, Workdays

SEVEN = 7 * DAY
_NAME = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


class Week(msgspec.Struct, frozen=True, order=True):
    """A week by its first moment: Monday 00:00, Shanghai."""

    since: datetime

    @property
    def until(self) -> datetime:
        """Its end, exclusive: 00:00 of the next Monday."""
        return self.since + SEVEN

    @property
    def name(self) -> str:
        """Such as `2026-W11`."""
        year, number, _ = day_of(self.since).isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def days(self) -> tuple[date, date]:
        """Its Monday and its Sunday."""
        return day_of(self.since), day_of(self.until - DAY)

    def moved(self, weeks: int) -> Week:
        """The week so many later, or earlier."""
        return Week(self.since + weeks * SEVEN)


def week_of(moment: datetime) -> Week:
    """The week in which a moment lies."""
    day = day_of(moment)
    return Week(start_of(day - day.weekday() * DAY))


def parse_week(text: str) -> Week:
    """Read `2026-W47`; raises ValueError that names the text and what was expected."""
    found = _NAME.fullmatch(text.strip())
    year, number = (int(found[1]), int(found[2])) if found else (0, 0)
    try:
        return Week(start_of(date.fromisocalendar(year, number, 1)))
    except ValueError:
        message = f"week {text!r}: expected a year and a week of it, such as 2026-W47"
        raise ValueError(message) from None


def due_of(week: Week, workdays: Workdays, hour: int) -> datetime:
    """When the digest of `week` is sent: the Monday after it at `hour` o'clock (Shanghai), or the first working day
    after; where that year's notice of holidays is not known, the Monday itself."""
    monday = day_of(week.until)
    try:
        day = monday if workdays.is_workday(monday) else workdays.after(monday, 1)
    except UnknownYear:
        day = monday
    return start_of(day) + timedelta(hours=hour)


def weeks_due(now: datetime, workdays: Workdays, hour: int) -> list[Week]:
    """The whole weeks whose digest is due at `now`, the older first: until the next one's Monday it is made late, and
    after a long holiday two are due on one morning."""
    whole = [week_of(now).moved(-n) for n in (3, 2, 1)]
    return [week for week in whole if due_of(week, workdays, hour) <= now < due_of(week, workdays, hour) + SEVEN]
