"""Days in words."""

from __future__ import annotations

from datetime import date

import pytest

from alerts.calendar import in_words, workday_before
from streams.workdays import LocalDay, Notice, Overrides, Workdays

OURS = Workdays(
    Overrides(
        years={"2027": Notice("示例通知", off=("2027-03-05",), work=("2027-03-06",))},
        days={"2026-03-02": LocalDay(work=False, why="暴雪停工")},
    )
)


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


def test_an_override_file_is_heeded_in_letters() -> None:
    told = [in_words(date.fromisoformat(day), "zh", OURS) for day in ("2027-03-05", "2027-03-06", "2026-03-02")]
    assert told == [
        "2027-03-05（星期五，示例通知）",
        "2027-03-06（星期六，调休上班）",
        "2026-03-02（星期一，暴雪停工）",
    ]
    assert workday_before(date(2027, 3, 7), OURS) == date(2027, 3, 6)
    assert workday_before(date(2026, 3, 2), OURS) == date(2026, 2, 28)
