"""How far each partition has been read, settled, relayed and told: what a batch moves once, with its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select, update

from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
from streams.records import Position


class Progress(msgspec.Struct, frozen=True):
    """The last record applied, the last tick settled, and the last number applied of what was told through here."""

    position: Position
    tick: datetime | None = None
    told: int = 0

    def beyond(self, position: Position, tick: datetime | None = None, told: int = 0) -> Progress:
        """With what was done since; nothing of it goes back."""
        ticks = [moment for moment in (self.tick, tick) if moment is not None]
        return Progress(max(self.position, position), max(ticks, default=None), max(self.told, told))


class ProgressPart:
    """Read and move what a partition has done."""

    connection: Connection

    def progress(self, partition: int) -> tuple[Position, datetime | None]:
        """The position of the last record applied, and the last tick settled."""
        row = self.connection.execute(select(t.partitions).where(t.partitions.c.partition == partition)).one()
        return Position(row.read_epoch, row.read_offset), t.moment_or_none(row.tick)

    def progress_of(self, partition: int) -> Progress:
        """How far a partition has come, at this moment."""
        row = self.connection.execute(select(t.partitions).where(t.partitions.c.partition == partition)).one()
        return Progress(Position(row.read_epoch, row.read_offset), t.moment_or_none(row.tick), row.told)

    def lock_progress(self, partitions: Iterable[int]) -> dict[int, Progress]:
        """How far these have come, held until the transaction ends: a zombie waits here, and finds what was done."""
        c = t.partitions.c
        # In their order: two workers that meet over them never wait for each other in a circle.
        query = select(t.partitions).where(c.partition.in_(sorted(partitions))).order_by(c.partition).with_for_update()
        return {
            row.partition: Progress(Position(row.read_epoch, row.read_offset), t.moment_or_none(row.tick), row.told)
            for row in self.connection.execute(query)
        }

    def move_progress(self, after: Mapping[int, Progress]) -> None:
        """Write how far partitions have come, which this transaction has locked."""
        rows = [
            (one.position.epoch, one.position.offset, t.micros_or_none(one.tick), one.told, partition)
            for partition, one in after.items()
        ]
        _MOVE.run(self.connection, rows)

    def set_progress(self, partition: int, position: Position, tick: datetime | None) -> None:
        """Say how far a partition was read; a zombie with an old batch moves neither back."""
        before = self.lock_progress([partition])[partition]
        self.move_progress({partition: before.beyond(position, tick)})

    def epoch(self) -> int:
        """The log's epoch: it goes up at a cut, and every position of the epoch before lies behind."""
        return int(self.connection.execute(select(func.max(t.partitions.c.epoch))).scalar_one())

    def relayed(self, partition: int) -> Position:
        """The last record of the log table that was carried into Kafka."""
        c = t.partitions.c
        row = self.connection.execute(select(c.epoch, c.relayed).where(c.partition == partition)).one()
        return Position(row.epoch, row.relayed)

    def set_relayed(self, partition: int, last: Position) -> None:
        """Say how far the log table was carried into Kafka."""
        where = t.partitions.c.partition == partition
        self.connection.execute(update(t.partitions).where(where).values(relayed=last.offset))

    def has_untold(self) -> bool:
        """Whether the log table holds what was not carried into Kafka yet."""
        c = t.partitions.c
        return self.connection.execute(select(c.partition).where(c.relayed < c.next_offset - 1)).first() is not None

    def ticks(self) -> dict[int, datetime | None]:
        """The last tick settled by each partition."""
        rows = self.connection.execute(select(t.partitions.c.partition, t.partitions.c.tick))
        return {row.partition: t.moment_or_none(row.tick) for row in rows}

    def watermark(self) -> datetime | None:
        """W: the oldest last tick among the partitions; None while one has had no tick yet."""
        ticks = [row.tick for row in self.connection.execute(select(t.partitions.c.tick))]
        return None if not ticks or None in ticks else t.from_micros(min(ticks))


_c = t.partitions.c
_MOVE = Batch(
    lambda given: (
        update(t.partitions)
        .where(_c.partition == given["partition_"])
        .values({name: given[name] for name in ("read_epoch", "read_offset", "tick", "told")})
    ),
    columns(_c.read_epoch, _c.read_offset, _c.tick, _c.told, partition_=_c.partition),
)
