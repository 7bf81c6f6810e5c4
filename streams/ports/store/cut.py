"""A cut: the log ends, and begins anew with a higher epoch, in as many partitions as are wanted (decision 15).

What is keyed by a partition is where the subject's crc32 puts it now; records of the past stay where they stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Column, Connection, Row, Table, delete, func, insert, select, update

from streams.partitions import partition_of
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
from streams.ports.store.marks import LOG, Refused, Where
from streams.ports.store.opening import Transaction
from streams.ticker import last_tick

CHUNK = 1000


class Ended(msgspec.Struct, frozen=True):
    """Where a drained log ended. `tick` is the low watermark: everything that was due by then is settled in every
    partition, and the desk has taken no finding from then on."""

    epoch: int
    partitions: int
    last_time: int  # microseconds: nothing in the city bears a later log time
    tick: int | None


def end_of(tx: Transaction) -> Ended:
    """Where the log of this store ends; raises Refused where it never began."""
    rows = tx.connection.execute(select(t.partitions)).all()
    if not rows:
        raise Refused("no_partitions")
    ticks = [row.tick for row in rows]
    clock = tx.connection.execute(select(func.max(t.subjects.c.clock))).scalar()
    ticked = last_tick(tx)
    moments = [clock, *ticks, *(row.last_time for row in rows), t.micros_or_none(ticked)]
    return Ended(
        epoch=max(max(row.epoch, row.read_epoch) for row in rows),
        partitions=len(rows),
        last_time=max(moment for moment in moments if moment is not None),
        tick=None if None in ticks else min(ticks),
    )


def refuse_undrained(tx: Transaction, ends: Sequence[int] | None) -> None:
    """Raise Refused where records were not applied yet. `ends` are Kafka's, one for each partition: how many records
    it was given; None where the log is the table."""
    rows = tx.connection.execute(select(t.partitions).order_by(t.partitions.c.partition)).all()
    if ends is None:
        _refuse_left({row.partition: row.next_offset - 1 - _read(row) for row in rows}, "undrained")
        return
    if len(ends) != len(rows):
        raise Refused("other_topic", found=len(ends), expected=len(rows))
    _refuse_left({row.partition: row.next_offset - 1 - row.relayed for row in rows}, "unrelayed")
    _refuse_left({row.partition: end - _read(row) for row, end in zip(rows, ends, strict=True)}, "unread")


def _read(row: Row[tuple[int, ...]]) -> int:
    return int(row.read_offset) if row.read_epoch == row.epoch else 0


def _refuse_left(left: Mapping[int, int], key: str) -> None:
    behind = {partition: count for partition, count in left.items() if count > 0}
    if behind:
        raise Refused(key, count=sum(behind.values()), partitions=", ".join(map(str, behind)))


def begin_epoch(connection: Connection, ended: Ended, partitions: int, log: Where) -> int:
    """Put new partitions in the place of the old, with the next epoch, which is returned.

    Nothing is read of the new log, and nothing relayed or told. The tick is the old watermark, never later: a subject
    that comes from a partition which was behind may still have dues beyond it, and the desk waits for the oldest.
    """
    fresh = {"epoch": ended.epoch + 1, "read_epoch": ended.epoch + 1, "next_offset": 1, "read_offset": 0}
    row = {**fresh, "last_time": ended.last_time, "tick": ended.tick, "relayed": 0, "told": 0}
    connection.execute(delete(t.partitions))
    connection.execute(insert(t.partitions), [{**row, "partition": number} for number in range(partitions)])
    connection.execute(delete(t.meta).where(t.meta.c.key == LOG))
    connection.execute(insert(t.meta).values(key=LOG, value=log))
    return ended.epoch + 1


def repartition(tx: Transaction, partitions: int, log: Where) -> int:
    """Cut the store itself: move every subject to its new partition, all in the caller's transaction; the new epoch."""
    ended = end_of(tx)
    for table, key in ((t.subjects, "id"), (t.bundles, "subject")):
        column = table.c[key]
        move = _moving(table, column)
        after = ""
        while names := list(
            tx.connection.execute(
                select(column).where(column > after).distinct().order_by(column).limit(CHUNK)
            ).scalars()
        ):
            move.run(tx.connection, [(partition_of(name, partitions), name) for name in names])
            after = names[-1]
    return begin_epoch(tx.connection, ended, partitions, log)


def _moving(table: Table, column: Column[str]) -> Batch:
    return Batch(
        lambda given: update(table).where(column == given["id_"]).values(partition=given["partition"]),
        columns(table.c.partition, id_=column),
    )


def clock_behind(ended: Ended, now: datetime) -> datetime | None:
    """The log's last moment, where `now` is before it: until then time stands still in the new log."""
    last = t.from_micros(ended.last_time)
    return last if now < last else None
