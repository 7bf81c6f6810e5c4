"""`zhiban worker`, `zhiban topics create|check`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from streams.ports.kafka.topics import Difference, admin, check, create
from zhiban.cluster.agents import agents
from zhiban.cluster.exposed import exposed
from zhiban.cluster.parts import Parts, layout_of
from zhiban.cluster.workers import WORKERS
from zhiban.commands.screen import screen, table
from zhiban.config import Config, ConfigError, load_config
from zhiban.garbage import collect_seldom
from zhiban.guard import set_up_sentry
from zhiban.ways import to_json
from zhiban.words import configure, say


def run_worker(kind: str, base: Path, metrics_port: int | None = None) -> int:
    """Be one worker until SIGINT or SIGTERM; raises ConfigError where there is no such kind. `metrics_port` goes
    before the configuration's."""
    kinds = sorted({*WORKERS, "agents"})
    if kind not in kinds:
        raise ConfigError(say("bad.worker", found=kind, expected=", ".join(kinds)))
    collect_seldom()
    parts = Parts(_with_port(_configured(base), metrics_port), base)
    report = set_up_sentry(parts.config.sentry)

    def on_failure(loop: str, error: BaseException) -> None:
        parts.metrics.failed(loop)
        report(loop, error)

    parts.on_failure = on_failure
    try:
        _work(kind, parts)
    finally:
        parts.close()
    return 0


def _work(kind: str, parts: Parts) -> None:
    if kind == "web":  # which answers at a port of its own
        asyncio.run(_awaited(kind, parts))
        return
    with exposed(parts):
        if kind == "agents":
            agents(parts)
        else:
            asyncio.run(_awaited(kind, parts))


def _with_port(config: Config, port: int | None) -> Config:
    if port is None:
        return config
    return replace(config, cluster=replace(config.cluster, metrics_port=port))


async def _awaited(kind: str, parts: Parts) -> None:
    await WORKERS[kind](parts)


def create_topics(base: Path) -> int:
    """Create and alter; 1 where something is left that only people can move."""
    config = _configured(base)
    with admin(_servers(config, base)) as client:
        left = create(client, layout_of(config).topics())
    _print(left)
    return 1 if left else 0


def check_topics(base: Path, *, json: bool, exit_code: bool) -> int:
    """Every difference; 1 where there is one and it was asked for."""
    config = _configured(base)
    with admin(_servers(config, base)) as client:
        found = check(client, layout_of(config).topics())
    if json:
        sys.stdout.write(to_json({"differences": found}) + "\n")
    else:
        _print(found)
    return 1 if found and exit_code else 0


def _configured(base: Path) -> Config:
    config = load_config(base / "zhiban.toml")
    configure(config.watch.language)
    return config


def _servers(config: Config, base: Path) -> tuple[str, ...]:
    if not config.cluster.kafka:
        raise ConfigError(say("config.kafka", where=base / "zhiban.toml"))
    return config.cluster.kafka


def _print(differences: Sequence[Difference]) -> None:
    console = screen()
    if not differences:
        console.print(say("topics.same"))
        return
    shown = table("topic", "item", "is", "ought")
    for one in differences:
        shown.add_row(one.topic, one.what, one.found, one.expected)
    console.print(shown)
