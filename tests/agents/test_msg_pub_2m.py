"""MSG-PUB-2M: two months without a published answer, and which columns it is about."""

from __future__ import annotations

from typing import Any

import pytest
from timeline import Timeline, site, whys

from streams.days import Limit
from streams.subjects import ColumnType

RULE = "MSG-PUB-2M"


def column(kind: ColumnType = ColumnType.LETTERS, **fields: Any) -> Timeline:
    return site().source("c", "column", column_type=kind, name="留言公开", **fields)


@pytest.mark.parametrize(
    ("newest", "safe", "breach"),
    [
        ("2026-03-10", "2026-05-10 23:59", "2026-05-11 00:00"),
        ("2025-12-31", "2026-02-28 23:59", "2026-03-01 00:00"),  # the 28th minus two months is the 28th
    ],
)
def test_the_last_safe_minute_and_the_next_day(newest: str, safe: str, breach: str) -> None:
    assert column().shows(safe, newest).stands(RULE) == ["due_soon/red"]
    assert column().shows(breach, newest).stands(RULE) == ["breach"]


def test_due_soon_twenty_and_ten_days_before() -> None:
    assert column().shows("2026-04-20", "2026-03-10").stands(RULE) == []
    assert column().shows("2026-04-21", "2026-03-10").stands(RULE) == ["due_soon/amber"]
    assert column().shows("2026-05-01", "2026-03-10").stands(RULE) == ["due_soon/red"]


def test_a_wake_asks_and_does_not_accuse() -> None:
    assert column().shows("2026-03-10", "2026-03-10").ticks("2026-05-11", "2026-06-01").finds(RULE) == []


def test_a_published_answer_closes_it() -> None:
    story = column().shows("2026-06-01", "2026-03-10").shows("2026-06-02", "2026-06-02")
    assert story.finds(RULE) == ["opens breach", "closes updated"]


def test_a_declared_limit_goes_before_the_two_months() -> None:
    assert column(limit=Limit(days=14)).shows("2026-03-25", "2026-03-10").stands(RULE) == ["breach"]


def test_a_list_without_dates_is_unknown() -> None:
    assert whys(column().shows("2026-06-01", None).ledger(RULE)) == ["undated"]


@pytest.mark.parametrize("kind", [ColumnType.NEWS, ColumnType.OTHER, ColumnType.SERVICE_STATS, ColumnType.SURVEY])
def test_other_columns_are_not_its_own(kind: ColumnType) -> None:
    assert column(kind, limit=Limit(days=14)).shows("2026-06-01", "2026-01-01").finds(RULE) == []


def test_statistics_are_not_its_own() -> None:
    story = site().source("c", "column", column_type=ColumnType.LETTERS, name="互动交流>留言统计")
    assert story.shows("2026-06-01", "2026-01-01").finds(RULE) == []


def test_who_has_no_such_business_is_not_judged() -> None:
    assert column(declared_none="办公室").shows("2026-06-01", "2026-01-01").finds(RULE) == []


def test_it_is_a_deduction_and_no_part_of_the_veto_about_columns() -> None:
    story = column(limit=Limit(months=2)).shows("2026-06-01", "2026-01-01")
    assert (story.finds(RULE), story.finds("WEB-COL-LONG")) == (["opens breach"], [])
