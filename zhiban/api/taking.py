"""What was pushed goes into the log: what is new of it, in one transaction, or nothing of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from agents._pack import Messages
from alerts.view import iso
from connectors._replies import Phrases, fingerprint
from streams.days import day_of
from streams.messages import Case, Deed, MessageEvent
from streams.partitions import partition_of
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.marks import Refused, refuse_left, where_the_log_is
from streams.ports.store.opening import Transaction, is_away
from streams.records import Fact, FactKind, Position
from streams.subjects import PUSH, Source
from zhiban.api.problems import Problem
from zhiban.api.pushed import Manner, Message, Told, told_of
from zhiban.api.rows import ABOUT, Kept, Taken
from zhiban.messages.prints import print_key
from zhiban.telling import tell_within

CHUNK = 200  # events of one fact
FRESH = 10.0  # seconds for which it is known which mailboxes there are
_TRUTHS = frozenset({Deed.TRUE, Deed.UNTRUE})


class Intake:
    """Takes messages into one store's log."""

    def __init__(self, store: Store, clock: Clock, ours: Messages) -> None:
        """`ours` is what the pack says about messages."""
        self._store, self._clock, self._ours = store, clock, ours
        self._phrases = Phrases(ours.receipts, ours.courtesies)
        self._boxes: tuple[float, list[Source]] = (-FRESH, [])

    def take(self, messages: Sequence[Message]) -> Taken:
        """Append what is new of them, once it is certain that all may be taken; raises Problem."""
        try:
            with self._store.write() as tx:
                refuse_left(tx)
                return self._take(tx, messages)
        except Refused as error:
            raise Problem("moved", 503, found=error.key) from None
        except Exception as error:
            if is_away(error):
                raise Problem("away", 503, headers={"Retry-After": "5"}) from error
            raise

    def _take(self, tx: Transaction, messages: Sequence[Message]) -> Taken:
        now = self._clock.now()
        manner = self._manner(tx)
        told = [told_of(index, message, manner, now) for index, message in enumerate(messages)]
        taking = Taking()
        at = now
        for source, own in self._by_mailbox(tx, told).items():
            fresh = taking.fresh(own, _known(tx, source, own))
            facts = [Fact(kind=FactKind.MESSAGES, mailbox=source.id, events=some) for some in _chunks(fresh)]
            at = tell_within(tx, facts, now, source.subject) if facts else at
        return taking.said(at, len(messages))

    def _by_mailbox(self, tx: Transaction, told: Sequence[Told]) -> dict[Source, list[Told]]:
        """What is told of each mailbox, in the order of their partitions: nobody waits for another in a circle."""
        try:
            found = _sorted_out(self._mailboxes(tx, FRESH), told)
        except Problem:
            found = _sorted_out(self._mailboxes(tx, 0), told)  # it may have been registered a moment ago
        count = tx.partition_count()
        return dict(sorted(found.items(), key=lambda pair: (partition_of(pair[0].subject, count), pair[0].id)))

    def _mailboxes(self, tx: Transaction, fresh: float) -> list[Source]:
        if time.monotonic() - self._boxes[0] >= fresh:
            self._boxes = time.monotonic(), tx.judged_mailboxes()
        return self._boxes[1]

    def _manner(self, tx: Transaction) -> Manner:
        key = print_key(tx)
        return Manner(self._phrases.answers, lambda text: fingerprint(text, key), self._ours.uncategorised)


def _sorted_out(boxes: Sequence[Source], told: Sequence[Told]) -> dict[Source, list[Told]]:
    found: dict[Source, list[Told]] = {}
    for one in told:
        found.setdefault(_mailbox(boxes, one), []).append(one)
    return found


def _mailbox(boxes: Sequence[Source], told: Told) -> Source:
    name = told.message.mailbox
    place: dict[str, Any] = {"index": told.index, "field": "mailbox", "found": name or "—"}
    named = [source for source in boxes if not name or name in {source.id, source.subject}]
    mine = [source for source in named if source.url.startswith(PUSH)]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise Problem("which_mailbox", 422, **place, expected=", ".join(source.id for source in mine[:5]))
    row = f"{name or 'ID'},mailbox,{PUSH}"
    raise Problem("not_pushed" if named else "no_mailbox", 409 if named else 404, **place, expected=row)


def _known(tx: Transaction, source: Source, told: Sequence[Told]) -> dict[str, Case]:
    """The cases of these messages: what is folded, and what stands in the log and is not folded yet."""
    partition = partition_of(source.subject, tx.partition_count())
    # Locked until the end: who pushes the same meanwhile waits here, and finds it known. What is beyond this place is
    # read before what is folded, so that nothing slips through between the two.
    progress = tx.lock_progress([partition])[partition]
    by_told = where_the_log_is(tx) == "kafka"
    place = Position(tx.epoch(), progress.told) if by_told else progress.position
    waiting = tx.messages_beyond(partition, place, source.id)
    names = {one.message.id for one in told}
    found = tx.stories({(source.subject, source.id, name) for name in names})
    cases = {place[2]: case for place, case in found.items()}
    for event in waiting:
        if event.message in names:
            cases[event.message] = cases.get(event.message, Case(event.message)).told([event])
    return cases


class Taking:
    """The balance of one request."""

    def __init__(self) -> None:
        """Nothing was taken yet."""
        self._new = self._known = 0
        self._unasked: dict[str, None] = {}
        self._kept: list[Kept] = []

    def fresh(self, told: Sequence[Told], cases: dict[str, Case]) -> list[MessageEvent]:
        """The events that are not known; raises Problem where one contradicts what is known, or another."""
        found = []
        for one in told:
            name = one.message.id
            case = cases.get(name, Case(name))
            self._compare(one, case)
            for field, event in zip(one.fields, one.events, strict=True):
                if _is_known(case, event):
                    self._known += 1
                    continue
                _refuse_contradiction(one.index, field, case, event)
                case = case.told([event])
                found.append(event)
            cases[name] = case
            if case.received_at is None:
                self._unasked[name] = None
        self._new += len(found)
        return found

    def said(self, at: datetime, messages: int) -> Taken:
        """What is answered."""
        return Taken(
            at=at.isoformat(),
            messages=messages,
            new=self._new,
            known=self._known,
            without_question=list(self._unasked),
            kept=self._kept,
        )

    def _compare(self, told: Told, case: Case) -> None:
        """Say where a message is told to be about something else than at first: the first is kept."""
        about = next((event.about for event in told.events if event.about is not None), None)
        if about is None or case.received_at is None:
            return
        for field in ABOUT:
            ours = "units" if field == "unit" else field
            if getattr(about, ours) != getattr(case.about, ours):
                self._kept.append(Kept(index=told.index, field=field))


def _is_known(case: Case, event: MessageEvent) -> bool:
    if event.deed in _TRUTHS and case.is_true is (event.deed is Deed.TRUE):
        return True
    return any(one.key == event.key for one in case.events)


def _refuse_contradiction(index: int, field: str, case: Case, event: MessageEvent) -> None:
    place: dict[str, Any] = {"index": index, "field": field, "found": iso(event.at)}
    asked = case.received_at
    if event.deed is Deed.RECEIVED:
        if asked is not None:
            raise Problem("asked_twice", 409, **place, expected=iso(asked))
        if case.events and _is_before(case.events[0], event):
            raise Problem("before_question", 409, **place, expected=f"<= {iso(case.events[0].at)}")
    elif asked is not None and event.at < asked and not (event.day_only and day_of(event.at) == day_of(asked)):
        raise Problem("before_question", 409, **place, expected=f">= {iso(asked)}")


def _is_before(one: MessageEvent, question: MessageEvent) -> bool:
    return one.at < question.at and not (one.day_only and day_of(one.at) == day_of(question.at))


def _chunks(events: Sequence[MessageEvent]) -> Iterator[tuple[MessageEvent, ...]]:
    for begin in range(0, len(events), CHUNK):
        yield tuple(events[begin : begin + CHUNK])
