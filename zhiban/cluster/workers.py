"""The workers, one kind per process: `zhiban worker connectors|agents|desk|senders|web`."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import uvicorn

from streams.clockwork import Clockwork
from streams.partitions import partition_of
from streams.poller import Poller
from streams.ports.kafka.log import KafkaLog, KafkaOutlet
from streams.ports.kafka.producing import Producing
from streams.publisher import Publisher
from streams.rounds import Rounds, Work
from zhiban.api.building import build_api
from zhiban.chats.building import listeners, listening
from zhiban.cluster.gauges import ClusterGauges
from zhiban.cluster.parts import DESK, DESK_TAKEN, Parts
from zhiban.cluster.stalls import Stalls
from zhiban.deskwork import DeskWork
from zhiban.digestwork import DigestWork
from zhiban.sending import Senders, build_channels
from zhiban.taps.building import tap_routes
from zhiban.taps.dressing import Dressing
from zhiban.telling import begin
from zhiban.watch import desk_settings, language_of
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
            tasks.create_task(rounds.loop(name, _owed(parts, name, work)))


def _owed(parts: Parts, name: str, work: Work) -> Work:
    async def watched() -> timedelta:
        with parts.pulse.owing(name):
            return await work()

    return watched


async def connectors(parts: Parts) -> None:
    """Claim due looks, hold the conversations, append to Kafka; and be ready to take over the clockwork."""
    where = str(parts.base / "zhiban.toml")
    count = parts.layout.partitions
    epoch = await asyncio.to_thread(_begun, parts)
    with Producing(parts.config.cluster.kafka, parts.name) as producing:
        kafka = KafkaLog(producing, parts.layout.records, epoch)
        ways = Ways(parts.config, parts.clock, open_evidence(parts.config, parts.base, lambda: _cited(parts)))
        poller = Poller(
            parts.store,
            parts.clock,
            build_connectors(parts.config.connectors, where, parts.base, parts.pack.messages),
            parts.metrics.counting(ways.hold),
            lambda subject: partition_of(subject, count),
            at_once=3 * parts.config.watch.at_once,  # as in one process: while some are out, others are written
            name=parts.name,
            append=kafka.take_looks,
            per_host=parts.config.politeness.per_host,
            recall=ways.politeness.recall,
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
            await work_until_stopped(parts, {"poller": look, "clockwork": _threaded(keep_time)})
            await poller.finish()
        finally:
            await asyncio.to_thread(clockwork.stop)
            await ways.aclose()


async def desk(parts: Parts) -> None:
    """Be the desk, while the lease is ours."""
    settings = desk_settings(parts.config, parts.base)
    at_work = DeskWork(parts.store, settings, language_of(parts.config, parts.base, parts.pack))
    digests = DigestWork(parts.store, parts.config, parts.base, parts.rules, parts.pack, settings)

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

    def digest() -> None:
        now = parts.clock.now()
        with parts.store.read() as tx:
            ours = tx.lease_holder(DESK, now) == parts.name
        if ours:
            digests.turn(now)

    try:
        await work_until_stopped(parts, {"desk": _threaded(turn), "digests": _threaded(digest)})
    finally:
        with parts.store.write() as tx:
            tx.release_lease(DESK, parts.name)


async def senders(parts: Parts) -> None:
    """Send the letters that wait; several senders never take the same one. One of them hears a bot that listens."""
    channels = build_channels(parts.config.channels, str(parts.base / "zhiban.toml"), parts.base)
    routes = desk_settings(parts.config, parts.base).routes
    at_work = Senders(
        parts.store,
        parts.clock,
        channels,
        routes=routes,
        dress=Dressing(parts.store, parts.clock, parts.config.web).dressed,
    )

    async def send() -> timedelta:
        return timedelta(0) if await at_work.round() else IDLE

    long = timedelta(seconds=parts.config.cluster.stalled)
    stalls = Stalls(parts.store, routes, parts.config.watch.language, parts.name, long, parts.clock.now())
    try:
        watch = _threaded(lambda: stalls.turn(parts.clock.now()))
        async with listening(listeners(parts, channels, parts.name)):
            await work_until_stopped(parts, {"sender": send, "stalls": watch})
    finally:
        await at_work.aclose()


async def web(parts: Parts) -> None:
    """Answer /healthz, /metrics and the API."""
    settings = parts.config.web
    metrics = parts.metrics.watching(parts.store, parts.clock)
    metrics.registry.register(ClusterGauges(parts))
    api = build_api(parts.store, parts.clock, parts.config, parts.base, parts.pack, parts.rules)
    taps = tap_routes(parts.store, parts.clock, parts.config, parts.base, parts.pack)
    app = build_web(parts.store, parts.clock, metrics, more=[*taps, api])
    # No log of requests: the path of a link is what opens it.
    serving = uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None, access_log=False)
    await uvicorn.Server(serving).serve()


def _threaded(work: Callable[[], object]) -> Work:
    async def once() -> timedelta:
        await asyncio.to_thread(work)
        return IDLE

    return once


def _begun(parts: Parts) -> int:
    """Prepare the store; the log's epoch."""
    begin(parts.store, parts.rules, parts.clock.now(), parts.layout.partitions, "kafka")
    with parts.store.read() as tx:
        return tx.epoch()


def _cited(parts: Parts) -> set[str]:
    with parts.store.read() as tx:
        return tx.cited_evidence()


WORKERS: Mapping[str, Callable[[Parts], Awaitable[None]]] = {
    "connectors": connectors,
    "desk": desk,
    "senders": senders,
    "web": web,
}
