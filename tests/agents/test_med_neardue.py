"""MED-NEARDUE: amber on day 10, red on day 12, over after day 14; the overlay's ten-day rule beside it."""

from __future__ import annotations

import pytest
from timeline import HANZHONG, account

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
