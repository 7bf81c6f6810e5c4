"""WEB-HOME-STALE: fourteen days by the shown dates, and fourteen days of our own watch."""

from __future__ import annotations

import pytest
from timeline import Timeline, at, site

from streams.subjects import ColumnType, Status

RULE = "WEB-HOME-STALE"


def home(began: str = "2026-01-01") -> Timeline:
    return site(began).source("home", "column", column_type=ColumnType.HOME)


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        ("2026-03-10 23:59", []),
        ("2026-03-11 00:00", ["due_soon/amber"]),
        ("2026-03-13 00:00", ["due_soon/red"]),
        ("2026-03-15 23:59", ["due_soon/red"]),
        ("2026-03-16 00:00", ["veto"]),
    ],
)
def test_the_ladder(when: str, stands: list[str]) -> None:
    assert home().shows(when, "2026-03-01").stands(RULE) == stands


def test_the_veto_looks_forward_from_the_first_day_of_our_watch() -> None:
    story = home("2026-03-10 09:00").shows("2026-03-10 09:01", "2026-01-01")
    assert story.stands(RULE) == ["due_soon/red"]
    (finding,) = story.ledger(RULE)
    assert finding.due == at("2026-03-25 00:00")
    assert "watched_from" in finding.args
    assert story.shows("2026-03-24 23:59", "2026-01-01").stands(RULE) == ["due_soon/red"]
    assert story.shows("2026-03-25 00:00", "2026-01-01").finds(RULE) == ["opens due_soon/red", "worsens veto"]


def test_it_names_the_last_item() -> None:
    (finding,) = home().shows("2026-03-16", "2026-03-01", title="要闻").ledger(RULE)
    assert finding.args["title"] == "要闻"


def test_the_wake_at_the_end_of_our_watch_only_asks() -> None:
    story = home("2026-03-10 09:00").shows("2026-03-10 09:01", "2026-01-01").ticks("2026-03-25", "2026-04-30")
    assert story.finds(RULE) == ["opens due_soon/red"]


def test_something_new_closes_it() -> None:
    story = home().shows("2026-03-16", "2026-03-01").shows("2026-03-17", "2026-03-17")
    assert story.finds(RULE) == ["opens veto", "closes updated"]


def test_a_page_without_dates_is_unknown() -> None:
    assert home().shows("2026-03-16", None).finds(RULE) == ["opens unknown"]


def test_spring_festival_does_not_stop_the_clock() -> None:
    assert home().shows("2026-02-27 23:59", "2026-02-13").stands(RULE) == ["due_soon/red"]
    assert home().shows("2026-02-28 00:00", "2026-02-13").stands(RULE) == ["veto"]


def test_a_home_page_that_rests_is_not_judged() -> None:
    story = home().shows("2026-03-16", "2026-03-01")
    story.changes("2026-03-17", status=Status.SUSPENDED, status_until=at("2026-03-31").date())
    assert story.finds(RULE) == ["opens veto", "closes suspended"]
    assert story.shows("2026-04-01", "2026-03-01").stands(RULE) == ["veto"]


def test_a_news_column_is_no_home_page() -> None:
    story = site().source("c1", "column", column_type=ColumnType.NEWS).shows("2026-03-16", "2026-03-01")
    assert story.finds(RULE) == []
