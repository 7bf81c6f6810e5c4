"""WEB-COL-BLANK: two blank looks a day apart, in lists that were in the page itself; five are a veto."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from timeline import Timeline, at, day, site

from agents.web_col_blank import WebColBlank
from streams.looks import Outcome, Shown
from streams.rules import Rules
from streams.subjects import ColumnType, Status

RULE = "WEB-COL-BLANK"


def column(kind: ColumnType = ColumnType.STATIC, **fields: Any) -> Timeline:
    return site().source("c", "column", column_type=kind, **fields)


def blank(story: Timeline, *whens: str, source: str = "c") -> Timeline:
    for when in whens:
        story.shows(when, None, 0, source=source)
    return story


def test_a_second_look_a_day_later_is_needed() -> None:
    assert blank(column(), "2026-03-01 09:00", "2026-03-02 08:59").finds(RULE) == []
    story = blank(column(), "2026-03-01 09:00", "2026-03-02 09:00")
    assert story.finds(RULE) == ["opens breach"]


def test_looks_in_between_do_not_postpone_it() -> None:
    whens = [f"2026-03-01 {hour:02}:00" for hour in range(9, 24)]
    assert blank(column(), *whens, "2026-03-02 09:00").stands(RULE) == ["breach"]


def test_the_wake_asks_and_does_not_accuse() -> None:
    story = blank(column(), "2026-03-01 09:00").ticks("2026-03-02 09:00", "2026-03-20")
    assert story.finds(RULE) == []
    assert blank(story, "2026-03-20 12:01").stands(RULE) == ["breach"]


def test_content_in_between_begins_anew() -> None:
    story = blank(column(), "2026-03-01 09:00").shows("2026-03-01 15:00", "2026-03-01")
    assert blank(story, "2026-03-02 09:00").finds(RULE) == []
    assert blank(story, "2026-03-03 09:00").stands(RULE) == ["breach"]


def test_content_closes_it() -> None:
    story = blank(column(), "2026-03-01 09:00", "2026-03-02 09:00").shows("2026-03-03", None, 1)
    assert story.finds(RULE) == ["opens breach", "closes updated"]


def test_a_list_left_to_a_script_says_nothing() -> None:
    story = column()
    for number in range(1, 5):
        story.looks(f"2026-03-0{number}", Shown(count=0, rendered=False))
    assert story.finds(RULE) == []


def test_what_is_not_conclusive_says_nothing() -> None:
    story = column().looks("2026-03-01", None, outcome=Outcome.UNKNOWN, cause="emptied").fails("2026-03-02")
    assert story.fails("2026-03-03").finds(RULE) == []


@pytest.mark.parametrize("kind", [ColumnType.LINK, ColumnType.SYSTEM, ColumnType.ALIAS, ColumnType.HOME])
def test_what_holds_nothing_of_its_own_is_not_judged(kind: ColumnType) -> None:
    assert blank(column(kind), "2026-03-01", "2026-03-03").finds(RULE) == []


@pytest.mark.parametrize("kind", [ColumnType.STATIC, ColumnType.ARCHIVED, ColumnType.NEWS, ColumnType.OTHER])
def test_what_has_no_age_may_be_blank_all_the_same(kind: ColumnType) -> None:
    assert blank(column(kind), "2026-03-01", "2026-03-03").finds(RULE) == ["opens breach"]


@pytest.mark.parametrize(("count", "stands"), [(4, []), (5, ["veto"])])
def test_four_are_none_and_five_are_a_veto(count: int, stands: list[str]) -> None:
    story = site().columns(count, ColumnType.STATIC)
    for when in ("2026-03-01", "2026-03-02"):
        for number in range(1, count + 1):
            story.shows(when, None, 0, source=f"c{number}")
    assert story.stands(RULE, "") == stands


def test_no_such_business_closes_it() -> None:
    story = blank(column(), "2026-03-01", "2026-03-02").changes("2026-03-03", "c", declared_none="办公室 2026-03-03")
    assert story.finds(RULE) == ["opens breach", "closes retired"]


def test_a_site_taken_down_on_purpose_is_not_blank() -> None:
    story = blank(column(), "2026-03-01", "2026-03-02")
    story.changes("2026-03-03", status=Status.SUSPENDED, status_until=day("2026-03-10"))
    assert story.finds(RULE) == ["opens breach", "closes suspended"]
    blank(story, "2026-03-04", "2026-03-06", "2026-03-10 23:00")
    assert story.stands(RULE) == []
    assert blank(story, "2026-03-11 09:00").stands(RULE) == []
    assert blank(story, "2026-03-12 09:00").stands(RULE) == ["breach"]


def test_outside_its_season_a_column_may_be_blank() -> None:
    story = column(ColumnType.SEASONAL, season="05-15..09-30")
    assert blank(story, "2026-03-01", "2026-03-03").finds(RULE) == []
    assert blank(story, "2026-05-15 08:00", "2026-05-16 08:00").finds(RULE) == ["opens breach"]


def emptied(story: Timeline, when: str) -> Timeline:
    return story.looks(when, None, outcome=Outcome.UNKNOWN, cause="emptied")


def test_an_emptied_column_is_blank_at_the_second_look() -> None:
    story = emptied(column(ColumnType.NEWS).shows("2026-03-01", "2026-03-01"), "2026-03-02 08:00")
    assert story.stands(RULE) == []
    assert blank(story, "2026-03-03 08:00").stands(RULE) == ["breach"]
    assert story.ledger(RULE)[-1].since == at("2026-03-02 08:00")


def test_an_emptied_column_that_is_filled_again_was_never_blank() -> None:
    story = emptied(column(ColumnType.NEWS).shows("2026-03-01", "2026-03-01"), "2026-03-02 08:00")
    assert blank(story.shows("2026-03-02 12:00", "2026-03-01"), "2026-03-03 08:00").stands(RULE) == []


def test_a_new_column_may_have_a_grace() -> None:
    rules = Rules("grace", [(RULE, 1, WebColBlank(veto=5, grace=timedelta(days=30)))])
    story = site("2026-01-01 00:00", rules).source("c", "column", column_type=ColumnType.NEWS)
    assert blank(story, "2026-01-02", "2026-01-30 23:59").stands(RULE) == []
    assert blank(story, "2026-01-31 00:00").stands(RULE) == ["breach"]


def test_what_was_blank_before_a_rest_says_nothing_after_it() -> None:
    story = blank(column(), "2026-03-01", "2026-03-02").changes(
        "2026-03-03", status=Status.SUSPENDED, status_until=day("2026-03-10")
    )
    assert blank(story, "2026-03-11 08:00").stands(RULE) == []
    assert blank(story, "2026-03-12 08:00").stands(RULE) == ["breach"]
