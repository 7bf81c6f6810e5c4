"""What a silence covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.silences import PLACES, Silence

T0 = datetime(2026, 3, 2, tzinfo=UTC)
PLACE = dict(zip(PLACES, ("水利局", "4400000001", "WEB-COL-STALE", "breach", "4400000001/c1"), strict=True))


def covers(**globs: str) -> bool:
    return Silence(since=T0, until=T0 + timedelta(1), **globs).covers(PLACE)


def test_a_glob_that_is_not_given_covers_everything() -> None:
    assert covers()
    assert covers(unit="水利*", rule="WEB-*", level="breach", source="*/c?", subject="44*")


def test_every_glob_that_is_given_must_fit() -> None:
    assert not covers(unit="水利*", rule="MED-*")
    assert not covers(level="veto")
