"""The agents' consumer on Faust: batches, one transaction, and only then the acknowledgement.

Faust acknowledges what an agent raises on, and commits everything that follows: so nothing is raised here. Whatever the
database cannot take now is tried again in place; whatever cannot go on ends the process, and its supervisor starts it
again. `noack_take` and one agent at a time are what held under every fault that was tried (DESIGN section 6).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import faust
import msgspec

from streams.ports.kafka.gathering import Gathering
from streams.ports.kafka.looping import patient_loop
from streams.ports.kafka.schema import decode_record
from streams.ports.store.log import Logged
from streams.records import Position

log = logging.getLogger(__name__)

CANNOT_GO_ON = 70  # the exit code for a supervisor: EX_SOFTWARE of sysexits.h
Take = Callable[[Mapping[int, Sequence[Logged]]], None]


class Consuming(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker reads. `within` is how many seconds a batch that is not full waits for more."""

    servers: tuple[str, ...]
    topic: str
    group: str
    epoch: int
    datadir: str
    batch: int = 2000
    within: float = 0.1
    session_timeout: float = 30.0


def build_app(settings: Consuming, take: Take, *, on_failure: Callable[[BaseException], None]) -> Any:
    """The Faust app of an agents worker. `take` has committed the batch when it returns; it retries by itself while
    the database is away. If it raises, `on_failure` hears of it and the process ends."""
    app = faust.App(
        settings.group,
        broker=[f"kafka://{server}" for server in settings.servers],
        datadir=settings.datadir,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 6,
        broker_max_poll_records=settings.batch,
        stream_buffer_maxsize=2 * settings.batch,
        stream_wait_empty=False,
    )
    topic = app.topic(settings.topic, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")

    def judge(events: Sequence[Any]) -> None:
        take(batches(events, settings.epoch))

    async def commit(stream: Any, events: Sequence[Any]) -> None:
        try:
            await asyncio.to_thread(judge, events)
            for event in events:
                await stream.ack(event)
        except Exception as error:
            end(error, on_failure)

    async def rules(stream: Any) -> None:
        gathering: Gathering[Any] = Gathering(partial(commit, stream), settings.batch)
        try:
            async for events in stream.noack_take(settings.batch, within=settings.within):
                await gathering.add(events)
        finally:
            gathering.cancel()

    app.agent(topic, name="rules", concurrency=1)(rules)
    return app


def run_app(app: Any) -> None:
    """Run until SIGINT or SIGTERM; then SystemExit is raised, with 0 or what Faust died of."""
    faust.Worker(
        app, loop=patient_loop(), loglevel=None, redirect_stdouts=False, override_logging=False
    ).execute_from_commandline()


def batches(events: Iterable[Any], epoch: int) -> dict[int, list[Logged]]:
    """The events by partition, in their order."""
    found: dict[int, list[Logged]] = {}
    for event in events:
        message = event.message
        position = Position(epoch, message.offset + 1)  # counted from 1, as in the log table: 0 is before the first
        found.setdefault(message.partition, []).append(decode_record(position, message.value))
    return found


def end(error: BaseException, on_failure: Callable[[BaseException], None]) -> None:
    """End the process at once: an exception that reached Faust would be acknowledged."""
    log.critical("the agents worker cannot go on; its supervisor must start it again", exc_info=error)
    try:
        on_failure(error)
    finally:
        logging.shutdown()
        os._exit(CANNOT_GO_ON)
