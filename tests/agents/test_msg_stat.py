"""MSG-STAT: statistics that are not published; how often they are due is known only where somebody declared it."""

from __future__ import annotations

from typing import Any

import pytest
from timeline import Timeline, site, whys

from streams.days import Limit
from streams.subjects import ColumnType
from zhiban.wiring import load_pack

RULE = "MSG-STAT"


def column(name: str = "互动交流>留言统计", kind: ColumnType = ColumnType.LETTERS, **fields: Any) -> Timeline:
    return site().source("c", "column", column_type=kind, name=name, **fields)


def test_no_number_of_days_is_known_and_none_is_made_up() -> None:
    assert column().shows("2026-06-01", "2020-01-01").finds(RULE) == []
    entry = load_pack(("national-2019",)).rules[RULE]
    assert entry.points is None
    assert "limit" not in entry.settings
    assert entry.window.startswith("not known")


@pytest.mark.parametrize(
    ("limit", "safe", "breach"),
    [
        (Limit(months=3), "2026-06-10 23:59", "2026-06-11 00:00"),
        (Limit(days=14), "2026-03-24 23:59", "2026-03-25 00:00"),
    ],
)
def test_a_declared_limit_is_judged(limit: Limit, safe: str, breach: str) -> None:
    assert column(limit=limit).shows(safe, "2026-03-10").stands(RULE) == ["due_soon/red"]
    assert column(limit=limit).shows(breach, "2026-03-10").stands(RULE) == ["breach"]


def test_a_limit_that_is_declared_later_judges_what_was_seen() -> None:
    story = column().shows("2026-06-11", "2026-03-10").changes("2026-06-12", "c", limit=Limit(months=3))
    assert story.finds(RULE) == ["opens breach"]
    assert story.changes("2026-06-13", "c", limit=None).finds(RULE) == ["opens breach", "closes updated"]


@pytest.mark.parametrize("limit", [None, Limit(months=3)])
def test_a_blank_column_is_seen_twice_a_day_apart(limit: Limit | None) -> None:
    story = column(limit=limit).shows("2026-03-01 09:00", None, 0)
    assert story.shows("2026-03-02 08:59", None, 0).finds(RULE) == []
    assert story.shows("2026-03-02 09:00", None, 0).finds(RULE) == ["opens breach"]
    assert story.shows("2026-03-03", "2026-03-03").finds(RULE) == ["opens breach", "closes updated"]


def test_the_wake_asks_and_does_not_accuse() -> None:
    story = column(limit=Limit(months=3)).shows("2026-03-10", "2026-03-10").ticks("2026-06-11", "2026-08-01")
    assert story.finds(RULE) == []
    assert story.shows("2026-08-02", "2026-03-10").stands(RULE) == ["breach"]


def test_undated_statistics_are_unknown_only_where_their_age_counts() -> None:
    assert column().shows("2026-06-01", None).finds(RULE) == []
    assert whys(column(limit=Limit(months=3)).shows("2026-06-01", None).ledger(RULE)) == ["undated"]


@pytest.mark.parametrize(
    ("name", "kind"), [("留言公开", ColumnType.LETTERS), ("留言统计", ColumnType.OTHER), ("留言统计", ColumnType.LINK)]
)
def test_other_columns_are_not_its_own(name: str, kind: ColumnType) -> None:
    story = column(name, kind, limit=Limit(days=14)).shows("2026-03-01", None, 0).shows("2026-06-01", None, 0)
    assert story.finds(RULE) == []
