"""The Telegram port as it listens, against a Bot API on loopback."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from letters import free_port
from telegrams import Api, telegram

from streams.incoming import Heard
from streams.outgoing import Answer, Chat, Key
from streams.ports.bot import BotPort
from streams.ports.hush import QUIET
from streams.secrets import Secret

TOKEN = Secret("1:hunter2")
ROWS = ((Key("知道了", "a" * 64), Key("误报", "b")),)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with telegram() as found:
        yield found


@pytest.fixture
async def port(api: Api) -> AsyncIterator[BotPort]:
    made = BotPort(api.url, 5)
    yield made
    await made.aclose()


async def test_what_is_said_and_pressed_is_heard_in_order_until_it_is_confirmed(api: Api, port: BotPort) -> None:
    first = api.says(-1001, "/status", "王 芳", answers="我们的话")
    second = api.presses(7, "a" * 64, [[("知道了", "a" * 64), ("误报", "b")]])
    api.edits()
    for _ in range(2):
        said, pressed, other = await heard(port, first)
        assert said == Heard(number=first, chat="-1001", who="王 芳", text="/status", answers="我们的话", message=5)
        assert (pressed.number, pressed.chat, pressed.press, pressed.message) == (second, "7", "a" * 64, 7)
        assert pressed.keyboard == ROWS
        assert (other.chat, other.text, other.press) == ("", "", "")
    assert [one.number for one in await heard(port, second + 1)] == [second + 1]
    assert await heard(port, second + 2) == []
    assert len(api.updates) == 0


async def heard(port: BotPort, offset: int, poll: float = 0) -> list[Heard]:
    found = await port.hear(TOKEN, offset, poll=poll)
    assert isinstance(found, list)
    return found


async def test_an_empty_room_is_waited_in(api: Api, port: BotPort) -> None:
    assert await heard(port, 0, poll=1) == []
    assert api.told("getUpdates")[0]["timeout"] == "1"


@pytest.mark.parametrize(("status", "code"), [(409, 409), (401, 401), (403, 403), (429, 429), (500, 0)])
async def test_what_goes_wrong_is_said(api: Api, port: BotPort, status: int, code: int) -> None:
    api.faults = [(status, {"parameters": {"retry_after": 3}} if status == 429 else {})]
    found = await port.hear(TOKEN, 0, poll=0)
    assert isinstance(found, Answer)
    assert (found.code, found.retry_after) == (code, 3 if status == 429 else None)


async def test_buttons_stand_under_a_message_and_are_answered_and_changed(api: Api, port: BotPort) -> None:
    assert (await port.send(Chat(token=TOKEN, chat_id="7", html="<b>值班</b>", keyboard=ROWS, api=api.url))).code == 200
    (sent,) = api.told("sendMessage")
    assert [key["callback_data"] for key in sent["reply_markup"]["inline_keyboard"][0]] == ["a" * 64, "b"]
    assert (await port.send(Chat(token=TOKEN, chat_id="7", html="?", asks=True))).code == 200
    assert api.told("sendMessage")[1]["reply_markup"]["force_reply"] is True
    assert (await port.notice(TOKEN, "q1", "长" * 300)).code == 200
    assert api.told("answerCallbackQuery") == [{"callback_query_id": "q1", "text": "长" * 200}]
    assert (await port.mark(TOKEN, Heard(number=1, chat="7", message=9), ROWS)).code == 200
    (edited,) = api.told("editMessageReplyMarkup")
    assert (edited["chat_id"], edited["message_id"]) == ("7", "9")


async def test_nobody_at_home_and_no_token_are_no_answer(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", *QUIET):
        caplog.set_level(logging.DEBUG, name)
    gone = BotPort(f"http://127.0.0.1:{free_port()}/bot", 1)
    found = [await gone.hear(TOKEN, 0, poll=0), await gone.hear(Secret(""), 0, poll=0)]
    await gone.aclose()
    assert [one.code for one in found if isinstance(one, Answer)] == [0, 401]
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert "hunter2" not in f"{found}{ours}"
