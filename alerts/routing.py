"""Routing: who is told of what, through which channel, at which hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

from alerts.directory import Who
from streams.days import SHANGHAI


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One route. Patterns are shell globs; `to` may be `{contact}` or `{contact2}` of the subject.

    The first route that matches ends the search, unless it says `go_on`. `hours` such as "07:00-22:00" (Shanghai);
    outside of them the route is passed over. `operator` routes get what is about ourselves.
    """

    channel: str
    to: str
    units: tuple[str, ...] = ("*",)
    rules: tuple[str, ...] = ("*",)
    levels: tuple[str, ...] = ("*",)
    hours: str = ""
    operator: bool = False
    go_on: bool = False


class Recipient(msgspec.Struct, frozen=True, order=True):
    """One address on one configured channel."""

    channel: str
    to: str


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
        if route.operator is not operator or not _within(route.hours, at):
            continue
        if not (_any(route.units, who.unit) and _any(route.rules, rule) and _any(route.levels, level)):
            continue
        to = route.to.replace("{contact}", who.contact).replace("{contact2}", who.contact2)
        if not to:
            continue
        yield Recipient(route.channel, to)
        if not route.go_on:
            return


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _within(hours: str, at: datetime) -> bool:
    if not hours:
        return True
    begins, _, ends = hours.partition("-")
    now = at.astimezone(SHANGHAI).strftime("%H:%M")
    return begins <= now < ends if begins <= ends else now >= begins or now < ends
