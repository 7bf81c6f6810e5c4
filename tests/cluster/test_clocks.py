"""Log time is the database's: workers whose machines' clocks are wrong by more than an hour do nothing else for it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aiohttp import web
from clocks import WrongClock
from clusters import ROOT, Cluster
from letters import serving
from servers import fresh_database
from talking import rss

from streams.looks import Look
from streams.ports.clock import SystemClock
from streams.ports.store import Store, open_store
from streams.ports.store.clock import DatabaseClock, stand
from streams.records import Fact, FactKind, Off, Tick
from streams.subjects import Kind, Source, Subject
from zhiban.telling import tell

OFF = 3700  # seconds: beyond the hour that a broker would let a record's own time be ahead
PARTITIONS = 4
MORE = (
    '[desk]\ngroup_wait = 1\n[politeness]\ngap = 0.0\nallow_private = ["127.0.0.1"]\nauthorised = ["127.0.0.1"]\n'
    '[channels.hook]\ntype = "webhook"\nurl = "{hook}"\n[[routes]]\nchannel = "hook"\nto = "-"\n'
    '[[routes]]\nchannel = "hook"\nto = "-"\noperator = true\n'
)
KINDS = ("connectors", "agents", "desk", "senders", "connectors", "agents")
WRONG = (OFF, -OFF, -OFF, OFF, 0, 0)
A_MINUTE = timedelta(minutes=1)


class City:
    """An account that has been silent for months, one that posted today, and who is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """As a site, and as the webhook."""
        if request.path == "/hook":
            self.told.append(json.loads(await request.read())["subject"])
            return web.Response()
        day = date(2026, 1, 1) if request.path == "/silent" else SystemClock().now().date()
        return web.Response(text=rss(("文", day)), content_type="application/xml")


def facts(site: str) -> list[Fact]:
    made = []
    for name in ("silent", "lively"):
        account = Subject(id=name, name=name, kind=Kind.ACCOUNT, unit="局")
        source = Source(id=f"{name}/1", subject=name, connector="account", url=f"{site}/{name}")
        made += [Fact(kind=FactKind.REGISTERED, subject=account), Fact(kind=FactKind.SOURCE_ADDED, source=source)]
    return made


@asynccontextmanager
async def watched(cluster: Cluster, around: tuple[Mapping[str, str], ...]) -> AsyncIterator[None]:
    """Two connectors workers, two agents workers, a desk and a sender, each in an environment of its own."""
    running = [cluster.start(kind, around=given) for kind, given in zip(KINDS, around, strict=True)]
    try:
        yield
        assert [one.poll() for one in running] == [None] * len(running)
    finally:
        for one in running:
            one.terminate()
        for one in running:
            await asyncio.to_thread(one.wait, 60)


Outcome = tuple[set[tuple[str, str, str]], list[str], int, int]


async def lived(folder: Path, kafka: str, server: str, prefix: str, around: tuple[Mapping[str, str], ...]) -> Outcome:
    """Half a minute of a city: what was found, what was told, how many looks, and how often it was said that we were
    off. Every record's time must be the database's own."""
    city = City()
    with fresh_database(server) as url:
        async with serving(city.answer) as site:
            more = MORE.format(hook=f"{site}/hook")
            cluster = Cluster(
                folder, kafka, url, prefix, partitions=PARTITIONS, more=more
            )  # one at a time: it migrates
            clock = DatabaseClock(cluster.store)
            begun = await asyncio.to_thread(clock.now)
            tell(cluster.store, facts(site), begun)
            async with watched(cluster, around):
                await asyncio.to_thread(cluster.wait, lambda: _ticked(cluster.store, begun), 90, "two rounds of ticks")
                await asyncio.to_thread(cluster.wait, lambda: bool(city.told), 60, "a letter")
            ended = clock.now()
            with cluster.store.read() as tx:
                found = {(one.rule, one.subject, one.level.value) for one in tx.open_findings()}
            records = cluster.records()
            cluster.close()
    assert all(begun - A_MINUTE <= one.time <= ended for one in records)
    looks = [one.body for one in records if isinstance(one.body, Look)]
    assert all(begun - A_MINUTE <= look.asked_at <= ended for look in looks)
    assert sum(isinstance(one.body, Tick) for one in records) >= 2 * PARTITIONS
    return found, sorted(city.told), len(looks), sum(isinstance(one.body, Off) for one in records)


def _ticked(store: Store, begun: datetime) -> bool:
    with store.read() as tx:
        watermark = tx.watermark()
    return watermark is not None and watermark > begun + timedelta(seconds=15)


async def test_one_worker_of_each_kind_is_an_hour_wrong(kafka: str, server: str, prefix: str, tmp_path: Path) -> None:
    wrong = WrongClock(tmp_path)
    around = tuple(wrong.by(seconds) for seconds in WRONG)
    plain: tuple[Mapping[str, str], ...] = ({},) * len(KINDS)
    calm, wild = await asyncio.gather(
        lived(tmp_path / "calm", kafka, server, prefix, plain),
        lived(tmp_path / "wild", kafka, server, f"{prefix}w", around),
    )
    found, told, looks, off = wild
    assert (found, told, off) == (calm[0], calm[1], calm[3])
    assert {("MED-STALE", "silent", "veto")} <= found
    assert "lively" not in {subject for _, subject, _ in found}
    assert (len(told), off) == (1, 0)
    assert min(looks, calm[2]) >= 2
    print(f"\nclocks wrong by {OFF} s, fast and slow: {found}, one letter, no `Off`, as with right ones")


def test_whoever_asks_hears_the_database_s_time(postgres: str, tmp_path: Path) -> None:
    store = open_store(postgres)
    clock = DatabaseClock(store)
    code = (
        "import sys; from streams.ports.clock import SystemClock; from streams.ports.store import open_store\n"
        "from streams.ports.store.clock import DatabaseClock\n"
        "print(DatabaseClock(open_store(sys.argv[1])).now().isoformat(), SystemClock().now().isoformat())"
    )
    for seconds in (OFF, -OFF):
        before = clock.now()
        around = {**os.environ, "PYTHONPATH": str(ROOT), **WrongClock(tmp_path).by(seconds)}
        said = subprocess.check_output([sys.executable, "-c", code, postgres], env=around, text=True)
        theirs, machines = map(datetime.fromisoformat, said.split())
        assert before <= theirs <= clock.now()
        assert abs(machines - theirs) > timedelta(seconds=OFF - 60)
    store.close()


def test_the_database_s_time_never_goes_back(postgres: str) -> None:
    """As heard by several workers, each on connections of its own."""
    stores = [open_store(postgres) for _ in range(4)]
    heard, one_at_a_time = list[datetime](), threading.Lock()

    def ask(store: Store) -> None:
        clock = DatabaseClock(store)
        for _ in range(50):
            with one_at_a_time:
                heard.append(clock.now())

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(ask, stores))
    assert heard == sorted(heard)
    assert len(set(heard)) > 190
    for store in stores:
        store.close()


async def test_a_clock_that_is_stepped_stands_for_every_worker(postgres: str) -> None:
    ours, theirs = open_store(postgres), open_store(postgres)
    moment = datetime(2026, 3, 2, 1, tzinfo=UTC)
    for step in (moment, moment + timedelta(days=1), moment + timedelta(days=1, microseconds=1)):
        with ours.write() as tx:
            stand(tx, step)
        assert [DatabaseClock(ours).now(), DatabaseClock(theirs).now()] == [step, step]
    async with asyncio.timeout(10):
        await DatabaseClock(theirs).sleep(timedelta(days=1))
    assert DatabaseClock(theirs).now() == step
    ours.close()
    theirs.close()


def test_a_database_that_was_restarted_tells_the_time_again(database: tuple[str, Callable[[], None]]) -> None:
    url, restart = database
    store = open_store(url)
    clock = DatabaseClock(store)
    before = clock.now()
    restart()
    assert clock.now() > before
    store.close()
