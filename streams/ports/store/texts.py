"""Masked texts of messages, where an office switched that on: each is kept until a moment, and then swept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.ports.store import tables as t

Kept = tuple[str, str, str, str, datetime, str]  # subject, source, message, part, when that was, masked text


class TextPart:
    """Keep texts, read them, and sweep those whose time is over."""

    connection: Connection

    def keep_texts(self, texts: Sequence[Kept], until: datetime) -> None:
        """Keep these until then; one that is kept already stays as it is."""
        names = ("subject", "source", "message", "part", "at", "body")
        rows = [dict(zip(names, (*text[:4], t.to_micros(text[4]), text[5]), strict=True)) for text in texts]
        ends = [row | {"keep_until": t.to_micros(until)} for row in rows]
        if ends:
            self.connection.execute(upsert(t.message_texts).on_conflict_do_nothing(), ends)

    def message_texts(self, message: str, now: datetime) -> list[Kept]:
        """What is kept of the messages of this id, in the order of time; nothing whose time is over."""
        c = t.message_texts.c
        query = select(t.message_texts).where(c.message == message, c.keep_until > t.to_micros(now))
        rows = self.connection.execute(query.order_by(c.subject, c.source, c.at, c.part))
        return [(row.subject, row.source, row.message, row.part, t.from_micros(row.at), row.body) for row in rows]

    def sweep_texts(self, now: datetime) -> int:
        """Delete what is kept no longer; how many that were."""
        over = t.message_texts.c.keep_until <= t.to_micros(now)
        return self.connection.execute(delete(t.message_texts).where(over)).rowcount
