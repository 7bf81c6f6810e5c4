"""The count of messages at a moment: who waits, who was answered in time, by unit, category and month. Pure.

It counts events by their own times up to that moment. Past what a file covers nobody is overdue for certain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from alerts.quotas import Figures, Group
from streams.days import day_of
from streams.messages import About, Case
from streams.terms import Office, Term
from streams.workdays import UnknownYear, Workdays

OPEN, DUE_SOON, OVERDUE, ANSWERED = "open", "due_soon", "overdue", "answered"
LATE, WITHDRAWN, UNKNOWN = "late", "withdrawn", "unknown"
URGENCY = (OVERDUE, UNKNOWN, DUE_SOON, OPEN, LATE, ANSWERED, WITHDRAWN)


class Law(msgspec.Struct, frozen=True):
    """By what messages are counted: which term is whose, the calendar, and office hours."""

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
    start = known.opened_at if term is None else term.starts(known)
    assert start is not None
    used, hours = _lasted(start, plain.answered_at or at, law)
    timed = msgspec.structs.replace(plain, used=used, hours=hours)
    if term is None:
        return msgspec.structs.replace(timed, state=ANSWERED if known.answered_at else OPEN)
    return _judged(msgspec.structs.replace(timed, limit=str(term)), start, term, law, at, complete)


def _lasted(start: datetime, end: datetime, law: Law) -> tuple[int | None, timedelta | None]:
    """Working days after the first, and office hours; None where the calendar lacks a year between."""
    try:
        return law.workdays.count(day_of(start), day_of(end)), law.office.between(start, end, law.workdays)
    except UnknownYear:
        return None, None


def _judged(plain: Counted, start: datetime, term: Term, law: Law, at: datetime, complete: datetime | None) -> Counted:
    try:
        due = term.due(start, law.workdays)
        soon = term.left(start, max(term.days // 2, 1) if term.days > 3 else 1, law.workdays)
    except UnknownYear as error:
        return msgspec.structs.replace(plain, state=UNKNOWN, lacks=error.year)
    return msgspec.structs.replace(plain, state=_state(plain.answered_at, due, soon, at, complete), due_at=due)


def _state(answered: datetime | None, due: datetime, soon: datetime, at: datetime, complete: datetime | None) -> str:
    if answered is not None:
        return ANSWERED if answered < due else LATE
    if at < due:
        return DUE_SOON if at >= soon else OPEN
    return OVERDUE if complete is None or complete >= due else UNKNOWN


def urgency(one: Counted) -> tuple[int, datetime, datetime, str, str]:
    """The order of a list: the most urgent first."""
    return URGENCY.index(one.state), one.due_at or one.asked_at, one.asked_at, one.mailbox, one.id


def counted(
    cases: Iterable[tuple[str, Case, datetime | None]], law: Law, at: datetime, unit: str = ""
) -> list[Counted]:
    """Every message of (mailbox, case, complete), the most urgent first; of one unit, or of all."""
    found = (one for box, case, complete in cases if (one := count(case, box, law, at, complete)) is not None)
    return sorted((one for one in found if not unit or unit in one.about.units), key=urgency)


class Errors(msgspec.Struct, frozen=True):
    """找错 reports: how many came, how many were found to be so, and how many units those concern."""

    received: int
    true: int
    untrue: int
    units: int


class Totals(msgspec.Struct, frozen=True):
    """Figures of all messages, and by unit, category, channel and month (of asking); what the office asked itself is
    apart."""

    all: Figures
    units: dict[str, Figures]
    categories: dict[str, Figures]
    channels: dict[str, Figures]
    months: dict[str, Figures]
    tests: Figures
    errors: Errors


class Sums:
    """Totals in the making: messages are counted in one by one, and none is kept."""

    def __init__(self, is_error: Callable[[About], bool]) -> None:
        """Nothing yet; `is_error` says which messages are 找错 reports."""
        self._is_error = is_error
        self._all, self._tests, self._errors = Group(), Group(), Group()
        self._by = tuple(defaultdict[str, Group](Group) for _ in range(4))
        self._units: set[str] = set()

    def add(self, one: Counted) -> None:
        """Count a message in; one of several units counts for each of them."""
        if one.about.test:
            self._tests.add(one)
            return
        month = day_of(one.asked_at).isoformat()[:7]
        names = (one.about.units or ("",), (one.about.category,), (one.about.channel,), (month,))
        self._all.add(one)
        for groups, mine in zip(self._by, names, strict=True):
            for name in mine:
                groups[name].add(one)
        if self._is_error(one.about):
            self._errors.add(one)
            self._units.update(one.about.units if one.is_true else ())

    def totals(self) -> Totals:
        """What it has come to."""
        found = self._errors.figures()
        errors = Errors(found.received, found.true, found.untrue, len(self._units))
        units, categories, channels, months = map(_figures, self._by)
        return Totals(self._all.figures(), units, categories, channels, months, self._tests.figures(), errors)


def _figures(groups: Mapping[str, Group]) -> dict[str, Figures]:
    return {name: group.figures() for name, group in sorted(groups.items())}


def totals(messages: Iterable[Counted], is_error: Callable[[About], bool] = lambda _about: False) -> Totals:
    """The totals of these messages."""
    sums = Sums(is_error)
    for one in messages:
        sums.add(one)
    return sums.totals()
