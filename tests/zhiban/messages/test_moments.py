"""Moments as cells have them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from zhiban.registry.cells import Value
from zhiban.registry.moments import Moment, moment_of
from zhiban.registry.remarks import Bad

NINE_THIRTY = Moment(datetime(2025, 4, 24, 1, 30, tzinfo=UTC))
THE_DAY = Moment(datetime(2025, 4, 23, 16, tzinfo=UTC), day_only=True)


def read(value: Value) -> Moment | None:
    return moment_of(value, lambda why, **args: None)


@pytest.mark.parametrize(
    "value",
    [
        "2025-04-24 09:30:00",
        "2025/4/24 9:30",
        "2025年4月24日 9时30分",
        "２０２５－０４－２４　０９：３０",
        "2025.04.24 09:30",
        "2025-04-24T09:30:00+08:00",
        "2025-04-24T01:30:00Z",
        "2025-04-24 09:30:00.000",
        "20250424093000",
        20250424093000,
        datetime(2025, 4, 24, 9, 30),  # noqa: DTZ001 - as a spreadsheet has it
        45771.395833333336,
    ],
)
def test_a_time_is_shanghai_s_unless_it_says_otherwise(value: Value) -> None:
    assert read(value) == NINE_THIRTY


@pytest.mark.parametrize(
    "value",
    ["2025-04-24", "2025年4月24日", "20250424", date(2025, 4, 24), datetime(2025, 4, 24), 45771],  # noqa: DTZ001
)
def test_a_day_is_known_for_one(value: Value) -> None:
    found = read(value)
    assert found == THE_DAY
    assert found.last == datetime(2025, 4, 24, 15, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["0201-04-24 09:30", "1900-01-01", "24.04.2025", "2025-13-01", "2025-04-24 25:00", "昨天", time(9, 30), 9.5, True],
)
def test_what_is_no_moment_is_refused(value: Value) -> None:
    with pytest.raises(Bad) as bad:
        read(value)
    assert bad.value.why == "moment"


def test_an_empty_cell_says_nothing() -> None:
    assert read("　") is None
