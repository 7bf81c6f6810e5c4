"""The Telegram port against a Bot API on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from letters import AT, LETTER, free_port, serving

from alerts.channels.telegram import Telegram
from alerts.letter import Fate
from streams.outgoing import Chat
from streams.ports.bot import BotPort
from streams.ports.hush import QUIET
from streams.secrets import Secret

Api = tuple[str, list[dict[str, Any]]]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A Bot API that answers by the chat id: an error code, or as if all were well."""
    asked: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        form = dict(await request.post())
        asked.append(form | {"path": request.path})
        code = int(str(form.get("chat_id", "0")))
        if code == 999:
            await asyncio.sleep(30)
        if code == 502:
            return web.Response(status=502, text=f"<html>bad gateway: {request.path}</html>")
        if code < 400 or code > 599:
            chat = {"id": code, "type": "private"}
            return web.json_response({"ok": True, "result": {"message_id": 1, "date": 1, "chat": chat}})
        more = {429: {"retry_after": 9}, 410: {"migrate_to_chat_id": -1009}}.get(code)
        body = {"ok": False, "error_code": code, "description": "no"} | ({"parameters": more} if more else {})
        return web.json_response(body, status=400 if code == 410 else code)

    async with serving(answer) as url:
        yield url, asked


async def chatted(url: str, chat_id: int, token: str = "1:hunter2", seconds: float = 5) -> Any:
    port = BotPort(f"{url}/bot", seconds)
    try:
        return await port.send(Chat(token=Secret(token), chat_id=str(chat_id), html="<b>值班</b>"))
    finally:
        await port.aclose()


@pytest.mark.parametrize(
    ("chat_id", "code", "patience", "fate"),
    [
        (7, 200, None, Fate.DELIVERED),
        (429, 429, 9, Fate.AGAIN),
        (403, 403, None, Fate.NEVER),
        (400, 400, None, Fate.NEVER),
        (410, 400, None, Fate.NEVER),
        (401, 401, None, Fate.AGAIN),
        (500, 0, None, Fate.AGAIN),
        (502, 0, None, Fate.AGAIN),
    ],
)
async def test_a_bot_says_what_telegram_said(
    api: Api, chat_id: int, code: int, patience: float | None, fate: Fate
) -> None:
    answer = await chatted(api[0], chat_id)
    assert (answer.code, answer.retry_after) == (code, patience)
    assert Telegram(token=Secret("1:x")).fate(answer) is fate
    if chat_id == 410:
        assert "-1009" in answer.text


async def test_a_letter_is_one_call_in_html_without_previews(api: Api) -> None:
    port = BotPort(f"{api[0]}/bot")
    chat = Telegram(token=Secret("1:hunter2")).compose(LETTER, AT)
    assert isinstance(chat, Chat)
    answers = await asyncio.gather(*(port.send(Chat(token=chat.token, chat_id=str(n), html=chat.html)) for n in (1, 2)))
    await port.aclose()
    assert [answer.code for answer in answers] == [200, 200]
    assert {one["path"] for one in api[1]} == {"/bot1:hunter2/sendMessage"}
    assert {one["parse_mode"] for one in api[1]} == {"HTML"}
    assert "is_disabled" in api[1][0]["link_preview_options"]


async def test_whoever_is_slow_or_not_there_is_no_answer(api: Api) -> None:
    assert (await chatted(api[0], 999, seconds=0.15)).code == 0
    assert (await chatted(f"http://127.0.0.1:{free_port()}", 1)).code == 0


@pytest.mark.parametrize("token", ["", "1:hunter2\r\nX: y", "hunter2/../x"])
async def test_a_token_that_is_none_stops_nothing(api: Api, token: str) -> None:
    assert Telegram(token=Secret(token)).fate(await chatted(api[0], 401, token)) is Fate.AGAIN


async def test_nothing_tells_the_token(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", *QUIET):  # as if no port had been opened before
        caplog.set_level(logging.DEBUG, name)
    answers = [await chatted(api[0], chat_id) for chat_id in (1, 401, 403, 429, 500, 502)]
    answers.append(await chatted(f"http://127.0.0.1:{free_port()}", 1))
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]  # that is the server
    chat = Chat(token=Secret("1:hunter2"), chat_id="1", html="")
    assert "hunter2" not in f"{answers}{ours}{chat!r}{chat}"
