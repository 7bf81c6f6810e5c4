"""What was folded of the ledger up to the end of a week: nothing that could not be folded anew, only sooner there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.ports.store import tables as t

MOST = 5  # that are kept: a week told late, or told again, begins at one of them


class WeekPart:
    """Keep folds, and find where to begin."""

    connection: Connection

    def folded_week(self, until: datetime, version: str) -> tuple[datetime, bytes] | None:
        """The latest fold of `version` that ends at or before `until`, and where it ends."""
        c = t.weeks.c
        query = select(c.until, c.body).where(c.until <= t.to_micros(until), c.version == version)
        row = self.connection.execute(query.order_by(c.until.desc()).limit(1)).first()
        return None if row is None else (t.from_micros(row.until), bytes(row.body))

    def keep_week(self, until: datetime, version: str, body: bytes) -> None:
        """Keep the fold that ends at `until`; the last ones of this version stay, and none of another."""
        c = t.weeks.c
        statement = upsert(t.weeks).values(until=t.to_micros(until), version=version, body=body)
        onto = {"version": statement.excluded.version, "body": statement.excluded.body}
        self.connection.execute(statement.on_conflict_do_update(index_elements=["until"], set_=onto))
        last = select(c.until).where(c.version == version).order_by(c.until.desc()).limit(MOST)
        self.connection.execute(delete(t.weeks).where(c.until.not_in(last)))
