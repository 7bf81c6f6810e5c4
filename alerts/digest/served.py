"""Citizens' messages of a week: what came, what was answered, which terms were kept or missed, and what is due next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec

from alerts.digest.fold import Told
from alerts.digest.value import Served, Subscription
from alerts.digest.week import SEVEN, Week
from alerts.directory import What, Who
from alerts.sla import ANSWERED, DUE_SOON, LATE, OPEN, OVERDUE, UNKNOWN, WITHDRAWN, Counted, Law, count
from streams.days import MOMENT
from streams.findings import ACCUSING
from streams.messages import Case
from streams.subjects import PUSH

Told_Case = tuple[str, str, Case]  # subject, mailbox (its source), what was told of it by the end of the week
Percent = Callable[[int, int], str]
_WAITS = frozenset({OPEN, DUE_SOON})


class Letter(msgspec.Struct, frozen=True):
    """A message as it stood at the end of the week, and at the end of the week before (None: it had not come)."""

    subject: str
    now: Counted
    before: Counted | None


def counted(told: Told, cases: Iterable[Told_Case], law: Law) -> list[Letter]:
    """Every message that counts. Nobody is overdue for certain unless the mailbox tells at once by itself, or the
    ledger accuses: both are known of the past as of today."""
    accused = {(one.last.source, one.last.item) for one in told.matters.values() if one.last.level in ACCUSING}
    found = (_letter(told, subject, source, case, law, accused) for subject, source, case in cases)
    return [one for one in found if one is not None]


def _letter(
    told: Told, subject: str, source: str, case: Case, law: Law, accused: AbstractSet[tuple[str, str]]
) -> Letter | None:
    what = told.board.get(What, source)
    is_sure = (what is not None and what.url.startswith(PUSH)) or (source, case.id) in accused
    now, before = (_at(case, source, law, end, is_sure=is_sure) for end in (told.until, told.until - SEVEN))
    return None if now is None or now.about.test else Letter(subject, now, before)


def _at(case: Case, source: str, law: Law, end: datetime, *, is_sure: bool) -> Counted | None:
    """The message just before `end`, which is exclusive."""
    one = count(case, source, law, end - MOMENT, None)
    return (
        msgspec.structs.replace(one, state=UNKNOWN) if one is not None and one.state == OVERDUE and not is_sure else one
    )


def within(told: Told, letters: Iterable[Letter], whose: Subscription) -> list[Letter]:
    """The messages of a subscription's units; one that names none is its mailbox's."""
    return [one for one in letters if any(whose.has(unit, boss) for unit, boss in _units(told, one))]


def _units(told: Told, letter: Letter) -> Iterator[tuple[str, str]]:
    who = told.board.get(Who, letter.subject) or Who(letter.subject)
    for unit in letter.now.about.units or (who.unit,):
        yield unit, who.supervisor


def served(letters: Iterable[Letter], week: Week, percent: Percent) -> tuple[Served, Served]:
    """The figures of the week, and of the week before."""
    listed = list(letters)
    before = [one.before for one in listed if one.before is not None]
    return _figures([one.now for one in listed], week, percent), _figures(before, week.moved(-1), percent)


def _figures(messages: list[Counted], week: Week, percent: Percent) -> Served:
    known = [one for one in messages if one.state != WITHDRAWN]
    on_time = sum(one.state == ANSWERED and bool(one.limit) and _in(one.answered_at, week) for one in known)
    missed = sum(one.state in {LATE, OVERDUE} and _ended(one.due_at, week) for one in known)
    return Served(
        received=sum(_in(one.asked_at, week) for one in known),
        answered=sum(_in(one.answered_at, week) for one in known),
        on_time=on_time,
        missed=missed,
        open=sum(one.state in _WAITS for one in known),
        overdue=sum(one.state == OVERDUE for one in known),
        unknown=sum(one.state == UNKNOWN for one in known),
        rate=percent(on_time, on_time + missed),
    )


def waiting(letters: Iterable[Letter], since: datetime, until: datetime) -> list[Letter]:
    """The messages that wait for an answer, and whose term ends after `since` and by `until`."""
    waits = [one for one in letters if one.now.state in _WAITS]
    return [one for one in waits if one.now.due_at is not None and since < one.now.due_at <= until]


def _in(moment: datetime | None, week: Week) -> bool:
    return moment is not None and week.since <= moment < week.until


def _ended(due: datetime | None, week: Week) -> bool:
    """Whether a term's last moment lies in the week: `due` is exclusive, 00:00 after the last day."""
    return due is not None and week.since < due <= week.until
