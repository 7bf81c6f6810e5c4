"""What an export tells that is not known yet, and what it no longer tells. Events are a set: nothing is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from streams.messages import Case, Deed, MessageEvent
from streams.records import Fact, FactKind
from zhiban.messages.reading import Reading, seen_at
from zhiban.messages.rows import Told
from zhiban.registry.remarks import Notice, Refusal

CHUNK = 200  # events of one fact


class Changed(msgspec.Struct, frozen=True):
    """Something of a known message that is told otherwise now, or more of it; `field` is ours."""

    id: str
    field: str
    old: str
    new: str


class Difference(msgspec.Struct):
    """`events` are those that are not known, message by message. `judged` says whether anything may be called gone."""

    events: list[MessageEvent] = []
    new: list[str] = []
    answered: list[str] = []
    changed: list[Changed] = []
    gone: list[str] = []
    unchanged: int = 0
    judged: bool = True
    refusals: list[Refusal] = []
    notices: list[Notice] = []


def difference(known: Mapping[str, Case], reading: Reading) -> Difference:
    """Hold the export against what is known of its mailbox; known messages that it does not have are said, and kept."""
    found = Difference(judged=reading.whole)
    for told in reading.told.values():
        _compare(found, known.get(told.id), told)
    if found.judged:
        found.gone = sorted(known.keys() - reading.told.keys() - reading.held)
    found.events = _in_order(found.events)
    return found


def _in_order(events: Iterable[MessageEvent]) -> list[MessageEvent]:
    """By time, but what is told of one message stays together, at its first event: no fact tells of a question whose
    answer only the next one tells."""
    stories: dict[str, list[MessageEvent]] = {}
    for event in sorted(events, key=lambda event: (event.at, event.deed.value, event.message)):
        stories.setdefault(event.message, []).append(event)
    return [event for story in stories.values() for event in story]


def facts_of(mailbox: str, events: Sequence[MessageEvent], as_of: datetime | None) -> Iterator[Fact]:
    """The facts that tell these events; the last one says up to when that is all, if it is."""
    chunks = list(_chunks(events)) or [()]
    for chunk in chunks[:-1]:
        yield Fact(kind=FactKind.MESSAGES, mailbox=mailbox, events=chunk)
    if chunks[-1] or as_of is not None:
        yield Fact(kind=FactKind.MESSAGES, mailbox=mailbox, events=chunks[-1], as_of=as_of)


def _chunks(events: Sequence[MessageEvent]) -> Iterator[tuple[MessageEvent, ...]]:
    """About CHUNK events each, cut between two messages only."""
    start = 0
    for at in range(1, len(events) + 1):
        ends = at == len(events) or events[at].message != events[at - 1].message
        if ends and (at - start >= CHUNK or at == len(events)):
            yield tuple(events[start:at])
            start = at


def _compare(found: Difference, case: Case | None, told: Told) -> None:
    if case is None or case.received_at is None:
        found.new.append(told.id)
        found.events += told.events
        return
    if _is_another(case, told):
        args = {"asked": seen_at(case.received_at)}
        found.refusals.append(Refusal(**_place(told, "id", told.id), why="id_known_other", args=args))
        return
    fresh = list(_fresh(case, told))
    _say_times(found, case, told, fresh)
    changes = [*_about(case, told), *_deeds(told.id, fresh)]
    if any(change.field in _ABOUT for change in changes):
        found.notices.append(Notice(**_place(told, "category", told.id), why="about_changed"))
    if case.answered_at is None and case.told(fresh).answered_at is not None:
        found.answered.append(told.id)
        changes = [change for change in changes if change.field != Deed.ANSWERED]
    elif not changes:
        found.unchanged += 1
    found.changed += changes
    found.events += fresh


def _is_another(case: Case, told: Told) -> bool:
    """Whether another message has this id: another text, where both are known."""
    return bool(case.about.print and told.about.print and case.about.print != told.about.print)


def _fresh(case: Case, told: Told) -> Iterator[MessageEvent]:
    """The events that are not known; a time that is only assumed says nothing of a deed that is."""
    keys, deeds = {event.key for event in case.events}, {event.deed for event in case.events}
    for event in told.events:
        if event.key not in keys and not (event.deed in told.assumed and event.deed in deeds):
            yield event


def _say_times(found: Difference, case: Case, told: Told, fresh: Sequence[MessageEvent]) -> None:
    """Say of a time that is told otherwise how it is counted: the set keeps both."""
    stays = {event.key for event in told.events}
    for event in fresh:
        why = _CORRECTED.get(event.deed)
        before = [one.at for one in case.events if one.deed is event.deed and one.key not in stays]
        if why is not None and before:
            args = {"old": seen_at(before[0]), "new": seen_at(event.at)}
            field = "asked_at" if event.deed is Deed.RECEIVED else "answered_at"
            found.notices.append(Notice(**_place(told, field, told.id), why=why, args=args))


_CORRECTED = {
    Deed.RECEIVED: "asked_corrected",
    Deed.ANSWERED: "answer_corrected",
    Deed.RECEIPT: "answer_corrected",
}
_ABOUT = ("channel", "category", "units", "simple", "test")


def _about(case: Case, told: Told) -> Iterator[Changed]:
    for field in _ABOUT:
        old, new = getattr(case.about, field), getattr(told.about, field)
        if old != new:
            yield Changed(told.id, field, _plain(old), _plain(new))


def _deeds(name: str, fresh: Sequence[MessageEvent]) -> Iterator[Changed]:
    for event in fresh:
        yield Changed(name, event.deed.value, "", seen_at(event.at))


def _plain(value: object) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _place(told: Told, field: str, found: str) -> dict[str, Any]:
    file, sheet, row = told.place
    return {"file": file, "sheet": sheet, "row": row, "field": field, "found": found}
