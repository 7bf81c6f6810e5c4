"""WEB-COL-STALE: each column's window, and five of them the site's veto."""

from __future__ import annotations

import pytest
from timeline import Timeline, day, site

from streams.days import Limit
from streams.findings import Grade
from streams.subjects import ColumnType, Status

RULE = "WEB-COL-STALE"
NEWS = ColumnType.NEWS


def stale(count: int, columns: int = 8) -> Timeline:
    """So many of the columns are in breach on 16 March, the others are fresh."""
    story = site().columns(columns, NEWS)
    for number in range(1, columns + 1):
        story.shows("2026-03-16", "2026-03-01" if number <= count else "2026-03-16", source=f"c{number}")
    return story


def of_site(story: Timeline) -> list[str]:
    return story.stands(RULE, "")


def blinded(story: Timeline, name: str) -> Timeline:
    """Every other column is seen once more, two days on; the named one is not."""
    for other in story.sources:
        if other != name:
            story.shows(
                "2026-03-17 11:00", "2026-03-01" if other in {"c1", "c2", "c3", "c4"} else "2026-03-17", source=other
            )
    return story.ticks("2026-03-18 12:01")


@pytest.mark.parametrize(
    ("kind", "newest", "safe", "breach"),
    [
        (NEWS, "2026-03-01", "2026-03-15 23:59", "2026-03-16 00:00"),
        (NEWS, "2026-12-25", "2027-01-08 23:59", "2027-01-09 00:00"),
        (ColumnType.NOTICE, "2026-03-10", "2026-09-10 23:59", "2026-09-11 00:00"),
        (ColumnType.POLICY, "2025-08-31", "2026-02-28 23:59", "2026-03-01 00:00"),
        (ColumnType.POLICY, "2027-08-31", "2028-02-29 23:59", "2028-03-01 00:00"),
        (
            ColumnType.NOTICE,
            "2026-02-28",
            "2026-08-31 23:59",
            "2026-09-01 00:00",
        ),  # 31 August minus six months is the 28th
        (ColumnType.NOTICE, "2025-12-31", "2026-06-30 23:59", "2026-07-01 00:00"),
    ],
)
def test_the_last_safe_minute_and_the_next_day(kind: ColumnType, newest: str, safe: str, breach: str) -> None:
    def column() -> Timeline:
        return site(newest).source("c", "column", column_type=kind, top_level=True)

    assert column().shows(safe, newest).stands(RULE) == ["due_soon/red"]
    assert column().shows(breach, newest).stands(RULE) == ["breach"]


@pytest.mark.parametrize(
    ("when", "stands"),
    [("2026-08-11 23:59", []), ("2026-08-12 00:00", ["due_soon/amber"]), ("2026-08-28 00:00", ["due_soon/red"])],
)
def test_months_warn_thirty_and_fourteen_days_before(when: str, stands: list[str]) -> None:
    column = site().source("c", "column", column_type=ColumnType.NOTICE, top_level=True)
    assert column.shows(when, "2026-03-10").stands(RULE) == stands  # the breach is on 11 September


def test_a_declared_limit_overrides_the_type_s() -> None:
    def column() -> Timeline:
        return site().source("c", "column", column_type=NEWS, limit=Limit(days=28))

    assert column().shows("2026-03-20 23:59", "2026-03-01").stands(RULE) == []
    assert column().shows("2026-03-21", "2026-03-01").stands(RULE) == ["due_soon/amber"]
    assert column().shows("2026-03-29 23:59", "2026-03-01").stands(RULE) == ["due_soon/red"]
    assert column().shows("2026-03-30 00:00", "2026-03-01").stands(RULE) == ["breach"]


def test_a_limit_that_changes_moves_the_verdict_at_once() -> None:
    story = site().source("c", "column", column_type=NEWS).shows("2026-03-16", "2026-03-01")
    story.changes("2026-03-16 13:00", "c", limit=Limit(months=1))
    assert story.finds(RULE)[0] == "opens breach"
    assert story.stands(RULE) != ["breach"]
    story.changes("2026-03-16 14:00", "c", limit=None)
    assert story.stands(RULE) == ["breach"]


@pytest.mark.parametrize(("count", "stands"), [(4, []), (5, ["veto"]), (8, ["veto"])])
def test_four_are_none_and_five_are_a_veto(count: int, stands: list[str]) -> None:
    story = stale(count)
    assert of_site(story) == stands
    if stands:
        last = story.ledger(RULE)[-1]
        assert len(last.folds) == count
        assert set(last.folds) == {f.id for f in story.ledger(RULE) if f.level is Grade.BREACH}


def test_a_veto_falls_with_the_fifth() -> None:
    story = stale(5).shows("2026-03-17", "2026-03-17", source="c5")
    assert of_site(story) == []
    assert story.stands(RULE) == ["breach"] * 4


def test_four_certain_and_one_blind_are_unknown() -> None:
    story = blinded(stale(4), "c5")
    assert story.stands("OWN-BLIND") == ["unknown"]
    assert of_site(story) == ["unknown"]
    assert story.shows("2026-03-18 13:00", "2026-03-18", source="c5").stands(RULE, "") == []


def test_three_certain_and_one_blind_are_none() -> None:
    story = stale(3)
    for number in (1, 2, 3, 4, 6, 7, 8):
        newest = "2026-03-01" if number <= 3 else "2026-03-17"
        story.shows("2026-03-17 11:00", newest, source=f"c{number}")
    story.ticks("2026-03-18 12:01")
    assert story.stands("OWN-BLIND") == ["unknown"]
    assert of_site(story) == []


def test_an_open_veto_stays_while_certain_and_unknown_are_five() -> None:
    story = stale(5).ticks("2026-03-19")  # all eight are blind by now
    assert of_site(story) == ["veto"]
    for number in (6, 7, 8):
        story.shows("2026-03-19 13:00", "2026-03-19", source=f"c{number}")
    assert of_site(story) == ["veto"]  # five in breach, all of them blind
    story.shows("2026-03-19 14:00", "2026-03-19", source="c1")
    assert of_site(story) == []


def test_a_site_that_is_down_gets_no_second_veto() -> None:
    story = stale(4).source("home", "probe", when="2026-03-16 12:30")
    for hour in range(13, 16):
        story.opens(f"2026-03-16 {hour}:00", opens=False, source="home")
    story.shows("2026-03-16 16:00", "2026-03-01", source="c5")
    assert of_site(story) == ["unknown"]
    story.opens("2026-03-16 17:00", source="home")
    assert of_site(story) == ["veto"]


def test_a_retired_column_leaves_the_count() -> None:
    story = stale(5).retires("2026-03-17", "c1")
    assert of_site(story) == []
    assert stale(6).retires("2026-03-17", "c1").stands(RULE, "") == ["veto"]


def test_a_column_with_no_such_business_leaves_the_count_and_comes_back() -> None:
    story = stale(5).changes("2026-03-17", "c1", declared_none="办公室 2026-03-17")
    assert of_site(story) == []
    story.changes("2026-03-17 13:00", "c1", declared_none="")
    assert of_site(story) == ["veto"]


def test_a_suspended_column_rests() -> None:
    story = stale(5).changes("2026-03-17", "c1", suspended_until=day("2026-03-31"))
    assert of_site(story) == []
    assert story.stands(RULE, "c1") == []


def test_a_site_that_rests_has_no_veto() -> None:
    story = stale(5).changes("2026-03-17", status=Status.SUSPENDED, status_until=day("2026-03-20"))
    assert story.stands(RULE) == []
    for number in range(1, 6):
        story.shows("2026-03-21", "2026-03-01", source=f"c{number}")
    assert of_site(story) == ["veto"]


def test_a_site_being_closed_is_not_judged() -> None:
    assert stale(5).changes("2026-03-17", status=Status.CLOSING).stands(RULE) == []


@pytest.mark.parametrize(
    ("kind", "top"),
    [
        (ColumnType.NOTICE, False),
        (ColumnType.POLICY, False),
        (ColumnType.OTHER, True),
        (ColumnType.STATIC, True),
        (None, True),
    ],
)
def test_other_columns_are_not_judged_by_it(kind: ColumnType | None, top: bool) -> None:
    story = site().source("c", "column", column_type=kind, top_level=top).shows("2027-03-16", "2026-03-01")
    assert story.finds(RULE) == []


def test_it_names_the_last_item() -> None:
    story = site().source("c", "column", column_type=NEWS).shows("2026-03-16", "2026-03-01", title="要闻一则")
    (finding,) = story.ledger(RULE)
    assert finding.args == {"newest": "2026-03-01", "limit": "14d", "title": "要闻一则"}


def test_silence_breaks_nothing() -> None:
    story = site("2026-03-02").columns(6, NEWS)
    for number in range(1, 7):
        story.shows("2026-03-02", "2026-03-01", source=f"c{number}")
    story.ticks("2026-03-16", "2026-05-01")
    assert {finding.level for finding in story.ledger(RULE)} == {Grade.UNKNOWN}
    assert story.stands(RULE) == ["unknown"]


def test_an_undated_column_is_neither_accused_nor_cleared() -> None:
    story = site().source("c", "column", column_type=NEWS).shows("2026-03-16", None)
    assert story.stands(RULE) == ["unknown"]


def test_an_undated_column_counts_as_unknown() -> None:
    story = stale(4).shows("2026-03-16 13:00", None, source="c5")
    assert of_site(story) == ["unknown"]
    assert of_site(story.shows("2026-03-16 14:00", "2026-03-16", source="c5")) == []


def test_a_blind_column_of_another_rule_counts_for_nothing() -> None:
    story = stale(4).source("static", "column", "2026-03-16 12:00", column_type=ColumnType.STATIC)
    story = blinded(story, "static")
    assert story.stands("OWN-BLIND", "static") == ["unknown"]
    assert of_site(story) == []
