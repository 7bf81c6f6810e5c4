"""A city's tables from one store into another: in chunks, in the order of their keys, a transaction each.

The target says with every chunk how far it came: after a kill at any moment the copy goes on where it was. Nobody may
use the target before the end (`marks`), and the source is marked from the beginning: never can both be moved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, String, Table, func, insert, literal, select, text, tuple_

from streams.partitions import partition_of
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
from streams.ports.store.cut import begin_epoch, end_of
from streams.ports.store.hosts import recount_all
from streams.ports.store.marks import (
    CAME,
    FILLING,
    LEAVING,
    OURS,
    Mark,
    Refused,
    Where,
    put_mark,
    read_mark,
    take_mark,
)
from streams.ports.store.opening import Store, Transaction

# Partitions are made anew by the cut; leases belong to processes, and have all ended. A table that is added moves too.
COPIED = tuple(table for table in t.metadata.sorted_tables if table not in (t.partitions, t.leases))
SUBJECT_OF = {t.subjects.name: "id", t.bundles.name: "subject"}  # what their partition is computed from
CHUNK = 1000
LARGE = {t.quarantine.name: 20, t.weeks.name: 1}  # rows at once, where one may hold megabytes
Progress = Callable[[str, int], None]


def begin_copy(source: Store, target: Store, names: tuple[str, str], partitions: int, now: datetime) -> Mark:
    """Mark both sides, or take up the copy that was begun; raises Refused where the target is not empty, or either side
    belongs to another copy. `names` are what to call source and target; the mark is the target's."""
    leaving, fresh = _leave(source, Mark(id=uuid.uuid4().hex, there=names[1], since=now))
    try:
        return _come(target, leaving, names[0], partitions)
    except Refused:
        if fresh:
            stay(source)
        raise


def forget(source: Store, target: Store) -> None:
    """Take back the marks of a copy that has copied nothing yet."""
    stay(source)
    with target.write() as tx:
        take_mark(tx.connection, FILLING)


def stay(store: Store) -> None:
    """Take back that the city of this store is leaving, or has left."""
    with store.write() as tx:
        take_mark(tx.connection, LEAVING)


def _leave(source: Store, mark: Mark) -> tuple[Mark, bool]:
    """The mark of the source, and whether it was made just now."""
    with source.write() as tx:
        there = read_mark(tx.connection, LEAVING)
        if there is None:
            put_mark(tx.connection, LEAVING, mark)
            return mark, True
    if there.there != mark.there:
        raise Refused("moved" if there.done else "leaving", there=there.there, since=there.since)
    return there, False


def _come(target: Store, leaving: Mark, name: str, partitions: int) -> Mark:
    with target.write() as tx:
        if read_mark(tx.connection, LEAVING) == leaving:
            raise Refused("same")
        came = read_mark(tx.connection, CAME)
        if came is not None and came.id == leaving.id:
            return came
        if leaving.done:
            raise Refused("moved", there=leaving.there, since=leaving.since)
        filling = read_mark(tx.connection, FILLING)
        if filling is None:
            refuse_full(tx, leaving.there)
            filling = Mark(id=leaving.id, there=name, since=leaving.since, partitions=partitions)
            put_mark(tx.connection, FILLING, filling)
    if filling.id != leaving.id:
        raise Refused("filling_other", there=filling.there)
    if filling.partitions != partitions:
        raise Refused("other_count", found=partitions, expected=filling.partitions)
    return filling


def refuse_full(tx: Transaction, name: str) -> None:
    """Raise Refused where there is anything in the tables of the store of that name."""
    for table in COPIED:
        found = select(literal(1)).select_from(table).where(*rows_of_the_city(table)).limit(1)
        if tx.connection.execute(found).first() is not None:
            raise Refused("full", there=name, table=name_of(table))


def counted(source: Store) -> dict[str, int]:
    """How many rows there are to copy, by table."""
    with source.read() as tx:
        return {
            name_of(table): tx.connection.execute(
                select(func.count()).select_from(table).where(*rows_of_the_city(table))
            ).scalar_one()
            for table in COPIED
        }


def name_of(table: Table) -> str:
    """The table's name as plain text."""
    return str(table.name)


def rows_of_the_city(table: Table) -> Sequence[Any]:
    """What leaves out the marks that stand on the store itself."""
    return (table.c.key.not_in(OURS),) if table is t.meta else ()


def copy_tables(source: Store, target: Store, mark: Mark, said: Progress, chunk: int = CHUNK) -> Mark:
    """Copy what the target does not have yet, `chunk` rows in a transaction; `said` hears (table, rows so far) after
    each."""
    names = [name_of(table) for table in COPIED]
    for table in COPIED[names.index(mark.table) if mark.table else 0 :]:
        if name_of(table) != mark.table:
            mark = _advance(target, mark, msgspec.structs.replace(mark, table=name_of(table), after=()))
        while rows := _chunk(source, table, mark.after, chunk):
            mark = _write(target, table, rows, mark)
            said(name_of(table), mark.rows[name_of(table)])
    return mark


def _advance(target: Store, mark: Mark, to: Mark) -> Mark:
    with target.write() as tx:
        put_mark(tx.connection, FILLING, to, mark)
    return to


def _chunk(source: Store, table: Table, after: tuple[str | int, ...], size: int) -> list[Any]:
    keys = list(table.primary_key.columns)
    query = (
        select(table).where(*rows_of_the_city(table)).order_by(*keys).limit(min(size, LARGE.get(name_of(table), size)))
    )
    if after:
        place = [literal(value, key.type) for value, key in zip(after, keys, strict=True)]
        query = query.where(tuple_(*keys) > tuple_(*place))
    with source.read() as tx:
        return list(tx.connection.execute(query))


def _write(target: Store, table: Table, rows: Sequence[Any], mark: Mark) -> Mark:
    last = rows[-1]
    after = tuple(getattr(last, key.name) for key in table.primary_key.columns)
    count = mark.rows.get(name_of(table), 0) + len(rows)
    to = msgspec.structs.replace(mark, after=after, rows={**mark.rows, name_of(table): count})
    with target.write() as tx:
        # First: another copy that writes into this store finds it changed, and fails before it has written anything.
        put_mark(tx.connection, FILLING, to, mark)
        _INSERT[name_of(table)].run(tx.connection, moved(table, rows, mark.partitions))
    return to


def _inserting(table: Table) -> Batch:
    return Batch(lambda given: given.into(insert(table)), columns(*table.c))


_INSERT = {name_of(table): _inserting(table) for table in COPIED}


def moved(table: Table, rows: Sequence[Any], partitions: int) -> list[tuple[Any, ...]]:
    """The rows as they are in the target: what is keyed by a partition stands in the subject's new one."""
    if name_of(table) not in SUBJECT_OF:
        return [tuple(row) for row in rows]
    names = table.c.keys()
    place, subject = names.index("partition"), names.index(SUBJECT_OF[name_of(table)])
    return [(*row[:place], partition_of(row[subject], partitions), *row[place + 1 :]) for row in rows]


def finish_copy(source: Store, target: Store, mark: Mark, log: Where) -> int:
    """Make the cut, and open the target; the new epoch. The source stays as it is, and may be moved no more."""
    with source.read() as tx:
        ended = end_of(tx)
    with target.write() as tx:
        epoch = begin_epoch(tx.connection, ended, mark.partitions, log)
        _set_numbers(tx.connection)
        recount_all(tx.connection)  # one process alone keeps nothing about hosts
        put_mark(tx.connection, CAME, msgspec.structs.replace(mark, done=True, table="", after=()))
        take_mark(tx.connection, FILLING)
    say_left(source)
    return epoch


def say_left(source: Store) -> None:
    """Say in the source that its city lives elsewhere now."""
    with source.write() as tx:
        leaving = read_mark(tx.connection, LEAVING)
        if leaving is not None and not leaving.done:
            put_mark(tx.connection, LEAVING, msgspec.structs.replace(leaving, done=True), leaving)


def _set_numbers(connection: Connection) -> None:
    """PostgreSQL counts the quarantine's numbers in a sequence of its own, which knows nothing of what was copied."""
    if connection.dialect.name == "postgresql":
        last = "(select coalesce(max(id), 0) + 1 from quarantine)"
        connection.execute(text(f"select setval(pg_get_serial_sequence('quarantine', 'id'), {last}, false)"))


def refuse_unfit(source: Store) -> None:
    """Raise Refused for a text that PostgreSQL would not take: SQLite minds neither lengths nor NUL."""
    with source.read() as tx:
        for table in COPIED:
            for column in table.c:
                if isinstance(column.type, String):
                    _refuse_text(tx.connection, table, column.name, column.type.length)


def _refuse_text(connection: Connection, table: Table, name: str, length: int | None) -> None:
    column, keys = table.c[name], list(table.primary_key.columns)
    wrong = func.instr(column, func.char(0)) > 0
    if length is not None:
        wrong |= func.length(column) > length
    row = connection.execute(select(*keys, func.length(column).label("found")).where(wrong).limit(1)).first()
    if row is not None:
        key: Mapping[str, Any] = {one.name: getattr(row, one.name) for one in keys}
        raise Refused("unfit", table=name_of(table), column=name, row=_key_text(key), found=row.found, expected=length)


def _key_text(key: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={str(value)[:80]}" for name, value in key.items())
