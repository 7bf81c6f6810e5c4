"""The sending ports against real servers on loopback: SMTP, HTTP, and a Bot API."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from alerts.channels.email import Email
from alerts.channels.webhook import Webhook
from alerts.letter import Letter, Point, Reason
from streams.outgoing import Chat, Mail, Post
from streams.ports.bot import BotPort
from streams.ports.clock import ManualClock
from streams.ports.post import PostPort
from streams.ports.smtp import SmtpPort
from streams.secrets import Secret

T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)
POINT = Point(
    alert="m1", title="示例发布：超过 14 天未更新", level="veto", rule="MED-STALE", subject="s", clause="原文"
)
LETTER = Letter(
    key="k1", channel="mail", to="a@example.cn", reason=Reason.NEW, thread="m1", subject="【单项否决】示例发布",
    points=(POINT,), written_at=T0,
)  # fmt: skip


class Sink:
    """An SMTP server that keeps what it gets, and answers as it is told."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def smtp(port: int) -> SmtpPort:
    return SmtpPort(
        ManualClock(T0), "127.0.0.1", port, "值班 <z@example.cn>", security="none", user="", password=Secret("")
    )


async def sent(sink: Sink, letter: Letter = LETTER) -> tuple[int, list[EmailMessage]]:
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(sink, hostname="test"), "127.0.0.1", 0)
    async with listening:
        mail = Email(host="127.0.0.1", sender="z@example.cn", domain="example.cn").compose(letter)
        assert isinstance(mail, Mail)
        answer = await smtp(listening.sockets[0].getsockname()[1]).send(mail)
    return answer.code, sink.messages


async def test_a_mail_arrives_with_both_parts_and_its_thread() -> None:
    code, (message,) = await sent(Sink())
    assert code == 250
    assert message["Subject"] == "【单项否决】示例发布"
    assert message["Message-ID"] == "<k1@example.cn>"
    assert message["References"] == message["In-Reply-To"] == "<m1.thread@example.cn>"
    assert message["Auto-Submitted"] == "auto-generated"
    parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
    assert set(parts) == {"text/plain", "text/html"}
    assert all("示例发布：超过 14 天未更新" in text for text in parts.values())


@pytest.mark.parametrize(("answer", "code"), [("451 later", 451), ("550 no such user", 550)])
async def test_a_refusal_is_told_by_its_code(answer: str, code: int) -> None:
    assert (await sent(Sink(answer)))[0] == code


async def test_no_server_is_no_answer() -> None:
    mail = Email(host="x", sender="z@example.cn").compose(LETTER)
    assert isinstance(mail, Mail)
    assert (await smtp(free_port()).send(mail)).code == 0


@pytest.fixture
async def server() -> AsyncIterator[Any]:
    """A web server that keeps its requests and answers by path."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        if "slow" in request.path:
            await asyncio.sleep(30)
        if "moved" in request.path:
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
        if "429" in request.path:
            return web.Response(status=429, headers={"Retry-After": "7"})
        if "huge" in request.path:
            return web.Response(body=b"x" * 5_000_000)
        if request.path.endswith("getMe"):
            return web.json_response(
                {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "z", "username": "z"}}
            )
        if request.path.endswith("sendMessage"):
            return _bot_answer(request.path)
        return web.Response(status=500 if "500" in request.path else 200, text="fine")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", seen
    await runner.cleanup()
    listening.close()


def _bot_answer(path: str) -> web.Response:
    codes = {"bot403": 403, "bot400": 400, "bot401": 401, "bot420": 429}
    code = next((code for name, code in codes.items() if name in path), 200)
    if code == 200:
        chat = {"id": 5, "type": "private"}
        return web.json_response({"ok": True, "result": {"message_id": 1, "date": 1, "chat": chat}})
    more = {"parameters": {"retry_after": 9}} if code == 429 else {}
    body = {"ok": False, "error_code": code, "description": "no"} | more
    return web.json_response(body, status=code)


async def test_a_webhook_is_signed_as_standard_webhooks_lays_down(server: Any) -> None:
    url, seen = server
    secret = base64.b64encode(b"a secret of the office").decode()
    post = Webhook(url=Secret(f"{url}/hook"), secret=Secret(f"whsec_{secret}")).compose(LETTER)
    assert isinstance(post, Post)
    port = PostPort()
    assert (await port.send(post)).code == 200
    await port.aclose()
    headers, body = seen[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"a secret of the office", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["webhook-id"] == LETTER.key


@pytest.mark.parametrize(
    ("path", "code", "patience"), [("/500", 500, None), ("/429", 429, 7.0), ("/moved", 302, None), ("/huge", 200, None)]
)
async def test_a_webhook_answers_with_its_status(server: Any, path: str, code: int, patience: float | None) -> None:
    port = PostPort()
    answer = await port.send(Post(url=server[0] + path, body=b"{}"))
    await port.aclose()
    assert (answer.code, answer.retry_after) == (code, patience)
    assert len(answer.text) <= 300


async def test_a_webhook_that_is_not_there_tells_nothing_of_its_address() -> None:
    port = PostPort()
    answer = await port.send(Post(url=f"http://127.0.0.1:{free_port()}/hunter2", body=b"{}"))
    await port.aclose()
    assert answer.code == 0
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(("token", "code"), [("1:ok", 200), ("403", 403), ("400", 400), ("401", 401), ("420", 429)])
async def test_a_bot_says_what_telegram_said(server: Any, token: str, code: int) -> None:
    port = BotPort(f"{server[0]}/bot")
    answer = await port.send(Chat(token=token, chat_id="5", html="<b>值班</b>"))
    await port.aclose()
    assert answer.code == code
    assert answer.retry_after == (9 if code == 429 else None)
