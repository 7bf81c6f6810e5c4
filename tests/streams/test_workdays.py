"""Working days: every day that another calendar knows, years that nobody knows, and what a city adds."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from streams.workdays import STATUTORY, LocalDay, Notice, Overrides, UnknownYear, Workdays

GOLDEN = Path(__file__).parent.parent / "golden" / "workdays-2004-2026.txt"
EXPLAINED = {date(2005, 12, 31)}  # docs/calendar.md says why
DAY = timedelta(days=1)


def golden() -> set[date]:
    """The days off or worked against the plain week, as the library `holidays` has them."""
    odd: set[date] = set()
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        year, _, days = line.partition(": ")
        odd.update(date.fromisoformat(f"{year}-{day}") for day in days.split())
    return odd


def test_every_day_from_2004_to_2026_is_as_another_calendar_has_it() -> None:
    odd, day, differ = golden(), date(2004, 1, 1), set()
    while day.year < 2027:
        if STATUTORY.is_workday(day) != ((day.weekday() < 5) != (day in odd)):
            differ.add(day)
        day += DAY
    assert differ == EXPLAINED
    assert len({day.year for day in odd}) == 23


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2027, 1, 1), date(2027, 1, 2)])
def test_a_year_that_nobody_knows_is_refused_by_name(day: date) -> None:
    with pytest.raises(UnknownYear, match=str(day.year)):
        STATUTORY.is_workday(day)
    with pytest.raises(UnknownYear, match="2027"):
        STATUTORY.after(date(2026, 12, 30), 2)


def test_a_notice_brings_its_year_and_nothing_else() -> None:
    ours = Workdays(Overrides(years={"2027": Notice("通知", off=("2027-01-01..2027-01-03",), work=("2027-01-09",))}))
    assert ours.after(date(2026, 12, 31), 6) == date(2027, 1, 9)
    assert ours.reason(date(2027, 1, 9)) == ("make_up", "通知")
    assert ours.reason(date(2027, 1, 2)) == ("holiday", "通知")
    assert ours.version != STATUTORY.version
    with pytest.raises(UnknownYear, match="2028"):
        ours.is_workday(date(2028, 1, 3))


def test_a_notice_may_speak_of_the_december_before_it() -> None:
    ours = Workdays(Overrides(years={"2027": Notice("通知", off=("2026-12-31..2027-01-02",), work=("2026-12-26",))}))
    assert not ours.is_workday(date(2026, 12, 31))
    assert ours.is_workday(date(2026, 12, 26))
    assert ours.is_workday(date(2026, 12, 30))


def test_a_notice_replaces_all_that_was_known_of_its_year() -> None:
    ours = Workdays(Overrides(years={"2026": Notice("更正", off=("2026-01-01",))}))
    assert ours.is_workday(date(2026, 10, 1))
    assert not STATUTORY.is_workday(date(2026, 10, 1))


def test_a_local_day_goes_before_every_notice() -> None:
    snow = LocalDay(work=False, why="暴雪停工", by="市政府办公室")
    ours = Workdays(Overrides(days={"2026-03-02": snow, "2026-03-01": LocalDay(work=True, why="补班")}))
    assert not ours.is_workday(date(2026, 3, 2))
    assert ours.is_workday(date(2026, 3, 1))
    assert (ours.reason(date(2026, 3, 2)), ours.by(date(2026, 3, 2))) == (("local", "暴雪停工"), "市政府办公室")
    assert ours.by(date(2026, 3, 3)) == ""
