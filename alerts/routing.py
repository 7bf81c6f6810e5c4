"""Routing: who is told of what, through which channel, at which hours and on which days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from fnmatch import fnmatchcase

import msgspec

from alerts.directory import Who
from streams.days import DAY, SHANGHAI


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One route. Patterns are shell globs; `to` may be `{contact}` or `{contact2}` of the subject.

    The first route that matches ends the search, unless it says `go_on`. Outside of its `hours` (such as "07:00-22:00",
    Shanghai) and `days` (1 is Monday) a route is passed over. `operator` routes get what is about ourselves.
    """

    channel: str
    to: str
    units: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = ("*",)
    rules: tuple[str, ...] = ("*",)
    levels: tuple[str, ...] = ("*",)
    hours: str = ""
    days: tuple[int, ...] = ()
    operator: bool = False
    go_on: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError where `hours` or `days` cannot be read."""
        hours_of(self.hours)
        if not set(self.days) <= set(range(1, 8)):
            message = f"route to {self.channel}: days {list(self.days)}: expected numbers from 1 (Monday) to 7 (Sunday)"
            raise ValueError(message)

    def takes(self, who: Who, rule: str, level: str) -> bool:
        """Whether it is meant for such a matter."""
        pairs = ((self.units, who.unit), (self.kinds, who.kind), (self.rules, rule), (self.levels, level))
        return all(any(fnmatchcase(text, pattern) for pattern in patterns) for patterns, text in pairs)

    def is_awake(self, at: datetime) -> bool:
        """Whether it is in force at that moment."""
        local = at.astimezone(SHANGHAI)
        return (not self.days or local.isoweekday() in self.days) and (not self.hours or is_within(self.hours, at))

    def address(self, who: Who) -> str:
        """Where it leads; empty where the subject has no such contact."""
        return self.to.replace("{contact}", who.contact).replace("{contact2}", who.contact2)


class Recipient(msgspec.Struct, frozen=True, order=True):
    """One address on one configured channel."""

    channel: str
    to: str

    @property
    def name(self) -> str:
        """As one text."""
        return f"{self.channel}\x1f{self.to}"


def recipients(
    routes: Sequence[Route], who: Who, rule: str, level: str, at: datetime, *, operator: bool
) -> list[Recipient]:
    """Who is told. What no route takes goes to the operator's routes: nothing is lost without a word."""
    found = list(_matching(routes, who, rule, level, at, operator=operator))
    if not found and not operator:
        found = list(_matching(routes, who, rule, level, at, operator=True))
    return sorted(set(found))


def _matching(
    routes: Sequence[Route], who: Who, rule: str, level: str, at: datetime, *, operator: bool
) -> Iterator[Recipient]:
    for route in routes:
        if route.operator is not operator or not route.is_awake(at) or not route.takes(who, rule, level):
            continue
        to = route.address(who)
        if to:
            yield Recipient(route.channel, to)
            if not route.go_on:
                return


def hours_of(text: str) -> tuple[time, time] | None:
    """Read "22:00-07:00"; None where there is none; raises ValueError that names what was found and expected."""
    if not text:
        return None
    try:
        begins, ends = (_minute(part) for part in text.split("-"))
    except ValueError:
        message = f"hours {text!r}: expected two times of the day, such as 07:00-22:00"
        raise ValueError(message) from None
    return begins, ends


def _minute(text: str) -> time:
    # 24:00 is how people write the end of the day.
    return time.max if text.strip() == "24:00" else time.fromisoformat(text.strip())


def is_within(hours: str, at: datetime) -> bool:
    """Whether a moment lies in the hours of a day, which may go over midnight."""
    span = hours_of(hours)
    if span is None:
        return False
    begins, ends = span
    now = at.astimezone(SHANGHAI).time()
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def end_of(hours: str, at: datetime) -> datetime:
    """The first moment after `at` at which the hours end."""
    span = hours_of(hours)
    local = at.astimezone(SHANGHAI)
    if span is None:
        return at
    clock = span[1]
    ends = datetime.combine(local.date(), time() if clock == time.max else clock, SHANGHAI)
    return (ends if ends > local else ends + DAY).astimezone(at.tzinfo)
