"""Tokens against a service on loopback that counts who fetches them, and forgets them when it likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from letters import T0, serving

from streams.outgoing import Answer, Post, TokenPost
from streams.ports.clock import ManualClock
from streams.ports.post import PostPort
from streams.ports.tokens import TokenPort
from streams.secrets import Secret

FORGOTTEN = 42001


class Service:
    """Gives tokens, one after the other; only the last holds."""

    def __init__(self) -> None:
        self.fetched = 0
        self.posted: list[str] = []
        self.refuses = {"errcode": 0, "errmsg": "ok"}
        self.slow = 0.0
        self.keeps = True

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/gettoken":
            return await self._give()
        token = request.query["access_token"]
        self.posted.append(token)
        holds = self.keeps and token == f"token/+={self.fetched}"
        return web.json_response({"errcode": 0 if holds else FORGOTTEN})

    async def _give(self) -> web.Response:
        self.fetched += 1
        await asyncio.sleep(self.slow)
        given = {"access_token": f"token/+={self.fetched}", "expires_in": 7200} if not self.refuses["errcode"] else {}
        return web.json_response(self.refuses | given)


Given = tuple[Service, TokenPort, TokenPost, ManualClock]


@pytest.fixture
async def given() -> AsyncIterator[Given]:
    service, post, clock = Service(), PostPort(5), ManualClock(T0)
    async with serving(service.answer) as url:
        wanted = TokenPost(
            post=Post(url=Secret(f"{url}/send"), body=b"{}"),
            source=Secret(f"{url}/gettoken?corpid=c&corpsecret=hunter2"),
            renew_on=(40014, FORGOTTEN),
        )
        yield service, TokenPort(clock, post), wanted, clock
    await post.aclose()


async def test_one_token_serves_until_it_ends(given: Given) -> None:
    service, port, wanted, clock = given
    for minutes in (0, 60, 47):
        clock.set(clock.now() + timedelta(minutes=minutes))
        assert (await port.send(wanted)).said == {"errcode": 0}
    assert service.fetched == 1
    clock.set(clock.now() + timedelta(minutes=2))
    assert (await port.send(wanted)).said == {"errcode": 0}
    assert service.fetched == 2
    assert service.posted == ["token/+=1"] * 3 + ["token/+=2"]


async def test_a_token_that_was_taken_back_is_renewed_once_for_all(given: Given) -> None:
    service, port, wanted, _ = given
    await port.send(wanted)
    service.fetched, service.slow = 7, 0.05  # it has given others since
    answers = await asyncio.gather(*(port.send(wanted) for _ in range(16)))
    assert {answer.said["errcode"] for answer in answers} == {0}
    assert service.fetched == 8


async def test_a_service_that_takes_no_token_is_not_asked_for_ever(given: Given) -> None:
    service, port, wanted, _ = given
    service.keeps = False
    assert (await port.send(wanted)).said["errcode"] == FORGOTTEN
    assert (service.fetched, len(service.posted)) == (2, 2)


async def test_a_refused_credential_is_the_answer_and_is_asked_once_for_all_who_wait(given: Given) -> None:
    service, port, wanted, _ = given
    service.refuses, service.slow = {"errcode": 40001, "errmsg": "invalid credential: hunter2"}, 0.05
    answers = await asyncio.gather(*(port.send(wanted) for _ in range(16)))
    assert {answer.said["errcode"] for answer in answers} == {40001}
    assert (service.fetched, service.posted) == (1, [])
    service.refuses = {"errcode": 0, "errmsg": "ok"}
    assert (await port.send(wanted)).said == {"errcode": 0}


@pytest.mark.parametrize(
    "body",
    [{"errcode": 0}, {"errcode": 0, "access_token": "token/hunter2"}, {"access_token": "", "expires_in": 7}, {}, []],
)
async def test_half_an_answer_is_no_success_and_shows_no_token(body: object) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(body)

    post = PostPort(5)
    async with serving(answer) as url:
        wanted = TokenPost(
            post=Post(url=Secret(f"{url}/send"), body=b""), source=Secret(f"{url}/gettoken"), renew_on=()
        )
        found = await TokenPort(ManualClock(T0), post).send(wanted)
    await post.aclose()
    assert (found.code, found.said, found.text) == (200, {}, "no token in the answer")


async def test_whoever_gives_up_waiting_takes_nothing_from_the_others(given: Given) -> None:
    service, port, wanted, _ = given
    service.slow = 0.1
    first, second = (asyncio.create_task(port.send(wanted)) for _ in range(2))
    await asyncio.sleep(0.03)
    first.cancel()
    assert (await second).said == {"errcode": 0}
    assert service.fetched == 1


async def test_credentials_have_tokens_of_their_own(given: Given) -> None:
    service, port, wanted, _ = given
    other = TokenPost(post=wanted.post, source=Secret(f"{wanted.source.reveal()}2"), renew_on=())
    assert (await port.send(wanted)).said == {"errcode": 0}
    assert (await port.send(other)).said == {"errcode": 0}
    assert service.posted == ["token/+=1", "token/+=2"]


async def test_nothing_tells_credential_or_token(given: Given) -> None:
    service, port, wanted, _ = given
    answers: list[Answer] = [await port.send(wanted)]
    service.refuses = {"errcode": 40001, "errmsg": "no: hunter2"}
    answers.append(
        await port.send(
            TokenPost(post=wanted.post, source=Secret(f"{wanted.source.reveal()}&x=hunter2hunter2"), renew_on=())
        )
    )
    assert "hunter2" not in f"{answers}{wanted!r}"
    assert "token/" not in f"{answers}{vars(port)}"
