"""A broker, a database and a cluster for as long as a benchmark needs them, by the tests' own means."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Unmeasured

HOME = Path(__file__).parents[1]


@contextmanager
def running(partitions: int) -> Iterator[tuple[Any, str]]:
    """A cluster with its topics made and no worker yet (`tests/support/clusters.py`), and its database's URL.

    Raises Unmeasured where the cluster's clients are not installed.
    """
    with ExitStack() as stack:
        modules = _modules()
        compose = modules.started()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "kafka").mkdir()
        broker = stack.enter_context(compose.kafka(folder / "kafka", modules.LIBRARIES))
        database = stack.enter_context(database_of(compose))
        from clusters import Cluster  # noqa: PLC0415 - the tests' own

        cluster = Cluster(folder / "worker", broker, database, "bench", partitions=partitions)
        stack.callback(cluster.close)
        yield cluster, database


@contextmanager
def database_of(compose: Any) -> Iterator[str]:
    """An empty database on a server of its own, by its URL."""
    modules = _modules()
    with compose.postgres() as server, modules.fresh_database(server) as url:
        yield url


@contextmanager
def database() -> Iterator[str]:
    """An empty PostgreSQL database, by its URL."""
    with database_of(_modules().started()) as url:
        yield url


def _modules() -> Any:
    support = str(HOME / "tests" / "support")
    if support not in sys.path:
        sys.path.insert(0, support)
    try:
        import clusters  # noqa: F401, PLC0415 - the tests' own, and the clients are an extra
        import servers  # noqa: PLC0415
    except ImportError as error:
        raise Unmeasured(f"{error}: `make bench` installs the cluster's clients where it can") from error
    return servers
