"""The retry policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery import HOURLY, JITTER, MOST, next_attempt

T0 = datetime(2026, 3, 2, tzinfo=UTC)


def seconds(key: str, attempts: int, retry_after: float | None = None) -> float:
    at = next_attempt(key, attempts, retry_after, T0)
    assert at is not None
    return (at - T0).total_seconds()


@pytest.mark.parametrize(
    ("attempts", "pause"), [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (30, 3600), (MOST - 1, 3600)]
)
def test_the_ladder(attempts: int, pause: float) -> None:
    assert pause <= seconds("k", attempts) <= pause * (1 + JITTER)


def test_it_ends_after_three_days_or_somewhat_more() -> None:
    now = T0
    for attempts in count(1):
        again = next_attempt("k", attempts, None, now)
        if again is None:
            break
        now = again
    assert timedelta(days=3) <= now - T0 <= timedelta(days=3 * (1 + JITTER), hours=1)


@given(st.text(max_size=20), st.integers(1, MOST - 1), st.none() | st.floats(0, 1e9))
def test_it_is_a_function_that_never_hurries_a_peer_and_never_waits_for_ever(
    key: str, attempts: int, retry_after: float | None
) -> None:
    pause = seconds(key, attempts, retry_after)
    assert pause == seconds(key, attempts, retry_after)
    assert pause >= min(retry_after or 0, HOURLY)
    assert pause <= HOURLY * (1 + JITTER)


def test_letters_that_failed_together_come_back_apart() -> None:
    assert len({seconds(f"k{n}", 6) for n in range(100)}) > 90
