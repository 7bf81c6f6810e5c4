"""The messages' stories as one transaction sees them: what is known of its facts' messages, and what it adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from streams.casework import NO_STORIES, Stories
from streams.messages import Case, MessageEvent
from streams.ports.store.opening import Transaction
from streams.ports.store.stories import Place
from streams.records import Fact
from streams.subjects import Source


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
        """The cases of the fact's messages before it; of a mailbox that it adds, all of them."""
        if fact.source is not None:
            return self._of_mailbox(subject, fact.source)
        places = {event.message: (subject, fact.mailbox, event.message) for event in fact.events}
        return {name: self._known[place] for name, place in places.items() if place in self._known}

    def _of_mailbox(self, subject: str, source: Source) -> Stories:
        if source.connector != "mailbox":
            return NO_STORIES
        told = {case.id: case for case in self._tx.cases_of(subject, source.id)}
        mine = {place[2]: case for place, case in self._known.items() if place[:2] == (subject, source.id)}
        return told | mine

    def add(self, subject: str, mailbox: str, events: Sequence[MessageEvent], seen: datetime) -> None:
        """Events that are new, at log time `seen`."""
        for event in events:
            place = (subject, mailbox, event.message)
            self._known[place] = self._known.get(place, Case(event.message)).told([event])
            self._added.append((subject, mailbox, event, seen))

    def save(self) -> None:
        """Write what was added."""
        self._tx.add_events(self._added)
