"""Every channel's service on loopback, each with the same handles: it is down, takes and says nothing, asks for
patience, refuses a wrong key, and has the bounds that its documentation names. A new channel wants one here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from aiohttp import web
from aiosmtpd.smtp import AuthResult
from chats import ALL, OTHER, Refusal, Service
from letters import Sink, mailing

from alerts.channels.apprise import Apprise
from alerts.channels.console import Console
from alerts.channels.email import Email
from alerts.channels.sentry import Sentry
from alerts.channels.sms import Sms
from alerts.channels.telegram import Telegram
from alerts.channels.voice import Voice
from alerts.channels.webhook import Webhook
from alerts.letter import Channel
from streams.ports.clock import Clock
from streams.secrets import Secret


class Statuses(Service):
    """A service that says what it means by HTTP's status."""

    MOST = 10**6
    OK: ClassVar[dict[str, Any]] = {}
    status = 0  # what it says to everything

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.asked.append(self.clock.now())
        status = self.status or self.opens(request, raw) or self.fits(request, raw)
        if status:
            return web.Response(status=status, text="no")
        self.took.append(self.read(request, raw))
        if self.hang:
            self.hang -= 1
            await asyncio.sleep(30)
        return web.json_response(self.OK)

    def refuse(self, code: int) -> None:
        self.status = code

    def opens(self, request: web.Request, raw: bytes) -> int:
        """The status for whoever may not, else 0."""
        raise NotImplementedError

    def fits(self, request: web.Request, raw: bytes) -> int:
        """The status for what is too large, else 0."""
        return 413 if len(raw) > 200_000 else 0

    def read(self, request: web.Request, raw: bytes) -> dict[str, Any]:
        """What is kept of a message."""
        found: dict[str, Any] = json.loads(raw)
        return found


class Hook(Statuses):
    """A receiver that checks signatures as Standard Webhooks lays down, and takes 20,000 bytes."""

    KEY = b"hunter2-key-of-the-office"
    REPEAT = "the same `webhook-id`"
    BOUND = "goes whole; 413 is final, the operator is told"
    WRONG: ClassVar[dict[str, Any]] = {"secret": Secret("whsec_" + base64.b64encode(b"another").decode())}
    CURE = "核对渠道设置里的用户名、密码或令牌"

    def channel(self, base: str, **changes: Any) -> Channel:
        secret = Secret("whsec_" + base64.b64encode(self.KEY).decode())
        return Webhook(**{"url": Secret(f"{base}/hunter2-path"), "secret": secret} | changes)

    def opens(self, request: web.Request, raw: bytes) -> int:
        said = request.headers
        signed = f"{said['webhook-id']}.{said['webhook-timestamp']}.".encode() + raw
        right = "v1," + base64.b64encode(hmac.new(self.KEY, signed, hashlib.sha256).digest()).decode()
        return 0 if said["webhook-signature"] == right else 401

    def fits(self, request: web.Request, raw: bytes) -> int:
        return 413 if len(raw) > 20_000 else 0

    def read(self, request: web.Request, raw: bytes) -> dict[str, Any]:
        return {**json.loads(raw), "id": request.headers["webhook-id"]}

    def marks(self) -> list[str]:
        return [str(one["id"]) for one in self.took]


class Phones(Statuses):
    """A gateway of texts: signatures, an id for each, seventy characters."""

    TO, ALSO = "13812345678", "13912345678"
    REPEAT = "the same `{id}`"
    KEY = "hunter2-signing"
    WRONG: ClassVar[dict[str, Any]] = {"key": OTHER}
    CURE = "核对渠道设置，以及对方后台的配置"
    OK: ClassVar[dict[str, Any]] = {"code": "OK"}
    ROOM = 70

    def channel(self, base: str, **changes: Any) -> Channel:
        return Sms(**self.settings(base) | changes)

    def settings(self, base: str) -> dict[str, Any]:
        codes = {"final": ("isv.MOBILE_NUMBER_ILLEGAL",), "ours": ("isv.SIGN",), "too_fast": ("isv.LIMIT",)}
        return {"url": Secret(f"{base}/hunter2"), "key": Secret(self.KEY), "success": "code=OK", **codes}

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        signed = f"{request.headers['X-Timestamp']}.".encode() + raw
        right = hmac.new(self.KEY.encode(), signed, hashlib.sha256).hexdigest()
        wrong: Refusal | None = self.refusal or (None if request.headers["X-Signature"] == right else (0, "isv.SIGN"))
        if wrong is not None:
            return web.json_response({"code": wrong[1]})
        return await super().take(request)

    def opens(self, request: web.Request, raw: bytes) -> int:
        return 0

    def fits(self, request: web.Request, raw: bytes) -> int:
        return 413 if len(json.loads(raw)["text"]) > self.ROOM else 0

    def marks(self) -> list[str]:
        return [str(one["id"]) for one in self.took]


class Calls(Phones):
    """A gateway of calls."""

    ROOM = 120

    def channel(self, base: str, **changes: Any) -> Channel:
        return Voice(**self.settings(base) | changes)


class Relay(Statuses):
    """Sentry: envelopes, a key in a header, events that it knows by their id."""

    TO, ALSO = "city", "county"
    REPEAT = "the same event id"
    KEY = "hunter2hunter2"
    CURE = "核对渠道设置里的用户名、密码或令牌"

    def channel(self, base: str, **changes: Any) -> Channel:
        return Sentry(**{"dsn": self.dsn(base, self.KEY)} | changes)

    def dsn(self, base: str, key: str) -> Secret:
        return Secret(base.replace("://", f"://{key}@") + "/42")

    def wrong(self, base: str) -> dict[str, Any]:
        return {"dsn": self.dsn(base, "hunter2-other")}

    def opens(self, request: web.Request, raw: bytes) -> int:
        return 0 if f"sentry_key={self.KEY}" in request.headers["x-sentry-auth"] else 403

    def read(self, request: web.Request, raw: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(raw.split(b"\n")[2])
        return found

    def marks(self) -> list[str]:
        return [str(one["event_id"]) for one in self.took]


ONLY_WHETHER = "Apprise says only whether it was taken"


class Many(Statuses):
    """What Apprise speaks to: its own JSON."""

    TO, ALSO = "ops", "ops"
    CANNOT: ClassVar[dict[str, str]] = {"429": ONLY_WHETHER, "wrong key": ONLY_WHETHER}

    def channel(self, base: str, **changes: Any) -> Channel:
        return Apprise(**{"urls": {"ops": Secret(base.replace("http://", "json://user:hunter2@") + "/x")}} | changes)

    def opens(self, request: web.Request, raw: bytes) -> int:
        return 0 if "Authorization" in request.headers else 401

    def fits(self, request: web.Request, raw: bytes) -> int:
        return 413 if len(json.loads(raw)["message"]) > 3500 else 0


class Bots(Service):
    """The Bot API: the token in the path, JSON with its own code, 4,096 units of a text."""

    MOST = 10**6
    TO, ALSO = "101", "102"
    TOKEN = "1:hunter2-token"
    WRONG: ClassVar[dict[str, Any]] = {"token": Secret("1:hunter2-other")}
    CURE = "核对渠道设置里的用户名、密码或令牌"
    said: tuple[int, str] | None = None  # what it says to everything

    def channel(self, base: str, **changes: Any) -> Channel:
        given: dict[str, Any] = {"token": Secret(self.TOKEN), "base_url": f"{base}/bot"}
        return Telegram(**given | changes)

    def limit(self, seconds: int) -> None:
        said = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
        self.too_many.append(web.json_response(said | {"parameters": {"retry_after": seconds}}, status=429))

    def refuse(self, code: int) -> None:
        self.said = code, "no"

    async def take(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        self.asked.append(self.clock.now())
        said = self.said or self.against(request.path, form)
        if said is not None:
            body = {"ok": False, "error_code": said[0], "description": said[1]}
            return web.json_response(body, status=said[0])
        self.took.append({"text": form["text"]})
        if self.hang:
            self.hang -= 1
            await asyncio.sleep(30)
        chat = {"id": int(str(form["chat_id"])), "type": "private"}
        return web.json_response({"ok": True, "result": {"message_id": 9, "date": 1, "chat": chat}})

    def against(self, path: str, form: dict[str, Any]) -> tuple[int, str] | None:
        if path != f"/bot{self.TOKEN}/sendMessage":
            return 401, "Unauthorized"
        if form["chat_id"] not in {self.TO, self.ALSO}:
            return 400, "Bad Request: chat not found"
        units = len(str(form["text"]).encode("utf-16-le")) // 2
        return (400, "Bad Request: message is too long") if units > 4096 else None


class PostOffice(Service):
    """A mail server: a login, four hundreds for an hour, mails by their Message-ID."""

    MOST = 10**6
    TO, ALSO = "wang@example.cn", "li@example.cn"
    REPEAT = "the same Message-ID"
    LOGIN = ("zhiban", "hunter2-mail")
    WRONG: ClassVar[dict[str, Any]] = {"password": OTHER}
    CURE = "核对渠道设置里的用户名、密码或令牌"
    CANNOT: ClassVar[dict[str, str]] = {"429": "SMTP has no number for it; 4xx is as 500s"}
    said = ""  # what it says to every mail

    def channel(self, base: str, **changes: Any) -> Channel:
        user, password = self.LOGIN
        given: dict[str, Any] = {"host": "127.0.0.1", "port": urlsplit(base).port, "sender": "z@example.cn"}
        given |= {"security": "none", "user": user, "password": Secret(password)}
        return Email(**given | changes)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        options = {"authenticator": self.lets_in, "auth_require_tls": False}
        self.over = asyncio.Event()
        async with mailing(_Box(self), **options) as port:
            yield f"smtp://127.0.0.1:{port}"
            self.over.set()

    def refuse(self, code: int) -> None:
        self.said = f"{code} no"

    def lets_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login.decode(), data.password.decode()) == self.LOGIN
        if not right:
            self.tried.append(self.clock.now())
        return AuthResult(success=right, handled=False)

    def marks(self) -> list[str]:
        return [str(one["id"]) for one in self.took]

    async def answer_mail(self, subject: str, text: str, name: str, size: int) -> str:
        self.tried.append(self.clock.now())
        if self.said:
            return self.said
        if self.down_until is not None and self.clock.now() < self.down_until:
            return "451 4.3.0 try again later"
        if size > 1_000_000:
            return "552 5.3.4 message too big"
        self.asked.append(self.clock.now())
        self.took.append({"subject": subject, "text": text, "id": name})
        if self.hang:
            self.hang -= 1
            await self.over.wait()
        return "250 OK"


class _Box(Sink):
    def __init__(self, office: PostOffice) -> None:
        super().__init__()
        self._office = office

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not session.authenticated:
            return "530 5.7.0 authentication required"
        await super().handle_DATA(server, session, envelope)
        mail = self.mails[-1]
        part = mail.get_body(("plain",))
        assert part is not None
        return await self._office.answer_mail(
            str(mail["Subject"]), part.get_content(), str(mail["Message-ID"]), len(envelope.content)
        )


NOBODY = "nobody is on the other side"


class Paper(Service):
    """The console, which never refuses."""

    MOST = 10**6
    TO = "-"
    CANNOT: ClassVar[dict[str, str]] = dict.fromkeys(["500s", "lost answer", "429", "wrong key"], NOBODY)

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.prints = True

    def channel(self, base: str, **changes: Any) -> Channel:
        return Console(**changes)


STANDS: dict[str, type[Service]] = {
    **ALL,
    "webhook": Hook,
    "sms": Phones,
    "voice": Calls,
    "sentry": Relay,
    "apprise": Many,
    "telegram": Bots,
    "email": PostOffice,
    "console": Paper,
}
