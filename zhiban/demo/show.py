"""The show: the demo city under the real watch, on a clock that steps, and the check of what was found."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette

from alerts.board import Board
from alerts.incidents import Incident
from streams.days import SHANGHAI
from streams.findings import SEVERITY, Event, Finding, Grade
from streams.hosts import name_of
from streams.ports.clock import SteppingClock
from streams.ports.store import Store
from streams.secrets import Secret
from streams.subjects import Source
from zhiban.api.building import build_api
from zhiban.commands.registry import import_registry
from zhiban.config import Config, Politeness, Web
from zhiban.config import Watch as WatchConfig
from zhiban.demo.office import Office, keep_office, open_for_pushes
from zhiban.demo.script import START, City, Fault, write_city
from zhiban.demo.server import CityServers, registry_of, write_tables
from zhiban.registry import Known
from zhiban.watch import Watch
from zhiban.words import language

LOOPS = 4  # three of the embedded runner, and the mailbox's own: all of them asleep is the moment to step
QUANTUM = timedelta(minutes=30)  # a probe begins in the first half of its slot of 72: longer steps would lose probes
LIMIT = 0.5  # real seconds, for the 15 of the rule: the city answers at once, or too late


class Shown(msgspec.Struct, frozen=True):
    """What the show found: faults of the script found and missed, what else was accused, and figures."""

    found: tuple[Fault, ...]
    missed: tuple[Fault, ...]
    extra: tuple[str, ...]
    figures: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Every scripted fault, and nothing else."""
        return not self.missed and not self.extra


async def run_show(seed: int, days: int, keep: Path | None, without: Sequence[str], tell: Any, progress: Any) -> Shown:
    """Watch a city for `days` days; `tell` gets each letter's text, `progress` each step of the clock."""
    city = write_city(seed)
    clock = SteppingClock(START, LOOPS, QUANTUM)
    servers = CityServers(city, clock)
    await servers.open()
    with tempfile.TemporaryDirectory(prefix="zhiban-demo-", dir=_memory()) as folder:
        base = keep or Path(folder)
        base.mkdir(parents=True, exist_ok=True)
        try:
            return await _watch(city, servers, clock, base, days, without, tell, progress)
        finally:
            await servers.close()


async def _watch(
    city: City,
    servers: CityServers,
    clock: SteppingClock,
    base: Path,
    days: int,
    without: Sequence[str],
    tell: Any,
    progress: Any,
) -> Shown:
    token = secrets.token_hex(16)
    config = config_of(city, token)
    watch = Watch(config, base, clock, idle=timedelta(days=1), silence=timedelta(hours=1), without=without)
    watch.senders.show = tell
    watch.begin()
    write_config(base, watch.config)
    write_tables(base, *registry_of(city, servers.port))
    imported = import_registry([base / "registry.csv", base / "sources.csv"], Known())
    if imported.imported.refusals:
        raise RuntimeError(f"the demo's own registry was refused: {imported.imported.refusals}")
    watch.tell(imported.found.facts)
    api = build_api(watch.store, clock, config, base, watch.pack, watch.rules)
    try:
        async with open_for_pushes(Starlette(routes=[api])) as port:
            await _keep_watch(watch, clock, Office(city.mailbox, port, token), START + timedelta(days=days), progress)
        return judge(city, watch.store, watch.desk.board(), clock.now(), days, watch.engine.looks)
    finally:
        await watch.close()


async def _keep_watch(watch: Watch, clock: SteppingClock, office: Office, end: datetime, progress: Any) -> None:
    running = asyncio.create_task(watch.engine.run())
    pushing = asyncio.create_task(keep_office(office, clock))
    try:
        while clock.now() < end and not pushing.done():
            await asyncio.sleep(0.05)
            progress(clock.now())
        watch.engine.stop()
        await running
        if pushing.done():
            await pushing  # it ends by itself only where it failed
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        office.close()


def write_config(base: Path, config: Config) -> None:
    """Leave a configuration, so that every other command works in the folder."""
    hosts = ", ".join(f'"{host}"' for host in config.politeness.allow_private)
    routes = "".join(f'[[routes]]\nchannel = "console"\nto = "-"\noperator = {flag}\n' for flag in ("false", "true"))
    text = (
        f'[watch]\nlanguage = "{config.watch.language}"\n'
        f"[politeness]\ngap = 0.0\nper_host = 16\nallow_private = [{hosts}]\nauthorised = [{hosts}]\n"
        f"[connectors.probe]\nseconds = {LIMIT}\n[desk]\nremind = false\n{routes}"
    )
    (base / "zhiban.toml").write_text(text, encoding="utf-8")


def _memory() -> str | None:
    """A folder in memory, where the machine has one: a fortnight's syncs to a slow disk would be half of the show."""
    memory = Path("/dev/shm")  # noqa: S108 - Linux's own name; the folder made in it is private
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def config_of(city: City, write_token: str = "") -> Config:
    """Its sites may be read without a pause, and its answers are late at the demo's scale."""
    hosts = tuple(sorted({site.host for site in city.sites} | {relay.host for relay in city.relays}))
    return Config(
        watch=WatchConfig(language=language()),
        politeness=Politeness(gap=0.0, per_host=16, allow_private=hosts, authorised=hosts),
        web=Web(write_token=Secret(write_token)),
        connectors={"probe": {"seconds": LIMIT}},
        desk={"remind": False},  # a fortnight in a minute: what is found, and not each morning's reminder of it
        routes=({"channel": "console", "to": "-"}, {"channel": "console", "to": "-", "operator": True}),
    )


# -- the check -----------------------------------------------------------------------------------------------------


def judge(city: City, store: Store, board: Board, now: datetime, days: int, looks: int) -> Shown:
    """Hold what stands in ledger and desk against the script."""
    expected = [fault for fault in city.faults if fault.by <= days]
    with store.read() as tx:
        ledger = tx.findings_until(now)
        figures: dict[str, Any] = {"letters": tx.letter_counts(), "findings": len(ledger)}
    figures["looks"] = looks
    incidents = {incident.collector for _, incident in board.all(Incident)}
    worst = _worst(ledger)
    relays = {relay.host for relay in city.relays if relay.broken or relay.frozen_from}
    found = [fault for fault in expected if _is_found(fault, worst, incidents)]
    extra = _extra(city.faults, worst, incidents, _blind_sources(store, relays))
    missed = tuple(fault for fault in expected if fault not in found)
    return Shown(tuple(found), missed, tuple(extra), figures)


def _worst(ledger: Sequence[Finding]) -> dict[tuple[str, str, str, str], Grade]:
    """The gravest level that each (rule, subject, source, item) ever had."""
    worst: dict[tuple[str, str, str, str], Grade] = {}
    for finding in ledger:
        if finding.event in {Event.OPENS, Event.WORSENS, Event.MOVES}:
            key = (finding.rule, finding.subject, finding.source, finding.item)
            if SEVERITY[finding.level] > SEVERITY[worst.get(key, Grade.OK)]:
                worst[key] = finding.level
    return worst


def _is_found(fault: Fault, worst: dict[tuple[str, str, str, str], Grade], incidents: set[str]) -> bool:
    if fault.level == "incident":
        host = fault.subject.partition(":")[2]
        return any(name_of(f"http://{collector.partition(':')[2]}") == host for collector in incidents)
    return any(_fits(fault, key) and level.value == fault.level for key, level in worst.items())


def _fits(fault: Fault, key: tuple[str, str, str, str]) -> bool:
    rule, subject, _, item = key
    return (rule, subject, item) == (fault.rule, fault.subject, fault.item)


def _extra(
    faults: Sequence[Fault],
    worst: dict[tuple[str, str, str, str], Grade],
    incidents: set[str],
    excused: set[str],
) -> list[str]:
    """What was said that the script does not have. Blindness behind a broken or frozen relay is no accusation."""
    extra = []
    for key, level in sorted(worst.items()):
        known = [fault for fault in faults if _fits(fault, key)]
        allowed = max((SEVERITY[Grade(fault.level)] for fault in known), default=-1)
        if key[2] in excused and key[0] == "OWN-BLIND":
            continue
        if SEVERITY[level] > allowed:
            extra.append(f"{key[0]} {key[1]} {key[2]} {key[3]} {level.value}")
    hosts = {fault.subject.partition(":")[2] for fault in faults if fault.level == "incident"}
    extra += [
        f"OWN-INCIDENT {one}" for one in sorted(incidents) if name_of(f"http://{one.partition(':')[2]}") not in hosts
    ]
    return extra


def _blind_sources(store: Store, hosts: set[str]) -> set[str]:
    with store.read() as tx:
        return {source.id for source in tx.sources() if _host(source) in hosts}


def _host(source: Source) -> str:
    return name_of(source.url)


def day_in_words(moment: datetime) -> str:
    """The demo's moment, for the progress line."""
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
