"""Routing: who is told of what, through which channel, at which hours and on which days."""

from __future__ import annotations

import re
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
    rung: int = 0  # of the ladder: 0 is told first; 1 and up when it is escalated
    loud: bool = False  # for the last safe day alone

    def __post_init__(self) -> None:
        """Raise ValueError where `hours` or `days` cannot be read."""
        hours_of(self.hours)
        if not set(self.days) <= set(range(1, 8)):
            message = f"route to {self.channel}: days {list(self.days)}: expected numbers from 1 (Monday) to 7 (Sunday)"
            raise ValueError(message)
        if self.rung < 0:
            message = f"route to {self.channel}: rung {self.rung}: expected 0, or the number of a rung"
            raise ValueError(message)

    def takes(self, who: Who, rule: str, level: str) -> bool:
        """Whether it is meant for such a matter."""
        pairs = ((self.units, who.unit), (self.kinds, who.kind), (self.rules, rule), (self.levels, level))
        return all(
            "*" in patterns or any(fnmatchcase(text, pattern) for pattern in patterns) for patterns, text in pairs
        )

    def is_awake(self, at: datetime) -> bool:
        """Whether it is in force at that moment."""
        if self.days and at.astimezone(SHANGHAI).isoweekday() not in self.days:
            return False
        return not self.hours or is_within(self.hours, at)

    def addresses(self, who: Who, *, second: bool = False) -> list[str]:
        """Where it leads; nowhere where the subject has no such contact. With `second`, a route to the first contact
        leads to the second one too."""
        first = self.to.replace("{contact}", who.contact).replace("{contact2}", who.contact2)
        other = self.to.replace("{contact}", who.contact2) if second and "{contact}" in self.to else ""
        return [one for one in dict.fromkeys((first, other)) if one]


class Recipient(msgspec.Struct, frozen=True, order=True):
    """One address on one configured channel."""

    channel: str
    to: str

    @property
    def name(self) -> str:
        """As one text."""
        return f"{self.channel}\x1f{self.to}"


class Matter(msgspec.Struct, frozen=True):
    """What is to be told: whose it is, of which rule and level, how high it has climbed, and whether it is the last
    day. `operator` is what is about ourselves."""

    who: Who
    rule: str
    level: str
    operator: bool = False
    rung: int = 0
    loud: bool = False


def recipients(routes: Sequence[Route], matter: Matter, at: datetime) -> list[Recipient]:
    """Who is told. What no route takes goes to the operator's routes: nothing is lost without a word."""
    found = [one for _, one in taken(routes, matter, at)]
    return sorted(set(found))


def taken(routes: Sequence[Route], matter: Matter, at: datetime) -> list[tuple[int, Recipient]]:
    """Which routes, by their place in the list, lead to whom."""
    found: list[tuple[int, Recipient]] = []
    if matter.loud:
        found = list(_matching(routes, matter, at, rung=None))
    if not found:
        found = [one for rung in range(matter.rung + 1) for one in _matching(routes, matter, at, rung=rung)]
    if not found and not matter.operator:
        found = list(_matching(routes, msgspec.structs.replace(matter, operator=True), at, rung=0))
    return found


def _matching(
    routes: Sequence[Route], matter: Matter, at: datetime, *, rung: int | None
) -> Iterator[tuple[int, Recipient]]:
    """The routes of one rung, or the loud ones (None)."""
    for number, route in enumerate(routes):
        if route.loud is not (rung is None) or (rung is not None and route.rung != rung):
            continue
        if route.operator is not matter.operator or not route.is_awake(at):
            continue
        if not route.takes(matter.who, matter.rule, matter.level):
            continue
        found = route.addresses(matter.who, second=matter.rung > 0)
        yield from ((number, Recipient(route.channel, to)) for to in found)
        if found and not route.go_on:
            return


class Rung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rung of the escalation ladder: `after` so many working days (such as "1wd") its routes are told too."""

    after: str

    def __post_init__(self) -> None:
        """Raise ValueError where `after` cannot be read."""
        if not re.fullmatch(r"[1-9][0-9]{0,2}wd", self.after):
            message = f"rung after {self.after!r}: expected a number of working days, such as 1wd"
            raise ValueError(message)

    @property
    def days(self) -> int:
        """The working days."""
        return int(self.after.removesuffix("wd"))


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
