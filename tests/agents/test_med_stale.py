"""MED-STALE: fourteen days; the day after the last safe one, and only on a good look."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline import HANZHONG, Timeline, account, at, day

from streams.days import start_of
from streams.looks import Outcome, Shown
from streams.subjects import Kind, Status

RULE = "MED-STALE"


@pytest.mark.parametrize(
    ("newest", "safe", "breach"),
    [
        ("2026-03-01", "2026-03-15 23:59", "2026-03-16 00:00"),
        ("2026-02-14", "2026-02-28 23:59", "2026-03-01 00:00"),  # no 29 February
        ("2028-02-14", "2028-02-28 23:59", "2028-02-29 00:00"),
        ("2028-02-15", "2028-02-29 23:59", "2028-03-01 00:00"),
        ("2026-12-20", "2027-01-03 23:59", "2027-01-04 00:00"),  # year end and New Year's Day
        ("2026-04-30", "2026-05-14 23:59", "2026-05-15 00:00"),
    ],
)
def test_the_last_safe_minute_and_the_next_day(newest: str, safe: str, breach: str) -> None:
    began = f"{newest} 00:00"
    assert account(began).shows(safe, newest).stands(RULE) == []
    late = account(began).shows(breach, newest)
    assert late.stands(RULE) == ["veto"]
    (finding,) = late.ledger(RULE)
    assert (finding.since, finding.due, finding.witnessed_at) == (start_of(day(newest)), at(breach), at(breach))
    assert finding.args == {"newest": newest, "limit": "14d"}


def test_spring_festival_does_not_stop_the_clock() -> None:
    # The holiday of 2026 was 15 to 23 February.
    assert account().shows("2026-02-27 23:00", "2026-02-13").stands(RULE) == []
    assert account().shows("2026-02-28 00:00", "2026-02-13").stands(RULE) == ["veto"]


def test_silence_accuses_nobody_and_the_next_look_does() -> None:
    quiet = account().shows("2026-03-02", "2026-03-01").ticks("2026-03-16", "2026-09-01")
    assert quiet.finds(RULE) == []
    assert quiet.fails("2026-09-02").finds(RULE) == []
    assert quiet.shows("2026-09-03", "2026-03-01").finds(RULE) == ["opens veto"]


def test_a_late_wake_changes_nothing() -> None:
    late = account().shows("2026-03-02", "2026-03-01").ticks("2026-12-31").shows("2027-01-01", "2026-12-30")
    assert late.finds(RULE) == []


def test_a_post_closes_it_and_a_deleted_post_opens_it_again() -> None:
    story = account().shows("2026-03-16", "2026-03-01").shows("2026-03-17", "2026-03-17")
    assert story.finds(RULE) == ["opens veto", "closes updated"]
    story.shows("2026-03-18", "2026-03-01")
    assert story.finds(RULE) == ["opens veto", "closes updated", "opens veto"]
    first, _, second = story.ledger(RULE)
    assert first.id != second.id


def test_an_open_veto_stays_while_blind() -> None:
    story = account().shows("2026-03-16", "2026-03-01").fails("2026-03-17").ticks("2026-04-30")
    assert story.finds(RULE) == ["opens veto"]


def test_the_same_look_again_says_nothing_more() -> None:
    story = (
        account().shows("2026-03-16", "2026-03-01").shows("2026-03-17", "2026-03-01").shows("2026-03-18", "2026-03-01")
    )
    assert story.finds(RULE) == ["opens veto"]


def test_evidence_from_before_the_breach_does_not_accuse() -> None:
    story = account().shows("2026-03-16 08:00", "2026-03-01", as_of=at("2026-03-15 23:00"))
    assert story.finds(RULE) == []
    assert story.shows("2026-03-16 09:00", "2026-03-01", as_of=at("2026-03-16 00:00")).stands(RULE) == ["veto"]


def test_older_evidence_does_not_close() -> None:
    story = account().shows("2026-03-16", "2026-03-01").shows("2026-03-17", "2026-03-10", as_of=at("2026-03-11"))
    assert story.stands(RULE) == ["veto"]


def test_looks_that_are_not_conclusive_say_nothing() -> None:
    story = account()
    story.looks("2026-03-20", None, outcome=Outcome.UNKNOWN, cause="challenge").fails("2026-03-21")
    assert story.finds(RULE) == []


def test_posts_without_dates_are_unknown_and_none_at_all_is_another_rule_s() -> None:
    assert account().shows("2026-03-20", None).finds(RULE) == ["opens unknown"]
    assert account().shows("2026-03-20", None, count=0).finds(RULE) == []


def test_the_account_s_own_closing_notice_is_passed_on() -> None:
    level = Shown(count=3, newest=day("2026-03-01"), name="旧名", notice="本号停止更新")
    (finding,) = account().looks("2026-03-20", level).ledger(RULE)
    assert (finding.args["shown_name"], finding.args["notice"]) == ("旧名", "本号停止更新")


def test_a_suspension_rests_until_its_last_day() -> None:
    story = account(status=Status.SUSPENDED, status_until=day("2026-03-31"))
    story.shows("2026-03-31 23:59", "2026-03-01")
    assert story.finds(RULE) == []
    assert story.shows("2026-04-01 00:00", "2026-03-01").finds(RULE) == ["opens veto"]


def test_a_suspension_closes_what_is_open_and_the_veto_comes_back_after_it() -> None:
    story = account().shows("2026-03-16", "2026-03-01")
    story.changes("2026-03-17", status=Status.SUSPENDED, status_until=day("2026-03-20"))
    assert story.finds(RULE) == ["opens veto", "closes suspended"]
    story.shows("2026-03-20", "2026-03-01").ticks("2026-03-21 00:00")
    assert story.stands(RULE) == []
    assert story.shows("2026-03-21 00:01", "2026-03-01").stands(RULE) == ["veto"]


def test_a_suspension_without_end_lasts_until_it_is_changed() -> None:
    story = account(status=Status.SUSPENDED).shows("2026-06-01", "2026-03-01").ticks("2030-01-01")
    assert story.finds(RULE) == []
    assert story.changes("2030-01-02", status=Status.RUNNING).ticks("2030-01-03").stands(RULE) == ["veto"]


@pytest.mark.parametrize("status", [Status.CLOSING, Status.CANCELLED, Status.SHUT])
def test_an_account_that_is_being_closed_is_not_judged(status: Status) -> None:
    assert account(status=status).shows("2026-06-01", "2026-03-01").finds(RULE) == []
    story = account().shows("2026-03-16", "2026-03-01").changes("2026-03-17", status=status)
    assert story.finds(RULE) == ["opens veto", "closes retired"]


def test_declared_none_and_retired_sources_close_it() -> None:
    story = account().shows("2026-03-16", "2026-03-01")
    story.changes("2026-03-17", "relay", declared_none="办公室 2026-03-17")
    assert story.finds(RULE) == ["opens veto", "closes retired"]
    story = account().shows("2026-03-16", "2026-03-01").retires("2026-03-17", "relay")
    assert story.finds(RULE) == ["opens veto", "closes retired"]


def test_a_site_is_no_account_and_a_probe_no_reader() -> None:
    other = Timeline(Kind.SITE, "2026-01-01").source("feed", "feed").shows("2026-06-01", "2026-03-01")
    assert other.finds(RULE) == []


def test_an_overlay_leaves_the_national_rule_as_it_is() -> None:
    story = account(rules=HANZHONG).shows("2026-03-15 23:59", "2026-03-01")
    assert story.stands(RULE) == []
    assert story.shows("2026-03-16 00:00", "2026-03-01").stands(RULE) == ["veto"]


def test_every_veto_has_its_alibi() -> None:
    (finding,) = account().shows("2026-03-20", "2026-03-01").ledger(RULE)
    assert finding.due is not None
    assert finding.witnessed_at is not None
    assert finding.witnessed_at - finding.due >= timedelta(0)


def test_a_list_that_lost_its_posts_is_unknown_and_keeps_its_clock() -> None:
    story = account().shows("2026-03-20", "2026-03-01").shows("2026-03-21", None, 0)
    assert (story.stands(RULE), story.ledger(RULE)[-1].why) == (["unknown"], "emptied")
    assert story.shows("2026-03-22", "2026-03-01").stands(RULE) == ["veto"]


@given(newest=st.dates(date(2010, 1, 1), date(2030, 1, 1)), days=st.integers(0, 40), hour=st.integers(0, 23))
def test_in_the_inspectors_words(newest: date, days: int, hour: int) -> None:
    story = account(str(newest)).shows(f"{newest + timedelta(days=days)} {hour:02}:30", str(newest))
    assert story.stands(RULE) == (["veto"] if days > 14 else [])


def test_it_names_the_last_item() -> None:
    late = account("2026-03-01").shows("2026-03-16 09:00", "2026-03-01", title="关于召开会议的通知")
    (finding,) = late.ledger(RULE)
    assert finding.args == {"newest": "2026-03-01", "limit": "14d", "title": "关于召开会议的通知"}
