"""The HTTP port against a real server on loopback."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import logging
import ssl
from collections.abc import AsyncIterator, Callable

import pytest
import trustme
from aiohttp import web
from letters import AT, LETTER, free_port, serving

from alerts.channels.webhook import Webhook
from alerts.letter import Fate
from streams.outgoing import Answer, Post
from streams.ports.hush import QUIET
from streams.ports.post import KEPT, PostPort
from streams.secrets import Secret

Seen = list[tuple[dict[str, str], bytes]]
SECRET = "whsec_" + base64.b64encode(b"a secret of the office, 24+").decode()
BODIES: dict[str, Callable[[web.Request], bytes]] = {
    "huge": lambda _request: b"x" * 5_000_000,
    "bomb": lambda _request: gzip.compress(b"0" * 20_000_000, 1),
    "echo": lambda request: str(request.url).encode(),
}


@pytest.fixture
async def hook() -> AsyncIterator[tuple[str, Seen]]:
    """A web server that keeps its requests and answers by path."""
    seen: Seen = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        word = request.path.rpartition("/")[2]
        if word == "hang":
            await asyncio.sleep(30)
        if word == "drip":
            return await _drip(request)
        headers = {
            "moved": {"Location": "/elsewhere"},
            "429": {"Retry-After": "7"},
            "503": {"Retry-After": "Mon, 02 Mar 2026 02:02:00 GMT", "Date": "Mon, 02 Mar 2026 02:00:00 GMT"},
            "odd": {"Retry-After": "soon"},
            "425": {"x-ogw-ratelimit-reset": "52"},  # Feishu's own word for it
            "bomb": {"Content-Encoding": "gzip"},
        }.get(word, {})
        body = b"fine" if word not in BODIES else BODIES[word](request)
        status = {"moved": 302, "odd": 503}.get(word, int(word) if word.isdecimal() else 200)
        return web.Response(status=status, headers=headers, body=body)

    async with serving(answer) as url:
        yield url, seen


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b".")
        await asyncio.sleep(0.05)
    return response


async def posted(url: str, seconds: float = 5) -> Answer:
    port = PostPort(seconds)
    try:
        return await port.send(Post(url=Secret(url), body=b"{}"))
    finally:
        await port.aclose()


async def test_a_letter_is_signed_as_standard_webhooks_lays_down(hook: tuple[str, Seen]) -> None:
    post = Webhook(url=Secret(f"{hook[0]}/hook"), secret=Secret(SECRET)).compose(LETTER, AT)
    assert isinstance(post, Post)
    port = PostPort()
    assert (await port.send(post)).code == 200
    await port.aclose()
    ((headers, body),) = hook[1]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"a secret of the office, 24+", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (LETTER.key, "1772417400"), (
        "signed when it is sent, not when it was written"
    )
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("word", "code", "patience", "fate"),
    [
        ("200", 200, None, Fate.DELIVERED),
        ("500", 500, None, Fate.AGAIN),
        ("429", 429, 7.0, Fate.AGAIN),
        ("503", 503, 120.0, Fate.AGAIN),
        ("odd", 503, None, Fate.AGAIN),
        ("425", 425, 52.0, Fate.AGAIN),
        ("410", 410, None, Fate.NEVER),
        ("422", 422, None, Fate.NEVER),
        ("404", 404, None, Fate.AGAIN),
        ("401", 401, None, Fate.AGAIN),
        ("moved", 302, None, Fate.AGAIN),
        ("huge", 200, None, Fate.DELIVERED),
        ("bomb", 200, None, Fate.DELIVERED),
    ],
)
async def test_an_answer_and_what_it_means(
    hook: tuple[str, Seen], word: str, code: int, patience: float | None, fate: Fate
) -> None:
    answer = await posted(f"{hook[0]}/{word}")
    assert (answer.code, answer.retry_after) == (code, patience)
    assert len(answer.text) <= KEPT
    assert len(hook[1]) == 1  # a redirect is not followed
    assert Webhook(url=Secret("https://x.example/")).fate(answer) is fate


@pytest.mark.parametrize("word", ["hang", "drip"])
async def test_whoever_is_slow_is_left(hook: tuple[str, Seen], word: str) -> None:
    began = asyncio.get_running_loop().time()
    assert (await posted(f"{hook[0]}/{word}", seconds=0.15)).code == 0
    assert asyncio.get_running_loop().time() - began < 3


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://", "http://[", "gopher://x/", "", "http://a\nb/"])
async def test_what_is_no_address_is_no_answer(url: str) -> None:
    assert (await posted(url)).code == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"errcode":0,"errmsg":"ok","more":{"a":1},"list":[1],"yes":true,"none":null}',
            {"errcode": 0, "errmsg": "ok", "more.a": 1, "list.0": 1},
        ),
        (b'{"errcode":93000,"errmsg":"hunter2hunter2 is wrong"}', {"errcode": 93000, "errmsg": "*** is wrong"}),
        (b"[1]", {}),
        (b"<html>", {}),
        (b"\xff\xfe", {}),
        (b"[" * 5000, {}),
        (b'{"a":"' + b"x" * 5000, {}),
        (b"", {}),
    ],
)
async def test_what_a_json_answer_says_is_kept_to_a_bound(body: bytes, said: dict[str, int | str]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with serving(answer) as url:
        found = await posted(f"{url}/hunter2hunter2")
    assert (found.code, found.said) == (200, said)


@pytest.mark.parametrize(("certificate", "code"), [("good", 200), ("unknown", 0), ("other", 0), ("expired", 0)])
async def test_a_channels_own_authority_is_trusted_and_no_other(
    certificates: dict[str, ssl.SSLContext], authority: trustme.CA, certificate: str, code: int
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response()

    port, ca = PostPort(5), authority.cert_pem.bytes().decode()
    async with serving(answer, certificates[certificate]) as url:
        trusting, others = [await port.send(Post(url=Secret(url), body=b"", ca=one)) for one in (ca, "")]
    odd = await port.send(Post(url=Secret("https://127.0.0.1:1/"), body=b"", ca="no certificate"))
    await port.aclose()
    assert (trusting.code, others.code, odd.code) == (code, 0, 0)
    assert "certificate" in others.text
    assert code == 200 or "certificate" in trusting.text


async def test_nothing_tells_the_address(hook: tuple[str, Seen], caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", *QUIET):  # as if no port had been opened before
        caplog.set_level(logging.DEBUG, name)
    path = "hunter2-in-path/echo?token=hunter2-in-query"
    answers = [
        await posted(f"{hook[0]}/{path}"),
        await posted(f"http://user:hunter2-user@127.0.0.1:{free_port()}/{path}"),
        await posted("http://hunter2.[/"),
    ]
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]  # that is the server
    post = Post(url=Secret("https://hunter2.example/"), body=b"")
    assert "hunter2" not in f"{answers}{ours}{post!r}{post}"
    assert [answer.code for answer in answers] == [200, 0, 0]
