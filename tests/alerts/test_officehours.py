"""Mornings and quarters."""

from __future__ import annotations

from datetime import datetime

import pytest

from alerts.officehours import next_quarter, quarter_of, working_morning
from streams.workdays import STATUTORY


def clock(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("at", "morning"),
    [
        ("2026-03-02T08:59:59", "2026-03-02T09:00:00"),
        ("2026-03-02T09:00:00", "2026-03-03T09:00:00"),  # strictly after
        ("2026-03-06T10:00:00", "2026-03-09T09:00:00"),  # over a weekend
        ("2026-02-13T10:00:00", "2026-02-14T09:00:00"),  # a Saturday that is worked
        ("2026-02-14T10:00:00", "2026-02-24T09:00:00"),
    ],
)
def test_the_next_working_morning(at: str, morning: str) -> None:
    assert working_morning(clock(at), 9, STATUTORY) == clock(morning)


@pytest.mark.parametrize(
    ("at", "quarter", "following"),
    [
        ("2026-03-31T23:59:59", "2026Q1", "2026-04-01T00:00:00"),
        ("2026-04-01T00:00:00", "2026Q2", "2026-07-01T00:00:00"),
        ("2026-12-31T23:59:59", "2026Q4", "2027-01-01T00:00:00"),
    ],
)
def test_quarters_are_shanghais(at: str, quarter: str, following: str) -> None:
    assert quarter_of(clock(at)) == quarter
    assert next_quarter(clock(at)) == clock(following)
