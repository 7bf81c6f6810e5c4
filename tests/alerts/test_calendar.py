"""Days in words."""

from __future__ import annotations

from datetime import date

import pytest

from alerts.calendar import in_words, workday_before


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-02-24", "2026-02-24（星期二）"),
        ("2026-02-17", "2026-02-17（星期二，春节）"),
        ("2026-02-14", "2026-02-14（星期六，调休上班）"),
        ("2026-03-01", "2026-03-01（星期日）"),
        ("2027-03-01", "2027-03-01（星期一，节假日安排未公布）"),
    ],
)
def test_a_day_has_its_weekday_and_its_holiday(day: str, words: str) -> None:
    assert in_words(date.fromisoformat(day)) == words


def test_in_english() -> None:
    assert in_words(date(2026, 2, 17), "en") == "2026-02-17 (Tue, Spring Festival)"


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2026-02-24", None),  # a working day
        ("2026-03-01", "2026-02-28"),  # Sunday, after a Saturday that is worked
        ("2026-02-20", "2026-02-14"),  # inside the Spring Festival
        ("2027-03-06", None),  # nobody knows yet
    ],
)
def test_the_working_day_before_a_day_off(day: str, before: str | None) -> None:
    assert workday_before(date.fromisoformat(day)) == (date.fromisoformat(before) if before else None)
