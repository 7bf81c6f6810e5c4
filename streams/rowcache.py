"""A worker's cache of whole rows: what it wrote last is what it would read. A conflict or a failure empties it."""

from __future__ import annotations

from collections import OrderedDict

from streams.rows import Row


class RowCache:
    """The rows of the subjects that moved last, bounded by their bundles. Only whole rows are kept."""

    def __init__(self, bundles: int = 20_000) -> None:
        """Keep rows with `bundles` bundles in all, at most."""
        self._bound = bundles
        self._held = 0
        self._rows: OrderedDict[str, Row] = OrderedDict()

    def get(self, subject: str) -> Row | None:
        """The whole row of a subject, if it is here."""
        row = self._rows.get(subject)
        if row is not None:
            self._rows.move_to_end(subject)
        return row

    def put(self, row: Row) -> None:
        """Keep a whole row as it was committed."""
        self.drop(row.id)
        self._rows[row.id] = row
        self._held += len(row.bundles)
        while self._held > self._bound and self._rows:
            _, oldest = self._rows.popitem(last=False)
            self._held -= len(oldest.bundles)

    def drop(self, subject: str) -> None:
        """Forget one subject."""
        row = self._rows.pop(subject, None)
        if row is not None:
            self._held -= len(row.bundles)

    def clear(self) -> None:
        """Forget everything."""
        self._rows.clear()
        self._held = 0
