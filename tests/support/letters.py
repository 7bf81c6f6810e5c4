"""Letters for tests, and servers that take them."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
from aiohttp import web
from aiosmtpd.smtp import SMTP

from alerts.letter import Letter, Point, Reason

T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)
AT = T0 + timedelta(minutes=10)  # of an attempt, some of them after the letter was written
POINT = Point(
    alert="m1", title="示例发布：超过 14 天未更新", level="veto", rule="MED-STALE", subject="s", clause="原文",
    lines=("最后安全日：2026-02-24（星期二）", "怎么办：发布一条信息。"), url="https://a.example.cn/",
)  # fmt: skip
LETTER = Letter(
    key="k1", channel="mail", to="a@example.cn", reason=Reason.NEW, thread="m1", subject="【单项否决】示例发布",
    intro="示例局：值班发现以下 1 项，请查看。", points=(POINT,), outro="无需回复。", written_at=T0,
)  # fmt: skip


def letter(**changes: Any) -> Letter:
    """The standing letter with changes; those of a point's own fields go to its point."""
    mine = {name: changes.pop(name) for name in list(changes) if name in {"title", "lines", "clause", "url", "level"}}
    if mine:
        changes.setdefault("points", (msgspec.structs.replace(POINT, **mine),))
    return msgspec.structs.replace(LETTER, **changes)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sink:
    """An SMTP server's mind: keeps the mails it gets by connection, and answers as it is told."""

    def __init__(self, data: str = "250 OK", rcpt: str = "250 OK", mail: str = "250 OK") -> None:
        self.answers = {"data": data, "rcpt": rcpt, "mail": mail}
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.sessions: list[Any] = []
        self.most = 1000  # mails of one connection

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answers["mail"].startswith("2"):
            envelope.mail_from = address
        return self.answers["mail"]

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answers["rcpt"].startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answers["rcpt"]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.sessions.count(session) >= self.most:
            server.transport.close()
            return "421 enough for one connection"
        self.sessions.append(session)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.raw.append(envelope.content)
        self.mails.append(message)
        return self.answers["data"]


@asynccontextmanager
async def mailing(sink: Sink, **options: Any) -> AsyncIterator[int]:
    """An SMTP server on loopback, by its port."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(sink, hostname="test", **options), "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A web server on loopback, by its URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await runner.cleanup()
        listening.close()
