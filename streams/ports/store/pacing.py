"""How fast letters go out by a channel: what is under way or was lately, so that all senders together keep the pace.

The other side counts a message at some moment between our claim and its answer. So an attempt takes a place from its
claim until a window after its end: of `most` + 1 messages that it could count in one window, the last could not have
been claimed. A sender that dies leaves its attempts to end with their leases.

Where a service says that it was sent too many, all letters by its channel wait as long as it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.outgoing import Pace
from streams.ports.store import tables as t
from streams.ports.store.batches import hold

Paces = Mapping[str, Sequence[Pace]]  # by channel
LOCK = 7_241_903  # of the database, for whoever claims by pace: any number that nobody else uses
_s, _o, _p = t.sendings.c, t.outbox.c, t.pauses.c


class _Wait(msgspec.Struct, frozen=True):
    """Whose letters wait (every address's, or one's), and until when they need not be asked for."""

    channel: str
    recipient: str | None
    until: int


def lock(connection: Connection) -> None:
    """Claim by pace alone, until the transaction ends; on SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def pause(connection: Connection, channel: str, until: int) -> None:
    """No letter by `channel` is claimed before `until`; of two pauses the longer one stands."""
    put = upsert(t.pauses).values(channel=channel, until=until)
    longer = put.excluded.until > _p.until
    connection.execute(
        put.on_conflict_do_update(index_elements=["channel"], set_={"until": put.excluded.until}, where=longer)
    )


def heed(connection: Connection, at: int) -> None:
    """Put off the letters of channels that pause at `at`, and let go of pauses that are over."""
    pauses: dict[str, int] = {row.channel: row.until for row in connection.execute(select(t.pauses))}
    if any(until <= at for until in pauses.values()):
        connection.execute(delete(t.pauses).where(_p.until <= at))
    for channel, until in sorted(pauses.items()):
        if until > at:
            _put_off(connection, at, _Wait(channel, None, until))


def within(connection: Connection, at: int, rows: Sequence[Any], paces: Paces) -> list[Any]:
    """Those of `rows` (letters that could be claimed, in order) that the paces allow at `at`. The others wait: their
    channel's letters are due when a place will be free, and no attempt is counted."""
    _forget(connection, at, paces)
    allowed: list[Any] = []
    waits: list[_Wait] = []
    for row in rows:
        found = [_free_at(connection, at, row, pace, allowed) for pace in paces.get(row.channel, ())]
        full = [one for one in found if one is not None]
        if full:
            waits.append(max(full, key=lambda one: one.until))
        else:
            allowed.append(row)
    for wait in dict.fromkeys(waits):
        _put_off(connection, at, wait)
    return allowed


def begin(connection: Connection, at: int, until: int, rows: Iterable[Any]) -> None:
    """These letters are under way, at most until `until`."""
    ours = list(rows)
    query = select(_s.key, func.max(_s.began_at)).where(_s.key.in_([row.key for row in ours])).group_by(_s.key)
    before: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)} if ours else {}
    begun = [
        {
            "key": row.key,
            "began_at": max(at, before.get(row.key, 0) + 1),  # a clock may step back, or stand still
            "channel": row.channel,
            "recipient": row.recipient,
            "ended_at": until,
        }
        for row in ours
    ]
    if begun:
        connection.execute(t.sendings.insert(), begun)


def end(connection: Connection, at: int, key: str) -> None:
    """The attempt at the letter `key` is over."""
    connection.execute(update(t.sendings).where(_s.key == key, _s.ended_at > at).values(ended_at=at))


def _free_at(connection: Connection, at: int, row: Any, pace: Pace, taken: Sequence[Any]) -> _Wait | None:
    """None where the pace has a place for this letter, besides those that were `taken` before it."""
    recipient = row.recipient if pace.each_address else None
    mine = [one for one in taken if one.channel == row.channel and recipient in {None, one.recipient}]
    ends = [*_ends(connection, at - _width(pace), row.channel, recipient), *(at for _ in mine)]
    if len(ends) < pace.most:
        return None
    # What is under way may end now: then there is a place a window from now, and whoever looks too early looks again.
    first = sorted(min(one, at) for one in ends)[len(ends) - pace.most]
    return _Wait(row.channel, recipient, first + _width(pace))


def _ends(connection: Connection, after: int, channel: str, recipient: str | None) -> Iterator[int]:
    query = select(_s.ended_at).where(_s.channel == channel, _s.ended_at > after)
    if recipient is not None:
        query = query.where(_s.recipient == recipient)
    return iter(connection.execute(query).scalars().all())


def _put_off(connection: Connection, at: int, wait: _Wait) -> None:
    """Ask for these letters no earlier than that; what is under way is left alone."""
    mine = (_o.state == "waiting") & (_o.channel == wait.channel) & (_o.next_at < wait.until)
    mine &= _o.lease_until.is_(None) | (_o.lease_until <= at)
    if wait.recipient is not None:
        mine &= _o.recipient == wait.recipient
    keys = list(connection.execute(select(_o.key).where(mine)).scalars())
    hold(connection, _o.key, keys)
    connection.execute(update(t.outbox).where(mine).values(next_at=wait.until))


def _forget(connection: Connection, at: int, paces: Paces) -> None:
    """Let go of attempts that no window reaches any more."""
    for channel, several in paces.items():
        longest = max((_width(pace) for pace in several), default=0)
        connection.execute(delete(t.sendings).where(_s.channel == channel, _s.ended_at <= at - longest))


def _width(pace: Pace) -> int:
    return round(pace.seconds * 1_000_000)
