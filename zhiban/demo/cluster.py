"""The show on the cluster: the same city, watched by workers over Kafka and a database; a conductor steps the clock.

The conductor waits until nobody has anything left to do, and then lets the clock jump: all workers read it from the
database. It reads no verdict, and nothing reads the script but the servers and the check at the end.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from streams.poller import LEASE
from streams.ports.clock import ManualClock
from streams.ports.kafka.topics import admin, create, ends
from streams.ports.store.clock import stand
from streams.ports.store.opening import Transaction
from streams.ticker import last_tick
from zhiban.cluster.parts import DESK_TAKEN, Parts
from zhiban.commands.registry import import_registry
from zhiban.config import load_config
from zhiban.demo.crew import Crew, crew
from zhiban.demo.office import HOST, Office
from zhiban.demo.script import START, City, write_city
from zhiban.demo.server import CityServers, registry_of, write_tables
from zhiban.demo.show import Shown, config_of, judge, write_config
from zhiban.deskwork import DeskWork
from zhiban.registry import Known
from zhiban.telling import begin, tell
from zhiban.watch import desk_settings, language_of

QUANTUM = timedelta(minutes=20)
NUDGE = LEASE + timedelta(minutes=1)  # beyond the leases of a worker that fell: on a clock that stands they never end
GLANCE = 0.01  # real seconds between two looks at whether all are done
WRITE_FILE = "write-token"
STUCK = 120.0  # real seconds without a step after which the show is broken off


class Stage:
    """Where the show is given: brokers, the database, and how many agents workers there are."""

    def __init__(self, kafka: Sequence[str], store: str, *, agents: int = 2, prefix: str = "zhiban-demo") -> None:
        """`store` is a SQLAlchemy URL of an empty database; the topics of `prefix` are made."""
        self.kafka, self.store, self.agents, self.prefix = tuple(kafka), store, agents, prefix


async def run_cluster_show(seed: int, days: int, base: Path, stage: Stage, progress: Any) -> Shown:
    """Watch a city for `days` days in the working directory `base`; `progress` gets each step of the clock."""
    city = write_city(seed)
    clock = ManualClock(START)
    servers = CityServers(city, clock)
    await servers.open()
    try:
        parts = await asyncio.to_thread(_prepare, city, servers.port, base, stage)
        try:
            with crew(base, stage.agents) as workers:
                office = Office(city.mailbox, parts.config.web.port, parts.config.web.write_token.reveal())
                await asyncio.to_thread(_conduct, parts, clock, days, workers, office, progress)
            return await asyncio.to_thread(_judge, parts, city, clock, days, servers.answered)
        finally:
            parts.close()
    finally:
        await servers.close()


def _prepare(city: City, port: int, base: Path, stage: Stage) -> Parts:
    write_config(base, config_of(city))
    hosts = ", ".join(f'"{one}"' for one in stage.kafka)
    text = (base / "zhiban.toml").read_text(encoding="utf-8")
    text = text.replace("[watch]\n", f'[watch]\nstore = "{stage.store}"\n', 1)
    text = f'{text}[cluster]\nkafka = [{hosts}]\nprefix = "{stage.prefix}"\n'
    text += "within = 0.02\nsilence = 3600.0\nstalled = 7200.0\nsession_timeout = 6.0\n"
    text += f'[web]\nport = {_free_port()}\nwrite_token_file = "{WRITE_FILE}"\n'
    (base / "zhiban.toml").write_text(text, encoding="utf-8")
    (base / WRITE_FILE).touch(mode=0o600)
    (base / WRITE_FILE).write_text(secrets.token_hex(16), encoding="utf-8")
    write_tables(base, *registry_of(city, port))
    parts = Parts(load_config(base / "zhiban.toml"), base)
    with admin(stage.kafka) as client:
        create(client, parts.layout.topics())
    with parts.store.write() as tx:
        stand(tx, START)
    begin(parts.store, parts.rules, START, parts.layout.partitions, "kafka")
    imported = import_registry([base / "registry.csv", base / "sources.csv"], Known())
    tell(parts.store, imported.found.facts, START)
    return parts


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def _conduct(parts: Parts, clock: ManualClock, days: int, workers: Crew, office: Office, progress: Any) -> None:
    end = START + timedelta(days=days)
    with closing(office), admin(parts.config.cluster.kafka) as client:

        def done() -> bool:
            with parts.store.read() as tx:
                if not _is_quiet(tx, clock.now()):
                    return False
                read = [tx.progress(partition)[0].offset for partition in range(parts.layout.partitions)]
            return read == ends(client, parts.layout.records, parts.layout.partitions)

        while clock.now() < end:
            while not _settled(parts, done, workers):
                _step(parts, clock, clock.now() + NUDGE)
            with parts.store.read() as tx:
                moment = min(max(_next(tx), clock.now() + QUANTUM), clock.now() + 2 * QUANTUM, end)
            _step(parts, clock, moment)
            restarts = workers.restarts
            office.push(moment, workers.mend)
            if workers.restarts > restarts:
                _step(parts, clock, clock.now() + NUDGE)
            progress(moment)
        while not _settled(parts, done, workers):
            _step(parts, clock, clock.now() + NUDGE)


def _step(parts: Parts, clock: ManualClock, moment: datetime) -> None:
    with parts.store.write() as tx:
        clock.set(moment)
        stand(tx, moment)


def _settled(parts: Parts, done: Callable[[], bool], workers: Crew) -> bool:
    """Wait until nobody has anything left to do; False where a worker fell meanwhile, and its leases must run out."""
    for _ in range(int(STUCK / GLANCE)):
        if done():
            return True
        if workers.mend():
            return False
        parts.pause(GLANCE)
    raise RuntimeError(f"nothing moved for {STUCK:.0f} s; the workers' logs are in {parts.base}")


def _is_quiet(tx: Transaction, now: datetime) -> bool:
    """Whether looks, told facts, ticks, desk and letters have all come up to `now`."""
    poll, letter, tick = tx.next_poll(), tx.next_letter(), last_tick(tx)
    if (poll is not None and poll <= now) or (letter is not None and letter <= now) or tx.oldest_look_out(now):
        return False
    taken = tx.get_meta(DESK_TAKEN)
    watermark = tx.watermark()
    if tick is None or watermark is None or taken is None or watermark < tick:
        return False
    return datetime.fromisoformat(taken) >= watermark and tick >= now and not tx.has_untold()


def _next(tx: Transaction) -> datetime:
    moments = [tx.next_poll(), tx.next_letter(), tx.next_due()]
    return min(moment for moment in moments if moment is not None)


def _judge(parts: Parts, city: City, clock: ManualClock, days: int, answered: int) -> Shown:
    """Nobody counts looks across the workers' processes: what the city answered is the nearest that was measured."""
    desk = DeskWork(
        parts.store, desk_settings(parts.config, parts.base), language_of(parts.config, parts.base, parts.pack)
    )
    return judge(city, parts.store, desk.board(), clock.now(), days, answered)
