"""Calendar days in Shanghai, limits, and the last safe day as the law words it."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.days import DAY, SHANGHAI, Limit, breach_at, day_of, last_safe, months_before, parse_limit, start_of

DAYS = st.dates(date(1992, 1, 1), date(2090, 1, 1))
ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("14d", Limit(days=14)),
        ("2w", Limit(days=14)),
        ("6mo", Limit(months=6)),
        ("1y", Limit(months=12)),
        (" 3 MO ", Limit(months=3)),
    ],
)
def test_limits_are_read(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "14", "d", "0d", "-1d", "1.5d", "14 days", "6m", "十四d"])
def test_what_is_no_limit_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number with d, w, mo or y"):
        parse_limit(text)


@pytest.mark.parametrize(("days", "months"), [(0, 0), (1, 1), (-1, 0), (0, -1), (3, -1)])
def test_a_limit_is_one_of_days_or_months(days: int, months: int) -> None:
    with pytest.raises(ValueError, match="days or of months"):
        Limit(days=days, months=months)


@given(st.builds(Limit, days=st.integers(1, 999)) | st.builds(Limit, months=st.integers(1, 99)))
def test_a_limit_reads_what_it_writes(limit: Limit) -> None:
    assert parse_limit(str(limit)) == limit


@given(st.integers(0, 50 * 365 * 86400).map(lambda n: datetime(1992, 1, 1, tzinfo=UTC) + timedelta(seconds=n)))
def test_the_fixed_offset_is_the_zone_s(moment: datetime) -> None:
    assert day_of(moment) == moment.astimezone(ZONE).date() == moment.astimezone(SHANGHAI).date()


@given(DAYS)
def test_a_day_begins_at_its_own_midnight(day: date) -> None:
    begins = start_of(day)
    assert day_of(begins) == day
    assert day_of(begins - timedelta(microseconds=1)) == day - DAY
    assert begins.astimezone(ZONE).hour == 0


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-02-28", -6, "2026-08-28"),
        ("2025-12-31", -2, "2026-02-28"),
    ],
)
def test_month_ends_are_clamped(day: str, months: int, before: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(before)


@given(DAYS, st.integers(1, 400))
def test_days_are_counted_as_days(newest: date, days: int) -> None:
    assert last_safe(newest, Limit(days=days)) == newest + days * DAY


@given(DAYS, st.integers(1, 36))
def test_the_last_safe_day_is_the_last_whose_months_ago_is_not_after_the_post(newest: date, months: int) -> None:
    limit = Limit(months=months)
    safe = last_safe(newest, limit)
    assert months_before(safe, months) <= newest
    assert all(months_before(safe + n * DAY, months) > newest for n in range(1, 40))
    assert breach_at(newest, limit) == start_of(safe + DAY)


@given(DAYS, DAYS, st.sampled_from([Limit(days=14), Limit(months=6), Limit(months=1)]))
def test_a_newer_post_is_never_due_earlier(one: date, two: date, limit: Limit) -> None:
    assert last_safe(min(one, two), limit) <= last_safe(max(one, two), limit)
