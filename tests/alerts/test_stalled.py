"""A partition that stands still: told once for each stall, by every operator's way and on the console."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.routing import Route
from alerts.stalled import stall_notices

T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)
ROUTES = (
    Route(channel="mail", to="duty@example.cn", operator=True),
    Route(channel="mail", to="{contact}"),
)


def test_every_operator_and_the_console_hear_of_it() -> None:
    letters = list(stall_notices(T0, [3, 5], ROUTES, "zh", T0 + timedelta(minutes=7)))
    assert sorted((one.channel, one.to) for one in letters) == [("console", "-"), ("mail", "duty@example.cn")]
    assert {one.subject for one in letters} == {"【值班停滞】日志的 2 个分区停滞 7 分钟"}
    assert all("分区 3, 5 已 7 分钟没有推进" in one.intro for one in letters)


def test_a_stall_that_lasts_is_the_same_letter() -> None:
    def keys(since: datetime, minutes: int) -> list[str]:
        return [one.key for one in stall_notices(since, [3], ROUTES, "en", since + timedelta(minutes=minutes))]

    assert keys(T0, 6) == keys(T0, 60)
    assert keys(T0, 6) != keys(T0 + timedelta(hours=9), 6)
