"""Apprise as a way out: its own JSON service against a server on loopback; in a thread, in time, and without a word."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from letters import AT, LETTER, free_port, letter, serving

from alerts.channels.apprise import MOST, Apprise
from alerts.letter import Fate
from alerts.plain import marked
from streams.outgoing import Answer, Notify
from streams.ports.hush import QUIET
from streams.ports.notify import NotifyPort
from streams.secrets import Secret

pytest.importorskip("apprise")


@pytest.fixture
async def service() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    taken: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        word = request.path.rpartition("/")[2]
        if word == "hang":
            await asyncio.sleep(3)
        taken.append(await request.json())
        return web.Response(status=int(word) if word.isdecimal() else 200, text=f"hunter2 {request.path}")

    async with serving(answer) as url:
        yield url.replace("http://", "json://user:hunter2@"), taken


async def handed(url: str, seconds: float = 10, **changes: Any) -> Answer:
    channel = Apprise(urls={"ops": Secret(url)})
    notify = channel.compose(letter(**{"to": "ops", **changes}), AT)
    assert isinstance(notify, Notify)
    port = NotifyPort(seconds)
    try:
        return await port.send(notify)
    finally:
        await port.aclose()


async def test_a_letter_arrives_as_plain_text(service: tuple[str, list[dict[str, Any]]]) -> None:
    answer = await handed(f"{service[0]}/hook", intro="值班 <b>&\\n")
    assert Apprise(urls={}).fate(answer) is Fate.DELIVERED
    (body,) = service[1]
    assert body["title"] == LETTER.subject
    assert body["message"].startswith("值班 <b>&\\n\n\n1. 示例发布")


@pytest.mark.parametrize(
    ("path", "code"), [("500", 502), ("429", 502), ("404", 502), ("413", 502), ("401", 502), ("200", 200)]
)
async def test_what_a_service_answers(service: tuple[str, list[dict[str, Any]]], path: str, code: int) -> None:
    answer = await handed(f"{service[0]}/{path}")
    assert answer.code == code
    assert Apprise(urls={}).fate(answer) is (Fate.DELIVERED if code == 200 else Fate.AGAIN)


async def test_nobody_there_no_such_name_and_no_such_service() -> None:
    assert (await handed(f"json://127.0.0.1:{free_port()}/x")).code == 502
    assert (await handed("nothing://x")).code == 0
    assert (await handed("")).code == 0
    assert (await handed("json://x", to="other")).text == "no such name among the channel's urls"


async def test_whoever_is_slow_is_left_and_keeps_nobody(service: tuple[str, list[dict[str, Any]]]) -> None:
    began = asyncio.get_running_loop().time()
    assert (await handed(f"{service[0]}/hang", seconds=0.3)).code == 0
    assert asyncio.get_running_loop().time() - began < 2


async def test_nothing_tells_the_address(
    service: tuple[str, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    for name in ("", *QUIET):
        caplog.set_level(logging.DEBUG, name)
    answers = [await handed(f"{service[0]}/hunter2-path/{code}") for code in (200, 500)]
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert "hunter2" not in f"{answers}{ours}"


def test_a_long_letter_is_cut_between_two_points() -> None:
    notify = Apprise(urls={}).compose(letter(points=LETTER.points * 90), AT)
    assert isinstance(notify, Notify)
    assert MOST - 200 < len(notify.text) <= MOST
    assert "…还有 " in notify.text
    one = Apprise(urls={}).compose(letter(lines=("长" * 900,) * 30), AT)
    assert isinstance(one, Notify)
    assert len(one.text) == MOST
    assert one.text.endswith(f"…\n\n{marked(letter())}")
