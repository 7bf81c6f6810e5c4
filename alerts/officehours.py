"""Mornings of working days, and quarters, as letters keep to them. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from streams.days import day_of, start_of
from streams.holidays import is_workday, workday_after
from streams.workdays import Workdays


def at_hour(day: date, hour: int) -> datetime:
    """That o'clock on a day, Shanghai."""
    return start_of(day) + timedelta(hours=hour)


def working_morning(at: datetime, hour: int, workdays: Workdays) -> datetime:
    """The first morning of a working day strictly after `at`."""
    day = day_of(at)
    if is_workday(day, workdays) and at_hour(day, hour) > at:
        return at_hour(day, hour)
    return at_hour(workday_after(day, 1, workdays), hour)


def quarter_of(at: datetime) -> str:
    """`2026Q1`, Shanghai."""
    day = day_of(at)
    return f"{day.year}Q{(day.month + 2) // 3}"


def next_quarter(at: datetime) -> datetime:
    """The first moment of the next quarter."""
    day = day_of(at)
    month = (day.month + 2) // 3 * 3 + 1
    return start_of(date(day.year + 1, 1, 1) if month > 12 else date(day.year, month, 1))
