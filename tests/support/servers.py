"""A real broker and a real database: those that are named in the environment, or our own, ended with the session."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

_never = threading.Event()
ROOT = Path(__file__).parents[2]
LIBRARIES = ROOT / ".stamps" / "kafka"  # the jars stay between two runs; the records do not


def started() -> Any:
    """`compose/servers.py`, which is no package's."""
    sys.path.insert(0, str(ROOT / "compose"))
    try:
        import servers_of_compose  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    return servers_of_compose


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a broker."""
    given = os.environ.get("ZHIBAN_TEST_KAFKA")
    if given:
        yield given
        return
    need("Kafka", "ZHIBAN_TEST_KAFKA", "java", "mvn")
    with started().kafka(tmp_path_factory.mktemp("kafka"), LIBRARIES) as broker:
        yield broker


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a database server, by way of the database that each has."""
    given = os.environ.get("ZHIBAN_TEST_POSTGRES")
    if given:
        yield given
        return
    need("PostgreSQL", "ZHIBAN_TEST_POSTGRES", "pg_config")
    with started().postgres() as url:
        yield url


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """The URL of an empty database of its own."""
    with fresh_database(server) as url:
        yield url


class Own:
    """A server of the test's own, which may be killed and started again at the same port."""

    def __init__(self, start: Callable[[], ExitStack]) -> None:
        self._start = start
        self._running = start()

    def restart(self, end: Callable[[], None]) -> None:
        """End it in its own hard way, and start it again."""
        end()
        self._running.close()
        self._running = self._start()

    def close(self) -> None:
        """End it."""
        self._running.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A database server of its own, and what restarts it at once, in mid-transaction."""
    need("PostgreSQL", "ZHIBAN_TEST_POSTGRES", "pg_config")
    compose = started()
    folder, port = Path(f"/tmp/zb{os.getpid()}{random.randrange(10**6)}"), compose.free_port()
    folder.mkdir(mode=0o755)
    url = f"postgresql+psycopg://zhiban@127.0.0.1:{port}/postgres"
    words = [str(compose.HERE / "postgres" / "start.py"), str(folder), "--port", str(port)]

    def start() -> ExitStack:
        stack = ExitStack()
        stack.enter_context(compose.serving(words, tmp_path / "postgres.log", port))
        _await_answer(url)
        return stack

    def immediately() -> None:
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)

    own = Own(start)
    try:
        yield url, lambda: own.restart(immediately)
    finally:
        own.close()
        compose.shutil.rmtree(folder, ignore_errors=True)


def _await_answer(url: str) -> None:
    """Return when a server that listens is no longer starting up."""
    import sqlalchemy as sa

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    for _ in range(600):
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            _never.wait(0.1)
    raise AssertionError("the database did not start within a minute")


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make a database on the server, and drop it at the end."""
    import sqlalchemy as sa

    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"drop database {name} with (force)"))
        engine.dispose()


@pytest.fixture
def prefix() -> str:
    """Topics of its own for each test."""
    return f"t{uuid.uuid4().hex[:12]}"


def need(what: str, variable: str, *tools: str) -> None:
    """Say in one line what is not there; in CI that is a failure."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if not missing:
        return
    text = f"no {what}: {', '.join(missing)} not found, and {variable} names none"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)
