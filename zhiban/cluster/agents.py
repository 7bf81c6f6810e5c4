"""The agents worker: Faust reads, one database transaction a batch judges; what the database cannot take now, waits."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence

from streams.agent import Agent
from streams.ports.kafka.consuming import Consuming, build_app, run_app
from streams.ports.store.log import Logged
from streams.ports.store.opening import is_away
from zhiban.cluster.parts import Parts

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 15.0


class Persistent:
    """Takes a batch until it is taken: a database that is away comes back, and the batch waits here, unacknowledged."""

    def __init__(self, take: Callable[[Mapping[int, Sequence[Logged]]], None], fresh: Callable[[], None]) -> None:
        """`fresh` lets go of every connection, so that the next attempt has a new one."""
        self._take, self._fresh = take, fresh
        self._stopping = threading.Event()

    def __call__(self, batches: Mapping[int, Sequence[Logged]]) -> None:
        """Return once it is committed; whatever is not the database's absence is raised."""
        pause = FIRST_PAUSE
        while True:
            try:
                return self._take(batches)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("the database is away (%s); the batch is tried again in %.1f s", error, pause)
            self._fresh()
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def agents(parts: Parts) -> None:
    """Read until SIGINT or SIGTERM; Faust handles both, and finishes the batch under way."""
    pick = parts.metrics.sampling(parts.rules)
    at_work = Agent(parts.store, parts.rules, told=parts.metrics.found, pick=pick)
    with tempfile.TemporaryDirectory(prefix="zhiban-agents-") as folder:
        settings = Consuming(
            servers=parts.config.cluster.kafka,
            topic=parts.layout.records,
            group=f"{parts.layout.prefix}-agents",
            epoch=_prepared(parts),
            datadir=folder,
            batch=parts.config.cluster.batch,
            within=parts.config.cluster.within,
            session_timeout=parts.config.cluster.session_timeout,
        )
        take = parts.pulse.owed("batch", Persistent(at_work.take_all, parts.store.close))
        run_app(build_app(settings, take, on_failure=lambda error: parts.on_failure("agents", error)))


def _prepared(parts: Parts) -> int:
    """The log's epoch, once the partitions are there: the workers start in any order."""
    with parts.store.write() as tx:
        tx.set_partitions(parts.layout.partitions)
        return tx.epoch()
