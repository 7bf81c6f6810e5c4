"""OWN-OFF: we were off; a notice until a round of looks is done."""

from __future__ import annotations

from typing import Any

from timeline import Timeline, account

from streams.subjects import Kind
from zhiban.wiring import load_rules

RULE = "OWN-OFF"


def monitor(**fields: Any) -> Timeline:
    return Timeline(Kind.MONITOR, "2026-03-01", **fields).source("self", "none")


def test_it_opens_and_closes_after_a_round() -> None:
    story = monitor().off("2026-03-02 08:00", "2026-03-02 09:00").ticks("2026-03-02 09:00")
    assert story.finds(RULE) == ["opens notice"]
    (finding,) = story.ledger(RULE)
    assert set(finding.args) == {"since", "until"}
    assert story.ticks("2026-03-02 12:59").stands(RULE) == ["notice"]
    assert story.ticks("2026-03-02 13:00").finds(RULE) == ["opens notice", "closes seen"]


def test_a_second_gap_within_the_round_begins_it_anew() -> None:
    story = monitor().off("2026-03-02 08:00", "2026-03-02 09:00").off("2026-03-02 10:00", "2026-03-02 11:00")
    assert story.finds(RULE) == ["opens notice", "moves notice"]
    assert story.ticks("2026-03-02 14:59").stands(RULE) == ["notice"]
    assert story.ticks("2026-03-02 15:00").stands(RULE) == []


def test_the_round_can_be_set() -> None:
    rules = load_rules(("national-2019",), {RULE: {"round": "30m"}})
    story = monitor(rules=rules).off("2026-03-02 08:00", "2026-03-02 09:00").ticks("2026-03-02 09:30")
    assert story.stands(RULE) == []


def test_nobody_else_is_told_of_it_and_nobody_is_accused_for_it() -> None:
    story = (
        account()
        .shows("2026-03-02", "2026-03-01")
        .off("2026-03-02 13:00", "2026-06-02 13:00")
        .ticks("2026-06-02 13:00")
    )
    assert story.finds(RULE) == []
    assert story.stands("MED-STALE") == []


def test_ticks_alone_say_nothing() -> None:
    assert monitor().ticks("2026-03-02", "2027-03-02").finds(RULE) == []
