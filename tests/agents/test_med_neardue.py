"""MED-NEARDUE: amber on day 10, red on day 12, over after day 14; the overlay's ten-day rule beside it."""

from __future__ import annotations

import pytest
from harness import fold
from timeline import HANZHONG, Timeline, account

from streams.days import SHANGHAI
from zhiban.wiring import load_rules

RULE = "MED-NEARDUE"


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        ("2026-03-10 23:59", []),
        ("2026-03-11 00:00", ["due_soon/amber"]),
        ("2026-03-12 23:59", ["due_soon/amber"]),
        ("2026-03-13 00:00", ["due_soon/red"]),
        ("2026-03-15 23:59", ["due_soon/red"]),
        ("2026-03-16 00:00", []),
    ],
)
def test_the_steps_of_the_ladder(when: str, stands: list[str]) -> None:
    assert account().shows(when, "2026-03-01").stands(RULE) == stands


def test_the_whole_way() -> None:
    story = account()
    for number in range(1, 18):
        story.shows(f"2026-03-{number:02}", "2026-03-01")
    assert story.finds(RULE) == ["opens due_soon/amber", "worsens due_soon/red", "closes overdue"]


def test_a_post_in_time_closes_it() -> None:
    story = account().shows("2026-03-13", "2026-03-01").shows("2026-03-14", "2026-03-14")
    assert story.finds(RULE) == ["opens due_soon/red", "closes updated"]


def test_a_newer_post_may_ease_red_to_amber() -> None:
    story = account().shows("2026-03-13", "2026-03-01").shows("2026-03-13 13:00", "2026-03-02")
    assert story.finds(RULE) == ["opens due_soon/red", "moves due_soon/amber"]


def test_it_names_the_last_item() -> None:
    (finding,) = account().shows("2026-03-13", "2026-03-01", title="关于召开会议的通知").ledger(RULE)
    assert finding.args == {"newest": "2026-03-01", "limit": "14d", "title": "关于召开会议的通知"}


def test_a_wake_warns_of_nothing() -> None:
    story = account().shows("2026-03-02", "2026-03-01").ticks("2026-03-11", "2026-03-13", "2026-03-16")
    assert story.finds(RULE) == []


def test_no_post_at_all_is_not_near_due() -> None:
    assert account().shows("2026-03-12", None, count=0).finds(RULE) == []


def test_our_steps_can_be_set() -> None:
    rules = load_rules(("national-2019",), {RULE: {"amber": 5, "red": 13}})
    assert account(rules=rules).shows("2026-03-06", "2026-03-01").stands(RULE) == ["due_soon/amber"]
    assert account(rules=rules).shows("2026-03-14", "2026-03-01").stands(RULE) == ["due_soon/red"]


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        ("2026-03-07 23:59", []),
        ("2026-03-08 00:00", ["due_soon/amber"]),
        ("2026-03-10 00:00", ["due_soon/red"]),
        ("2026-03-11 23:59", ["due_soon/red"]),
    ],
)
def test_a_local_rule_has_days_of_its_own(when: str, stands: list[str]) -> None:
    story = account(rules=HANZHONG).shows(when, "2026-03-01")
    assert story.stands("LOCAL-MED-10D") == stands
    assert account().shows(when, "2026-03-01").finds("LOCAL-MED-10D") == []


def lapses(line: Timeline) -> list[tuple[str, str]]:
    """What was named to the desk before a holiday: when, and late from when."""
    found = [one for one in fold(line.rules, line.log) if one.why == "lapses"]
    return [
        (f"{one.time.astimezone(SHANGHAI):%m-%d %H:%M}", f"{one.due.astimezone(SHANGHAI):%m-%d}")
        for one in found
        if one.due
    ]


def test_three_working_days_before_a_holiday_it_asks_for_a_look_and_names_what_lapses() -> None:
    line = account().shows("2026-02-08 12:00", "2026-02-08").shows("2026-02-11 12:00", "2026-02-08")
    assert lapses(line) == []
    line.ticks("2026-02-12 00:00").shows("2026-02-12 00:05", "2026-02-08").shows("2026-02-12 04:05", "2026-02-08")
    assert lapses(line) == [("02-12 00:05", "02-23")]
    assert line.finds("MED-NEARDUE") == [], "nothing is due soon before its tenth day"


def test_what_lapses_later_or_is_due_soon_already_is_not_named() -> None:
    assert lapses(account().shows("2026-02-12 12:00", "2026-02-12")) == []
    assert lapses(account().shows("2026-02-12 12:00", "2026-02-01")) == []
