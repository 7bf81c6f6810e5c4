"""MSG-5WD: five working days, make-up workdays counted; who tells us decides what is certain."""

from __future__ import annotations

from typing import Any

import pytest
from timeline import ID, Timeline, at, day, mailbox, whys

from streams.advance import advance
from streams.findings import Event, Finding, Grade
from streams.looks import Shown
from streams.messages import Deed
from streams.records import Changed, Position, Record, Tick
from streams.rows import Row
from streams.rules import Rules
from streams.workdays import Notice, Overrides, Workdays
from zhiban.wiring import load_rules

RULE = "MSG-5WD"
FILE = "file:"
PAGE = "https://www.example.gov.cn/szxx/"


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-03-02 09:00", "2026-03-10 00:00"),  # Monday: the next Monday is the fifth
        ("2026-03-06 17:00", "2026-03-14 00:00"),  # Friday
        ("2026-03-07 10:00", "2026-03-14 00:00"),  # Saturday: Monday is the first
        ("2026-02-13 10:00", "2026-02-28 00:00"),  # before the Spring Festival: Saturday the 14th is worked
        ("2026-09-30 10:00", "2026-10-14 00:00"),  # before the National Day: Saturday the 10th is worked
    ],
)
def test_the_last_working_minute_and_the_next_day(asked: str, due: str) -> None:
    story = mailbox().tells(asked, "1")
    assert story.ticks(due).stands(RULE) == ["breach"]
    last = at(due).replace(microsecond=0)
    (*_, finding) = story.ledger(RULE)
    assert (finding.item, finding.due, finding.since, finding.time) == ("1", last, at(asked), last)
    assert finding.args["message"] == "1"


def test_the_ladder_of_five_days_is_two_left_and_one_left() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-03-05 23:59", "2026-03-06 00:00", "2026-03-09 00:00")
    assert story.ticks("2026-03-10 00:00").finds(RULE) == [
        "opens due_soon/amber", "worsens due_soon/red", "worsens breach",
    ]  # fmt: skip
    assert [f.time for f in story.ledger(RULE)] == [
        at("2026-03-06 00:00"),
        at("2026-03-09 00:00"),
        at("2026-03-10 00:00"),
    ]


def test_an_answer_stops_everything() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-03-09 00:00")
    assert story.tells("2026-03-09 16:00", "1", Deed.ANSWERED).finds(RULE)[-1] == "closes answered"
    assert story.ticks("2026-07-01").stands(RULE) == []


def test_a_receipt_is_no_answer() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").tells("2026-03-02 10:00", "1", Deed.RECEIPT)
    assert story.tells("2026-03-03 10:00", "1", Deed.TRANSFERRED).ticks("2026-03-10 00:00").stands(RULE) == ["breach"]


@pytest.mark.parametrize("deed", [Deed.WITHDRAWN, Deed.DUPLICATE, Deed.NOT_OURS])
def test_what_leaves_the_denominator_is_nobodys_fault(deed: Deed) -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-03-09 00:00").tells("2026-03-09 10:00", "1", deed)
    assert story.finds(RULE)[-1] == f"closes {deed}"
    assert story.ticks("2026-04-01").stands(RULE) == []


def test_a_reopened_message_waits_anew() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").tells("2026-03-03 09:00", "1", Deed.ANSWERED)
    story.tells("2026-03-10 09:00", "1", Deed.REOPENED).ticks("2026-03-17 23:59")
    assert story.stands(RULE) == ["due_soon/red"]
    assert story.ticks("2026-03-18 00:00").stands(RULE) == ["breach"]


def test_order_of_telling_changes_nothing() -> None:
    late = mailbox().tells("2026-03-20 09:00", "1", Deed.ANSWERED, own="2026-03-04 09:00")
    assert late.tells("2026-03-20 10:00", "1", own="2026-03-02 09:00").ticks("2026-07-20").finds(RULE) == []


def test_what_is_told_twice_is_told_once() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").tells("2026-03-04 09:00", "1", own="2026-03-02 09:00")
    assert story.ticks("2026-03-10").finds(RULE)[0] == "opens due_soon/amber"
    assert len(story.finds(RULE)) == 3


def test_a_mailbox_that_was_taken_away_and_comes_back_has_forgotten_nobody() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").tells("2026-03-02 09:00", "2").ticks("2026-03-09 00:00")
    story.tells("2026-03-09 09:00", "2", Deed.ANSWERED).retires("2026-03-09 10:00", "letters")
    assert story.stands(RULE) == []
    back = story.source("letters", "mailbox", "2026-03-12 09:00").changes("2026-03-12 09:01", "letters", url="push:")
    assert back.ticks("2026-03-13").stands(RULE) == ["breach"]
    assert [f.item for f in back.ledger(RULE)][-1] == "1"


# -- who tells -----------------------------------------------------------------------------------------------------


def test_past_what_a_file_covers_reminders_go_out_and_nobody_is_late_for_certain() -> None:
    story = mailbox(url=FILE).tells("2026-03-02 09:00", "1").complete("2026-03-02 10:00", "2026-03-02 10:00")
    story.ticks("2026-03-06", "2026-03-09", "2026-03-10", "2026-03-20")
    assert story.finds(RULE) == ["opens due_soon/amber", "worsens due_soon/red", "moves unknown"]
    assert whys(story.ledger(RULE))[-1] == "msg_unless"
    assert story.complete("2026-03-21", "2026-03-09 23:00").stands(RULE) == ["unknown"], "it ends before the due time"
    assert story.complete("2026-03-22", "2026-03-10 00:00").stands(RULE) == ["breach"]


def test_a_page_that_could_not_be_read_accuses_nobody() -> None:
    story = mailbox(url=PAGE).tells("2026-03-02 09:00", "1").shows("2026-03-02 09:00", "2026-03-02", 1)
    story.ticks("2026-03-06", "2026-03-10", "2026-05-01").fails("2026-05-02")
    assert story.finds(RULE) == []
    assert story.shows("2026-05-03", "2026-03-02", 1).stands(RULE) == ["breach"]
    (finding,) = story.ledger(RULE)
    assert finding.witnessed_at == at("2026-05-03")


def test_a_look_before_the_due_time_proves_nothing_of_it() -> None:
    story = mailbox(url=PAGE).tells("2026-03-02 09:00", "1").shows("2026-03-09 23:59", "2026-03-02", 1)
    assert story.ticks("2026-03-11").stands(RULE) == ["due_soon/red"]


def _sees(story: Timeline, when: str, *waiting: str) -> Timeline:
    return story.looks(when, Shown(count=9, newest=day("2026-03-02"), waiting=waiting))


def test_a_look_accuses_only_those_that_it_shows_waiting() -> None:
    story = mailbox(url=PAGE).tells("2026-03-02 09:00", "1").tells("2026-03-02 09:00", "2")
    _sees(story, "2026-03-10 08:00", "2")
    assert story.stands(RULE) == ["breach", "unknown"]
    assert {finding.item: finding.why for finding in story.ledger(RULE)} == {"1": "msg_unless", "2": "msg_overdue"}
    assert _sees(story, "2026-03-11", "1", "2").stands(RULE) == ["breach", "breach"]


def test_what_is_late_stays_late_once_it_has_fallen_off_the_list() -> None:
    story = _sees(mailbox(url=PAGE).tells("2026-03-02 09:00", "1"), "2026-03-10 08:00", "1")
    assert _sees(story, "2026-03-20").stands(RULE) == ["breach"]
    assert story.tells("2026-03-21", "1", Deed.ANSWERED).stands(RULE) == []


def test_a_reminder_goes_out_for_what_is_not_shown_too() -> None:
    story = _sees(mailbox(url=PAGE).tells("2026-03-02 09:00", "1"), "2026-03-09 08:00")
    assert story.stands(RULE) == ["due_soon/red"]


# -- whose messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("about", [{"channel": "网上信访"}, {"channel": "在线访谈"}, {"test": True}])
def test_excluded_channels_and_test_questions_are_not_judged(about: dict[str, Any]) -> None:
    assert mailbox().tells("2026-03-02 09:00", "1", **about).ticks("2026-07-20").finds(RULE) == []


def test_the_unit_of_the_message_is_named() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1", units=("住建局", "公安局")).ticks("2026-03-10")
    assert story.ledger(RULE)[-1].args["unit"] == "住建局、公安局"


# -- calendars -----------------------------------------------------------------------------------------------------


def rules_of_2027(*off: str) -> Rules:
    notice = Notice(source="通知", off=off)
    return load_rules(("national-2019",), {}, workdays=Workdays(Overrides(years={"2027": notice})))


def revised(story: Timeline, when: str, later: Rules) -> list[Finding]:
    """What a new version says of what the old one left."""
    row = Row(ID)
    for offset, record in enumerate(story.log, 1):
        position = None if isinstance(record.body, Tick) else Position(1, offset)
        row = advance(story.rules, row, record, position, None).row
    changed = Record(at(when), ID, Changed(later.version, "calendar"))
    found = advance(later, row, changed, Position(1, 99), None).findings
    return [finding for finding in found if finding.rule == RULE]


def test_a_year_without_a_notice_is_unknown_and_named() -> None:
    story = mailbox().tells("2026-12-30 09:00", "1").ticks("2027-03-01")
    assert story.stands(RULE) == ["unknown"]
    assert [(f.why, f.args, f.item) for f in story.ledger(RULE)] == [("no_calendar", {"year": "2027"}, "")]


def test_the_notice_brings_the_due_time_when_it_lands() -> None:
    story = mailbox().tells("2026-12-30 09:00", "1")
    opened, known = revised(story, "2027-01-08 00:00", rules_of_2027("2027-01-01"))
    assert (known.event, known.why, known.item) == (Event.CLOSES, "calendar", "")
    assert (opened.level, opened.due, opened.item) == (Grade.BREACH, at("2027-01-08 00:00"), "1")


def test_another_notice_moves_running_deadlines_and_says_from_when() -> None:
    story = mailbox(rules=rules_of_2027("2027-01-01")).tells("2026-12-30 09:00", "1").ticks("2027-01-07")
    assert story.stands(RULE) == ["due_soon/red"]
    (moved,) = revised(story, "2027-01-07 13:00", rules_of_2027("2027-01-01", "2027-01-04"))
    assert (moved.event, moved.level, moved.step) == (Event.MOVES, Grade.DUE_SOON, "amber")
    assert (moved.due, moved.args["moved_from"]) == (at("2027-01-09 00:00"), "2027-01-07T16:00:00+00:00")


def test_what_is_reopened_has_a_due_time_of_its_own_that_no_calendar_moved() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-03-05 12:00")
    story.tells("2026-03-06 09:00", "1", Deed.REOPENED).ticks("2026-03-12 12:00")
    *_, moved = story.ledger(RULE)
    assert (moved.due, moved.since) == (at("2026-03-14 00:00"), at("2026-03-06 09:00"))
    assert "moved_from" not in moved.args
