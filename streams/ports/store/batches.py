"""One statement for many rows, given as tuples: what every batch writes should not build a dictionary for each row.

SQLite takes the statement once for each row, in its own process and so for little. PostgreSQL takes it once for them
all: the columns go there as arrays, which it unnests; a statement for each row costs driver and server tens of
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Insert, String, Text, Update, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

Into = TypeVar("Into", bound=Insert)
_CHUNK = 400  # under every database's limit of bound values
Arranged = Callable[[Sequence[tuple[Any, ...]]], Any]


class Given:
    """The values of a batch's rows as its statement sees them: bound one by one, or columns of arrays."""

    def __init__(self, columns: Mapping[str, Column[Any]], *, whole: bool) -> None:
        """`columns` are those of the table that the values belong to; `whole` says that all rows are bound at once."""
        self._names = list(columns)
        self._whole = whole
        bound = [bindparam(name, type_=_array_of(column) if whole else column.type) for name, column in columns.items()]
        unnested = func.unnest(*bound).table_valued(*columns).render_derived(name="given")
        self._values = dict(unnested.c) if whole else dict(zip(columns, bound, strict=True))

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        """The value of that name."""
        return self._values[name]

    def into(self, statement: Into) -> Into:
        """The statement with these values as its rows."""
        if self._whole:
            return statement.from_select(self._names, select(*self._values.values()))
        return statement.values(self._values)


class Batch:
    """A statement, made and compiled once for each database; its rows are tuples in the order of `columns`.

    No two rows of one batch may speak of one row of the table: PostgreSQL would take either, or refuse them.
    """

    def __init__(self, make: Callable[[Given], Insert | Update], columns: Mapping[str, Column[Any]]) -> None:
        """`make` says the statement; `columns` name its values, and say whose type each has (two or more)."""
        self._make = make
        self._columns = columns
        self._compiled: dict[str, tuple[str, Arranged]] = {}

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Execute for all rows, and return how many rows of the table were met."""
        if not rows:
            return 0
        dialect = connection.dialect.name
        if dialect not in self._compiled:
            self._compiled[dialect] = self._whole(connection) if dialect == "postgresql" else self._single(connection)
        text, arranged = self._compiled[dialect]
        return connection.exec_driver_sql(text, arranged(rows)).rowcount

    def _single(self, connection: Connection) -> tuple[str, Arranged]:
        """The text, and what makes of rows what the driver wants: each in the order of the text."""
        statement = self._make(Given(self._columns, whole=False))
        compiled: Any = statement.compile(dialect=connection.dialect)
        names = list(self._columns)
        pick = itemgetter(*map(names.index, compiled.positiontup))
        return compiled.string, list if compiled.positiontup == names else lambda rows: list(map(pick, rows))

    def _whole(self, connection: Connection) -> tuple[str, Arranged]:
        """The text, and what makes of rows what the driver wants: an array for each column, in binary."""
        statement = self._make(Given(self._columns, whole=True))
        text = str(statement.compile(dialect=connection.dialect))
        for name in self._columns:
            text = text.replace(f"%({name})s", f"%({name})b")
        return text, lambda rows: dict(zip(self._columns, map(list, zip(*rows, strict=True)), strict=True))


def columns(*of: Column[Any], **named: Column[Any]) -> Mapping[str, Column[Any]]:
    """The values of a batch: those called like their columns, then those that need a name of their own."""
    return {**{column.name: column for column in of}, **named}


def _array_of(column: Column[Any]) -> ARRAY[Any]:
    # Text, whatever its length: a cast to varchar(200) would cut in silence what the column refuses loudly.
    return ARRAY(Text() if isinstance(column.type, String) else column.type)


def among(
    connection: Connection, of: Sequence[Column[Any]], values: Sequence[tuple[Any, ...]]
) -> Iterator[ColumnElement[bool]]:
    """Conditions that together meet the rows whose columns `of` have one of these values (texts): one condition on
    PostgreSQL, with an array for each column; one for each chunk elsewhere."""
    if connection.dialect.name != "postgresql":
        for start in range(0, len(values), _CHUNK):
            yield tuple_(*of).in_(values[start : start + _CHUNK])
    elif values:
        arrays = [bindparam(None, list(one), type_=ARRAY(Text())) for one in zip(*values, strict=True)]
        names = [column.name for column in of]
        given = func.unnest(*arrays).table_valued(*names).render_derived(name="given")
        yield tuple_(*of).in_(select(*given.c))


def hold(connection: Connection, key: Column[str], values: Collection[str]) -> None:
    """Lock the rows with these values of `key`, all that the transaction is about to change, in one order.

    A statement for many rows locks them in the order of its plan; of two that wait for each other in a ring PostgreSQL
    ends one. On SQLite a writer is alone.
    """
    if connection.dialect.name == "postgresql" and values:
        given = bindparam(None, list(values), type_=ARRAY(Text()))
        connection.execute(select(key).where(key == func.any(given)).order_by(key).with_for_update())
