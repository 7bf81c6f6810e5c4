"""Sentry, as a server on loopback receives it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator

import pytest
import sentry_sdk
from aiohttp import web
from letters import free_port, serving

from streams.outgoing import Chat, Post
from streams.ports.bot import BotPort
from streams.ports.post import PostPort
from streams.secrets import Secret
from zhiban.config import Sentry
from zhiban.guard import set_up_sentry


@pytest.fixture
def afterwards_quiet() -> Iterator[None]:
    """No client of one test is left to the next."""
    yield
    sentry_sdk.get_client().close()
    sentry_sdk.init()


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
