"""MED-ZOMBIE: more than three calendar months."""

from __future__ import annotations

import pytest
from timeline import account

RULE = "MED-ZOMBIE"


@pytest.mark.parametrize(
    ("newest", "safe", "over"),
    [
        ("2026-03-01", "2026-06-01 23:59", "2026-06-02 00:00"),
        ("2025-11-30", "2026-02-28 23:59", "2026-03-01 00:00"),  # 28 February minus three months is 28 November
        ("2027-11-30", "2028-02-29 23:59", "2028-03-01 00:00"),
        ("2025-10-31", "2026-01-31 23:59", "2026-02-01 00:00"),
        ("2025-12-31", "2026-03-31 23:59", "2026-04-01 00:00"),
    ],
)
def test_the_last_safe_minute_and_the_next_day(newest: str, safe: str, over: str) -> None:
    assert account(newest).shows(safe, newest).stands(RULE) == []
    assert account(newest).shows(over, newest).stands(RULE) == ["notice"]


def test_it_stands_beside_the_veto() -> None:
    story = account().shows("2026-06-02", "2026-03-01")
    assert (story.stands(RULE), story.stands("MED-STALE")) == (["notice"], ["veto"])


def test_a_post_closes_it() -> None:
    story = account().shows("2026-06-02", "2026-03-01").shows("2026-06-03", "2026-06-03")
    assert story.finds(RULE) == ["opens notice", "closes updated"]


def test_silence_calls_nobody_a_zombie() -> None:
    assert account().shows("2026-03-02", "2026-03-01").ticks("2026-12-31").fails("2027-01-01").finds(RULE) == []


def test_it_names_the_last_item() -> None:
    (finding,) = account().shows("2026-06-02", "2026-03-01", title="最后一条").ledger(RULE)
    assert finding.args["title"] == "最后一条"
