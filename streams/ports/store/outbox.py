"""The outbox: letters as bytes with a stable key, sent at least once, in order for each recipient and channel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.ports.store import pacing
from streams.ports.store import tables as t
from streams.ports.store.batches import hold
from streams.ports.store.pacing import Paces

NO_PACES: Paces = {}
WAITING, SENT, REFUSED, GAVE_UP, SUPERSEDED = "waiting", "sent", "refused", "gave_up", "superseded"


class Draft(msgspec.Struct, frozen=True):
    """A letter to be put in the outbox; `body` is the letter as JSON."""

    key: str
    channel: str
    recipient: str
    written_at: datetime
    body: bytes


class Claimed(msgspec.Struct, frozen=True):
    """A letter that is ours to send until the lease ends.

    `unsure`: an earlier attempt may have been taken, for its answer was lost, or its sender ended in the midst of it.
    """

    key: str
    channel: str
    attempts: int
    body: bytes
    unsure: bool = False


class OutboxPart:
    """Put letters out, claim what is due, and say what became of it."""

    connection: Connection

    def put_letters(self, drafts: Sequence[Draft]) -> None:
        """Add letters; a key that is there already is a bug of the desk, and fails."""
        rows = [_row(draft) for draft in drafts]
        if rows:
            self.connection.execute(t.outbox.insert(), rows)

    def put_first(self, draft: Draft) -> bool:
        """Add a letter unless one of its key was ever put out: of several who make the same one at the same time, one
        does. Whether it was added."""
        statement = upsert(t.outbox).values(_row(draft)).on_conflict_do_nothing(index_elements=["key"])
        return self.connection.execute(statement.returning(t.outbox.c.key)).first() is not None

    def has_letter(self, key: str) -> bool:
        """Whether a letter of that key was ever put out."""
        return self.connection.execute(select(t.outbox.c.key).where(t.outbox.c.key == key)).first() is not None

    def letter_states(self, keys: Collection[str]) -> dict[str, tuple[str, str]]:
        """State and last answer of these letters, as far as they were put out."""
        c = t.outbox.c
        rows = self.connection.execute(select(c.key, c.state, c.answer).where(c.key.in_(list(keys))))
        return {row.key: (row.state, row.answer) for row in rows}

    def supersede(self, keys: Iterable[str]) -> None:
        """Mark letters that wait still as overtaken by a newer one."""
        found = list(keys)
        hold(self.connection, t.outbox.c.key, found)
        where = t.outbox.c.key.in_(found) & (t.outbox.c.state == WAITING)
        self.connection.execute(update(t.outbox).where(where).values(state=SUPERSEDED, next_at=None))

    def claim_letters(self, now: datetime, until: datetime, limit: int, paces: Paces = NO_PACES) -> list[Claimed]:
        """Lease up to `limit` letters until `until`: of each (channel, recipient) only the oldest that still waits.

        A channel of `paces` is given no more letters than it may send; the rest are due when there is a place again. A
        channel that pauses is given none.
        """
        c = t.outbox.c
        at = t.to_micros(now)
        if paces:
            pacing.lock(self.connection)
        pacing.heed(self.connection, at)
        place = func.row_number().over(partition_by=(c.channel, c.recipient), order_by=(c.written_at, c.key))
        waiting = select(t.outbox, place.label("place")).where(c.state == WAITING).subquery()
        free = waiting.c.lease_until.is_(None) | (waiting.c.lease_until <= at)
        query = select(waiting).where(waiting.c.place == 1, waiting.c.next_at <= at, free)
        in_turn = query.order_by(waiting.c.next_at, waiting.c.written_at, waiting.c.key)
        rows = list(self.connection.execute(in_turn.limit(limit)).all())
        if paces:
            rows = pacing.within(self.connection, at, rows, paces)
        # Asked again while taking: of two senders that found the same letter, the second finds it leased.
        still = (
            c.key.in_([row.key for row in rows])
            & (c.state == WAITING)
            & (c.lease_until.is_(None) | (c.lease_until <= at))
        )
        taking = update(t.outbox).where(still).values(lease_until=t.to_micros(until)).returning(c.key)
        ours = set(self.connection.execute(taking).scalars())
        found = [row for row in rows if row.key in ours]
        pacing.begin(self.connection, at, t.to_micros(until), (row for row in found if row.channel in paces))
        return [Claimed(row.key, row.channel, row.attempts, bytes(row.body), _unsure(row)) for row in found]

    def pause_channel(self, channel: str, until: datetime) -> None:
        """Let every letter by a channel wait until then: its service says that it was sent too many. Asked for before
        a letter is settled in the same transaction, so that nobody waits for each other in a ring."""
        pacing.pause(self.connection, channel, t.to_micros(until))

    def settle_letter(
        self, key: str, state: str, answer: str, now: datetime, next_at: datetime | None, *, unsure: bool = False
    ) -> None:
        """Say what became of an attempt: `state` is waiting (again at `next_at`), sent, refused or gave_up; `unsure`
        where this one or one before may have been taken without an answer."""
        values = {
            "state": state,
            "answer": answer[:500],
            "unsure": int(unsure),
            "attempts": t.outbox.c.attempts + 1,
            "next_at": t.micros_or_none(next_at),
            "sent_at": t.to_micros(now) if state == SENT else None,
            "lease_until": None,
        }
        self.connection.execute(update(t.outbox).where(t.outbox.c.key == key).values(values))
        pacing.end(self.connection, t.to_micros(now), key)

    def last_ended(self, key: str, limit: int) -> list[tuple[str, bytes]]:
        """(state, JSON) of the last letters to the recipient of `key` of which it is known what became, that one
        included, the last first."""
        c = t.outbox.c
        one = self.connection.execute(select(c.channel, c.recipient).where(c.key == key)).one()
        ended = c.state.in_([SENT, REFUSED, GAVE_UP])
        query = select(c.state, c.body).where(c.channel == one.channel, c.recipient == one.recipient, ended)
        rows = self.connection.execute(query.order_by(c.written_at.desc(), c.key.desc()).limit(limit))
        return [(row.state, bytes(row.body)) for row in rows]

    def letters(self) -> list[tuple[str, str, bytes]]:
        """Every letter as (key, state, JSON), in the order in which they were written."""
        c = t.outbox.c
        rows = self.connection.execute(select(c.key, c.state, c.body).order_by(c.written_at, c.key))
        return [(row.key, row.state, bytes(row.body)) for row in rows]

    def letters_between(self, first: datetime, last: datetime) -> list[tuple[str, str, bytes]]:
        """The letters that were written in a span, as (channel, recipient, JSON)."""
        c = t.outbox.c
        within = (c.written_at >= t.to_micros(first)) & (c.written_at <= t.to_micros(last))
        rows = self.connection.execute(select(c.channel, c.recipient, c.body).where(within))
        return [(row.channel, row.recipient, bytes(row.body)) for row in rows]

    def addresses(self) -> list[tuple[str, str]]:
        """Whoever was ever written to, as (channel, recipient)."""
        c = t.outbox.c
        rows = self.connection.execute(select(c.channel, c.recipient).distinct().order_by(c.channel, c.recipient))
        return [(row.channel, row.recipient) for row in rows]

    def letter_counts(self) -> dict[str, int]:
        """How many letters there are by state."""
        c = t.outbox.c
        return {row[0]: row[1] for row in self.connection.execute(select(c.state, func.count()).group_by(c.state))}

    def perhaps_twice(self) -> int:
        """How many letters were sent after an attempt that may have been taken: who has them may have them twice."""
        c = t.outbox.c
        query = select(func.count()).where(c.state == SENT, c.unsure == 1)
        return int(self.connection.execute(query).scalar_one())

    def oldest_unsent(self) -> datetime | None:
        """When the oldest letter that still waits was written."""
        c = t.outbox.c
        return t.moment_or_none(
            self.connection.execute(select(func.min(c.written_at)).where(c.state == WAITING)).scalar()
        )

    def next_letter(self) -> datetime | None:
        """When the next attempt is due."""
        c = t.outbox.c
        return t.moment_or_none(self.connection.execute(select(func.min(c.next_at)).where(c.state == WAITING)).scalar())


def _unsure(row: Any) -> bool:
    return row.lease_until is not None or bool(row.unsure)


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "key": draft.key,
        "channel": draft.channel,
        "recipient": draft.recipient,
        "state": WAITING,
        "written_at": t.to_micros(draft.written_at),
        "next_at": t.to_micros(draft.written_at),
        "attempts": 0,
        "answer": "",
        "body": draft.body,
    }
