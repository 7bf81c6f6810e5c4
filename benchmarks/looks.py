"""Looks per second end to end: claim, fetch, evidence, hash, parse, log, judge, over a hundred loopback hosts.

Poller, web client, robots.txt and politeness (without its pause between requests), WARC evidence with its syncs, the
store with FULL and the agent are those of a real run. Beside it the same httpx-aiohttp client asks for the same pages,
with the same conditional headers, and does nothing with the answers. All of it shares the cores with the sites.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from httpx_aiohttp import AiohttpTransport

from benchmarks.figures import Figure, tell
from benchmarks.servers import host
from benchmarks.street import HOSTS, Street, street
from streams.ports.clock import SystemClock
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from zhiban.config import Config, Politeness
from zhiban.config import Watch as WatchConfig
from zhiban.garbage import collect_seldom
from zhiban.watch import Watch

COUNT = 600
AT_ONCE = 64
GOAL = 0.6
KINDS = {
    "etag": "unchanged by 304",
    "same": "unchanged by hash, 160 kB",
    "changed": "changed, 160 kB",
    "feed": "feeds, changed, 45 kB",
}


def figures() -> Iterator[Figure]:
    """Each kind of answer in turn: ours, then the bare client's."""
    collect_seldom()
    with street() as there:
        for kind, title in KINDS.items():
            urls = there.urls(kind, COUNT)
            with tempfile.TemporaryDirectory() as folder:
                ours = COUNT / asyncio.run(_watched(Path(folder), kind, urls))
            bare = COUNT / asyncio.run(_bare(urls, kind))
            yield Figure(
                what=f"looks, {title}",
                value=ours,
                unit="looks/s",
                beside="bare client",
                other=bare,
                goal=">= 60 %",
                met=ours >= GOAL * bare,
            )


async def _watched(folder: Path, kind: str, urls: Sequence[str]) -> float:
    """The seconds of a round, after one that made all known."""
    hosts = tuple(host(number) for number in range(HOSTS))
    config = Config(
        watch=WatchConfig(at_once=AT_ONCE), politeness=Politeness(gap=0.0, per_host=AT_ONCE, allow_private=hosts)
    )
    watch = Watch(config, folder, SystemClock())
    try:
        watch.begin()
        sources = [_source(kind, number, url) for number, url in enumerate(urls)]
        watch.tell([_registered(source) for source in sources])
        watch.tell([Fact(kind=FactKind.SOURCE_ADDED, source=source) for source in sources])
        await _round(watch, sources)
        begin = time.perf_counter()
        await _round(watch, sources)
        return time.perf_counter() - begin
    finally:
        await watch.close()


async def _round(watch: Watch, sources: Sequence[Source]) -> None:
    """Every source is due now; until all are looked at and judged."""
    now = datetime.now(UTC)
    with watch.store.write() as tx:
        tx.put_sources(sources, {source.id: now for source in sources})
    before = watch.engine.looks
    await watch.engine.once()
    made = watch.engine.looks - before
    assert made == len(sources), f"{made} looks made, expected {len(sources)}"


def _source(kind: str, number: int, url: str) -> Source:
    connector = "feed" if kind == "feed" else "column"
    name = f"bm{number:08}"
    return Source(id=f"{name}/{kind}", subject=name, connector=connector, url=url, column_type=ColumnType.NEWS)


def _registered(source: Source) -> Fact:
    subject = Subject(id=source.subject, name=source.subject, kind=Kind.SITE, unit=source.subject)
    return Fact(kind=FactKind.REGISTERED, subject=subject)


async def _bare(urls: Sequence[str], kind: str) -> float:
    """The seconds of a round in which nothing is done with the answers, after one that opened the connections."""
    headers = {"if-none-match": '"page"'} if kind == "etag" else {}
    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=30, headers=headers) as client:
        await _asked(client, urls)
        begin = time.perf_counter()
        await _asked(client, urls)
        return time.perf_counter() - begin


async def _asked(client: httpx.AsyncClient, urls: Sequence[str]) -> None:
    left = iter(urls)

    async def visitor() -> None:
        for url in left:
            await client.get(url)

    await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))


def measured(there: Street, kind: str) -> float:
    """Our looks per second at pages of a kind, for a peer to be set beside."""
    with tempfile.TemporaryDirectory() as folder:
        return COUNT / asyncio.run(_watched(Path(folder), kind, there.urls(kind, COUNT)))


if __name__ == "__main__":
    tell(figures)
