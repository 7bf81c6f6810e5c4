"""The count of messages at a moment: who waits, who was answered in time, by unit, category and month. Pure.

It counts events by their own times up to that moment. Past what a file covers nobody is overdue for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from alerts.quotas import Figures, figures_of
from streams.days import SHANGHAI, day_of
from streams.messages import About, Case
from streams.terms import Office, Term
from streams.workdays import UnknownYear, Workdays

OPEN, DUE_SOON, OVERDUE, ANSWERED = "open", "due_soon", "overdue", "answered"
LATE, WITHDRAWN, UNKNOWN = "late", "withdrawn", "unknown"
URGENCY = (OVERDUE, UNKNOWN, DUE_SOON, OPEN, LATE, ANSWERED, WITHDRAWN)


class Law(msgspec.Struct, frozen=True):
    """By what messages are counted: which term is whose, the calendar, and office hours. `steps` says how many working
    days before the last one a message is due soon."""

    term_of: Callable[[About], Term | None]
    workdays: Workdays
    office: Office = Office()


class Counted(msgspec.Struct, frozen=True):
    """One message as it stands. `due_at` is exclusive; `hours` are office hours until the answer, or until now."""

    id: str
    mailbox: str
    about: About
    asked_at: datetime
    state: str
    due_at: datetime | None = None
    answered_at: datetime | None = None
    replied_at: datetime | None = None  # the first reply, receipts included
    limit: str = ""
    used: int | None = None  # working days after the first, up to the answer or to now
    hours: timedelta | None = None
    why: str = ""  # it left the denominator
    lacks: int = 0  # the year whose notice of holidays is not known
    is_true: bool | None = None

    @property
    def unit(self) -> str:
        """Who answers for it."""
        return "、".join(self.about.units)


def count(case: Case, mailbox: str, law: Law, at: datetime, complete: datetime | None) -> Counted | None:
    """The message at `at`; None where it had not come by then. `complete` is up to when its mailbox told everything;
    None: always."""
    known = case.until(at)
    asked = known.received_at
    if asked is None:
        return None
    about, term = known.about, law.term_of(known.about)
    plain = Counted(
        case.id, mailbox, about, asked, OPEN,
        answered_at=known.answered_at, replied_at=known.first_reply_at, is_true=known.is_true,
    )  # fmt: skip
    if known.left is not None and known.answered_at is None:
        return msgspec.structs.replace(plain, state=WITHDRAWN, why=known.left.deed.value)
    if term is None:
        return msgspec.structs.replace(plain, state=ANSWERED if known.answered_at else OPEN)
    return _timed(plain, known, term, law, at, complete)


def _timed(plain: Counted, case: Case, term: Term, law: Law, at: datetime, complete: datetime | None) -> Counted:
    start, end = term.starts(case), plain.answered_at or at
    assert start is not None
    limited = msgspec.structs.replace(plain, limit=str(term))
    try:
        due = term.due(start, law.workdays)
        used = law.workdays.count(day_of(start), day_of(end))
        hours = law.office.between(start, end, law.workdays)
        soon = term.left(start, max(term.days // 2, 1) if term.days > 3 else 1, law.workdays)
    except UnknownYear as error:
        return msgspec.structs.replace(limited, state=UNKNOWN, lacks=error.year)
    state = _state(plain.answered_at, due, soon, at, complete)
    return msgspec.structs.replace(limited, state=state, due_at=due, used=used, hours=hours)


def _state(answered: datetime | None, due: datetime, soon: datetime, at: datetime, complete: datetime | None) -> str:
    if answered is not None:
        return ANSWERED if answered < due else LATE
    if at < due:
        return DUE_SOON if at >= soon else OPEN
    return OVERDUE if complete is None or complete >= due else UNKNOWN


def counted(
    cases: Iterable[tuple[str, Case, datetime | None]], law: Law, at: datetime, unit: str = ""
) -> list[Counted]:
    """Every message of (mailbox, case, complete), the most urgent first; of one unit, or of all."""
    found = [one for box, case, complete in cases if (one := count(case, box, law, at, complete)) is not None]
    mine = [one for one in found if not unit or unit in one.about.units]
    return sorted(mine, key=lambda one: (URGENCY.index(one.state), one.due_at or at, one.asked_at, one.mailbox, one.id))


class Totals(msgspec.Struct, frozen=True):
    """Figures of all messages, and by unit, category and month (of asking); what the office asked itself is apart."""

    all: Figures
    units: dict[str, Figures]
    categories: dict[str, Figures]
    channels: dict[str, Figures]
    months: dict[str, Figures]
    tests: Figures


def totals(messages: Sequence[Counted]) -> Totals:
    """The figures."""
    real = [one for one in messages if not one.about.test]
    return Totals(
        figures_of(real),
        _by(real, lambda one: one.about.units or ("",)),
        _by(real, lambda one: (one.about.category,)),
        _by(real, lambda one: (one.about.channel,)),
        _by(real, lambda one: (one.asked_at.astimezone(SHANGHAI).strftime("%Y-%m"),)),
        figures_of([one for one in messages if one.about.test]),
    )


def _by(messages: Sequence[Counted], names: Callable[[Counted], Sequence[str]]) -> dict[str, Figures]:
    """By name; a message of several units counts for each of them."""
    groups: dict[str, list[Counted]] = {}
    for one in messages:
        for name in names(one):
            groups.setdefault(name, []).append(one)
    return {name: figures_of(group) for name, group in sorted(groups.items())}
