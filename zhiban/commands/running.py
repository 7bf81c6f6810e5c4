"""`zhiban run`, `zhiban poll --once`: the watch at work."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

import uvicorn
from rich.markup import render

from streams.ports.clock import SystemClock
from zhiban.commands.registry import import_registry
from zhiban.config import Config
from zhiban.garbage import collect_seldom
from zhiban.guard import keep_alive, set_up_sentry, settle_clock
from zhiban.registry import Known, applied
from zhiban.registry.showing import import_lines
from zhiban.watch import Watch
from zhiban.web import build_web

log = logging.getLogger(__name__)
TABLES = ("registry.csv", "registry.xlsx", "sources.csv", "sources.xlsx")


async def run(config: Config, base: Path) -> None:
    """Keep watch until SIGINT or SIGTERM; what is under way is finished."""
    collect_seldom()
    clock = SystemClock()
    watch = Watch(config, base, clock)
    failed = set_up_sentry(config.sentry)

    def on_failure(loop: str, error: BaseException) -> None:
        watch.metrics.failed(loop)
        failed(loop, error)

    watch.engine.on_failure = on_failure
    watch.ways.on_bug = lambda report, source: failed("connector", RuntimeError(f"{source.connector}: {report}"))
    try:
        await settle_clock(watch.store, clock, watch.ways.http)
        watch.begin()
        take_tables(watch, base)
        await _serve(watch, config)
    finally:
        await watch.close()


async def _serve(watch: Watch, config: Config) -> None:
    web = build_web(watch.store, watch.clock, watch.metrics)
    server = uvicorn.Server(uvicorn.Config(web, host=config.web.host, port=config.web.port, log_config=None))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined,method-assign,unused-ignore]
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, watch.engine.stop)
    beside = [
        asyncio.create_task(server.serve()),
        asyncio.create_task(keep_alive(watch.store, watch.clock, config.watchdog, sentry=bool(config.sentry.dsn))),
    ]
    try:
        await watch.engine.run()
    finally:
        server.should_exit = True
        beside[1].cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def poll_once(config: Config, base: Path) -> int:
    """One round of what is due: look, judge, tell; return how many looks were made."""
    clock = SystemClock()
    watch = Watch(config, base, clock)
    try:
        await settle_clock(watch.store, clock, watch.ways.http)
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
    for line in import_lines(imported.imported, watch.config.watch.language):
        log.warning("%s", render(line).plain)
    if imported.found.facts:
        watch.tell(imported.found.facts)
