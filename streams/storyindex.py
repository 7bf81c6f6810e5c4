"""The messages' stories as one transaction sees them: what is known of its facts' messages, and what it adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from streams.casework import Stories
from streams.messages import Case, MessageEvent
from streams.ports.store.opening import Transaction
from streams.ports.store.stories import Place
from streams.records import Fact


class StoryIndex:
    """The cases of the messages that the subjects' facts are about."""

    def __init__(self, tx: Transaction) -> None:
        """Nothing is known until it is asked."""
        self._tx = tx
        self._known: dict[Place, Case] = {}
        self._added: list[tuple[str, str, MessageEvent, datetime]] = []

    def learn(self, facts: Iterable[tuple[str, Fact]]) -> None:
        """Ask the store for every message of these (subject, fact)."""
        places = {(name, fact.mailbox, event.message) for name, fact in facts for event in fact.events}
        if places:
            self._known |= self._tx.stories(places - self._known.keys())

    def known(self, subject: str, fact: Fact) -> Stories:
        """The cases of the fact's messages before it."""
        places = {event.message: (subject, fact.mailbox, event.message) for event in fact.events}
        return {name: self._known[place] for name, place in places.items() if place in self._known}

    def add(self, subject: str, mailbox: str, events: Sequence[MessageEvent], seen: datetime) -> None:
        """Events that are new, at log time `seen`."""
        for event in events:
            place = (subject, mailbox, event.message)
            self._known[place] = self._known.get(place, Case(event.message)).told([event])
            self._added.append((subject, mailbox, event, seen))

    def save(self) -> None:
        """Write what was added."""
        self._tx.add_events(self._added)
