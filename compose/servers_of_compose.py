"""A broker and a database for as long as a demo or a test needs them: started from `kafka/` and `postgres/`, ended."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 120  # seconds until somebody must listen; the first start fetches 43 MB
_never = threading.Event()


@contextmanager
def kafka(folder: Path, libraries: Path, port: int | None = None) -> Iterator[str]:
    """A broker with its records in `folder`, by HOST:PORT; the jars are kept in `libraries`."""
    at, controller = port or free_port(), free_port()
    kept = folder / "controller"  # the same again at the next start: it stands in the cluster's own log
    if kept.exists():
        controller = int(kept.read_text(encoding="utf-8"))
    kept.write_text(str(controller), encoding="utf-8")
    libraries.mkdir(parents=True, exist_ok=True)
    if not (folder / "libs").exists():
        (folder / "libs").symlink_to(_fetched(libraries))
    words = [str(HERE / "kafka" / "start.py"), str(folder), "--port", str(at), "--controller", str(controller)]
    with serving(words, folder / "log", at):
        yield f"127.0.0.1:{at}"


@contextmanager
def postgres(port: int | None = None) -> Iterator[str]:
    """A database server in a folder of its own, by the SQLAlchemy URL of the database that each has."""
    at = port or free_port()
    # Short, and open to whom root steps down to: a socket's path has 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="zhiban-pg-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with serving([str(HERE / "postgres" / "start.py"), str(folder), "--port", str(at)], folder / "log", at):
            yield f"postgresql+psycopg://zhiban@127.0.0.1:{at}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(words: list[str], log: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program for as long as it is needed, from when it listens."""
    with log.open("wb") as lines, subprocess.Popen([sys.executable, *words], stdout=lines, stderr=lines) as process:
        try:
            _await(port, process, log)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE * 10):
        if process.poll() is not None:
            break
        with socket.socket() as one:
            one.settimeout(1)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        _never.wait(0.1)
    raise RuntimeError(f"{process.args!r}: nobody listens on {port}: {log.read_text(errors='replace')[-2000:]}")


def _fetched(libraries: Path) -> Path:
    fetch = [sys.executable, str(HERE / "kafka" / "start.py"), str(libraries), "--only-fetch"]
    subprocess.run(fetch, check=True)
    return libraries / "libs"
