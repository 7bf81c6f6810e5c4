"""Sentry as a server on loopback receives it, and a clock that is not believed at once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sentry_sdk
from aiohttp import web
from letters import free_port, serving
from stores import new_store

from streams.outgoing import Chat, Post
from streams.ports.bot import BotPort
from streams.ports.clock import ManualClock
from streams.ports.http import WebClient, WebSettings
from streams.ports.post import PostPort
from streams.ports.store import Store
from streams.records import Fact, FactKind
from streams.secrets import Secret
from streams.subjects import Source
from zhiban.config import Sentry
from zhiban.guard import set_up_sentry, settle_clock


@pytest.fixture
def afterwards_quiet() -> Iterator[None]:
    """No client of one test is left to the next, where it would look at every statement of every store."""
    yield
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


async def _send_something(url: str) -> None:
    post, bot = PostPort(), BotPort(f"{url}/bot")
    await post.send(Post(url=Secret(f"{url}/hook/hunter2?token=hunter2"), body=b""))
    await post.send(Post(url=Secret(f"http://127.0.0.1:{free_port()}/hunter2"), body=b""))
    await bot.send(Chat(token=Secret("1:hunter2"), chat_id="1", html="x"))
    await post.aclose()
    await bot.aclose()


async def test_what_sentry_is_told_holds_no_address_and_no_token(afterwards_quiet: None) -> None:
    told: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        if "envelope" in request.path:
            told.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        return web.Response(status=500 if "hook" in request.path else 200, text="no json: " + request.path)

    async with serving(answer) as url:
        failed = set_up_sentry(Sentry(dsn=Secret(url.replace("http://", "http://key@") + "/1")))
        await _send_something(url)
        failed("engine", RuntimeError("a round failed"))
        await asyncio.to_thread(sentry_sdk.flush, 5)
    assert any(b"a round failed" in one for one in told)
    assert not [one for one in told if b"hunter2" in one]


class Times:
    """Sites on loopback that each say what time it is."""

    def __init__(self, store: Store) -> None:
        self.store, self.said, self.asked = store, dict[str, datetime](), 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(headers={"Date": format_datetime(self.said[request.path], usegmt=True)})

    def watch(self, url: str, *moments: datetime) -> None:
        """Read one source for each of these times, the log's last record being of T."""
        self.said = {f"/{number}": moment for number, moment in enumerate(moments)}
        sources = [Source(id=path, subject="s", connector="feed", url=url + path) for path in self.said]
        with self.store.write() as tx:
            tx.set_partitions(1)
            tx.append(0, [("s", Fact(kind=FactKind.SOURCE_ADDED, source=one)) for one in sources], T)
            tx.put_sources(sources, {one.id: T for one in sources})


T = datetime(2026, 11, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
INSIDE = WebSettings(allow_private=("127.0.0.1",))


@pytest.fixture
def store() -> Iterator[Store]:
    made = new_store("sqlite://")
    yield made
    made.close()


async def settled(store: Store, clock: ManualClock, turns: int = 3) -> tuple[bool, list[str]]:
    """Whether the clock was settled within so many turns, and what was said meanwhile."""
    said: list[str] = []
    clients = WebClient(INSIDE)
    waiting = asyncio.ensure_future(settle_clock(store, clock, clients, said.append, pause=0.01))
    try:
        for _ in range(1000):
            if len(said) >= turns or waiting.done():
                break
            await asyncio.sleep(0.01)
        return waiting.done(), said
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await clients.aclose()


async def test_a_clock_near_the_log_is_believed_without_asking(store: Store) -> None:
    times = Times(store)
    async with serving(times.answer) as url:
        times.watch(url, T + 30 * DAY)
        assert await settled(store, ManualClock(T + timedelta(hours=20))) == (True, [""])
    assert times.asked == 0


async def test_a_jump_that_most_sites_agree_with_is_believed(store: Store) -> None:
    times, now = Times(store), T + 40 * DAY
    async with serving(times.answer) as url:
        times.watch(url, now, now + timedelta(minutes=50), T)
        assert await settled(store, ManualClock(now)) == (True, [""])


async def test_a_jump_that_the_sites_deny_waits_and_says_so(store: Store) -> None:
    times = Times(store)
    async with serving(times.answer) as url:
        times.watch(url, T, T + DAY, T + 40 * DAY)
        done, said = await settled(store, ManualClock(T + 40 * DAY))
    assert not done
    assert "the clock says 2026-12-12T01:00+00:00, 40 days" in said[0]
    assert "1 of 3 sites agree" in said[0]
    assert "--trust-clock" in said[0]


async def test_a_clock_put_right_ends_the_waiting(store: Store) -> None:
    times, clock = Times(store), ManualClock(T + 40 * DAY)
    async with serving(times.answer) as url:
        times.watch(url, T + timedelta(minutes=1))
        assert not (await settled(store, clock))[0]
        clock.set(T + timedelta(hours=1))
        assert await settled(store, clock) == (True, [""])


async def test_sites_that_cannot_be_asked_settle_nothing(store: Store) -> None:
    Times(store).watch(f"http://127.0.0.1:{free_port()}", T + 40 * DAY)
    done, said = await settled(store, ManualClock(T + 40 * DAY))
    assert not done
    assert "0 of 0 sites agree" in said[0]
