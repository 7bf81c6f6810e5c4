"""What stands on a whole store: it is being filled by a copy, its city has moved away, or where its log is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from streams.ports.store import tables as t

if TYPE_CHECKING:
    from streams.ports.store.opening import Transaction

FILLING = "copy_into"  # the named value of a store that a copy fills
LEAVING = "copy_away"  # of a store that is copied, or was
CAME = "copied_by"  # of a finished copy: which one it was
LOG = "log_is"
OURS = (FILLING, LEAVING, CAME, LOG)  # said of the one store, not of the city: never copied

Where = Literal["table", "kafka"]


class Refused(Exception):
    """What was asked for must not be done. `key` says why, and the fields what was found: the screen has the words."""

    def __init__(self, key: str, **fields: object) -> None:
        """Without secrets: everything is shown."""
        self.key, self.fields = key, fields
        super().__init__(f"{key}: " + ", ".join(f"{name}={value}" for name, value in fields.items()))


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """On either side of a copy. `id` is the copy's; `there` the other store; `after` the key of the last row copied of
    `table`, and `rows` how many there are of each table so far."""

    id: str
    there: str
    since: datetime
    done: bool = False
    partitions: int = 0
    table: str = ""
    after: tuple[str | int, ...] = ()
    rows: dict[str, int] = {}


def read_mark(connection: Connection, key: str) -> Mark | None:
    """The mark of that name, or None."""
    value = connection.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar()
    return None if value is None else msgspec.json.decode(value, type=Mark)


def put_mark(connection: Connection, key: str, mark: Mark, was: Mark | None = None) -> None:
    """Set a mark in the place of `was`; raises Refused where another copy has changed it meanwhile."""
    if was is None:
        connection.execute(insert(t.meta).values(key=key, value=_text(mark)))
        return
    where = (t.meta.c.key == key) & (t.meta.c.value == _text(was))
    if connection.execute(update(t.meta).where(where).values(value=_text(mark))).rowcount != 1:
        raise Refused("two_copies", there=was.there)


def take_mark(connection: Connection, key: str) -> None:
    """Take a mark away."""
    connection.execute(delete(t.meta).where(t.meta.c.key == key))


def _text(mark: Mark) -> str:
    return msgspec.json.encode(mark, order="deterministic").decode()


def refuse_filling(connection: Connection) -> None:
    """Raise Refused where a copy has not finished filling this store."""
    mark = read_mark(connection, FILLING)
    if mark is not None:
        raise Refused("filling", there=mark.there, since=mark.since)


def refuse_left(tx: Transaction) -> None:
    """Raise Refused where this store's city was copied elsewhere, or is being copied. Whoever changes it asks first."""
    mark = read_mark(tx.connection, LEAVING)
    if mark is not None:
        raise Refused("moved" if mark.done else "leaving", there=mark.there, since=mark.since)


def claim_log(tx: Transaction, log: Where) -> None:
    """Say that this store's log is `log`; raises Refused where it is the other one, or where the city has left: a log
    of another kind would begin at positions that the rows have passed."""
    refuse_left(tx)
    found = where_the_log_is(tx)
    if found not in {None, log}:
        raise Refused(f"log_{found}")
    if tx.get_meta(LOG) is None:
        tx.set_meta(LOG, log)


def where_the_log_is(tx: Transaction) -> Where | None:
    """Whether the log is the database's own table, or Kafka; None where nothing says so yet."""
    said = tx.get_meta(LOG)
    if said is not None:
        return "kafka" if said == "kafka" else "table"
    # Of a store from before anybody said so: only a log that is a table holds ticks, and only Kafka is relayed to.
    c = t.partitions.c
    if tx.connection.execute(select(c.partition).where(c.relayed > 0)).first() is not None:
        return "kafka"
    ticks = select(t.log.c.offset).where(t.log.c.kind == "tick").limit(1)
    return "table" if tx.connection.execute(ticks).first() is not None else None
