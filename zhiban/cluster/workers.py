"""The workers, one kind per process: `zhiban worker connectors|agents|desk|senders|web`."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import uvicorn

from alerts.routing import Route
from alerts.stalled import LONG, stall_notices
from streams.clockwork import Clockwork
from streams.partitions import partition_of
from streams.poller import Poller
from streams.ports.kafka.log import KafkaLog, KafkaOutlet
from streams.ports.kafka.producing import Producing
from streams.ports.store import Store
from streams.publisher import Publisher
from streams.rounds import Rounds, Work
from zhiban.cluster.gauges import ClusterGauges
from zhiban.cluster.parts import DESK, DESK_TAKEN, Parts
from zhiban.deskwork import DeskWork, draft
from zhiban.sending import Senders, build_channels
from zhiban.watch import begin, desk_settings, language_of
from zhiban.ways import Ways, build_connectors, open_evidence
from zhiban.web import build_web

log = logging.getLogger(__name__)

IDLE = timedelta(seconds=1)
DESK_LEASE = timedelta(seconds=30)


async def work_until_stopped(parts: Parts, loops: Mapping[str, Work]) -> None:
    """Run loops side by side until SIGINT or SIGTERM."""
    rounds = Rounds(parts.clock, on_failure=parts.on_failure)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, rounds.stop)
    async with asyncio.TaskGroup() as tasks:
        for name, work in loops.items():
            tasks.create_task(rounds.loop(name, work))


async def connectors(parts: Parts) -> None:
    """Claim due looks, hold the conversations, append to Kafka; and be ready to take over the clockwork."""
    where = str(parts.base / "zhiban.toml")
    count = parts.layout.partitions
    with Producing(parts.config.cluster.kafka, parts.name) as producing:
        kafka = KafkaLog(producing, parts.layout.records)
        ways = Ways(parts.config, parts.clock, open_evidence(parts.config, parts.base, lambda: _cited(parts)))
        poller = Poller(
            parts.store,
            parts.clock,
            build_connectors(parts.config.connectors, where, parts.base),
            ways.hold,
            lambda subject: partition_of(subject, count),
            at_once=3 * parts.config.watch.at_once,  # as in one process: while some are out, others are written
            name=parts.name,
            append=kafka.take_looks,
        )
        silence = timedelta(seconds=parts.config.cluster.silence)
        clockwork = Clockwork(parts.store, parts.clock, kafka, parts.name, silence=silence)
        publisher = Publisher(parts.store, KafkaOutlet(producing, parts.layout))

        def keep_time() -> None:
            if clockwork.turn():
                publisher.turn()

        async def look() -> timedelta:
            return timedelta(0) if await poller.round() else IDLE

        try:
            await asyncio.to_thread(begin, parts.store, parts.rules, parts.clock.now(), count)
            await work_until_stopped(parts, {"poller": look, "clockwork": _threaded(keep_time)})
            await poller.finish()
        finally:
            await asyncio.to_thread(clockwork.stop)
            await ways.aclose()


async def desk(parts: Parts) -> None:
    """Be the desk, while the lease is ours."""
    at_work = DeskWork(
        parts.store, desk_settings(parts.config, parts.base), language_of(parts.config, parts.base, parts.pack)
    )

    def turn() -> None:
        now = parts.clock.now()
        with parts.store.write() as tx:
            ours = tx.take_lease(DESK, parts.name, now, now + DESK_LEASE)
            watermark = tx.watermark()
        if not ours or watermark is None:
            return
        at_work.turn()
        with parts.store.write() as tx:
            tx.set_meta(DESK_TAKEN, watermark.isoformat())

    try:
        await work_until_stopped(parts, {"desk": _threaded(turn)})
    finally:
        with parts.store.write() as tx:
            tx.release_lease(DESK, parts.name)


async def senders(parts: Parts) -> None:
    """Send the letters that wait; several senders never take the same one."""
    channels = build_channels(parts.config.channels, str(parts.base / "zhiban.toml"), parts.base)
    routes = desk_settings(parts.config, parts.base).routes
    at_work = Senders(parts.store, parts.clock, channels, routes=routes)

    async def send() -> timedelta:
        return timedelta(0) if await at_work.round() else IDLE

    def watch_for_stalls() -> None:
        tell_of_stall(parts.store, routes, parts.config.watch.language, parts.clock.now())

    try:
        await work_until_stopped(parts, {"sender": send, "stalls": _threaded(watch_for_stalls)})
    finally:
        await at_work.aclose()


def tell_of_stall(store: Store, routes: Sequence[Route], language: str, now: datetime) -> int:
    """Put out what the operators are told of partitions that have settled no tick for five minutes; how many are late.

    Not by the desk, which waits for the slowest partition and so would be as silent as it.
    """
    with store.read() as tx:
        ticks = tx.ticks()
    known = [tick for tick in ticks.values() if tick is not None]
    late = sorted(partition for partition, tick in ticks.items() if tick is not None and now - tick > LONG)
    if not late:
        return 0
    with store.write() as tx:
        letters = stall_notices(min(known), late, routes, language, now)
        tx.put_letters([draft(one) for one in letters if not tx.has_letter(one.key)])
    return len(late)


async def web(parts: Parts) -> None:
    """Answer /healthz and /metrics."""
    settings = parts.config.web
    parts.metrics.registry.register(ClusterGauges(parts))
    app = build_web(parts.store, parts.clock, parts.metrics)
    await uvicorn.Server(uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None)).serve()


def _threaded(work: Callable[[], object]) -> Work:
    async def once() -> timedelta:
        await asyncio.to_thread(work)
        return IDLE

    return once


def _cited(parts: Parts) -> set[str]:
    with parts.store.read() as tx:
        return tx.cited_evidence()


WORKERS: Mapping[str, Callable[[Parts], Awaitable[None]]] = {
    "connectors": connectors,
    "desk": desk,
    "senders": senders,
    "web": web,
}
