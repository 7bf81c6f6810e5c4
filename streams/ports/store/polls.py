"""What is read, when next, and by whom: claimed with a lease, so that no source is read twice at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, case, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.codec import decode_cursor, encode
from streams.connectors import Cursor
from streams.hosts import Standing
from streams.ports.store import hosts
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns, hold
from streams.subjects import Source
from streams.thinning import Kept

_decode_source = msgspec.json.Decoder(Source).decode
_decode_kept = msgspec.json.Decoder(Kept).decode


class Due(msgspec.Struct, frozen=True):
    """A look that is ours to make until the lease ends. `asked_at` is the log's clock at the lease."""

    source: Source
    cursor: Cursor
    kept: Kept
    asked_at: datetime
    ask: datetime | None
    host: str = ""  # under which its limits are kept
    standing: Standing | None = None  # with that host, as the last worker there left it


class Done(msgspec.Struct, frozen=True):
    """What a look leaves behind: when to look next, and what to keep."""

    source: str
    asked_at: datetime  # of the lease: a lease that has passed on to another is not ours to end
    next_at: datetime
    cursor: Cursor
    kept: Kept
    host: str = ""  # as in `Due`
    standing: Standing | None = None  # for whoever looks there next


class Lost(msgspec.Struct, frozen=True):
    """A look that came to nothing on our side: its place is free again, and it is due later."""

    source: str
    asked_at: datetime  # of the lease, as in `Done`
    next_at: datetime
    host: str


class PollPart:
    """Claim due looks and finish them."""

    connection: Connection

    def put_sources(self, sources: Sequence[Source], first_at: Mapping[str, datetime]) -> None:
        """Add sources to what is read, or change how; `first_at` says when each is read first. Cursors stay.

        What tells us by itself is not read."""
        self._hold([one.id for one in sources])
        self.retire_sources([one.id for one in sources if not one.is_read])
        sources = [one for one in sources if one.is_read]
        rows = [
            {
                "source": source.id,
                "subject": source.subject,
                "host": hosts.key_of(source),
                "next_at": t.to_micros(first_at[source.id]),
                "body": encode(source),
                "cursor": encode(Cursor()),
                "kept": encode(Kept()),
            }
            for source in sorted(sources, key=lambda one: one.id)
        ]
        if rows:
            statement = upsert(t.polls)
            changed = {name: statement.excluded[name] for name in ("subject", "host", "next_at", "body")}
            self.connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=changed), rows)
            names = {hosts.key_of(source) for source in sources}
            hosts.add(self.connection, names)
            hosts.recount(self.connection, names)

    def retire_sources(self, sources: Iterable[str]) -> None:
        """Read these no longer."""
        names = list(sources)
        self._hold(names)
        where = t.polls.c.source.in_(names)
        self.connection.execute(update(t.polls).where(where).values(next_at=None, lease_until=None))

    def claim_looks(
        self,
        now: datetime,
        until: datetime,
        by: str,
        limit: int,
        *,
        per_host: int = hosts.MOST,
        out: Mapping[str, int] | None = None,
    ) -> list[Due]:
        """Lease up to `limit` looks that are due, the longest overdue first.

        Of one host no more than `per_host` are out over all workers, and all of them at one worker at a time. Whoever
        is alone at its store says what it has `out` at each host: then nothing needs to be kept about hosts.
        """
        at = t.to_micros(now)
        if out is not None:
            wanted = hosts.free_beside(self.connection, at, out, limit, per_host)
            rows = self._leased(at, t.to_micros(until), by, wanted, limit)
            return [_due(row, now, None) for row in rows]
        found = hosts.open_for(self.connection, at, by, limit, per_host)
        rows = self._leased(at, t.to_micros(until), by, hosts.due_at(self.connection, at, found, limit), limit)
        if found:
            hosts.recount(self.connection, found)
        return [_due(row, now, found[row.host].standing) for row in rows]

    def _leased(self, at: int, until: int, by: str, wanted: Sequence[str], limit: int) -> Sequence[Row[Any]]:
        if not wanted:
            return []
        c = t.polls.c
        free = or_(c.lease_until.is_(None), c.lease_until <= at)
        due = select(t.polls).where(c.source.in_(wanted), c.next_at <= at, free).order_by(c.next_at).limit(limit)
        rows = self.connection.execute(due.with_for_update(skip_locked=True)).all()
        ours = c.source.in_([row.source for row in rows])
        self.connection.execute(update(t.polls).where(ours).values(lease_until=until, lease_by=by, asked_at=at))
        return rows

    def renew_leases(self, looks: Sequence[Due], until: datetime) -> None:
        """Lease looks that take long until `until`; a lease lost meanwhile stays lost."""
        at = t.to_micros(until)
        self._hold([one.source.id for one in looks])
        _RENEW.run(self.connection, [(at, one.source.id, t.to_micros(one.asked_at)) for one in looks])

    def finish_looks(self, done: Sequence[Done], lost: Sequence[Lost] = (), *, alone: bool = False) -> None:
        """End the leases of looks that were made, and keep what they left, and of those that came to nothing; a lease
        lost meanwhile stays lost. Whoever is `alone` at its store keeps nothing about hosts."""
        rows = sorted(done, key=lambda one: one.source)
        self._hold([one.source for one in rows] + [one.source for one in lost])
        _FINISH.run(
            self.connection,
            [
                (t.to_micros(one.next_at), encode(one.cursor), encode(one.kept), one.source, t.to_micros(one.asked_at))
                for one in rows
            ],
        )
        _LOSE.run(self.connection, [(t.to_micros(o.next_at), o.source, t.to_micros(o.asked_at)) for o in lost])
        if alone:
            return
        names = {one.host for one in rows if one.host} | {one.host for one in lost}
        names |= hosts.of(self.connection, [one.source for one in rows if not one.host])
        hosts.recount(self.connection, names)
        hosts.remember(self.connection, [(one.host, one.standing) for one in done if one.standing is not None])

    def set_asks(self, asks: Mapping[str, tuple[datetime | None, datetime | None]]) -> None:
        """Note which sources are wanted: {source: (the moment that a good look must reach, when to look)}."""
        self._hold(list(asks))
        rows = [(t.micros_or_none(ask), t.micros_or_none(at), name) for name, (ask, at) in sorted(asks.items())]
        _ASK.run(self.connection, [row for row in rows if row[1] is not None])
        _ASK_NO_MORE.run(self.connection, [(ask, name) for ask, at, name in rows if at is None])
        hosts.recount_of(self.connection, [name for name, (_, at) in asks.items() if at is not None])

    def look_now(self, source: str, now: datetime) -> None:
        """Make a source due, and its next look one that is parsed anew."""
        c = t.polls.c
        values = {"next_at": t.to_micros(now), "cursor": encode(Cursor())}
        self.connection.execute(update(t.polls).where(c.source == source, c.next_at.is_not(None)).values(values))
        hosts.recount_of(self.connection, [source])

    def _hold(self, names: Sequence[str]) -> None:
        hold(self.connection, t.polls.c.source, names)

    def sources(self) -> list[Source]:
        """Every source that is read, by id."""
        c = t.polls.c
        rows = self.connection.execute(select(c.body).where(c.next_at.is_not(None)).order_by(c.source)).scalars()
        return [_decode_source(body) for body in rows]

    def source_count(self) -> int:
        """How many sources are read."""
        query = select(func.count()).select_from(t.polls).where(t.polls.c.next_at.is_not(None))
        return self.connection.execute(query).scalar_one()

    def kept(self, sources: Sequence[str]) -> dict[str, Kept]:
        """What the appender last wrote about each of these sources."""
        c = t.polls.c
        rows = self.connection.execute(select(c.source, c.kept).where(c.source.in_(list(sources))))
        return {row.source: _decode_kept(row.kept) for row in rows}

    def next_poll(self) -> datetime | None:
        """When the next look is due."""
        return t.moment_or_none(self.connection.execute(select(func.min(t.polls.c.next_at))).scalar())

    def next_claim(
        self, now: datetime, by: str, *, per_host: int = hosts.MOST, out: Mapping[str, int] | None = None
    ) -> datetime | None:
        """When `by` next has a look to claim, as far as is known now: at hosts that are full or another's, it waits.
        `out` as in `claim_looks`."""
        if out is not None:
            return t.moment_or_none(hosts.first_beside(self.connection, t.to_micros(now), out, per_host))
        return t.moment_or_none(hosts.first_open(self.connection, t.to_micros(now), by, per_host))

    def oldest_look_out(self, now: datetime) -> datetime | None:
        """When the oldest look that is under way was asked; None where none is."""
        query = select(func.min(t.polls.c.asked_at)).where(t.polls.c.lease_until > t.to_micros(now))
        return t.moment_or_none(self.connection.execute(query).scalar())

    def looks_late(self, now: datetime) -> int:
        """How many looks are overdue."""
        query = select(func.count()).select_from(t.polls).where(t.polls.c.next_at <= t.to_micros(now))
        return self.connection.execute(query).scalar_one()


def _due(row: Row[Any], now: datetime, standing: Standing | None) -> Due:
    source, cursor, kept = _decode_source(row.body), decode_cursor(row.cursor), _decode_kept(row.kept)
    return Due(source, cursor, kept, now, t.moment_or_none(row.ask), row.host, standing)


_c = t.polls.c
_RENEW = Batch(
    lambda given: (
        update(t.polls)
        .where(_c.source == given["id_"], _c.asked_at == given["was_asked"])
        .values(lease_until=given["until_"])
    ),
    columns(until_=_c.lease_until, id_=_c.source, was_asked=_c.asked_at),
)
_ASK = Batch(
    lambda given: (
        update(t.polls)
        .where(_c.source == given["id_"], _c.next_at.is_not(None))
        .values(ask=given["ask_"], next_at=case((_c.next_at > given["at_"], given["at_"]), else_=_c.next_at))
    ),
    columns(ask_=_c.ask, at_=_c.next_at, id_=_c.source),
)
_ASK_NO_MORE = Batch(
    lambda given: update(t.polls).where(_c.source == given["id_"]).values(ask=given["ask_"]),
    columns(ask_=_c.ask, id_=_c.source),
)
_FINISH = Batch(
    lambda given: (
        update(t.polls)
        .where(_c.source == given["id_"], _c.asked_at == given["was_asked"], _c.next_at.is_not(None))
        .values(next_at=given["next_at"], cursor=given["cursor"], kept=given["kept"], lease_until=null())
    ),
    columns(_c.next_at, _c.cursor, _c.kept, id_=_c.source, was_asked=_c.asked_at),
)
_LOSE = Batch(
    lambda given: (
        update(t.polls)
        .where(_c.source == given["id_"], _c.asked_at == given["was_asked"], _c.next_at.is_not(None))
        .values(next_at=given["next_at"], lease_until=null())
    ),
    columns(_c.next_at, id_=_c.source, was_asked=_c.asked_at),
)
