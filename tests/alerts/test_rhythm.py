"""What is usual of a collector, and what is too little."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerts.rhythm import Rhythm, next_hour

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
