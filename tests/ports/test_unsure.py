"""When nobody can say whether a message was taken: each way out, beside a server that takes it and says nothing, one
that breaks off, one that refuses, and none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from letters import T0, Sink, free_port, mailing, serving

from streams.outgoing import Answer, Chat, Mail, Notify, Post, TokenPost
from streams.ports.bot import BotPort
from streams.ports.clock import ManualClock
from streams.ports.notify import NotifyPort
from streams.ports.post import PostPort
from streams.ports.smtp import SmtpPort
from streams.ports.tokens import TokenPort
from streams.secrets import Secret

SECONDS = 0.4
MAIL = Mail(to="a@example.cn", subject="x", text="x", html="x", message_id="x@y")


async def by_post(url: str) -> Answer:
    port = PostPort(SECONDS)
    try:
        return await port.send(Post(url=Secret(url), body=b"{}"))
    finally:
        await port.aclose()


async def by_bot(url: str) -> Answer:
    port = BotPort(f"{url}/bot", SECONDS)
    try:
        return await port.send(Chat(token=Secret("1:x"), chat_id="7", html="x"))
    finally:
        await port.aclose()


async def by_apprise(url: str) -> Answer:
    port = NotifyPort(10)  # the first one imports it
    try:
        return await port.send(Notify(url=Secret(url.replace("http://", "json://")), title="x", text="x"))
    finally:
        await port.aclose()


async def hang(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError


async def break_off(request: web.Request) -> web.StreamResponse:
    await request.read()
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def says(status: int) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": False, "error_code": status, "description": "no"}, status=status)

    return answer


@pytest.mark.parametrize("send", [by_post, by_bot])
@pytest.mark.parametrize(
    ("answer", "unsure"),
    [(hang, True), (break_off, True), (says(500), False), (says(400), False), (says(429), False)],
    ids=["hangs", "breaks off", "500", "400", "429"],
)
async def test_an_answer_that_is_lost_leaves_a_doubt_and_a_refusal_none(send: Any, answer: Any, unsure: bool) -> None:
    async with serving(answer) as url:
        found = await send(url)
    assert found.unsure is unsure


@pytest.mark.parametrize("send", [by_post, by_bot])
async def test_where_nobody_is_there_is_no_doubt(send: Any) -> None:
    found = await send(f"http://127.0.0.1:{free_port()}")
    assert (found.code, found.unsure) == (0, False)


@pytest.mark.parametrize("status", [502, 504])
async def test_a_proxy_that_heard_nothing_leaves_a_doubt(status: int) -> None:
    async with serving(says(status)) as url:
        assert (await by_post(url)).unsure


async def test_apprise_never_says_why_so_the_doubt_stays() -> None:
    pytest.importorskip("apprise")
    async with serving(says(400)) as url:
        assert (await by_apprise(url)).unsure
    assert not (await by_apprise("nothing://x")).unsure


async def test_a_token_that_was_not_given_is_no_message() -> None:
    async with serving(hang) as url:
        post = PostPort(SECONDS)
        wanted = TokenPost(post=Post(url=Secret(url), body=b"{}"), source=Secret(f"{url}/token"), renew_on=())
        found = await TokenPort(ManualClock(T0), post).send(wanted)
        await post.aclose()
    assert (found.code, found.unsure) == (0, False)


class Silent(Sink):
    """Takes a mail, and says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        await super().handle_DATA(server, session, envelope)
        await self.over.wait()
        return "250 OK"


async def mailed(number: int) -> Answer:
    port = SmtpPort(
        ManualClock(T0), "127.0.0.1", number, "z@x", security="none", user="", password=Secret(""), seconds=SECONDS
    )
    answer = await port.send(MAIL)
    await port.aclose()
    return answer


async def test_of_a_mail_too() -> None:
    sink = Silent()
    async with mailing(sink) as number:
        assert (await mailed(number)).unsure
        sink.over.set()
    async with mailing(Sink(data="451 later")) as number:
        assert not (await mailed(number)).unsure
    async with mailing(Sink(mail="550 no")) as number:
        assert not (await mailed(number)).unsure, "our own address was refused: nothing was taken"
    assert not (await mailed(free_port())).unsure
