"""One statement for many rows, given as tuples: what every batch writes should not build a dictionary for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update

Arranged = Callable[[tuple[Any, ...]], Any]


class Batch:
    """A statement, compiled once for each database; its rows are tuples in the order of `names` (two or more)."""

    def __init__(self, statement: Insert | Update | Delete, *names: str) -> None:
        """`names` are the statement's columns or bound parameters."""
        self._statement = statement
        self._names = names
        self._compiled: dict[str, tuple[str, Arranged | None]] = {}

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for all rows, and return how many rows of the table were met."""
        if not rows:
            return 0
        dialect = connection.dialect.name
        if dialect not in self._compiled:
            self._compiled[dialect] = self._compile(connection)
        text, arranged = self._compiled[dialect]
        return connection.exec_driver_sql(text, list(map(arranged, rows)) if arranged else list(rows)).rowcount

    def _compile(self, connection: Connection) -> tuple[str, Arranged | None]:
        """The text, and what makes of a row what the driver wants; None where it wants the row as it is."""
        compiled: Any = self._statement.compile(dialect=connection.dialect, column_keys=list(self._names))
        if not compiled.positional:
            return compiled.string, lambda row: dict(zip(self._names, row, strict=True))
        order = tuple(self._names.index(name) for name in compiled.positiontup)
        return compiled.string, None if order == tuple(range(len(order))) else itemgetter(*order)
