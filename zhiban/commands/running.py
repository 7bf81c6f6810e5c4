"""`zhiban run`, `zhiban poll --once`: the watch at work."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import uvicorn
from rich.markup import render

from streams.ports.clock import SystemClock
from zhiban.api.building import build_api
from zhiban.chats.building import listeners, listening
from zhiban.commands.registry import import_registry
from zhiban.config import Config
from zhiban.garbage import collect_seldom
from zhiban.guard import keep_alive, set_up_sentry, settle_clock
from zhiban.registry import Known, applied
from zhiban.registry.showing import import_lines
from zhiban.taps.building import tap_routes
from zhiban.watch import Watch
from zhiban.web import Condition, build_web
from zhiban.words import language

log = logging.getLogger(__name__)
TABLES = ("registry.csv", "registry.xlsx", "sources.csv", "sources.xlsx")


async def run(config: Config, base: Path, *, trust_clock: bool = False) -> None:
    """Keep watch until SIGINT or SIGTERM; what is under way is finished.

    After a jump of the clock by over a day nothing is written until the sites agree with it, or `trust_clock` says so;
    /healthz is there from the first moment, and tells of it.
    """
    collect_seldom()
    clock = SystemClock()
    watch = Watch(config, base, clock)
    failed = set_up_sentry(config.sentry)

    def on_failure(loop: str, error: BaseException) -> None:
        watch.metrics.failed(loop)
        failed(loop, error)

    watch.engine.hear_failures(on_failure)
    watch.ways.on_bug = lambda report, source: failed("connector", RuntimeError(f"{source.connector}: {report}"))
    condition = Condition(watch.engine.failing)
    try:
        async with _serving(watch, config, condition):
            settled = trust_clock or await _settled(watch, condition)
            if settled:
                watch.begin()
                take_tables(watch, base)
                await _keep_watch(watch, config, condition)
    finally:
        await watch.close()


@asynccontextmanager
async def _serving(watch: Watch, config: Config, condition: Condition) -> AsyncIterator[None]:
    """/healthz, /metrics and the API, from before anything else to after everything else."""
    api = build_api(watch.store, watch.clock, config, watch.base, watch.pack, watch.rules)
    taps = tap_routes(watch.store, watch.clock, config, watch.base, watch.pack)
    web = build_web(watch.store, watch.clock, watch.metrics, condition, [*taps, api])
    # No log of requests: the path of a link is what opens it.
    serving_as = uvicorn.Config(web, host=config.web.host, port=config.web.port, log_config=None, access_log=False)
    server = uvicorn.Server(serving_as)
    # Signals are the watch's: what is under way is finished before the server goes.
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)


async def _settled(watch: Watch, condition: Condition) -> bool:
    """Wait for a clock that can be believed; whether there is one, or we were told to end before."""
    stopped = asyncio.Event()
    _on_signals(stopped.set)
    waits = [settle_clock(watch.store, watch.clock, watch.ways.http, condition.say), stopped.wait()]
    tasks = [asyncio.ensure_future(one) for one in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return not stopped.is_set()


def _on_signals(heed: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, heed)


async def _keep_watch(watch: Watch, config: Config, condition: Condition) -> None:
    _on_signals(watch.engine.stop)
    sentry = bool(config.sentry.dsn)
    alive = asyncio.create_task(
        keep_alive(watch.store, watch.clock, config.watchdog, sentry=sentry, condition=condition)
    )
    try:
        async with listening(listeners(watch, watch.channels)):
            await watch.engine.run()
    finally:
        alive.cancel()
        await asyncio.gather(alive, return_exceptions=True)


async def poll_once(config: Config, base: Path) -> int:
    """One round of what is due: look, judge, tell; return how many looks were made."""
    clock = SystemClock()
    watch = Watch(config, base, clock)
    try:
        await settle_clock(watch.store, clock, watch.ways.http, lambda _fault: None)
        watch.begin()
        take_tables(watch, base)
        return await watch.engine.once()
    finally:
        await watch.close()


def take_tables(watch: Watch, base: Path) -> None:
    """Import the working directory's tables; only what differs becomes facts."""
    paths = [base / name for name in TABLES if (base / name).is_file()]
    if not paths:
        return
    with watch.store.read() as tx:
        known = applied(Known(), tx.facts())
    imported = import_registry(paths, known)
    for line in import_lines(imported.imported, language()):
        log.warning("%s", render(line).plain)
    if imported.found.facts:
        watch.tell(imported.found.facts)
