"""Terms: until when a message must be answered, and day by day how that was counted (RULEBOOK section 6).

No official sentence was found that says when the clock starts and ends. Ours, each of it a setting: from receipt, the
first day not counted, until 24:00 of the last working day, which is written as 00:00 after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from streams.days import DAY, SHANGHAI, Limit, day_of, last_safe, start_of
from streams.messages import Case
from streams.workdays import Workdays


class Term(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A limit of `days` working days or of `months` calendar months, and how it is counted."""

    days: int = 0
    months: int = 0
    start: Literal["received", "accepted"] = "received"
    end: Literal["day", "office"] = "day"
    first_day_counts: bool = False
    office: str = "17:30"  # when the office closes, for `end = "office"`

    def __post_init__(self) -> None:
        """Raise ValueError where it is no limit."""
        if (self.days > 0) == (self.months > 0) or min(self.days, self.months) < 0:
            message = f"a term has days or months, found {self.days} days and {self.months} months"
            raise ValueError(message)
        time.fromisoformat(self.office)

    def __str__(self) -> str:
        return f"{self.days}wd" if self.days else f"{self.months}mo"

    def starts(self, case: Case) -> datetime | None:
        """From when it runs; None while that has not happened (`accepted`: from receipt until it is accepted)."""
        opened = case.opened_at
        return (case.accepted_at() or opened) if self.start == "accepted" else opened

    def last_day(self, start: datetime, workdays: Workdays) -> date:
        """The last day on which an answer is in time; raises UnknownYear."""
        first = day_of(start)
        if self.months:
            return last_safe(first, Limit(months=self.months))
        return workdays.after(first - DAY if self.first_day_counts else first, self.days)

    def due(self, start: datetime, workdays: Workdays) -> datetime:
        """The first moment at which an answer is late; raises UnknownYear."""
        return self._closes(self.last_day(start, workdays))

    def left(self, start: datetime, days: int, workdays: Workdays) -> datetime:
        """The first moment of the day from which on only `days` days are left: working days, or calendar days."""
        last = self.last_day(start, workdays)
        if self.months:
            return start_of(last - (days - 1) * DAY)
        number = self.days - days + 1
        first = day_of(start)
        return (
            start_of(workdays.after(first - DAY if self.first_day_counts else first, number)) if number > 0 else start
        )

    def explain(self, start: datetime, workdays: Workdays) -> Iterator[Counted]:
        """Every day from the start to the last, and how it was counted; raises UnknownYear when it comes to a year
        whose notice is not known."""
        if self.months:
            last = self.last_day(start, workdays)
            days = (last - day_of(start)).days + 1
            yield from (_calendar(day_of(start) + number * DAY, number) for number in range(days))
            return
        day, counted = day_of(start), 0
        if not self.first_day_counts:
            yield _explained(day, 0, workdays, why="start")
            day += DAY
        while counted < self.days:
            counts = workdays.is_workday(day)
            counted += counts
            yield _explained(day, counted if counts else 0, workdays)
            day += DAY

    def _closes(self, last: date) -> datetime:
        if self.end == "day":
            return start_of(last + DAY)
        return datetime.combine(last, time.fromisoformat(self.office), SHANGHAI).astimezone(start_of(last).tzinfo)


class Counted(msgspec.Struct, frozen=True):
    """One day of an explanation: which working day it was (0: none), and why (`start`, `calendar` where every day
    counts, or the calendar's reason); of a local day, who said so."""

    day: date
    number: int
    why: str
    name: str = ""
    by: str = ""


def _calendar(day: date, number: int) -> Counted:
    return Counted(day, number, "calendar" if number else "start")


def _explained(day: date, number: int, workdays: Workdays, why: str = "") -> Counted:
    kind, name = workdays.reason(day)
    return Counted(day, number, why or kind, name, workdays.by(day))


class Office(msgspec.Struct, frozen=True, gc=False):
    """Office hours of a working day, such as (08:30, 12:00), (14:30, 18:00), Shanghai."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(17, 30)))

    @property
    def per_day(self) -> timedelta:
        """Hours of a whole working day."""
        return sum((_length(*span) for span in self.spans), timedelta())

    def between(self, start: datetime, end: datetime, workdays: Workdays) -> timedelta:
        """Office hours from `start` to `end`; raises UnknownYear."""
        if end <= start:
            return timedelta()
        first, last = day_of(start), day_of(end)
        if first == last:
            return self._until(end, workdays) - self._until(start, workdays)
        whole = workdays.count(first, last - DAY) * self.per_day
        opening = self.per_day if workdays.is_workday(first) else timedelta()
        return opening - self._until(start, workdays) + whole + self._until(end, workdays)

    def _until(self, at: datetime, workdays: Workdays) -> timedelta:
        """Office hours of its day that have passed at a moment."""
        if not workdays.is_workday(day_of(at)):
            return timedelta()
        now = at.astimezone(SHANGHAI).time()
        return sum((_length(begins, min(max(now, begins), ends)) for begins, ends in self.spans), timedelta())


def _length(begins: time, ends: time) -> timedelta:
    return datetime.combine(date.min, ends) - datetime.combine(date.min, begins)
