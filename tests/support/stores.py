"""Stores at once: the tables are migrated once per process, and every further SQLite store is a copy of them, or of
what another store holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from streams.ports.store import Store, open_store
from streams.ports.store.opening import connect

MEMORY = "sqlite://"


def content_of(store: Store) -> bytes:
    """All that a store in memory holds."""
    with store._engine.connect() as connection:
        made = connection.connection.driver_connection
        assert isinstance(made, sqlite3.Connection)
        return made.serialize()


@cache
def _empty() -> bytes:
    """A migrated database that holds nothing."""
    store = open_store(MEMORY)
    found = content_of(store)
    store.close()
    return found


def is_sqlite(url: str) -> bool:
    """Whether the store at a URL may be laid there as a copy."""
    return make_url(url).get_backend_name() == "sqlite"


def laid(path: Path, content: bytes = b"") -> str:
    """A store in a file, which nobody has opened yet, empty or with another's content; its URL."""
    path.write_bytes(content or _empty())
    return f"sqlite:///{path}"


def new_store(url: str = MEMORY, content: bytes = b"") -> Store:
    """A new store, empty or with another's content; what is not SQLite is empty, and migrated as ever."""
    if not is_sqlite(url):
        return open_store(url)
    database = make_url(url).database
    if database:
        return open_store(laid(Path(database), content))
    store = connect(url)
    renew(store, content)
    return store


def renew(store: Store, content: bytes = b"") -> None:
    """Make a store in memory what it was when it was new."""
    with store._engine.connect() as connection, closing(sqlite3.connect(":memory:")) as kept:
        target = connection.connection.driver_connection
        assert isinstance(target, sqlite3.Connection)
        kept.deserialize(content or _empty())
        kept.backup(target)
