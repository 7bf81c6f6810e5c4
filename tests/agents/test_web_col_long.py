"""WEB-COL-LONG: declared limits and those of types, ten a veto, the overlay's notices, seasons."""

from __future__ import annotations

from typing import Any

import pytest
from timeline import HANZHONG, NATIONAL, Timeline, at, in_short, site

from streams.advance import advance
from streams.days import Limit
from streams.records import Changed, Position, Record
from streams.rows import Row
from streams.rules import Rules
from streams.subjects import ColumnType
from zhiban.wiring import load_rules

RULE = "WEB-COL-LONG"


def column(kind: ColumnType, rules: Rules = NATIONAL, **fields: Any) -> Timeline:
    return site("2025-01-01", rules).source("c", "column", column_type=kind, **fields)


@pytest.mark.parametrize(
    ("kind", "newest", "safe", "breach"),
    [
        (ColumnType.NOTICE, "2026-03-10", "2026-09-10 23:59", "2026-09-11 00:00"),
        (ColumnType.POLICY, "2025-08-31", "2026-02-28 23:59", "2026-03-01 00:00"),
        (ColumnType.PERSONNEL, "2026-03-10", "2027-03-10 23:59", "2027-03-11 00:00"),
        (ColumnType.PLAN, "2028-02-29", "2029-02-28 23:59", "2029-03-01 00:00"),
        (ColumnType.PLAN, "2027-02-28", "2028-02-29 23:59", "2028-03-01 00:00"),  # the 29th minus a year is the 28th
    ],
)
def test_the_last_safe_minute_and_the_next_day(kind: ColumnType, newest: str, safe: str, breach: str) -> None:
    assert column(kind).shows(safe, newest).stands(RULE) == ["due_soon/red"]
    assert column(kind).shows(breach, newest).stands(RULE) == ["breach"]


def test_a_type_without_a_limit_is_not_judged_until_one_is_declared() -> None:
    story = column(ColumnType.OTHER).shows("2026-09-01", "2025-01-01")
    assert story.finds(RULE) == []
    assert story.changes("2026-09-02", "c", limit=Limit(months=3)).finds(RULE) == ["opens breach"]
    assert story.changes("2026-09-03", "c", limit=None).finds(RULE) == ["opens breach", "closes retired"]


@pytest.mark.parametrize(
    "kind",
    [ColumnType.STATIC, ColumnType.ARCHIVED, ColumnType.LINK, ColumnType.SYSTEM, ColumnType.ALIAS, ColumnType.ANNUAL],
)
def test_what_has_no_age_is_never_judged_by_it(kind: ColumnType) -> None:
    assert column(kind, limit=Limit(days=14)).shows("2026-09-01", "2025-01-01").finds(RULE) == []


def test_first_rank_columns_are_the_other_rule_s() -> None:
    assert column(ColumnType.NOTICE, top_level=True).shows("2026-09-11", "2026-03-10").finds(RULE) == []
    assert column(ColumnType.NEWS, limit=Limit(days=14)).shows("2026-09-11", "2026-03-10").finds(RULE) == []


@pytest.mark.parametrize(("count", "stands"), [(9, []), (10, ["veto"])])
def test_nine_are_none_and_ten_are_a_veto(count: int, stands: list[str]) -> None:
    story = site().columns(count, ColumnType.NOTICE)
    for number in range(1, count + 1):
        story.shows("2026-09-11", "2026-03-10", source=f"c{number}")
    assert story.stands(RULE, "") == stands


def test_an_overlay_names_types_without_counting_them() -> None:
    late = ("2026-09-11", "2026-03-10")
    assert column(ColumnType.INTERPRETATION).shows(*late).finds(RULE) == []
    assert column(ColumnType.INTERPRETATION, HANZHONG).shows("2026-09-10 23:59", "2026-03-10").finds(RULE) == []
    assert column(ColumnType.INTERPRETATION, HANZHONG).shows(*late).finds(RULE) == ["opens notice"]
    assert column(ColumnType.NOTICE, HANZHONG).shows(*late).finds(RULE) == ["opens breach"]
    story = site(rules=HANZHONG).columns(12, ColumnType.DISCLOSURE)
    for number in range(1, 13):
        story.shows(*late, source=f"c{number}")
    assert story.stands(RULE) == ["notice"] * 12


def test_a_declared_limit_makes_a_named_type_count() -> None:
    story = column(ColumnType.DISCLOSURE, HANZHONG, limit=Limit(months=6)).shows("2026-09-11", "2026-03-10")
    assert story.stands(RULE) == ["breach"]


def flood(season: str = "05-15..09-30") -> Timeline:
    return column(ColumnType.SEASONAL, season=season, limit=Limit(days=14))


def test_a_seasonal_column_is_judged_inside_its_season_only() -> None:
    assert flood().shows("2026-05-14 23:59", "2026-01-01").finds(RULE) == []
    assert flood().shows("2026-05-15 00:00", "2026-01-01").finds(RULE) == ["opens breach"]
    assert flood().shows("2026-09-30 23:59", "2026-01-01").finds(RULE) == ["opens breach"]
    assert flood().shows("2026-10-01 00:00", "2026-01-01").finds(RULE) == []


def test_the_end_of_the_season_closes_it_and_the_next_asks_anew() -> None:
    story = flood().shows("2026-09-20", "2026-08-01").ticks("2026-10-01 00:00")
    assert story.finds(RULE) == ["opens breach", "closes suspended"]
    story.ticks("2027-05-15 00:00")
    assert story.stands(RULE) == []
    assert story.shows("2027-05-15 00:10", "2026-08-01").stands(RULE) == ["breach"]


def test_a_season_may_span_the_new_year() -> None:
    spring = "11-20..02-29"
    assert flood(spring).shows("2026-11-19", "2026-08-01").finds(RULE) == []
    for inside in ("2026-11-20", "2026-12-31", "2027-01-01", "2027-02-28", "2028-02-29"):
        assert flood(spring).shows(inside, "2026-08-01").stands(RULE) == ["breach"]
    assert flood(spring).shows("2027-03-01", "2026-08-01").finds(RULE) == []


def test_a_season_that_begins_on_the_leap_day_begins_on_the_first_of_march_elsewhere() -> None:
    story = flood("02-29..04-30").shows("2027-02-27", "2026-08-01").ticks("2027-02-28", "2027-03-01")
    assert story.finds("OWN-RULE") == []
    assert story.shows("2027-03-01 12:30", "2026-08-01").stands(RULE) == ["breach"]
    assert flood("02-29..04-30").shows("2028-02-28", "2026-08-01").finds(RULE) == []
    assert flood("02-29..04-30").shows("2028-02-29", "2026-08-01").stands(RULE) == ["breach"]


@pytest.mark.parametrize("season", ["13-01..14-01", "00-00..99-99", "spring"])
def test_a_season_that_cannot_be_is_none(season: str) -> None:
    assert flood(season).shows("2026-10-01", "2026-01-01").ticks("2027-01-01").finds(RULE) == ["opens breach"]


def test_what_is_only_named_is_not_unknown_for_the_count_either() -> None:
    story = site("2026-01-01", HANZHONG).columns(10, ColumnType.INTERPRETATION).ticks("2026-01-09")
    assert len(story.stands("OWN-BLIND")) == 10
    assert story.stands(RULE) == []


def test_a_new_version_counts_what_it_judges() -> None:
    old = load_rules(("national-2019",), {}, without=[RULE])
    story = site("2026-01-01", old).columns(10, ColumnType.OTHER, limit=Limit(30))
    for number in range(1, 10):
        story.shows("2026-02-01", "2026-01-01", source=f"c{number}")
    row = Row(story.subject.id)
    for offset, record in enumerate(story.log, 1):
        row = advance(old, row, record, Position(1, offset), None).row
    changed = Record(at("2026-02-02"), "", Changed(NATIONAL.version))
    said = advance(NATIONAL, row, changed, Position(1, 99), None).findings
    assert [in_short(f) for f in said if f.rule == RULE and not f.source][-1:] == ["opens unknown"]


def yearly(due: str = "01-31") -> Timeline:
    return column(ColumnType.ANNUAL, annual_due=due)


def test_the_item_of_the_year_is_due_by_its_day() -> None:
    story = yearly().shows("2026-01-31 23:59", "2025-01-20")
    assert story.stands(RULE) == []
    assert story.shows("2026-02-01 00:00", "2025-01-20").stands(RULE) == ["notice"]
    last = story.ledger(RULE)[-1]
    assert (last.why, last.due) == ("annual", at("2026-02-01 00:00"))
    assert last.args == {"newest": "2025-01-20", "year": "2026", "by": "2026-01-31"}
    assert story.shows("2026-02-03", "2026-02-02").finds(RULE)[-1] == "closes updated"


def test_before_its_day_the_year_before_is_asked_for() -> None:
    assert yearly().shows("2026-01-10", "2025-01-20").stands(RULE) == []
    assert yearly().shows("2026-01-10", "2024-01-20").ledger(RULE)[-1].args["year"] == "2025"


def test_a_yearly_day_passes_in_silence_until_a_look() -> None:
    story = yearly().shows("2025-06-02", "2025-01-20").ticks("2026-02-01 00:00")
    assert story.finds(RULE) == []


def test_29_february_is_the_28th_in_other_years() -> None:
    story = yearly("02-29").shows("2026-02-28 23:59", "2025-02-01")
    assert story.stands(RULE) == []
    assert story.shows("2026-03-01 00:00", "2025-02-01").stands(RULE) == ["notice"]


@pytest.mark.parametrize("due", ["", "13-01", "02-30x", "1-31"])
def test_a_yearly_column_without_a_day_is_not_judged(due: str) -> None:
    assert yearly(due).shows("2029-01-01", "2025-01-20").finds(RULE) == []


def test_a_yearly_column_without_dates_is_unknown() -> None:
    assert yearly().shows("2026-03-01", None).stands(RULE) == ["unknown"]


def test_a_seasonal_column_without_a_season_is_not_judged() -> None:
    assert column(ColumnType.SEASONAL, limit=Limit(14)).shows("2026-03-01", "2026-01-01").finds(RULE) == []


def test_short_limits_in_months_warn_later_than_a_month_before() -> None:
    story = column(ColumnType.OTHER, limit=Limit(months=1)).shows("2026-03-01", "2026-03-01")
    assert story.stands(RULE) == []
    assert story.shows("2026-03-23 00:00", "2026-03-01").stands(RULE) == ["due_soon/amber"]
    assert story.shows("2026-03-28 00:00", "2026-03-01").stands(RULE) == ["due_soon/red"]
    assert story.shows("2026-04-02 00:00", "2026-03-01").stands(RULE) == ["breach"]
