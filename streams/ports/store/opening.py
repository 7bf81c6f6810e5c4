"""Open a store: connect, migrate, and hand out transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.pool import StaticPool

from streams.ports.store.desk import DeskPart
from streams.ports.store.leases import LeasePart
from streams.ports.store.ledger import LedgerPart
from streams.ports.store.log import LogPart
from streams.ports.store.marks import refuse_filling
from streams.ports.store.outbox import OutboxPart
from streams.ports.store.polls import PollPart
from streams.ports.store.pool import PoolUse, Waits, use_of
from streams.ports.store.progress import ProgressPart
from streams.ports.store.state import StatePart
from streams.ports.store.stories import StoryPart
from streams.ports.store.texts import TextPart
from streams.ports.store.weeks import WeekPart

MIGRATIONS = Path(__file__).parent / "migrations"


class Transaction(
    LogPart,
    ProgressPart,
    StatePart,
    StoryPart,
    TextPart,
    LedgerPart,
    PollPart,
    DeskPart,
    WeekPart,
    OutboxPart,
    LeasePart,
):
    """Everything that may be done inside one database transaction; each part in a file of its own."""

    def __init__(self, connection: Connection) -> None:
        """Work on `connection`, whose transaction somebody else begins and ends."""
        self.connection = connection


class Store:
    """One database that holds log, state and ledger. Transactions are serialised by the database."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, whose tables are up to date."""
        self._engine = engine
        self._waits = Waits(engine.pool)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction that commits at the end, and not at all if anything is raised."""
        self._waits.note()
        with self._engine.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent reading that waits for no writer and holds none up."""
        options = self._engine.execution_options(zhiban_read=True)
        self._waits.note()
        with options.connect() as connection, connection.begin():
            yield Transaction(connection)

    def pool(self) -> PoolUse:
        """How the pool of connections is used now; zeros where the pool does not count."""
        return use_of(self._engine.pool, self._waits.count)

    def migrate(self) -> None:
        """Bring the tables up to the newest version."""
        migrate(self._engine)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def is_away(error: BaseException) -> bool:
    """Whether the database is gone or going, not the statement wrong: with a fresh connection it may be done again."""
    return isinstance(error, (OperationalError, InterfaceError, DisconnectionError))


def open_store(url: str) -> Store:
    """Open (and migrate) the store at a SQLAlchemy URL, such as `sqlite:///zhiban.db` or `sqlite://` (in memory).

    Raises Refused where a copy has not finished filling it: half a city must be neither read nor moved.
    """
    store = connect(url)
    try:
        store.migrate()
        with store.read() as tx:
            refuse_filling(tx.connection)
    except BaseException:
        store.close()
        raise
    return store


def connect(url: str) -> Store:
    """The store at a URL as it is, neither migrated nor asked whether it may be used: for whoever copies it."""
    return Store(_engine(url))


def _engine(url: str) -> Engine:
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        # Asked before it is used: a connection that a restart of the database has cut is replaced, not found out later.
        return create_engine(where, pool_pre_ping=True, connect_args={"application_name": "zhiban"})
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 30}}
    if where.database in {None, "", ":memory:"}:
        options["poolclass"] = StaticPool
    else:
        Path(str(where.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(where, **options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is off: it would begin too late, and never IMMEDIATE.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


# A commit's cost is its sync; 16 MB of write-ahead log between two checkpoints, and 64 MB of pages in memory, spare the
# file what the next batch would write again.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
    "cache_size=-65536",
)


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a writer that first reads must not find, when it comes to write, that another was quicker.
    mode = "DEFERRED" if connection.get_execution_options().get("zhiban_read") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")


def newest_version() -> str:
    """The version of the tables that we make: that of the last migration."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _version(engine: Engine) -> str | None:
    """The version of the tables that stand there; None where there are none."""
    with engine.execution_options(zhiban_read=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("select version_num from alembic_version")).scalar()


def migrate(engine: Engine) -> None:
    """Bring the tables up to the newest version, in one transaction; where they are, nobody waits for a writer."""
    if _version(engine) == newest_version():
        return
    from alembic import command  # noqa: PLC0415 - 0.2 s that only an older store should cost
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
