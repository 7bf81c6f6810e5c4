"""Empty stores, at once: the tables are migrated once per process, and every further SQLite store is a copy of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from streams.ports.store import Store, open_store
from streams.ports.store.opening import connect

MEMORY = "sqlite://"


@cache
def _empty() -> bytes:
    """A migrated database that holds nothing."""
    store = open_store(MEMORY)
    with store._engine.connect() as connection:
        made = connection.connection.driver_connection
        assert isinstance(made, sqlite3.Connection)
        found = made.serialize()
    store.close()
    return found


def laid(path: Path) -> str:
    """An empty store in a file, which nobody has opened yet; its URL."""
    path.write_bytes(_empty())
    return f"sqlite:///{path}"


def new_store(url: str = MEMORY) -> Store:
    """An empty store; what is not SQLite is migrated as ever."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return open_store(url)
    if where.database:
        return open_store(laid(Path(where.database)))
    store = connect(url)
    renew(store)
    return store


def renew(store: Store) -> None:
    """Make a store in memory what it was when it was new."""
    with store._engine.connect() as connection, closing(sqlite3.connect(":memory:")) as kept:
        target = connection.connection.driver_connection
        assert isinstance(target, sqlite3.Connection)
        kept.deserialize(_empty())
        kept.backup(target)
