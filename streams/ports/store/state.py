"""Subjects' rows, cut into one bundle per source, with positions compared when they are written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from streams.codec import encode
from streams.days import day_of
from streams.looks import Item
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, among, columns
from streams.records import Position
from streams.rowcodec import decode_bundle, decode_subject, encode_bundle
from streams.rows import SUBJECT_BUNDLE, Bundle, Row
from streams.rules import Rules

Change = tuple[Row, Row, Collection[str]]  # a row before and after, and the sources whose bundles were touched


class Conflict(Exception):
    """Another worker moved a row since it was read: nothing was written, and the batch is to be taken again."""


class StatePart:
    """Load and save rows, the item index, and what a partition has read."""

    connection: Connection

    def load(self, rules: Rules, wanted: Mapping[str, Collection[str] | None], now: datetime | None) -> dict[str, Row]:
        """The rows of these subjects (empty ones where there is none yet), each with its head, stage 2, every bundle
        that is due at or before `now`, and the wanted sources' bundles; `None` wants them all."""
        rows = {name: Row(name) for name in wanted}
        heads = select(t.subjects)
        for where in among(self.connection, [t.subjects.c.id], [(name,) for name in wanted]):
            for head in self.connection.execute(heads.where(where)):
                rows[head.id] = _head(head)
        bundles = select(t.bundles.c.subject, t.bundles.c.source, t.bundles.c.body)
        for where in _bundles_of(self.connection, wanted, t.micros_or_none(now)):
            for subject, source, body in self.connection.execute(bundles.where(where)):
                rows[subject].bundles[source] = decode_bundle(rules, body)
        return rows

    def all_subjects(self, partition: int, after: str, limit: int) -> list[str]:
        """Subjects of a partition in the order of their ids, beyond `after`: a broadcast goes through them all."""
        c = t.subjects.c
        query = select(c.id).where(c.partition == partition, c.id > after).order_by(c.id).limit(limit)
        return list(self.connection.execute(query).scalars())

    def due_subjects(self, partition: int, now: datetime, limit: int) -> list[str]:
        """Subjects of a partition that have something due at or before `now`."""
        c = t.bundles.c
        query = select(c.subject).where(c.partition == partition, c.due <= t.to_micros(now)).distinct().limit(limit)
        return list(self.connection.execute(query).scalars())

    def next_due(self) -> datetime | None:
        """The earliest due of any bundle: the least of each partition's, which its index gives at once."""
        b, p = t.bundles.c, t.partitions.c
        first = select(b.due).where(b.partition == p.partition, b.due.is_not(None)).order_by(b.due).limit(1)
        query = select(func.min(first.scalar_subquery())).select_from(t.partitions)
        return t.moment_or_none(self.connection.execute(query).scalar())

    def known_items(self, places: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
        """Those of these (subject, source, key) that the index has already."""
        c = t.items.c
        query = select(c.subject, c.source, c.key)
        found: set[tuple[str, str, str]] = set()
        for where in among(self.connection, [c.subject, c.source, c.key], sorted(places)):
            found.update((subject, source, key) for subject, source, key in self.connection.execute(query.where(where)))
        return found

    def add_items(self, added: Iterable[tuple[tuple[str, str, str], Item, datetime]]) -> None:
        """Add (place, item, first seen) to the index; one that is there already is a bug, and fails."""
        rows = [
            (*place, t.to_micros(seen), item.day.toordinal() if item.day is not None else None)
            for place, item, seen in added
        ]
        _ADD_ITEMS.run(self.connection, rows)

    def newest_days(self, before: datetime) -> dict[str, date]:
        """The latest day that each source had shown on an item by `before` (log time), days of the future left out.
        Walks over the whole index: ask seldom."""
        c = t.items.c
        last = day_of(before - timedelta(microseconds=1)).toordinal()
        query = select(c.source, func.max(c.day)).where(c.first_seen < t.to_micros(before), c.day <= last)
        return {row[0]: date.fromordinal(row[1]) for row in self.connection.execute(query.group_by(c.source))}

    def save(self, changes: Mapping[int, Mapping[str, Change]]) -> None:
        """Write the changed rows of partitions, by subject; raises Conflict if one moved since it was read."""
        # In the order of their ids: two workers that meet over them hardly ever wait for each other in a circle.
        moved = [(name, at, change) for at, rows in changes.items() for name, change in rows.items()]
        moved.sort(key=itemgetter(0))
        self._save_heads([(partition, before, after) for _, partition, (before, after, _) in moved])
        kept, gone = [], []
        for name, partition, (_, after, touched) in moved:
            for source in touched:
                bundle = after.bundles.get(source)
                if bundle is None:
                    gone.append((name, source))
                else:
                    kept.append(_bundle_row(partition, name, source, bundle))
        _KEEP_BUNDLES.run(self.connection, kept)
        for where in among(self.connection, [t.bundles.c.subject, t.bundles.c.source], gone):
            self.connection.execute(delete(t.bundles).where(where))

    def _save_heads(self, moves: Sequence[tuple[int, Row, Row]]) -> None:
        fresh = [(after.id, at, *_head_row(after), _body(after)) for at, was, after in moves if was.clock is None]
        old = [(before, after) for _, before, after in moves if before.clock is not None]
        told = [(_body(after), after.id) for before, after in old if after.subject is not before.subject]
        moved = [(*_head_row(after), after.id, *_was(before)) for before, after in old]
        where = ", ".join(map(str, sorted({partition for partition, _, _ in moves})))
        try:
            _ADD_HEADS.run(self.connection, fresh)
        except IntegrityError as error:
            message = f"partitions {where}: one of {len(fresh)} new subjects was made by another meanwhile"
            raise Conflict(message) from error
        _TELL_HEADS.run(self.connection, told)
        met = _MOVE_HEADS.run(self.connection, moved)
        if met != len(moved):
            message = f"partitions {where}: {len(moved) - met} of {len(moved)} rows moved since read"
            raise Conflict(message)


_i, _b, _c = t.items.c, t.bundles.c, t.subjects.c
_ADD_ITEMS = Batch(
    lambda given: given.into(insert(t.items)), columns(_i.subject, _i.source, _i.key, _i.first_seen, _i.day)
)
_bundle = upsert(t.bundles)
_KEEP_BUNDLES = Batch(
    lambda given: given.into(_bundle).on_conflict_do_update(
        index_elements=["subject", "source"], set_={"due": _bundle.excluded.due, "body": _bundle.excluded.body}
    ),
    columns(_b.subject, _b.source, _b.partition, _b.due, _b.body),
)
_HEAD = (_c.epoch, _c.offset, _c.clock, _c.count, _c.version)
_ADD_HEADS = Batch(lambda given: given.into(insert(t.subjects)), columns(_c.id, _c.partition, *_HEAD, _c.body))
# What is known of a subject changes by facts alone: a look does not write it again.
_TELL_HEADS = Batch(
    lambda given: update(t.subjects).where(_c.id == given["id_"]).values(body=given["body"]),
    columns(_c.body, id_=_c.id),
)
_MOVE_HEADS = Batch(
    lambda given: (
        update(t.subjects)
        .where(_c.id == given["id_"], _c.count == given["was_count"], _c.clock == given["was_clock"])
        .where(_c.epoch.is_not_distinct_from(given["was_epoch"]))
        .where(_c.offset.is_not_distinct_from(given["was_offset"]))
        .values({column.name: given[column.name] for column in _HEAD})
    ),
    columns(*_HEAD, id_=_c.id, was_epoch=_c.epoch, was_offset=_c.offset, was_clock=_c.clock, was_count=_c.count),
)


def _bundles_of(
    connection: Connection, wanted: Mapping[str, Collection[str] | None], now: int | None
) -> Iterator[ColumnElement[bool]]:
    c = t.bundles.c
    whole = [(name,) for name, sources in wanted.items() if sources is None]
    yield from among(connection, [c.subject], whole)
    some = {name: sources for name, sources in wanted.items() if sources is not None}
    for where in among(connection, [c.subject], [(name,) for name in some]):
        yield and_(where, c.due <= now)
    pairs = [(name, source) for name, sources in some.items() for source in {*sources, SUBJECT_BUNDLE}]
    yield from among(connection, [c.subject, c.source], pairs)


def _head(row: Any) -> Row:
    position = None if row.epoch is None else Position(row.epoch, row.offset)
    subject = None if row.body is None else decode_subject(row.body)
    return Row(row.id, subject, position, t.moment_or_none(row.clock), row.count, row.version, {})


def _head_row(row: Row) -> tuple[object, ...]:
    """The values of `_HEAD`."""
    return *_place(row), t.micros_or_none(row.clock), row.count, row.version


def _body(row: Row) -> bytes | None:
    return encode(row.subject) if row.subject is not None else None


def _was(row: Row) -> tuple[object, ...]:
    """The values of `_WAS`."""
    return *_place(row), t.micros_or_none(row.clock), row.count


def _place(row: Row) -> tuple[int | None, int | None]:
    return (row.position.epoch, row.position.offset) if row.position is not None else (None, None)


def _bundle_row(partition: int, subject: str, source: str, bundle: Bundle) -> tuple[object, ...]:
    return subject, source, partition, t.micros_or_none(bundle.due), encode_bundle(bundle)
