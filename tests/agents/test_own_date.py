"""OWN-DATE: dates in the future and before 1990 are a notice, and no update."""

from __future__ import annotations

from timeline import account, at, day, site

from streams.looks import Shown
from streams.subjects import ColumnType

RULE = "OWN-DATE"


def odd(*future: str, ancient: int = 0, newest: str = "2026-03-01") -> Shown:
    return Shown(count=5, newest=day(newest), future=tuple(day(one) for one in future), ancient=ancient)


def test_a_date_in_the_future_is_named() -> None:
    (finding,) = account().looks("2026-03-02", odd("2026-03-03", "2036-02-07")).ledger(RULE)
    assert (finding.level, finding.args) == ("notice", {"future": "2026-03-03,2036-02-07", "ancient": "0"})


def test_the_computer_s_zero_is_counted() -> None:
    (finding,) = account().looks("2026-03-02", odd(ancient=3)).ledger(RULE)
    assert finding.args == {"future": "", "ancient": "3"}


def test_it_is_no_update() -> None:
    story = account().looks("2026-03-16", odd("2036-02-07"))
    assert story.stands("MED-STALE") == ["veto"]


def test_it_closes_when_it_is_corrected_and_moves_when_it_changes() -> None:
    story = account().looks("2026-03-02", odd("2026-04-01")).looks("2026-03-03", odd("2026-04-01"))
    story.looks("2026-03-04", odd("2026-04-01", "2026-05-01")).looks("2026-03-05", odd())
    assert story.finds(RULE) == ["opens notice", "moves notice", "closes corrected"]


def test_it_is_said_of_columns_too_and_never_of_failures() -> None:
    story = site().source("c", "column", column_type=ColumnType.OTHER).fails("2026-03-02")
    assert story.finds(RULE) == []
    assert story.looks("2026-03-03", odd("2026-03-04")).finds(RULE) == ["opens notice"]


def test_older_evidence_does_not_correct_it() -> None:
    story = account().looks("2026-03-05", odd("2026-04-01")).looks("2026-03-06", odd(), as_of=at("2026-03-04"))
    assert story.stands(RULE) == ["notice"]


def test_ordinary_dates_say_nothing() -> None:
    assert account().looks("2026-03-02", odd()).ticks("2026-04-01").finds(RULE) == []
