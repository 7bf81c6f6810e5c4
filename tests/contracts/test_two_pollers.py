"""Two connectors workers at one store, and real servers that count: a host is asked as if there were one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from letters import serving
from stores import new_store
from talking import rss

from streams.looks import Look
from streams.poller import Poller
from streams.ports.clock import SystemClock
from streams.ports.evidence import EvidenceInMemory
from streams.ports.store import Store
from streams.ports.store.log import records_of
from streams.records import Position
from streams.subjects import Source
from zhiban.config import Config, Politeness
from zhiban.ways import Ways, build_connectors

PLACES, GAP = 2, 0.05
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOME = ("127.0.0.1",)


class Host:
    """A server that counts: how many requests are under way at most, and when each began (its loop's seconds)."""

    def __init__(self, seconds: float = 0.0, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.seconds, self.status, self.headers = seconds, status, headers
        self.now = self.most = 0
        self.begun: list[float] = []

    async def answer(self, _request: web.Request) -> web.Response:
        self.begun.append(asyncio.get_running_loop().time())
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        text = rss(("一", date(2026, 1, 1)))
        return web.Response(status=self.status, text=text, content_type="application/xml", headers=self.headers)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    postgres = request.param == "postgres"
    made = new_store(request.getfixturevalue("postgres") if postgres else f"sqlite:///{tmp_path / 'z.db'}")
    with made.write() as tx:
        tx.set_partitions(1)
    yield made
    made.close()


@asynccontextmanager
async def worker(store: Store, name: str, folder: Path, gap: float = GAP) -> AsyncIterator[Poller]:
    """A poller with ways out, and manners, of its own."""
    config = Config(politeness=Politeness(gap=gap, per_host=PLACES, allow_private=HOME, authorised=HOME))
    clock = SystemClock()
    ways = Ways(config, clock, EvidenceInMemory())
    connectors = build_connectors({}, "zhiban.toml", folder)
    yield Poller(
        store,
        clock,
        connectors,
        ways.hold,
        lambda _subject: 0,
        at_once=4,  # two hosts each: so there is work for both
        name=name,
        per_host=PLACES,
        recall=ways.politeness.recall,
    )
    await ways.aclose()


def read(store: Store, url: str, count: int) -> None:
    made = [
        Source(id=f"{url}/{number}", subject=f"{url}局", connector="feed", url=f"{url}/{number}")
        for number in range(count)
    ]
    with store.write() as tx:
        tx.put_sources(made, {one.id: LONG_AGO for one in made})


def looks(store: Store) -> list[Look]:
    with store.read() as tx:
        return [one.body for one in records_of(tx.read_log(0, Position(1, 0), 10_000)) if isinstance(one.body, Look)]


async def until_read(poller: Poller, store: Store, count: int) -> None:
    """Rounds until so many looks are in the log, whoever made them."""
    while len(await asyncio.to_thread(looks, store)) < count:
        if not await poller.round():
            await asyncio.sleep(0.01)
    await poller.finish()


@pytest.mark.slow  # their real pace
async def test_two_workers_ask_a_host_no_faster_than_one(store: Store, tmp_path: Path) -> None:
    relay, quick, slow = Host(), Host(), Host(seconds=0.3)
    async with (
        serving(relay.answer) as one,
        serving(quick.answer) as two,
        serving(slow.answer) as three,
        worker(store, "a", tmp_path) as first,
        worker(store, "b", tmp_path) as second,
    ):
        read(store, one, 24)
        read(store, two, 6)
        read(store, three, 8)
        await asyncio.gather(*(until_read(poller, store, 38) for poller in (first, second)))
    assert [len(host.begun) for host in (relay, quick, slow)] == [24, 6, 8]
    assert slow.most == PLACES
    for host in (relay, slow):
        assert host.begun[-1] - host.begun[0] >= 0.8 * (len(host.begun) - 1) * GAP, (
            "each at its own pace would take half"
        )
    assert quick.begun[-1] < slow.begun[-1], "a slow host holds up no other"
    assert first.looks > 0 < second.looks
    assert first.looks + second.looks == 38


async def test_a_host_that_sends_one_worker_away_has_sent_all_away(store: Store, tmp_path: Path) -> None:
    host = Host(status=429, headers={"Retry-After": "3000"})
    async with (
        serving(host.answer) as url,
        worker(store, "a", tmp_path) as first,
        worker(store, "b", tmp_path) as second,
    ):
        read(store, url, 1)
        await until_read(first, store, 1)
        read(store, f"{url}/more", 5)
        await until_read(second, store, 6)
    assert len(host.begun) == 1
    assert [look.cause for look in looks(store)] == ["http_429", *["backoff"] * 5]
