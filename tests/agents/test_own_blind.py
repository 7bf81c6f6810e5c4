"""OWN-BLIND: max(48 h, three intervals) without a good look; a rest needs none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from harness import fold
from timeline import NATIONAL, account, at, day, mailbox, site

from streams.findings import Event
from streams.looks import Outcome
from streams.subjects import ColumnType, Status

RULE = "OWN-BLIND"


@pytest.mark.parametrize(
    ("every", "sighted", "blind"),
    [
        (4, "2026-03-03 08:59", "2026-03-03 09:00"),
        (16, "2026-03-03 08:59", "2026-03-03 09:00"),
        (24, "2026-03-04 08:59", "2026-03-04 09:00"),
    ],
)
def test_the_horizon(every: int, sighted: str, blind: str) -> None:
    story = site().source("c", "column", column_type=ColumnType.NEWS, every=timedelta(hours=every))
    story.shows("2026-03-01 09:00", "2026-03-01").ticks(sighted)
    assert story.stands(RULE) == []
    story.ticks(blind)
    (finding,) = story.ledger(RULE)[-1:]
    assert (finding.level, finding.time, finding.since) == ("unknown", at(blind), at("2026-03-01 09:00"))


def test_a_source_never_seen_is_blind_from_when_it_was_added() -> None:
    assert account("2026-03-01 09:00").ticks("2026-03-03 09:00").finds(RULE) == ["opens unknown"]


def test_failures_and_challenges_are_no_sight() -> None:
    story = account("2026-03-01 09:00")
    for hour in range(0, 48, 6):
        story.fails((at("2026-03-01 09:30") + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M"))
    story.looks("2026-03-03 08:00", None, outcome=Outcome.UNKNOWN, cause="challenge").ticks("2026-03-03 09:00")
    assert story.stands(RULE) == ["unknown"]


def test_a_good_look_sees_again() -> None:
    story = account("2026-03-01 09:00").ticks("2026-03-03 09:00").shows("2026-03-03 10:00", "2026-03-01")
    assert story.finds(RULE) == ["opens unknown", "closes seen"]
    assert story.ticks("2026-03-05 10:00").stands(RULE) == ["unknown"]


def test_a_late_wake_says_since_when() -> None:
    story = account().shows("2026-03-01 09:00", "2026-03-01").ticks("2026-09-01")
    (finding,) = story.ledger(RULE)[-1:]
    assert finding.since == at("2026-03-01 09:00")


def test_a_frozen_relay_answers_and_shows_old_bytes() -> None:
    story = account("2026-03-01 09:00").shows("2026-03-01 09:00", "2026-03-01", as_of=at("2026-03-01 09:00"))
    story.shows("2026-03-03 08:59", "2026-03-01", as_of=at("2026-03-01 09:00"))
    assert story.finds(RULE) == []
    story.shows("2026-03-03 09:00", "2026-03-01", as_of=at("2026-03-01 09:00"))
    assert story.stands(RULE) == ["unknown"]


def test_a_longer_interval_gives_a_longer_horizon() -> None:
    story = account("2026-03-01 09:00").changes("2026-03-01 10:00", "relay", every=timedelta(days=1))
    assert story.ticks("2026-03-04 08:59").finds(RULE) == []
    assert story.ticks("2026-03-04 09:00").finds(RULE) == ["opens unknown"]


def test_who_rests_need_not_be_seen_until_a_horizon_after_the_rest() -> None:
    story = account("2026-03-01 09:00", status=Status.SUSPENDED, status_until=day("2026-03-20"))
    story.ticks("2026-03-10", "2026-03-22 23:59")
    assert story.finds(RULE) == []
    assert story.ticks("2026-03-23 00:00").finds(RULE) == ["opens unknown"]


def test_a_rest_closes_it_and_one_cut_short_counts_from_then() -> None:
    story = account("2026-03-01 09:00").ticks("2026-03-04").changes("2026-03-05", status=Status.SUSPENDED)
    assert story.finds(RULE) == ["opens unknown", "closes suspended"]
    story.ticks("2026-06-01").changes("2026-06-02 09:00", status=Status.RUNNING).ticks("2026-06-04 08:59")
    assert story.stands(RULE) == []
    assert story.ticks("2026-06-04 09:00").stands(RULE) == ["unknown"]


def test_a_rest_that_is_shortened_is_not_forgotten() -> None:
    story = account("2026-03-01", status=Status.SUSPENDED)
    story.changes("2026-03-05", status_until=day("2026-03-10")).ticks("2026-03-13 00:00")
    assert story.stands(RULE) == ["unknown"]


def test_retiring_the_source_closes_it() -> None:
    story = account("2026-03-01").ticks("2026-03-04").retires("2026-03-05", "relay")
    assert story.finds(RULE) == ["opens unknown", "closes retired"]


def test_it_tells_the_desk_of_turns_not_of_every_look() -> None:
    story = account("2026-03-01 09:00").shows("2026-03-01 10:00", "2026-03-01").fails("2026-03-01 11:00")
    story.fails("2026-03-01 12:00").shows("2026-03-01 13:00", "2026-03-01")
    signals = [f.why for f in fold(NATIONAL, story.log) if f.rule == RULE and f.event is Event.SIGNALS]
    assert signals == ["good", "failed", "good"]


def test_a_fact_is_no_sight_and_no_turn() -> None:
    story = account("2026-03-01 08:00").shows("2026-03-01 09:00", "2026-03-01").fails("2026-03-02").ticks("2026-03-04")
    before = fold(story.rules, story.log)
    story.changes("2026-03-05", contact="新任").changes("2026-03-06", "relay", owner="某科")
    told = [f for f in fold(story.rules, story.log)[len(before) :] if f.rule == RULE]
    assert (told, story.stands(RULE)) == ([], ["unknown"])


@pytest.mark.parametrize(
    ("url", "found"), [("push:", []), ("file:", []), ("https://letters.example.gov.cn/", ["opens unknown"])]
)
def test_who_tells_by_himself_is_not_looked_at(url: str, found: list[str]) -> None:
    assert mailbox("2026-03-01 09:00", url).ticks("2026-03-09").finds(RULE) == found
