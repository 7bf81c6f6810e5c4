"""Figures of a group of messages, and percentages in the style of a circular. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from statistics import median, quantiles
from typing import Literal, Protocol

import msgspec

from streams.messages import About

HOUR = timedelta(hours=1)
_CLOSED = frozenset({"answered", "late"})


class Message(Protocol):
    """What figures need of a message."""

    @property
    def about(self) -> About: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102
    @property
    def used(self) -> int | None: ...  # noqa: D102
    @property
    def hours(self) -> timedelta | None: ...  # noqa: D102
    @property
    def answered_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def is_true(self) -> bool | None: ...  # noqa: D102


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of a group: `received` are all that are in the denominator, `closed` those answered, in time or late.

    Hours are office hours from asking to the answer, of those that were answered; None where there are none.
    """

    received: int
    closed: int
    on_time: int
    late: int
    overdue: int
    open: int  # those due soon included
    unknown: int
    withdrawn: int  # not in the denominator
    median_hours: float | None
    p90_hours: float | None
    simple: int  # simple questions that were answered
    simple_in_a_day: int
    true: int  # 找错: found to be so
    untrue: int


def figures_of(messages: Sequence[Message]) -> Figures:
    """The figures of these messages."""
    states = [one.state for one in messages]
    closed = [one for one in messages if one.state in _CLOSED]
    hours = sorted(one.hours / HOUR for one in closed if one.hours is not None)
    simple = [one for one in closed if one.about.simple]
    return Figures(
        received=len(messages) - states.count("withdrawn"),
        closed=len(closed),
        on_time=states.count("answered"),
        late=states.count("late"),
        overdue=states.count("overdue"),
        open=states.count("open") + states.count("due_soon"),
        unknown=states.count("unknown"),
        withdrawn=states.count("withdrawn"),
        median_hours=round(median(hours), 1) if hours else None,
        p90_hours=_p90(hours),
        simple=len(simple),
        simple_in_a_day=sum(one.used is not None and one.used <= 1 for one in simple),
        true=sum(one.is_true is True for one in messages),
        untrue=sum(one.is_true is False for one in messages),
    )


def _p90(hours: Sequence[float]) -> float | None:
    if len(hours) < 2:
        return round(hours[0], 1) if hours else None
    return round(quantiles(hours, n=10, method="inclusive")[-1], 1)


def percent(part: int, whole: int, decimals: int, rounding: Literal["half_up", "down"]) -> str:
    """`92.61%`: exact, rounded or cut as a circular does it; "—" where there is nothing to be a part of."""
    if not whole:
        return "—"
    style = ROUND_HALF_UP if rounding == "half_up" else ROUND_DOWN
    exact = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), rounding=style)
    return f"{exact}%"
