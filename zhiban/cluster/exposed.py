"""/healthz and /metrics of a worker that has no other use for a web server: on a port of its own, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from streams.ports.store import Store
from zhiban.cluster.parts import Parts
from zhiban.config import Cluster, ConfigError
from zhiban.web import serve_vitals
from zhiban.words import say


@contextmanager
def exposed(parts: Parts) -> Iterator[None]:
    """Answer at `[cluster] metrics_port` for as long as the worker works; 0: not at all. Raises ConfigError."""
    settings = parts.config.cluster
    if not settings.metrics_port:
        yield
        return
    app = serve_vitals(parts.metrics, lambda: worker_fault(parts))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
    with _listening(settings, parts.base / "zhiban.toml") as listening:
        # A thread: Faust has the main one's loop for itself, and a loop that is stuck must still be told of.
        thread = threading.Thread(target=server.run, args=([listening],), name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(timeout=5)


def worker_fault(parts: Parts) -> str:
    """What is wrong with this worker, in words, or ""."""
    return parts.pulse.fault() or _store_fault(parts.store)


def _store_fault(store: Store) -> str:
    try:
        with store.read() as tx:
            tx.partition_count()
    except Exception as error:
        return f"store: {type(error).__name__}"
    return ""


def _listening(settings: Cluster, where: Path) -> socket.socket:
    try:
        return socket.create_server((settings.metrics_host, settings.metrics_port))
    except OSError as error:
        place = f"{settings.metrics_host}:{settings.metrics_port}"
        raise ConfigError(say("config.metrics_port", where=where, place=place, detail=error.strerror)) from error
