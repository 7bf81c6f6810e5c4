"""Facts about messages: what is new in them becomes part of each message's case, and the mailbox's rules are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from streams.folding import Fold
from streams.messages import Case, MessageEvent
from streams.records import Fact, FactKind
from streams.rules import Told

Stories = Mapping[str, Case]  # by message, as far as they were told before
NO_STORIES: Stories = {}


def hear_of(fold: Fold, fact: Fact, stories: Stories) -> tuple[MessageEvent, ...]:
    """Tell the mailbox's parts of the cases that became others; the events that are new. A mailbox that is not read
    (any more) has none: what is told of it is kept in the log alone."""
    bundle = fold.bundles.get(fact.mailbox)
    if bundle is None or fold.subject is None:
        return ()
    cases, fresh = _grown(fact, stories)
    own = fold.own(fact.mailbox)
    own.waiting = _waiting(own.waiting, cases.values())
    own.as_of = _later(own.as_of, fact.as_of)
    fold.alibi = None
    told = Told(fact, fold.now, fold.subject, bundle.source, tuple(case for _, case in sorted(cases.items())))
    for part in tuple(own.parts):
        fold.step(fact.mailbox, part.stage, part.rule, told)
    return fresh


def waiting_of(stories: Stories) -> tuple[Case, ...]:
    """Who still waits, of a mailbox that is read (again): what was told of it before it was taken away holds."""
    return _waiting((), stories.values())


def waiting_again(fold: Fold, source: str) -> Told | None:
    """What a part that may be new must hear of a mailbox: who waits, and up to when all is told; None of other sources.

    To a part that knows, it says nothing new."""
    bundle = fold.bundles[source]
    if fold.subject is None or (not bundle.waiting and bundle.as_of is None):
        return None
    fact = Fact(kind=FactKind.MESSAGES, mailbox=source, as_of=bundle.as_of)
    return Told(fact, fold.now, fold.subject, bundle.source, bundle.waiting)


def _grown(fact: Fact, stories: Stories) -> tuple[dict[str, Case], tuple[MessageEvent, ...]]:
    cases: dict[str, Case] = {}
    fresh: list[MessageEvent] = []
    for event in fact.events:
        before = cases.get(event.message) or stories.get(event.message) or Case(event.message)
        after = before.told([event])
        if len(after.events) > len(before.events):
            cases[event.message] = after
            fresh.append(event)
    return cases, tuple(fresh)


def _waiting(before: tuple[Case, ...], changed: Collection[Case]) -> tuple[Case, ...]:
    now = {case.id: case for case in before} | {case.id: case for case in changed}
    return tuple(case for _, case in sorted(now.items()) if case.is_waiting)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
