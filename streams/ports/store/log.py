"""The log as a table: append with log time, read in order, quarantine what cannot be decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import get_args

import msgspec
from sqlalchemy import Connection, func, insert, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.codec import decode_body, encode
from streams.looks import Look
from streams.messages import MessageEvent
from streams.partitions import partition_of
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
from streams.records import Body, Fact, FactKind, Position, Record, Tally


class Logged(msgspec.Struct, frozen=True):
    """A record where it stands; `record` is None where its body could not be decoded, and `fault` says why;
    without a fault it is of an epoch before, and was applied then.

    `told` is its number among what was told through the database (0: it was not): such a record counts once.
    """

    position: Position
    time: datetime
    record: Record | None
    fault: str = ""
    raw: bytes = b""
    told: int = 0


class LogPart:
    """Append to the log and read it."""

    connection: Connection

    def set_partitions(self, count: int) -> None:
        """Make partitions 0 .. count-1 where they are missing; their epoch is 1.

        Raises ValueError where there is another number of them: subjects would move to partitions that do not know
        them, which is a cut.
        """
        there = {row.partition for row in self.connection.execute(select(t.partitions.c.partition))}
        if there and len(there) != count:
            message = f"the store has {len(there)} partitions, expected {count}: another number is a cut"
            raise ValueError(message)
        fresh = [
            {"partition": p, "epoch": 1, "next_offset": 1, "last_time": 0, "read_epoch": 1, "read_offset": 0}
            for p in range(count)
            if p not in there
        ]
        if fresh:
            self.connection.execute(insert(t.partitions), fresh)

    def partition_count(self) -> int:
        """How many partitions the log has."""
        return self.connection.execute(select(func.count()).select_from(t.partitions)).scalar_one()

    def log_time(self, now: datetime) -> datetime:
        """The log's clock: `now`, but never before the last record of any partition."""
        last = self.connection.execute(select(func.max(t.partitions.c.last_time))).scalar_one()
        return max(now, t.from_micros(last or 0))

    def last_time(self) -> datetime | None:
        """Log time of the last record of any partition; None while there is none."""
        last = self.connection.execute(select(func.max(t.partitions.c.last_time))).scalar()
        return t.from_micros(last) if last else None

    def append(self, partition: int, entries: Sequence[tuple[str, Body]], now: datetime) -> datetime:
        """Append (subject, body) in order, all stamped with the log's clock, which is returned."""
        where = t.partitions.c.partition == partition
        # Locked: who appends next waits for this transaction, so that offsets are committed in their order.
        row = self.connection.execute(select(t.partitions).where(where).with_for_update()).one()
        time = max(t.to_micros(now), row.last_time)
        rows = [
            _row(partition, row.epoch, row.next_offset + i, time, subject, body)
            for i, (subject, body) in enumerate(entries)
        ]
        if rows:
            _APPEND.run(self.connection, rows)
            after = {"next_offset": row.next_offset + len(rows), "last_time": time}
            self.connection.execute(update(t.partitions).where(where).values(after))
        return t.from_micros(time)

    def read_log(self, partition: int, after: Position, limit: int) -> list[Logged]:
        """Up to `limit` records beyond `after`, in order."""
        c = t.log.c
        # Compared as one value: with "or", the database would walk through the whole log to find its end.
        beyond = tuple_(c.epoch, c.offset) > tuple_(literal(after.epoch), literal(after.offset))
        query = select(c.epoch, c.offset, c.time, c.subject, c.body).where(c.partition == partition, beyond)
        rows = self.connection.execute(query.order_by(c.epoch, c.offset).limit(limit))
        return [_logged(*row) for row in rows]

    def record_count(self, kind: str = "") -> int:
        """How many records the log has, of one kind or of all."""
        query = select(func.count()).select_from(t.log)
        return self.connection.execute(query.where(t.log.c.kind == kind) if kind else query).scalar_one()

    def facts(self, before: datetime | None = None) -> list[Fact]:
        """Every fact of the log, in order; of those strictly before a moment, where one is given."""
        c = t.log.c
        query = select(c.body).where(c.kind == "fact").order_by(c.time, c.epoch, c.partition, c.offset)
        query = query if before is None else query.where(c.time < t.to_micros(before))
        decoded = [decode_body(body) for body in self.connection.execute(query).scalars()]
        return [body for body in decoded if isinstance(body, Fact)]

    def mailbox_facts(self, source: str) -> Iterator[Fact]:
        """What was told of a mailbox's messages, in order, whether it was judged already or not."""
        c = t.log.c
        query = select(c.body).where(c.source == source, c.kind == "fact")
        for body in self.connection.execute(query.order_by(c.time, c.partition, c.epoch, c.offset)).scalars():
            fact = decode_body(body)
            if isinstance(fact, Fact) and fact.kind is FactKind.MESSAGES:
                yield fact

    def messages_beyond(self, partition: int, after: Position, source: str) -> list[MessageEvent]:
        """The events that were told of a mailbox beyond `after`, in order: what is not folded yet."""
        c = t.log.c
        beyond = tuple_(c.epoch, c.offset) > tuple_(literal(after.epoch), literal(after.offset))
        query = select(c.body).where(c.partition == partition, beyond, c.source == source, c.kind == "fact")
        bodies = [decode_body(body) for body in self.connection.execute(query.order_by(c.epoch, c.offset)).scalars()]
        return [event for body in bodies if isinstance(body, Fact) for event in body.events]

    def facts_beyond(self, partition: int, after: Position) -> list[tuple[datetime, Fact]]:
        """The facts of a partition beyond `after`, with their log times, in order: what no ledger shows yet."""
        c = t.log.c
        beyond = tuple_(c.epoch, c.offset) > tuple_(literal(after.epoch), literal(after.offset))
        query = select(c.time, c.body).where(c.partition == partition, beyond, c.kind == "fact")
        rows = self.connection.execute(query.order_by(c.epoch, c.offset)).all()
        found = [(t.from_micros(row.time), decode_body(row.body)) for row in rows]
        return [(at, body) for at, body in found if isinstance(body, Fact)]

    def last_record(self, source: str, kind: str, until: datetime | None = None) -> Record | None:
        """The last record of a kind about a source, at or before `until`."""
        c = t.log.c
        query = select(c.epoch, c.offset, c.time, c.subject, c.body).where(c.source == source, c.kind == kind)
        if until is not None:
            query = query.where(c.time <= t.to_micros(until))
        row = self.connection.execute(query.order_by(c.time.desc(), c.epoch.desc(), c.offset.desc()).limit(1)).first()
        return None if row is None else _logged(*row).record

    def put_aside(self, what: str, place: str, reason: str, body: bytes, now: datetime) -> None:
        """Keep a bad piece in quarantine, once per place; one that was settled there lies there anew."""
        row = {
            "at": t.to_micros(now),
            "what": what,
            "reason": reason[:2000],
            "body": body[:1_000_000],
            "settled_at": None,
            "outcome": "",
        }
        kept = upsert(t.quarantine).values(place=place, **row)
        where = t.quarantine.c.settled_at.is_not(None)
        self.connection.execute(kept.on_conflict_do_update(index_elements=["place"], set_=row, where=where))

    def settle_piece(self, place: str, outcome: str, now: datetime) -> None:
        """Say what became of a piece that could be read again; it stays, and is listed no more."""
        values = {"settled_at": t.to_micros(now), "outcome": outcome}
        self.connection.execute(update(t.quarantine).where(t.quarantine.c.place == place).values(values))

    def append_again(self, partition: int, epoch: int, offset: int, now: datetime) -> bool:
        """Append what stands at a position once more, at the log's end; whether anything readable stands there."""
        c = t.log.c
        where = (c.partition == partition) & (c.epoch == epoch) & (c.offset == offset)
        row = self.connection.execute(select(c.subject, c.body).where(where)).first()
        logged = None if row is None else _logged(epoch, offset, 0, row.subject, row.body)
        if logged is None or logged.record is None:
            return False
        for place in self._places(partition, epoch, logged.record.subject):
            self.append(place, [(logged.record.subject, logged.record.body)], now)
        return True

    def _places(self, partition: int, epoch: int, subject: str) -> Sequence[int]:
        """Where a record belongs now that stood in a partition of that epoch: another number may be in force since."""
        c = t.partitions.c
        now = self.connection.execute(select(func.max(c.epoch), func.count())).one()
        if epoch == now[0]:
            return [partition]
        return [partition_of(subject, now[1])] if subject else range(now[1])

    def quarantined(self) -> list[tuple[str, str, str, datetime]]:
        """What lies in quarantine unsettled: (what, place, reason, since), the oldest first."""
        c = t.quarantine.c
        query = select(c.what, c.place, c.reason, c.at).where(c.settled_at.is_(None)).order_by(c.id)
        return [(row.what, row.place, row.reason, t.from_micros(row.at)) for row in self.connection.execute(query)]

    def unpublished_pieces(self, limit: int) -> list[tuple[int, datetime, str, str, str, bytes]]:
        """Up to `limit` rows of the quarantine that went out to nobody: (number, since, what, place, reason, piece)."""
        c = t.quarantine.c
        rows = self.connection.execute(select(t.quarantine).where(c.published == 0).order_by(c.id).limit(limit))
        return [(row.id, t.from_micros(row.at), row.what, row.place, row.reason, bytes(row.body)) for row in rows]

    def set_published(self, numbers: Sequence[int]) -> None:
        """Say that these went out."""
        self.connection.execute(update(t.quarantine).where(t.quarantine.c.id.in_(numbers)).values(published=1))

    def quarantined_piece(self, place: str) -> bytes | None:
        """The piece that lies at a place: a record's bytes, or the evidence id of a look; None where there is none."""
        c = t.quarantine.c
        body = self.connection.execute(select(c.body).where(c.place == place)).scalar()
        return None if body is None else bytes(body)


def source_of(body: Body) -> str:
    """The source that a record is about, or ""."""
    if isinstance(body, (Look, Tally)):
        return body.source
    if isinstance(body, Fact):
        return body.source.id if body.source is not None else body.mailbox
    return ""


_KINDS = {kind: kind.__name__.lower() for kind in get_args(Body)}
_APPEND = Batch(lambda given: given.into(insert(t.log)), columns(*t.log.c))


def _row(partition: int, epoch: int, offset: int, time: int, subject: str, body: Body) -> tuple[object, ...]:
    return partition, epoch, offset, time, subject, source_of(body), _KINDS[type(body)], encode(body)


def _logged(epoch: int, offset: int, time: int, subject: str, body: bytes) -> Logged:
    position = Position(epoch, offset)
    at = t.from_micros(time)
    try:
        return Logged(position, at, Record(at, subject, decode_body(body)))
    except msgspec.MsgspecError as error:
        return Logged(position, at, None, str(error), bytes(body))


def records_of(logged: Iterable[Logged]) -> list[Record]:
    """The records that could be decoded."""
    return [entry.record for entry in logged if entry.record is not None]
