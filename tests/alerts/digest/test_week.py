"""Weeks and their names, and the morning on which a digest is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digest.week import due_of, parse_week, week_of, weeks_due
from streams.days import SHANGHAI
from streams.workdays import STATUTORY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@given(st.integers(0, 100 * 366 * 24 * 60))
def test_a_week_has_its_moments_and_its_name_is_read_back(minutes: int) -> None:
    moment = at("2000-01-01") + timedelta(minutes=minutes)
    week = week_of(moment)
    assert week.since <= moment < week.until
    assert parse_week(week.name) == week
    assert week.days == (week.days[0], week.days[0] + timedelta(days=6))
    assert week.moved(1).since == week.until


@pytest.mark.parametrize("text", ["2026-W47", "2026w47", " 2026-W47 "])
def test_a_week_is_read(text: str) -> None:
    assert parse_week(text).days[0] == date(2026, 11, 16)


@pytest.mark.parametrize("text", ["2026-W54", "2026-W0", "2026", "W47", "26-W47", ""])
def test_what_is_no_week_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a year and a week of it, such as 2026-W47") as raised:
        parse_week(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("week", "due"),
    [
        ("2026-W11", "2026-03-16 09:00"),  # a Monday like any other
        ("2026-W14", "2026-04-07 09:00"),  # Monday 6 April: Tomb-sweeping Day
        ("2026-W40", "2026-10-08 09:00"),  # National Day's holidays
        ("2026-W07", "2026-02-24 09:00"),  # Spring Festival: nine days
        ("2026-W08", "2026-02-24 09:00"),
        ("2031-W11", "2031-03-17 09:00"),  # no notice of holidays: the Monday itself
    ],
)
def test_it_is_due_on_monday_or_on_the_first_working_day_after(week: str, due: str) -> None:
    assert due_of(parse_week(week), STATUTORY, 9) == at(due)


@pytest.mark.parametrize(
    ("now", "weeks"),
    [
        ("2026-03-16 08:59", ["2026-W10"]),  # still late for the week before
        ("2026-03-16 09:00", ["2026-W11"]),
        ("2026-03-22 23:59", ["2026-W11"]),
        ("2026-02-24 08:59", []),
        ("2026-02-24 09:00", ["2026-W07", "2026-W08"]),  # after a long holiday two, the older first
    ],
)
def test_the_weeks_that_are_due(now: str, weeks: list[str]) -> None:
    assert [week.name for week in weeks_due(at(now), STATUTORY, 9)] == weeks
