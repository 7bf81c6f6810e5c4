"""The item index as one transaction sees it: what is known of its looks' items, asked once, and what it adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from streams.looks import Item, Look
from streams.ports.store.opening import Transaction
from streams.rowcodec import item_key

Place = tuple[str, str, str]  # subject, source, the item's key in the index


class ItemIndex:
    """Which items the subjects have shown before."""

    def __init__(self, tx: Transaction) -> None:
        """Nothing is known until it is asked."""
        self._tx = tx
        self._known: set[Place] = set()
        self._added: list[tuple[Place, Item, datetime]] = []

    def learn(self, looks: Iterable[tuple[str, Look]]) -> None:
        """Ask the store for every item of these (subject, look)."""
        places = {place for subject, look in looks for place, _ in _places(subject, look)}
        if places:
            self._known |= self._tx.known_items(places)

    def known(self, subject: str, look: Look) -> Collection[str]:
        """The keys of the look's items that were shown before."""
        return {item.key for place, item in _places(subject, look) if place in self._known}

    def add(self, subject: str, look: Look, items: Sequence[Item], seen: datetime) -> None:
        """Items that this look is the first to show, at log time `seen`."""
        fresh = [((subject, look.source, item_key(item.key)), item, seen) for item in items]
        self._known.update(place for place, _, _ in fresh)
        self._added += fresh

    def save(self) -> None:
        """Write what was added."""
        self._tx.add_items(self._added)


def _places(subject: str, look: Look) -> Iterator[tuple[Place, Item]]:
    for item in look.items or ():
        yield (subject, look.source, item_key(item.key)), item
