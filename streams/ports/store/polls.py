"""What is read, when next, and by whom: claimed with a lease, so that no source is read twice at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, case, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.codec import decode_cursor, encode
from streams.connectors import Cursor
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
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


class Done(msgspec.Struct, frozen=True):
    """What a look leaves behind: when to look next, and what to keep."""

    source: str
    asked_at: datetime  # of the lease: a lease that has passed on to another is not ours to end
    next_at: datetime
    cursor: Cursor
    kept: Kept


class PollPart:
    """Claim due looks and finish them."""

    connection: Connection

    def put_sources(self, sources: Sequence[Source], first_at: Mapping[str, datetime]) -> None:
        """Add sources to what is read, or change how; `first_at` says when each is read first. Cursors stay."""
        rows = [
            {
                "source": source.id,
                "subject": source.subject,
                "host": host_of(source.url),
                "next_at": t.to_micros(first_at[source.id]),
                "body": encode(source),
                "cursor": encode(Cursor()),
                "kept": encode(Kept()),
            }
            for source in sources
        ]
        if rows:
            statement = upsert(t.polls)
            changed = {name: statement.excluded[name] for name in ("subject", "host", "next_at", "body")}
            self.connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=changed), rows)

    def retire_sources(self, sources: Iterable[str]) -> None:
        """Read these no longer."""
        where = t.polls.c.source.in_(list(sources))
        self.connection.execute(update(t.polls).where(where).values(next_at=None, lease_until=None))

    def claim_looks(self, now: datetime, until: datetime, by: str, limit: int) -> list[Due]:
        """Lease up to `limit` looks that are due, the longest overdue first."""
        c = t.polls.c
        at = t.to_micros(now)
        free = or_(c.lease_until.is_(None), c.lease_until <= at)
        rows = self.connection.execute(
            select(t.polls)
            .where(c.next_at <= at, free)
            .order_by(c.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if rows:
            leased = {"lease_until": t.to_micros(until), "lease_by": by, "asked_at": at}
            ours = c.source.in_([row.source for row in rows])
            self.connection.execute(update(t.polls).where(ours).values(leased))
        return [
            Due(
                _decode_source(r.body),
                decode_cursor(r.cursor),
                _decode_kept(r.kept),
                now,
                t.moment_or_none(r.ask),
            )
            for r in rows
        ]

    def renew_leases(self, looks: Sequence[Due], until: datetime) -> None:
        """Lease looks that take long until `until`; a lease lost meanwhile stays lost."""
        at = t.to_micros(until)
        _RENEW.run(self.connection, [(at, one.source.id, t.to_micros(one.asked_at)) for one in looks])

    def finish_looks(self, done: Sequence[Done]) -> None:
        """End the leases of looks that were made, and keep what they left; a lease lost meanwhile stays lost."""
        rows = [
            (t.to_micros(one.next_at), encode(one.cursor), encode(one.kept), one.source, t.to_micros(one.asked_at))
            for one in done
        ]
        _FINISH.run(self.connection, rows)

    def set_asks(self, asks: Mapping[str, tuple[datetime | None, datetime | None]]) -> None:
        """Note which sources are wanted: {source: (the moment that a good look must reach, when to look)}."""
        rows = [(t.micros_or_none(ask), t.micros_or_none(at), name) for name, (ask, at) in sorted(asks.items())]
        _ASK.run(self.connection, [row for row in rows if row[1] is not None])
        _ASK_NO_MORE.run(self.connection, [(ask, name) for ask, at, name in rows if at is None])

    def look_now(self, source: str, now: datetime) -> None:
        """Make a source due, and its next look one that is parsed anew."""
        c = t.polls.c
        values = {"next_at": t.to_micros(now), "cursor": encode(Cursor())}
        self.connection.execute(update(t.polls).where(c.source == source, c.next_at.is_not(None)).values(values))

    def sources(self) -> list[Source]:
        """Every source that is read, by id."""
        c = t.polls.c
        rows = self.connection.execute(select(c.body).where(c.next_at.is_not(None)).order_by(c.source)).scalars()
        return [_decode_source(body) for body in rows]

    def next_poll(self) -> datetime | None:
        """When the next look is due."""
        return t.moment_or_none(self.connection.execute(select(func.min(t.polls.c.next_at))).scalar())

    def oldest_look_out(self, now: datetime) -> datetime | None:
        """When the oldest look that is under way was asked; None where none is."""
        query = select(func.min(t.polls.c.asked_at)).where(t.polls.c.lease_until > t.to_micros(now))
        return t.moment_or_none(self.connection.execute(query).scalar())

    def looks_late(self, now: datetime) -> int:
        """How many looks are overdue."""
        query = select(func.count()).select_from(t.polls).where(t.polls.c.next_at <= t.to_micros(now))
        return self.connection.execute(query).scalar_one()


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


def host_of(url: str) -> str:
    """The host that a URL names, for politeness; "" where it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
