"""`zhiban doctor`: is everything as it should be? Each check is one line; a fault says what to do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from agents._pack import build
from streams.connectors import Failure, Fetch
from streams.days import day_of
from streams.ports.clock import SystemClock
from streams.ports.store import open_store
from streams.workdays import Workdays
from zhiban.commands.faults import BAD_INPUT, fault_in_words
from zhiban.commands.screen import screen
from zhiban.config import Config, load_config
from zhiban.digestwork import subscriptions
from zhiban.ownership import strangers
from zhiban.sending import build_channels
from zhiban.watch import desk_settings, store_url
from zhiban.ways import Ways, build_connectors, no_evidence, open_evidence, to_json
from zhiban.wiring import load_pack, load_workdays, rules_of
from zhiban.words import configure, say, speaking

Check = tuple[str, bool, str]
NATIONAL = ("national-2019",)
NOTICE_MONTH = 11  # in which the notice of the next year comes out as a rule
LAST_MONTH = 12


def doctor(folder: Path, *, json: bool, network: bool) -> int:
    """Check what can be checked here; without a `zhiban.toml`, only the installation."""
    if json:
        with speaking("en"):
            checks = _checks(folder, network=network)
        rows = [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks]
        sys.stdout.write(to_json({"checks": rows}) + "\n")
    else:
        checks = _checks(folder, network=network)
        screen().print(_table(checks))
    return 0 if all(ok for _, ok, _ in checks) else 1


def _checks(folder: Path, *, network: bool) -> list[Check]:
    checks = list(_installation())
    return checks + _directory(folder, network=network) if (folder / "zhiban.toml").is_file() else checks


def _table(checks: Sequence[Check]) -> Table:
    shown = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(2):
        shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for name, ok, detail in checks:
        mark = f"[green]{say('ok')}[/]" if ok else f"[bold red]{say('fault')}[/]"
        shown.add_row(mark, say(f"check.{name}"), escape(detail))
    return shown


def _installation() -> Iterator[Check]:
    yield "Python", sys.version_info >= (3, 11), sys.version.split()[0]
    foreign = strangers()
    yield "packages", not foreign, "; ".join(foreign) or say("packages.ours")
    yield _try("pack", lambda: build(load_pack(NATIONAL), {}).version)


def _directory(folder: Path, *, network: bool) -> list[Check]:
    where = str(folder / "zhiban.toml")
    try:
        config = load_config(folder / "zhiban.toml")
    except BAD_INPUT as error:
        return [("zhiban.toml", False, str(error))]
    configure(config.watch.language)
    checks = [("zhiban.toml", True, where)]
    checks.append(_try("rules", lambda: rules_of(config, folder, load_pack(config.watch.pack, folder)).version))
    checks.append(_calendar(config, folder, day_of(SystemClock().now())))
    checks.append(_try("channels", lambda: ", ".join(build_channels(config.channels, where, folder))))
    checks.append(_try("connectors", lambda: ", ".join(build_connectors(config.connectors, where, folder))))
    checks.append(_try("routes", lambda: str(len(desk_settings(config, folder).routes))))
    checks.append(_try("digests", lambda: str(len(subscriptions(config, folder)))))
    checks.append(_try("evidence", lambda: _evidence(config, folder)))
    checks.append(_try("store", lambda: _store(config, folder)))
    if network:
        checks.append(_try("network", lambda: asyncio.run(_network(config, folder))))
    return checks


def _calendar(config: Config, folder: Path, today: date) -> Check:
    try:
        return ("calendar", *notices(load_workdays(config, folder), today))
    except BAD_INPUT as error:
        return "calendar", False, str(error)


def notices(workdays: Workdays, today: date) -> tuple[bool, str]:
    """Whether the notices of holidays that are wanted on a Shanghai day are known, and what is to be said: next year's
    is missed from 1 November on, and is a fault in December."""
    if today.year not in workdays.years:
        return False, say("calendar.missing", year=today.year)
    coming = today.year + 1
    if coming in workdays.years or today.month < NOTICE_MONTH:
        return True, say("calendar.known", first=min(workdays.years), last=max(workdays.years))
    return today.month < LAST_MONTH, say(
        "calendar.coming" if today.month < LAST_MONTH else "calendar.missing", year=coming
    )


def _evidence(config: Config, folder: Path) -> str:
    open_evidence(config, folder, set)
    return config.evidence.folder


def _store(config: Config, folder: Path) -> str:
    store = open_store(store_url(config, folder))
    with store.read() as tx:
        counts = {"records": tx.record_count(), "findings": tx.finding_count(), "sources": len(tx.sources())}
    store.close()
    return say("store.counts", **counts)


async def _network(config: Config, folder: Path) -> str:
    """Fetch the first source, as a look would."""
    store = open_store(store_url(config, folder))
    with store.read() as tx:
        sources = tx.sources()
    store.close()
    if not sources:
        return say("no_source")
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
    except BAD_INPUT as error:
        return name, False, fault_in_words(error)
    except Exception as error:
        return name, False, f"{type(error).__name__}: {error}"
