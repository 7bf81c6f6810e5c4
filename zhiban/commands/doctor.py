"""`zhiban doctor`: is everything as it should be? Each check is one line; a fault says what to do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agents._pack import build
from streams.connectors import Failure, Fetch
from streams.ports.clock import SystemClock
from streams.ports.store import open_store
from zhiban.commands.faults import BAD_INPUT
from zhiban.config import Config, load_config
from zhiban.ownership import strangers
from zhiban.sending import build_channels
from zhiban.watch import desk_settings, store_url
from zhiban.ways import Ways, build_connectors, no_evidence, open_evidence, to_json
from zhiban.wiring import load_pack
from zhiban.words import configure, say

Check = tuple[str, bool, str]
NATIONAL = ("national-2019",)


def doctor(folder: Path, *, json: bool, network: bool) -> int:
    """Check what can be checked here; without a `zhiban.toml`, only the installation."""
    checks = list(_installation())
    if (folder / "zhiban.toml").is_file():
        checks += _directory(folder, network=network)
    if json:
        rows = [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks]
        sys.stdout.write(to_json({"checks": rows}) + "\n")
    else:
        console = Console()
        for name, ok, detail in checks:
            mark = f"[green]{say('ok')}[/]" if ok else f"[bold red]{say('fault')}[/]"
            console.print(f"{mark} {name}  {escape(detail)}", highlight=False)
    return 0 if all(ok for _, ok, _ in checks) else 1


def _installation() -> Iterator[Check]:
    yield "Python", sys.version_info >= (3, 11), sys.version.split()[0]
    foreign = strangers()
    yield "packages", not foreign, "; ".join(foreign) or "ours"
    yield _try("pack", lambda: build(load_pack(NATIONAL), {}).version)


def _directory(folder: Path, *, network: bool) -> list[Check]:
    where = str(folder / "zhiban.toml")
    try:
        config = load_config(folder / "zhiban.toml")
    except BAD_INPUT as error:
        return [("zhiban.toml", False, str(error))]
    configure(config.watch.language)
    checks = [("zhiban.toml", True, where)]
    checks.append(_try("rules", lambda: build(load_pack(config.watch.pack, folder), config.rules).version))
    checks.append(_try("channels", lambda: ", ".join(build_channels(config.channels, where, folder))))
    checks.append(_try("connectors", lambda: ", ".join(build_connectors(config.connectors, where, folder))))
    checks.append(_try("routes", lambda: str(len(desk_settings(config, folder).routes))))
    checks.append(_try("evidence", lambda: _evidence(config, folder)))
    checks.append(_try("store", lambda: _store(config, folder)))
    if network:
        checks.append(_try("network", lambda: asyncio.run(_network(config, folder))))
    return checks


def _evidence(config: Config, folder: Path) -> str:
    open_evidence(config, folder, set)
    return config.evidence.folder


def _store(config: Config, folder: Path) -> str:
    store = open_store(store_url(config, folder))
    with store.read() as tx:
        text = f"{tx.record_count()} records, {tx.finding_count()} findings, {len(tx.sources())} sources"
    store.close()
    return text


async def _network(config: Config, folder: Path) -> str:
    """Fetch the first source, as a look would."""
    store = open_store(store_url(config, folder))
    with store.read() as tx:
        sources = tx.sources()
    store.close()
    if not sources:
        return "no source yet"
    ways = Ways(config, SystemClock(), no_evidence())
    try:
        answer = await ways.http.fetch(Fetch(url=sources[0].url))
    finally:
        await ways.aclose()
    if isinstance(answer, Failure):
        raise OSError(f"{sources[0].url}: {answer.cause} {answer.detail}")
    return f"{sources[0].url}: HTTP {answer.status}"


def _try(name: str, check: Callable[[], str]) -> Check:
    try:
        return name, True, check()
    except Exception as error:
        return name, False, f"{type(error).__name__}: {error}"
