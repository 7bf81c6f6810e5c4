"""`zhiban sla`: citizens' messages at a moment: who waits, the most urgent first, and the figures of a circular."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from alerts.quotas import Figures, percent
from alerts.sla import ANSWERED, LATE, WITHDRAWN, Counted, Sums, Totals, urgency
from alerts.view import iso
from alerts.wording import masked, term_in_words
from streams.days import day_of
from zhiban.commands.screen import table
from zhiban.counting import Counting, Wanted
from zhiban.words import language, say

SHOWN = 200  # rows of those who wait; `--json` lists all
_DONE = frozenset({ANSWERED, LATE})
_CLOSED = _DONE | {WITHDRAWN}
_COLOURS = {"overdue": "bold red", "unknown": "magenta", "due_soon": "yellow"}
Percent = Callable[[int, int], str]


class Survey(msgspec.Struct):
    """The messages at a moment: those that are kept, and the totals of all."""

    at: datetime
    kept: list[Counted]
    totals: Totals
    percent: Percent

    @property
    def is_late(self) -> bool:
        """Whether something is overdue."""
        return self.totals.all.overdue > 0

    @property
    def left(self) -> list[Counted]:
        """Those that are no longer in the denominator."""
        return [one for one in self.kept if one.state == WITHDRAWN]

    @property
    def lacks(self) -> list[int]:
        """The years whose notice of holidays is wanted."""
        return sorted({one.lacks for one in self.kept if one.lacks})


def survey(counting: Counting, at: datetime, wanted: Wanted, *, every: bool) -> Survey:
    """Count the wanted messages in one pass; those that were answered are kept only where `every` one is wanted."""
    sums = Sums(counting.is_error)
    messages = _summed(counting.messages(at, wanted), sums)
    kept = sorted((one for one in messages if every or one.state not in _DONE), key=urgency)
    style = counting.pack.messages
    return Survey(at, kept, sums.totals(), lambda part, whole: percent(part, whole, style.decimals, style.rounding))


def _summed(messages: Iterable[Counted], sums: Sums) -> Iterator[Counted]:
    for one in messages:
        sums.add(one)
        yield one


# -- for scripts -----------------------------------------------------------------------------------------------------


def sla_document(found: Survey, *, audit: bool) -> dict[str, Any]:
    """The document of `sla --json`."""
    document: dict[str, Any] = {"at": iso(found.at), "messages": [_row(one) for one in found.kept]}
    document["totals"] = _totals(found.totals, found.percent)
    return document | ({"audit": [_row(one) for one in found.left]} if audit else {})


def _row(one: Counted) -> dict[str, Any]:
    return {
        "id": one.id,
        "mailbox": one.mailbox,
        "asked_at": iso(one.asked_at),
        "due_at": iso(one.due_at),
        "answered_at": iso(one.answered_at),
        "replied_at": iso(one.replied_at),
        "state": one.state,
        "limit": one.limit or None,
        "working_days_used": one.used,
        "hours": None if one.hours is None else round(one.hours / timedelta(hours=1), 1),
        "channel": one.about.channel or None,
        "category": one.about.category or None,
        "unit": one.unit or None,
        "simple": one.about.simple,
        "test": one.about.test,
        "true": one.is_true,
        "why": one.why or None,
        "missing_year": one.lacks or None,
    }


def _totals(totals: Totals, share: Percent) -> dict[str, Any]:
    by = {"unit": totals.units, "category": totals.categories, "channel": totals.channels, "month": totals.months}
    return {
        **_figures(totals.all, share),
        **{f"by_{name}": {key: _figures(one, share) for key, one in groups.items()} for name, groups in by.items()},
        "tests": _figures(totals.tests, share),
        "errors": msgspec.to_builtins(totals.errors),
    }


def _figures(one: Figures, share: Percent) -> dict[str, Any]:
    rates = {"reply_rate": share(one.closed, one.received), "on_time_rate": share(one.on_time, one.judged)}
    return {**msgspec.to_builtins(one), **rates, "simple_rate": share(one.simple_in_a_day, one.simple)}


# -- for people ------------------------------------------------------------------------------------------------------


def print_sla(found: Survey, console: Console, *, audit: bool) -> None:
    """Those who wait, then the figures; the audit list where it is asked for."""
    waiting = [one for one in found.kept if one.state not in _CLOSED]
    _print_waiting(waiting, found.at, console)
    for year in found.lacks:
        console.print(say("sla.missing", year=year), style="bold magenta", highlight=False, markup=False)
    if audit:
        _print_left(found.left, console)
    _print_figures(found, console)


def _print_waiting(waiting: Sequence[Counted], at: datetime, console: Console) -> None:
    shown = table("state", "sla.message", "sla.asked", "sla.last_day", "sla.limit", "sla.used", "sla.category", "unit")
    for one in waiting[:SHOWN]:
        colour, state = _COLOURS.get(one.state, "none"), say(f"sla.state.{one.state}")
        last = "—" if one.due_at is None else day_of(one.due_at - timedelta(microseconds=1)).isoformat()
        used = "—" if one.used is None else str(one.used)
        limit = term_in_words(one.limit, language()) if one.limit else "—"
        asked, about = day_of(one.asked_at).isoformat(), (one.about.category or "—", one.unit)
        named = (escape(masked(text)) for text in about)
        shown.add_row(f"[{colour}]{state}[/]", escape(masked(one.id)), asked, last, limit, used, *named)
    console.print(shown)
    if len(waiting) > SHOWN:
        console.print(say("sla.more", count=len(waiting) - SHOWN), style="dim", highlight=False, markup=False)
    console.print(say("sla.waiting", count=len(waiting), at=_minute(at)), style="dim", highlight=False, markup=False)


def _print_left(left: Sequence[Counted], console: Console) -> None:
    shown = table("sla.left", "sla.asked", "why", "sla.category", "unit")
    for one in left:
        about = (escape(masked(text)) for text in (one.about.category, one.unit))
        why = say(f"sla.why.{one.why}")
        shown.add_row(escape(masked(one.id)), day_of(one.asked_at).isoformat(), why, *about)
    console.print(shown)


_COLUMNS = (
    "received",
    "closed",
    "reply",
    "on_time",
    "on_time_rate",
    "late",
    "overdue",
    "open",
    "unknown",
    "median",
    "p90",
)


def _print_figures(found: Survey, console: Console) -> None:
    totals = found.totals
    shown = table("sla.of", *(f"sla.{name}" for name in _COLUMNS))
    shown.add_row(f"[bold]{say('sla.all')}[/]", *_cells(totals.all, found.percent))
    groups = {"unit": totals.units, "category": totals.categories, "channel": totals.channels, "month": totals.months}
    for kind, named in groups.items():
        _add_group(shown, kind, named, found.percent)
    if totals.tests.received:
        shown.add_row(say("sla.tests"), *_cells(totals.tests, found.percent))
    console.print(shown)
    for line in _lines(totals, found.percent):
        console.print(line, highlight=False, markup=False)


def _add_group(shown: Any, kind: str, named: Mapping[str, Figures], share: Percent) -> None:
    for name, figures in named.items():
        told = escape(masked(name)) if name else say("sla.nameless")
        shown.add_row(f"{say(f'sla.by.{kind}')} {told}", *_cells(figures, share))


def _cells(one: Figures, share: Percent) -> list[str]:
    counts = (one.late, one.overdue, one.open, one.unknown)
    hours = ("—" if value is None else str(value) for value in (one.median_hours, one.p90_hours))
    rates = share(one.closed, one.received), share(one.on_time, one.judged)
    return [str(one.received), str(one.closed), rates[0], str(one.on_time), rates[1], *map(str, counts), *hours]


def _lines(totals: Totals, share: Percent) -> Iterator[str]:
    one, errors = totals.all, totals.errors
    if one.simple:
        rate = share(one.simple_in_a_day, one.simple)
        yield say("sla.simple", count=one.simple, in_a_day=one.simple_in_a_day, rate=rate)
    if errors.received:
        yield say("sla.errors", received=errors.received, true=errors.true, untrue=errors.untrue, units=errors.units)
    if one.withdrawn:
        yield say("sla.withdrawn", count=one.withdrawn)


def _minute(moment: datetime) -> str:
    return str(iso(moment))[:16].replace("T", " ")
