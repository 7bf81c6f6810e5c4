"""`zhiban sla explain`: day by day, how the due time of a message was counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from alerts.calendar import holiday_in_words
from alerts.view import iso
from alerts.wording import masked, term_in_words
from streams.days import day_of
from streams.messages import About
from streams.terms import Counted, Term
from streams.workdays import UnknownYear
from zhiban.commands.screen import table
from zhiban.counting import Counting
from zhiban.words import language, say


class Explained(msgspec.Struct, frozen=True):
    """A message's term, day by day as far as the calendar is known; `rule` is "" where no rule limits it."""

    id: str
    mailbox: str
    about: About
    asked_at: datetime
    rule: str = ""
    term: Term | None = None
    start: datetime | None = None
    days: tuple[Counted, ...] = ()
    due_at: datetime | None = None
    lacks: int = 0


def explained(counting: Counting, message: str, mailbox: str, at: datetime) -> Explained:
    """Count it; raises ValueError where there is no such message."""
    source, case = counting.find(message, mailbox, at)
    asked = case.received_at
    assert asked is not None
    plain = Explained(message, source, case.about, asked)
    limit = counting.limit_of(case.about)
    if limit is None:
        return plain
    rule, term = limit
    start = term.starts(case)
    assert start is not None
    return _counted(msgspec.structs.replace(plain, rule=rule, term=term, start=start), counting, term, start)


def _counted(plain: Explained, counting: Counting, term: Term, start: datetime) -> Explained:
    days: list[Counted] = []
    try:
        days.extend(term.explain(start, counting.workdays))
        return msgspec.structs.replace(plain, days=tuple(days), due_at=term.due(start, counting.workdays))
    except UnknownYear as error:
        return msgspec.structs.replace(plain, days=tuple(days), lacks=error.year)


def explained_document(found: Explained) -> dict[str, Any]:
    """The document of `sla explain --json`."""
    return {
        "id": found.id,
        "mailbox": found.mailbox,
        "rule": found.rule or None,
        "limit": None if found.term is None else str(found.term),
        "asked_at": iso(found.asked_at),
        "start": iso(found.start),
        "days": [_day(one) for one in found.days],
        "due_at": iso(found.due_at),
        "missing_year": found.lacks or None,
        "advice": say("sla.stuck", year=found.lacks) if found.lacks else None,
    }


def _day(one: Counted) -> dict[str, Any]:
    row = {"date": one.day.isoformat(), "weekday": one.day.isoweekday(), "number": one.number or None}
    return row | {"why": one.why, "name": one.name or None, "by": one.by or None}


def print_explained(found: Explained, console: Console) -> None:
    """The days as a table, and the due time at the end."""
    message = masked(found.id)
    if found.term is None or found.start is None:
        about = {"category": found.about.category or "—", "channel": found.about.channel or "—"}
        console.print(say("sla.no_limit", message=message, **about), highlight=False, markup=False)
        return
    limit, start = term_in_words(str(found.term), language()), _minute(found.start)
    console.print(
        say("sla.explained", message=message, rule=found.rule, limit=limit, start=start), highlight=False, markup=False
    )
    shown = table("day", "sla.weekday", "sla.number", "sla.how")
    for one in found.days:
        shown.add_row(one.day.isoformat(), _weekday(one), str(one.number or "—"), escape(_why(one)))
    console.print(shown)
    if found.due_at is not None:
        last = day_of(found.due_at - timedelta(microseconds=1))
        console.print(say("sla.due", last=last, due=_minute(found.due_at)), style="bold", highlight=False, markup=False)
    if found.lacks:
        console.print(say("sla.stuck", year=found.lacks), style="bold magenta", highlight=False, markup=False)


def _weekday(one: Counted) -> str:
    names = say("sla.weekdays")
    return (names.split() if " " in names else names)[one.day.weekday()]


def _why(one: Counted) -> str:
    key = f"sla.{one.why}_by" if one.why == "local" and one.by else f"sla.{one.why}"
    return say(key, name=holiday_in_words(one.name, language()), by=one.by)


def _minute(moment: datetime) -> str:
    return str(iso(moment))[:16].replace("T", " ")
