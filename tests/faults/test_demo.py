"""The demo city, end to end: every scripted fault is found and nothing else, and a rule that is missing is missed."""

from __future__ import annotations

import pytest

from zhiban.demo.show import Shown, run_show

pytestmark = pytest.mark.fault


async def show(seed: int, days: int, *without: str) -> Shown:
    return await run_show(seed, days, None, without, lambda _text: None, lambda _moment: None)


@pytest.mark.parametrize("seed", [1, 7])
async def test_everything_is_found_and_nothing_else(seed: int) -> None:
    shown = await show(seed, 14)
    assert shown.passed, (shown.missed, shown.extra)
    assert len(shown.found) == 17
    assert {fault.rule for fault in shown.found} >= {"MSG-5WD", "FINDERR-3WD"}


async def test_a_rule_about_messages_that_is_switched_off_is_missed() -> None:
    shown = await show(3, 12, "MSG-5WD")
    assert [(fault.what, fault.rule) for fault in shown.missed] == [
        ("unanswered", "MSG-5WD"),
        ("receipt_only", "MSG-5WD"),
        ("last_day", "MSG-5WD"),
    ]
    assert not shown.passed


async def test_a_rule_that_is_switched_off_is_missed() -> None:
    shown = await show(2, 8, "MED-STALE")
    assert [fault.rule for fault in shown.missed] == ["MED-STALE"]
    assert not shown.passed
