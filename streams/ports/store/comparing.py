"""Two stores side by side, row by row in the order of their keys: counts, hashes, and the first difference.

Hashes are of the values, not of either database's own text for them: integers, text, bytes and NULL in the columns'
order, as MessagePack. Where a subject's partition is another in the target, it is computed, not compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing
from itertools import zip_longest
from typing import Any

import msgspec
from sqlalchemy import String, Table, select

from streams.partitions import partition_of
from streams.ports.store.copying import COPIED, LARGE, SUBJECT_OF, Progress, name_of, rows_of_the_city
from streams.ports.store.marks import Refused
from streams.ports.store.opening import Store, Transaction

FETCH = 500
_encode = msgspec.msgpack.Encoder().encode


class Compared(msgspec.Struct, frozen=True):
    """A table that is the same on both sides: how many rows each has, and the hash of each."""

    table: str
    rows: int
    source: str
    target: str


class Differs(Refused):
    """The copy is not what was copied; names the table and the first key at which they part."""


def compare(source: Store, target: Store, partitions: int, said: Progress) -> list[Compared]:
    """Every table, compared; raises Differs at the first row that is not the same."""
    with source.read() as one, target.read() as other:
        return [_table(table, one, other, partitions, said) for table in COPIED]


def _table(table: Table, source: Transaction, target: Transaction, partitions: int, said: Progress) -> Compared:
    hashes = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16)
    count = 0
    with closing(_rows(table, source)) as left, closing(_rows(table, target)) as right:
        for one, other in zip_longest(left, right):
            _refuse_difference(table, one, other, partitions)
            for each, row in zip(hashes, (one, other), strict=True):
                each.update(_encode(_values(table, row)))
            count += 1
            if count % FETCH == 0:
                said(name_of(table), count)
    said(name_of(table), count)
    return Compared(name_of(table), count, *(each.hexdigest() for each in hashes))


def _rows(table: Table, tx: Transaction) -> Generator[Any, None, None]:
    postgres = tx.connection.dialect.name == "postgresql"
    # By code point on both sides: a database's own collation would order Chinese names in its own way.
    keys = [key.collate("C") if postgres and isinstance(key.type, String) else key for key in table.primary_key.columns]
    query = select(table).where(*rows_of_the_city(table)).order_by(*keys)
    size = LARGE.get(name_of(table), FETCH)
    with tx.connection.execute(query.execution_options(stream_results=True, max_row_buffer=size)) as result:
        yield from result


def _values(table: Table, row: Any) -> list[Any]:
    """The values that must be the same on both sides."""
    return [value for name, value in zip(table.c.keys(), row, strict=True) if not _computed(table, name)]


def _computed(table: Table, column: str) -> bool:
    return column == "partition" and name_of(table) in SUBJECT_OF


def _refuse_difference(table: Table, one: Any, other: Any, partitions: int) -> None:
    keys = [key.name for key in table.primary_key.columns]
    places = [None if row is None else tuple(getattr(row, key) for key in keys) for row in (one, other)]
    if places[0] != places[1]:
        first = min(place for place in places if place is not None)
        raise Differs("missing_in" if first == places[0] else "extra_in", table=name_of(table), row=_text(keys, first))
    for name, mine, theirs in zip(table.c.keys(), one, other, strict=True):
        ought = partition_of(getattr(one, SUBJECT_OF[name_of(table)]), partitions) if _computed(table, name) else mine
        if theirs != ought:
            # The values stay here: they may be what a letter or a page said.
            raise Differs("differs", table=name_of(table), column=name, row=_text(keys, places[0]))


def _text(keys: list[str], place: tuple[Any, ...] | None) -> str:
    return ", ".join(f"{key}={str(value)[:80]}" for key, value in zip(keys, place or (), strict=True))
