"""Days around a holiday: what is worked, what is swept, and what a year without a notice means."""

from __future__ import annotations

from datetime import date

import pytest

from streams.days import start_of
from streams.holidays import holiday_after, is_holiday, is_workday, swept_at, workday_after, workday_before
from streams.workdays import STATUTORY


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("after", "first", "back"),
    [
        ("2026-01-01", "2026-02-15", "2026-02-24"),  # Spring Festival, nine days
        ("2026-02-14", "2026-02-15", "2026-02-24"),
        ("2026-02-15", "2026-04-04", "2026-04-07"),  # one that has begun is no more to come
        ("2026-04-30", "2026-05-01", "2026-05-06"),
        ("2026-09-01", "2026-09-25", "2026-09-28"),  # Mid-autumn: a Friday and its weekend
    ],
)
def test_the_next_holiday_is_of_three_days_or_more(after: str, first: str, back: str) -> None:
    assert holiday_after(day(after), STATUTORY) == (day(first), day(back))


def test_beyond_the_last_notice_there_is_none_that_is_known() -> None:
    assert holiday_after(day("2035-01-01"), STATUTORY) is None


def test_a_year_without_a_notice_has_weekends_and_no_holidays() -> None:
    assert is_workday(day("2035-10-01"), STATUTORY)
    assert not is_workday(day("2035-10-06"), STATUTORY)
    assert not is_holiday(day("2035-10-01"), STATUTORY)


def test_make_up_saturdays_are_worked_and_a_weekend_is_no_holiday() -> None:
    assert is_workday(day("2026-02-14"), STATUTORY)
    assert not is_holiday(day("2026-03-07"), STATUTORY)
    assert is_holiday(day("2026-02-21"), STATUTORY)
    assert workday_before(day("2026-02-15"), 3, STATUTORY) == day("2026-02-12")
    assert workday_after(day("2026-02-12"), 3, STATUTORY) == day("2026-02-24")


@pytest.mark.parametrize(
    ("due", "swept"),
    [
        ("2026-02-15", "2026-02-12"),  # the last safe day is the last one before the holiday
        ("2026-02-20", "2026-02-12"),
        ("2026-02-25", "2026-02-12"),  # late after the first working day back
        ("2026-02-26", None),
        ("2026-02-14", None),
    ],
)
def test_what_lapses_in_a_holiday_is_swept_three_working_days_before(due: str, swept: str | None) -> None:
    found = swept_at(start_of(day(due)), STATUTORY)
    assert found == (None if swept is None else start_of(day(swept)))
