"""A real broker and a real database: those that are named in the environment, or our own, ended with the session."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAMPS = ROOT / ".stamps"
LIBRARIES = STAMPS / "kafka"  # the jars stay between two runs; the records do not


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a broker."""
    given = os.environ.get("ZHIBAN_TEST_KAFKA")
    if given:
        yield given
        return
    _need("Kafka", "ZHIBAN_TEST_KAFKA", "java", "mvn")
    folder = tmp_path_factory.mktemp("kafka")
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    port, controller = free_port(), free_port()
    script = [str(ROOT / "compose" / "kafka" / "start.py"), str(folder), "--port", str(port)]
    (folder / "libs").symlink_to(_libraries())
    with serving([sys.executable, *script, "--controller", str(controller)], folder / "log", port):
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database server, by way of the database that each has."""
    given = os.environ.get("ZHIBAN_TEST_POSTGRES")
    if given:
        yield given
        return
    _need("PostgreSQL", "ZHIBAN_TEST_POSTGRES", "pg_config")
    folder = Path(f"/tmp/zhiban-postgres-{uuid.uuid4().hex[:8]}")  # a short path: a socket's name has 107 bytes
    port = free_port()
    script = str(ROOT / "compose" / "postgres" / "start.py")
    try:
        folder.mkdir()
        with serving([sys.executable, script, str(folder), "--port", str(port)], folder / "log", port):
            yield f"postgresql+psycopg://zhiban@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """The URL of an empty database of its own."""
    with fresh_database(server) as url:
        yield url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make a database on the server, and drop it at the end."""
    import sqlalchemy as sa

    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
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


@contextmanager
def serving(command: list[str], log: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server for as long as it is needed."""
    with log.open("wb") as lines, subprocess.Popen(command, stdout=lines, stderr=lines) as process:
        try:
            await_port(port, process, log)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once somebody listens there."""
    import threading

    never = threading.Event()
    for _ in range(1200):
        if process.poll() is not None:
            break
        with socket.socket() as one:
            one.settimeout(1)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        never.wait(0.1)
    raise RuntimeError(f"{process.args!r}: nobody listens on {port}: {log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _libraries() -> Path:
    sys.path.insert(0, str(ROOT / "compose" / "kafka"))
    try:
        from start import fetch  # type: ignore[import-not-found]

        found: Path = fetch(LIBRARIES)
        return found
    finally:
        sys.path.pop(0)


def _need(what: str, variable: str, *tools: str) -> None:
    """Say in one line what is not there; in CI that is a failure."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if not missing:
        return
    text = f"no {what}: {', '.join(missing)} not found, and {variable} names none"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)
