"""What looks at mailboxes tell: facts that go into the log ahead of the looks, less what was told before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streams.messages import Case, MessageEvent
from streams.ports.store.opening import Transaction
from streams.ports.store.stories import Place
from streams.records import Fact, FactKind
from streams.subjects import Source

CHUNK = 200  # events in one fact


def facts_of(tx: Transaction, told: Sequence[tuple[Source, Sequence[MessageEvent]]]) -> list[list[Fact]]:
    """For each (source, events) the facts that say what the store does not know yet."""
    places = {(one.subject, one.id, event.message) for one, events in told for event in events}
    known = tx.stories(places) if places else {}
    return [_facts(source, events, known) for source, events in told]


def _facts(source: Source, events: Iterable[MessageEvent], known: dict[Place, Case]) -> list[Fact]:
    fresh: dict[tuple[object, ...], MessageEvent] = {}
    for event in events:
        case = known.get((source.subject, source.id, event.message))
        if case is None or all(event.key != other.key for other in case.events):
            fresh.setdefault(event.key, event)
    new = tuple(fresh.values())
    parts = [new[at : at + CHUNK] for at in range(0, len(new), CHUNK)]
    return [Fact(kind=FactKind.MESSAGES, mailbox=source.id, events=part) for part in parts]
