"""The item index as one transaction sees it: what is known of its looks' items, asked once, and what it adds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from streams.looks import Item, Look
from streams.ports.store.opening import Transaction
from streams.records import Record
from streams.rowcodec import item_key

Place = tuple[str, str, str]  # subject, source, the item's key in the index


class ItemIndex:
    """Which items the subjects have shown before."""

    def __init__(self, tx: Transaction) -> None:
        """Nothing is known until it is asked."""
        self._tx = tx
        self._known: set[Place] = set()
        self._added: list[tuple[Place, Item, datetime]] = []

    def learn(self, records: Iterable[Record]) -> None:
        """Ask the store for every item of these records' looks."""
        places = {place for record in records for place, _ in _places(record)}
        if places:
            self._known |= self._tx.known_items(places)

    def known(self, record: Record) -> Collection[str]:
        """The keys of the look's items that were shown before."""
        return {item.key for place, item in _places(record) if place in self._known}

    def add(self, record: Record, items: Sequence[Item]) -> None:
        """Items that this look is the first to show."""
        if items and isinstance(record.body, Look):
            fresh = [((record.subject, record.body.source, item_key(item.key)), item, record.time) for item in items]
            self._known.update(place for place, _, _ in fresh)
            self._added += fresh

    def save(self) -> None:
        """Write what was added."""
        self._tx.add_items(self._added)


def _places(record: Record) -> Iterator[tuple[Place, Item]]:
    look = record.body
    if isinstance(look, Look):
        for item in look.items or ():
            yield (record.subject, look.source, item_key(item.key)), item
