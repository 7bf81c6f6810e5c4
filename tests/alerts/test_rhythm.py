"""What is usual of a collector, and what is too little."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rhythm import Rhythm, hour_of, next_hour

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+08:00")


def weeks(days: int, per_hour: int = 10, start: int = 8, end: int = 20) -> Rhythm:
    """Items between `start` and `end` o'clock of every day."""
    rhythm = Rhythm()
    for day in range(days):
        for hour in range(start, end):
            rhythm = rhythm.after(MONDAY + day * DAY + hour * HOUR, per_hour)
    return rhythm


def test_nothing_is_usual_before_three_whole_days() -> None:
    at = MONDAY + 3 * DAY + 16 * HOUR
    assert weeks(3).frozen_since(at, None) is None  # the first day began in the middle
    assert weeks(4).frozen_since(MONDAY + 4 * DAY + 16 * HOUR, None) == (MONDAY + 4 * DAY + 10 * HOUR, 60.0)


@pytest.mark.parametrize(("came", "frozen"), [(0, True), (5, True), (6, False), (60, False)])
def test_less_than_a_tenth_is_frozen(came: int, frozen: bool) -> None:
    at = MONDAY + 4 * DAY + 16 * HOUR
    rhythm = weeks(4)
    if came:
        rhythm = rhythm.after(at - 3 * HOUR, came)
    assert (rhythm.frozen_since(at, None) is not None) is frozen


def test_a_night_in_which_nothing_ever_comes_is_not_frozen() -> None:
    at = MONDAY + 5 * DAY + 4 * HOUR
    assert weeks(5).frozen_since(at, None) is None


def test_few_items_are_never_frozen() -> None:
    assert weeks(6, per_hour=1).frozen_since(MONDAY + 6 * DAY + 16 * HOUR, None) is None


def test_a_weekend_is_compared_with_weekends() -> None:
    rhythm = Rhythm()
    for day in range(13):
        many = 1 if day % 7 >= 5 else 20
        for hour in range(8, 20):
            rhythm = rhythm.after(MONDAY + day * DAY + hour * HOUR, many)
    sunday = MONDAY + 13 * DAY + 16 * HOUR
    assert rhythm.frozen_since(sunday, None) is None


def test_what_we_did_not_look_at_is_not_judged() -> None:
    at = MONDAY + 4 * DAY + 16 * HOUR
    assert weeks(4).frozen_since(at, at - 5 * HOUR) is None
    assert weeks(4).frozen_since(at, at - 6 * HOUR) is not None


def test_days_with_an_incident_teach_nothing() -> None:
    rhythm = weeks(4).without(MONDAY + 2 * DAY, MONDAY + 2 * DAY + HOUR)
    assert rhythm.frozen_since(MONDAY + 4 * DAY + 16 * HOUR, None) is None


def test_it_thaws_with_a_quarter_of_the_usual_not_with_a_trickle() -> None:
    at = MONDAY + 4 * DAY + 16 * HOUR
    assert not weeks(4).after(at, 14).has_thawed(at, 6, 60.0)
    assert weeks(4).after(at, 15).has_thawed(at, 6, 60.0)


def test_suspect_needs_twenty_gaps_of_these_hours_and_ninety_five_of_a_hundred_shorter() -> None:
    rhythm = weeks(2)  # eleven gaps of an hour a day, five of them in the afternoon
    afternoon = MONDAY + DAY + 19 * HOUR
    assert not rhythm.is_suspect(afternoon + 2 * HOUR)
    rhythm = weeks(5)
    last = MONDAY + 4 * DAY + 19 * HOUR
    assert rhythm.last == last
    assert not weeks(5, end=17).is_suspect(MONDAY + 4 * DAY + 17 * HOUR)
    assert weeks(5, end=17).is_suspect(MONDAY + 4 * DAY + 17 * HOUR + timedelta(seconds=1))


def test_one_round_of_polls_is_one_burst() -> None:
    rhythm = Rhythm()
    for day in range(30):
        for second in range(40):
            rhythm = rhythm.after(MONDAY + day * DAY + 14 * HOUR + timedelta(seconds=second), 1)
    assert not rhythm.is_suspect(MONDAY + 29 * DAY + 17 * HOUR)
    assert rhythm.is_suspect(MONDAY + 30 * DAY + 15 * HOUR)


def test_what_is_remembered_is_bounded() -> None:
    rhythm = weeks(60)
    assert len(rhythm.hours) <= 17 * 24
    assert len(rhythm.gaps) <= 200
    assert len(rhythm.without(MONDAY, MONDAY + 400 * DAY).skipped) <= 28


def test_the_next_hour_is_after_a_full_one() -> None:
    assert next_hour(MONDAY) == MONDAY + HOUR


def plain_usual(rhythm: Rhythm, begin: int, end: int) -> float | None:
    """What is usual, added up hour by hour."""
    today = begin // 24
    days = [day for day in range(max(rhythm.began // 24 + 1, today - 14), today) if day not in rhythm.skipped]
    sums = [rhythm.came(begin - 24 * (today - day), end - 24 * (today - day)) for day in days]
    kinds = [_weekends(begin - 24 * (today - day), end - 24 * (today - day)) for day in days]
    alike = [one for one, kind in zip(sums, kinds, strict=True) if kind == _weekends(begin, end)]
    return min(sum(sums) / len(sums), sum(alike) / len(alike)) if len(days) >= 3 and alike else None


def _weekends(begin: int, end: int) -> tuple[bool, bool]:
    return (begin // 24 + 6) % 7 >= 5, (end // 24 + 6) % 7 >= 5


def plain_frozen(rhythm: Rhythm, at: datetime) -> tuple[datetime, float] | None:
    """The shortest window that ought to have brought enough, and brought too little."""
    end = hour_of(at)
    for length in range(6, 25):
        usual = plain_usual(rhythm, end - length, end)
        if usual is None:
            return None
        if usual >= 20:
            return (at - length * HOUR, usual) if rhythm.came(end - length, end) < usual / 10 else None
    return None


@given(
    st.lists(st.tuples(st.sampled_from([5, 40, 300, 2000]), st.sampled_from([1, 3, 25, 90])), min_size=4, max_size=60),
    st.integers(0, 80),
    st.sets(st.integers(0, 9), max_size=3),
)
def test_running_totals_say_what_adding_up_says(came: list[tuple[int, int]], later: int, skipped: set[int]) -> None:
    rhythm, at = Rhythm(), MONDAY
    for minutes, count in came * 3:
        at += timedelta(minutes=minutes)
        rhythm = rhythm.after(at, count)
    for day in skipped:
        rhythm = rhythm.without(at - day * DAY, at - day * DAY)
    asked = next_hour(at + later * HOUR)
    assert rhythm.frozen_since(asked, None) == plain_frozen(rhythm, asked)
