"""The desk's state: values by (kind, key), and how far it has read the ledger, moved by compare-and-set."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, columns
from streams.ports.store.state import Conflict

TURNS = "desk_turns"


class DeskPart:
    """Load the desk, and save what a turn changed."""

    connection: Connection

    def load_desk(self) -> tuple[int, dict[tuple[str, str], bytes]]:
        """The number of turns taken so far, and every value by (kind, key)."""
        rows = self.connection.execute(select(t.desk)).all()
        return self._turns(), {(row.kind, row.key): bytes(row.body) for row in rows}

    def desk_values(self, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Those of these values (kind, key) that there are."""
        c = t.desk.c
        rows = self.connection.execute(select(t.desk).where(tuple_(c.kind, c.key).in_(sorted(places))))
        return {(row.kind, row.key): bytes(row.body) for row in rows}

    def desk_keys(self, kind: str, beginning: str) -> list[str]:
        """The keys of a kind that begin so; two at most, for more than one names none."""
        c = t.desk.c
        query = select(c.key).where(c.kind == kind, c.key.startswith(beginning, autoescape=True)).order_by(c.key)
        return list(self.connection.execute(query.limit(2)).scalars())

    def desk_turns(self) -> int:
        """The number of turns taken so far: a desk that remembers its own knows whether it may go on."""
        return self._turns()

    def save_desk(self, turns: int, changes: Mapping[tuple[str, str], bytes | None]) -> None:
        """Write the turn after `turns`; None takes a value away. Raises Conflict if another desk was quicker."""
        self._move(turns)
        stay = [(kind, key, body) for (kind, key), body in changes.items() if body is not None]
        _KEEP.run(self.connection, stay)
        gone = [pair for pair, body in changes.items() if body is None]
        for start in range(0, len(gone), 400):
            pairs = gone[start : start + 400]
            self.connection.execute(delete(t.desk).where(tuple_(t.desk.c.kind, t.desk.c.key).in_(pairs)))

    def _turns(self) -> int:
        value = self.connection.execute(select(t.meta.c.value).where(t.meta.c.key == TURNS)).scalar()
        return int(value or 0)

    def _move(self, turns: int) -> None:
        if turns == 0 and self._turns() == 0:
            self.connection.execute(insert(t.meta).values(key=TURNS, value="1"))
            return
        where = (t.meta.c.key == TURNS) & (t.meta.c.value == str(turns))
        done = self.connection.execute(update(t.meta).where(where).values(value=str(turns + 1)))
        if done.rowcount != 1:
            message = f"the desk's turn {turns + 1} was taken by another"
            raise Conflict(message)

    def get_meta(self, key: str) -> str | None:
        """A named value of the store itself."""
        return self.connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()

    def keep_meta(self, key: str, value: str) -> str:
        """Set a named value where there is none; the one that stands, whoever was first."""
        self.connection.execute(upsert(t.meta).values(key=key, value=value).on_conflict_do_nothing())
        standing: str = self.connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar_one()
        return standing

    def set_meta(self, key: str, value: str) -> None:
        """Set a named value."""
        statement = upsert(t.meta).values(key=key, value=value)
        self.connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


_c = t.desk.c
_value = upsert(t.desk)
_KEEP = Batch(
    lambda given: given.into(_value).on_conflict_do_update(
        index_elements=["kind", "key"], set_={"body": _value.excluded.body}
    ),
    columns(_c.kind, _c.key, _c.body),
)
