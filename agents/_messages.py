"""What the rules about messages share: who waits, until when, and how complete what we were told is.

A mailbox tells us by itself (`push:`), by files now and then (`file:`), or is read (an address). Who tells us is judged
at the wake. A file is complete up to its `as_of`: reminders go out, but past it nobody is late for certain. What is
read is judged by a good look at or after the moment in question, and only where that look shows the message as
waiting: of one that has fallen off the list nobody is late for certain.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, ClassVar, Literal

import msgspec

from agents._age import later
from streams.days import day_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Level, Shown
from streams.messages import About, Case
from streams.rules import Given, Revised, Seen, Told, Wake
from streams.subjects import FILE, PUSH, Kind, Source, Status, Subject
from streams.terms import Term
from streams.workdays import STATUTORY, UnknownYear, Workdays


class Pending(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A message that waits: from when its term runs, what it is about, what was said of it last, and which due time
    had been said before a new calendar or pack moved it."""

    start: datetime
    about: About = About()
    said: str = ""  # level/step
    due: datetime | None = None  # as it was said
    moved_from: datetime | None = None
    moved_by: str = ""  # calendar, or pack
    hidden: bool = False  # the last good look did not show it


class Waits(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: how the mailbox tells us, up to when all is told, and who waits, by message."""

    mode: str
    judged: datetime
    complete: datetime | None = None
    open: dict[str, Pending] = {}
    lacks: int = 0  # a year whose notice of holidays some due time needs


class MessageRule(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A term that runs for every message of its categories. What is left at amber and at red counts in working days,
    or in calendar days for a term in months; 0 is no such step."""

    State = Waits
    worst: ClassVar[Grade] = Grade.BREACH
    is_limit: ClassVar[bool] = True  # whether it is the limit by which a message is on time or late

    categories: tuple[str, ...] = ("*",)  # shell globs
    channels: tuple[str, ...] = ("*",)
    excluded: tuple[str, ...] = ()  # channels: 访谈, 征集, 信访, 举报
    workdays: Workdays = STATUTORY

    @property
    def term(self) -> Term:
        """The limit, and how it is counted."""
        raise NotImplementedError

    def steps(self) -> tuple[int, int]:
        """How many days are left at amber and at red."""
        raise NotImplementedError

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every mailbox in operation."""
        running = subject.status in {Status.RUNNING, Status.SUSPENDED}
        return source is not None and source.connector == "mailbox" and subject.kind is not Kind.MONITOR and running

    def concerns(self, about: About) -> bool:
        """Whether the term runs for such a message; what the office sends itself is measured apart."""
        channel = any(fnmatchcase(about.channel, pattern) for pattern in self.channels)
        excluded = any(fnmatchcase(about.channel, pattern) for pattern in self.excluded)
        return (
            channel and not excluded and not about.test and any(fnmatchcase(about.category, p) for p in self.categories)
        )

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nobody waits."""
        assert source is not None
        return Waits(_mode(source), at)

    def is_told(self, state: Any) -> bool:
        """Whether there is nothing to look at."""
        return state.mode in {PUSH, FILE}

    # -- steps ---------------------------------------------------------------------------------------------------

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Facts bring and answer messages; wakes, looks and new calendars judge those that wait."""
        if isinstance(given, Told):
            return self._hear(state, given)
        if isinstance(given, Revised):
            return self._judge(state, given.at, state.open, changed=given.changed.what)
        if isinstance(given, Wake):
            moved = msgspec.structs.replace(state, judged=later(state.judged, given.due))
            return self._judge(moved, given.due, moved.open) if self.is_told(state) else (moved, ())
        if isinstance(given, Seen) and given.look.good and not self.is_told(state):
            at = given.look.witnessed_at
            shown = _as_shown(state.open, given.look.level)
            moved = msgspec.structs.replace(
                state, complete=later(state.complete, at), judged=later(state.judged, at), open=shown
            )
            return self._judge(moved, at, moved.open)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        """The next moment at which somebody's verdict may change."""
        return min((at for one in state.open.values() for at in self._moments(one) if at > state.judged), default=None)

    def _hear(self, state: Any, given: Told) -> tuple[Any, Sequence[Verdict]]:
        kept, verdicts = dict(state.open), []
        for case in given.cases:
            before = kept.pop(case.id, None)
            now = self._pending(case, before)
            if now is not None:
                kept[case.id] = now
            elif before is not None:
                verdicts.append(ok(_why_over(case), case.id))
        mode = _mode(given.source) if given.source is not None else state.mode
        complete = later(state.complete, given.fact.as_of) if given.fact.as_of is not None else state.complete
        heard = msgspec.structs.replace(state, mode=mode, complete=complete, open=kept)
        if not self.is_told(heard):
            return heard, verdicts
        touched = [case.id for case in given.cases] if complete == state.complete else kept
        judged, more = self._judge(heard, given.at, touched)
        return judged, [*verdicts, *more]

    def _pending(self, case: Case, before: Pending | None) -> Pending | None:
        start = self.term.starts(case)
        if start is None or not case.is_waiting or not self.concerns(case.about):
            return None
        if before is None:
            return Pending(start, case.about)
        if before.start != start:  # reopened or accepted: it is no calendar that moves its due time
            return Pending(start, case.about, before.said, hidden=before.hidden)
        return msgspec.structs.replace(before, about=case.about)

    # -- judging -------------------------------------------------------------------------------------------------

    def _judge(
        self, state: Any, at: datetime, names: Collection[str], *, changed: str = ""
    ) -> tuple[Any, list[Verdict]]:
        """The verdicts of these messages at a moment, as far as they are others than before; `changed` is what makes
        them be judged again."""
        kept, verdicts = dict(state.open), []
        for name in sorted(names):  # in an order that what is kept need not keep
            one = kept.get(name)
            verdict = None if one is None else self._verdict(state, name, one, at)
            if one is None or verdict is None:
                continue
            kept[name] = one = _moved(one, self._moments(one)[-1:], changed)
            said = _word(verdict)
            again = changed or one.due is None
            if said != one.said or (again and said and verdict.due != one.due):
                verdicts.append(_recalled(verdict, one))
                kept[name] = msgspec.structs.replace(one, said=said, due=verdict.due)
        lacks = self._lacking(kept)
        if lacks != state.lacks:
            verdicts.append(_lacking(lacks) if lacks else ok("calendar"))
        return msgspec.structs.replace(state, open=kept, judged=later(state.judged, at), lacks=lacks), verdicts

    def _verdict(self, state: Any, name: str, one: Pending, at: datetime) -> Verdict | None:
        """What is so of one message at `at`; None where only a later look can tell."""
        moments = self._moments(one)
        if not moments:
            return ok("calendar", name)
        *steps, due = moments
        if at < due:
            passed = [step for step, moment in zip(("amber", "red")[-len(steps) :], steps, strict=True) if moment <= at]
            if not passed:
                return ok("moved", name)
            return self._says(Grade.DUE_SOON, "msg_due_soon", name, one, due, passed[-1])
        complete = at if state.mode == PUSH else state.complete
        covered = complete is not None and complete >= due
        if covered and not one.hidden:
            return self._late(name, one, due)
        doubtful = state.mode == FILE or (covered and not one.said.startswith(self.worst))
        return self._says(Grade.UNKNOWN, "msg_unless", name, one, due) if doubtful else None

    def _late(self, name: str, one: Pending, due: datetime) -> Verdict:
        return self._says(self.worst, "msg_overdue", name, one, due)

    def _says(self, level: Grade, why: str, name: str, one: Pending, due: datetime, step: str = "") -> Verdict:
        about = one.about
        args = {"message": name, "term": str(self.term), "asked": day_of(one.start).isoformat()}
        told = {"category": about.category, "channel": about.channel, "unit": "、".join(about.units)}
        args |= {key: text for key, text in told.items() if text}
        return Verdict(level=level, item=name, step=step, since=one.start, due=due, why=why, args=args)

    def _moments(self, one: Pending) -> tuple[datetime, ...]:
        """Amber, red and due, ascending; none where the calendar lacks a year."""
        return _moments(self.term, self.steps(), one.start, self.workdays)

    def _lacking(self, kept: dict[str, Pending]) -> int:
        """The first year that some due time needs and the calendar lacks; 0 for none."""
        years = (_lacks(self.term, one.start, self.workdays) for one in kept.values() if not self._moments(one))
        return min(years, default=0)


class WorkdayRule(MessageRule, frozen=True, kw_only=True):
    """A term of `days` working days, and how it is counted: from receipt or acceptance, the first day counted or not,
    to the end of the day or of office hours."""

    days: int
    start: Literal["received", "accepted"] = "received"
    end: Literal["day", "office"] = "day"
    first_day_counts: bool = False

    @property
    def term(self) -> Term:
        """The limit, and how it is counted."""
        return _term(self.days, self.start, self.end, self.first_day_counts)

    def steps(self) -> tuple[int, int]:
        """Half of a limit of more than three days, and the last one."""
        return (self.days // 2 if self.days > 3 else 0), 1


@lru_cache(maxsize=256)
def _term(days: int, start: Literal["received", "accepted"], end: Literal["day", "office"], first: bool) -> Term:
    return Term(days=days, start=start, end=end, first_day_counts=first)


@lru_cache(maxsize=65536)
def _moments(term: Term, steps: tuple[int, int], start: datetime, workdays: Workdays) -> tuple[datetime, ...]:
    try:
        due = term.due(start, workdays)
        return (*(max(term.left(start, days, workdays), start) for days in steps if days), due)
    except UnknownYear:
        return ()


def _lacks(term: Term, start: datetime, workdays: Workdays) -> int:
    try:
        term.due(start, workdays)
    except UnknownYear as error:
        return error.year
    return 0


def _as_shown(pending: dict[str, Pending], level: Level | None) -> dict[str, Pending]:
    """Who waits, each marked by whether a look with this level shows it."""
    waiting = level.waiting if isinstance(level, Shown) else None
    shown = pending.keys() if waiting is None else frozenset(waiting)
    return {
        name: one if one.hidden == (name not in shown) else msgspec.structs.replace(one, hidden=name not in shown)
        for name, one in pending.items()
    }


def _mode(source: Source) -> str:
    return next((mode for mode in (PUSH, FILE) if source.url.startswith(mode)), "read")


def _why_over(case: Case) -> str:
    left = case.left
    return left.deed.value if left is not None else "answered"


def _word(verdict: Verdict) -> str:
    return "" if verdict.level is Grade.OK else f"{verdict.level}/{verdict.step}"


def _moved(one: Pending, due: tuple[datetime, ...], changed: str) -> Pending:
    """A message whose due time is another than was said of it. A wake may be the first that counts by a new calendar:
    what changed is only known when the log says so."""
    if one.due is not None and (one.due,) != due:
        return msgspec.structs.replace(one, moved_from=one.due, moved_by=changed)
    return msgspec.structs.replace(one, moved_by=changed) if changed and not one.moved_by and one.moved_from else one


def _recalled(verdict: Verdict, one: Pending) -> Verdict:
    """The verdict, which says from when the due time moved, and what moved it."""
    if verdict.level is Grade.OK or one.moved_from in {None, verdict.due}:
        return verdict
    assert one.moved_from is not None
    told = {"moved_from": one.moved_from.isoformat(), "moved_by": one.moved_by}
    return msgspec.structs.replace(verdict, args=verdict.args | told)


def _lacking(year: int) -> Verdict:
    return Verdict(level=Grade.UNKNOWN, why="no_calendar", args={"year": str(year)})
