"""WEB-MSG-3M: three calendar months, of messages of the last year."""

from __future__ import annotations

import pytest
from timeline import mailbox

from streams.messages import Deed

RULE = "WEB-MSG-3M"


@pytest.mark.parametrize(
    ("asked", "safe", "over"),
    [
        ("2026-03-02 09:00", "2026-06-02 23:59", "2026-06-03 00:00"),
        ("2025-11-30 09:00", "2026-02-28 23:59", "2026-03-01 00:00"),  # 28 February minus three months is 28 November
        ("2026-01-31 09:00", "2026-04-30 23:59", "2026-05-01 00:00"),
    ],
)
def test_the_last_safe_minute_and_the_next_day(asked: str, safe: str, over: str) -> None:
    began = "2025-11-01"
    assert mailbox(began).tells(asked, "1").ticks(safe).stands(RULE) == ["due_soon/red"]
    assert mailbox(began).tells(asked, "1").ticks(over).stands(RULE) == ["veto"]


def test_the_ladder_in_calendar_days() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-05-03 23:59", "2026-05-04", "2026-05-20", "2026-06-03")
    assert story.finds(RULE) == ["opens due_soon/amber", "worsens due_soon/red", "worsens veto"]


def test_an_answer_closes_it_and_a_receipt_does_not() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").tells("2026-03-03", "1", Deed.RECEIPT).ticks("2026-06-03")
    assert story.stands(RULE) == ["veto"]
    assert story.tells("2026-06-04", "1", Deed.ANSWERED).finds(RULE)[-1] == "closes answered"


def test_a_message_of_more_than_a_year_ago_is_no_inspection_s_any_more() -> None:
    story = mailbox().tells("2026-03-02 09:00", "1").ticks("2026-06-03", "2027-03-02 23:59")
    assert story.stands(RULE) == ["veto"]
    assert story.ticks("2027-03-03 00:00").finds(RULE)[-1] == "closes beyond_year"
    old = mailbox("2026-01-01", "file:").tells("2026-01-01", "1", own="2013-01-07 09:00")
    assert old.complete("2026-01-02", "2026-01-02").finds(RULE) == []
