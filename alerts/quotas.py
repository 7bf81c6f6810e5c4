"""Figures of a group of messages, gathered one by one, and percentages in the style of a circular. Pure.

A group takes the memory of its distinct waiting times, by the minute, and not of its messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Literal, Protocol

import msgspec

from streams.messages import About

MINUTE = timedelta(minutes=1)


class Message(Protocol):
    """What figures need of a message."""

    @property
    def about(self) -> About:
        """What it is about."""

    @property
    def state(self) -> str:
        """How it stands."""

    @property
    def limit(self) -> str:
        """Its limit, or nothing."""

    @property
    def used(self) -> int | None:
        """Working days after the first, up to the answer or to now."""

    @property
    def hours(self) -> timedelta | None:
        """Office hours until the answer, or to now."""

    @property
    def answered_at(self) -> datetime | None:
        """When it was answered."""

    @property
    def is_true(self) -> bool | None:
        """Of a 找错 report: whether it was found to be so."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of a group: `received` are all that are in the denominator, `closed` those answered, whether in time or not.

    `on_time`, `late` and `overdue` are of messages that have a limit; what has none is in none of the three. Hours are
    office hours from asking to the answer, of those that were answered; None where there are none.
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

    @property
    def judged(self) -> int:
        """How many limits have been kept or missed: of these, `on_time` are a part."""
        return self.on_time + self.late + self.overdue


class Group:
    """A group in the making."""

    def __init__(self) -> None:
        """Nobody is in it."""
        self._states: Counter[str] = Counter()
        self._minutes: Counter[int] = Counter()
        self._true: Counter[bool | None] = Counter()
        self._closed = self._on_time = self._simple = self._in_a_day = 0

    def add(self, one: Message) -> None:
        """Count a message in."""
        self._states[one.state] += 1
        self._true[one.is_true] += 1
        if one.answered_at is None or one.state == "withdrawn":
            return
        self._closed += 1
        self._on_time += one.state == "answered" and bool(one.limit)
        if one.hours is not None:
            self._minutes[round(one.hours / MINUTE)] += 1
        if one.about.simple:
            self._simple += 1
            self._in_a_day += one.used is not None and one.used <= 1

    def figures(self) -> Figures:
        """What it has come to."""
        states = self._states
        return Figures(
            received=states.total() - states["withdrawn"],
            closed=self._closed,
            on_time=self._on_time,
            late=states["late"],
            overdue=states["overdue"],
            open=states["open"] + states["due_soon"],
            unknown=states["unknown"],
            withdrawn=states["withdrawn"],
            median_hours=_hours(self._minutes, 5),
            p90_hours=_hours(self._minutes, 9),
            simple=self._simple,
            simple_in_a_day=self._in_a_day,
            true=self._true[True],
            untrue=self._true[False],
        )


def figures_of(messages: Iterable[Message]) -> Figures:
    """The figures of these messages."""
    group = Group()
    for one in messages:
        group.add(one)
    return group.figures()


def _hours(minutes: Counter[int], tenths: int) -> float | None:
    """The value that so many tenths of all do not exceed, between two of them where it falls between."""
    if not minutes:
        return None
    values = sorted(minutes)
    ends = list(accumulate(minutes[value] for value in values))
    place, rest = divmod((ends[-1] - 1) * tenths, 10)
    low = _at(values, ends, place)
    high = _at(values, ends, place + 1) if rest else low
    return round((low + (high - low) * rest / 10) / 60, 1)


def _at(values: list[int], ends: list[int], place: int) -> int:
    return next(value for value, end in zip(values, ends, strict=True) if place < end)


def percent(part: int, whole: int, decimals: int, rounding: Literal["half_up", "down"]) -> str:
    """`92.61%`: exact, rounded or cut as a circular does it; "—" where there is nothing to be a part of."""
    if not whole:
        return "—"
    style = ROUND_HALF_UP if rounding == "half_up" else ROUND_DOWN
    exact = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), rounding=style)
    return f"{exact}%"
