"""Chat services on loopback that behave as the real ones by their documentation.

They check signatures and sizes, know their own codes, count messages in their own time, and can be told to fail. They
keep what they took; what somebody in the group would see is in `texts`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web
from letters import serving

from alerts.channels.dingtalk_robot import DingtalkRobot
from alerts.channels.feishu_robot import FeishuRobot
from alerts.channels.wecom_app import WecomApp
from alerts.channels.wecom_robot import WecomRobot
from alerts.letter import Channel
from streams.ports.clock import Clock
from streams.secrets import Secret

HOUR = timedelta(hours=1)
OTHER = Secret("hunter2-other")  # that no service knows
Refusal = tuple[int, str]


def size(value: object) -> int:
    return len(str(value).encode())


class Service:
    """What they share: messages in a window, days on which nothing works, and answers that never arrive."""

    MOST: ClassVar[int]  # messages in 60 seconds
    TO: ClassVar[str] = "zhangsan"  # to whom a letter may be sent
    ALSO: ClassVar[str] = "lisi"  # and to whom another
    # Settings of a channel with which the service lets nobody in, and what the operator is then told to look at.
    WRONG: ClassVar[dict[str, Any]]
    CURE: ClassVar[str]
    REPEAT: ClassVar[str] = "the same number in its last line"  # by what a repeat is known
    BOUND: ClassVar[str] = "cut, the rest counted"  # what becomes of too long a letter
    CANNOT: ClassVar[dict[str, str]] = {}  # points of the table of faults that have no meaning here, and why
    OK: ClassVar[dict[str, Any]]
    CODE: ClassVar[str] = "errcode"
    WORDS: ClassVar[str] = "errmsg"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.took: list[dict[str, Any]] = []
        self.tried: list[datetime] = []  # each request, whatever became of it
        self.asked: list[datetime] = []  # each attempt at a message, in the service's own time
        self.down_until: datetime | None = None
        self.hang = 0  # so many messages are taken, and their answers never arrive
        self.too_many: list[web.Response] = []  # answers that stand before the service, such as a gateway's
        self.refusal: Refusal | None = None  # what it says to everything
        self.most = self.MOST

    def channel(self, base: str, **changes: Any) -> Channel:
        """A channel of ours for this service at `base`."""
        raise NotImplementedError

    @classmethod
    def objection(cls, message: dict[str, Any], length: int) -> Refusal | None:
        """What the service has against the message itself."""
        raise NotImplementedError

    def locked(self, request: web.Request, message: dict[str, Any]) -> Refusal | None:
        """What it has against whoever sends it."""
        raise NotImplementedError

    def too_fast(self) -> Refusal | None:
        """What it says to more messages than it takes."""
        raise NotImplementedError

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Listen; the base of what a channel is given."""
        async with serving(self.answer) as base:
            yield base

    def limit(self, seconds: int) -> None:
        """Answer the next one 429, and ask for so much patience."""
        self.too_many.append(web.Response(status=429, headers={"Retry-After": str(seconds)}))

    def refuse(self, code: int) -> None:
        """Say `code` to everything."""
        self.refusal = code, "no"

    def marks(self) -> list[str]:
        """Of each message that was taken, what tells a repeat."""
        return [text[text.index("编号 ") + 3 :][:8] for text in self.texts]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tried.append(self.clock.now())
        if self.down_until is not None and self.clock.now() < self.down_until:
            return web.Response(status=500, text="<html>internal error</html>")
        if self.too_many:
            return self.too_many.pop()
        return await self.take(request)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        message = json.loads(body)
        self.asked.append(self.clock.now())
        refusal = self.refusal or self.too_fast() or self.locked(request, message) or self.objection(message, len(body))
        if refusal is not None:
            return web.json_response({self.CODE: refusal[0], self.WORDS: refusal[1]})
        self.took.append(message)
        if self.hang:
            self.hang -= 1
            await asyncio.sleep(30)
        return web.json_response(self.OK)

    def lately(self) -> int:
        """Messages in the last minute, this one among them."""
        return sum(at > self.clock.now() - timedelta(seconds=60) for at in self.asked)

    def busiest(self, seconds: float = 60) -> int:
        """The most messages that any window saw."""
        width = timedelta(seconds=seconds)
        return max((sum(first <= at < first + width for at in self.asked) for first in self.asked), default=0)

    @property
    def texts(self) -> list[str]:
        """What is shown of each message."""
        return ["\n".join(_texts(message)) for message in self.took]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


class WeCom(Service):
    """A group's robot."""

    MOST = 20
    WRONG: ClassVar[dict[str, Any]] = {"key": OTHER}
    CURE = "重新复制它的 Webhook"
    OK: ClassVar[dict[str, Any]] = {"errcode": 0, "errmsg": "ok"}
    KEY = "693a91f6-7xxx-4bc4-97a0-hunter2"

    def channel(self, base: str, **changes: Any) -> Channel:
        given: dict[str, Any] = {"base": base, "key": Secret(self.KEY)}
        return WecomRobot(**given | changes)

    @classmethod
    def objection(cls, message: dict[str, Any], length: int) -> Refusal | None:
        kind = message.get("msgtype")
        bounds = {"markdown": {"content": 4096}, "text": {"content": 2048}}
        if "agentid" in message:
            bounds = {
                "markdown": {"content": 2048}, "text": {"content": 2048},
                "textcard": {"title": 128, "description": 512, "url": 2048}, "template_card": {},
            }  # fmt: skip
        if kind not in bounds:
            return 40008, "invalid message type"
        for field, most in bounds[kind].items():
            if not message[kind].get(field):
                return 44004, f"empty {field}"
            if size(message[kind][field]) > most:
                return 40058, f"{kind}.{field} exceed max length {most}. invalid Request Parameter"
        return _card(message["template_card"]) if kind == "template_card" else None

    def locked(self, request: web.Request, message: dict[str, Any]) -> Refusal | None:
        right = request.path == "/cgi-bin/webhook/send" and request.query.get("key") == self.KEY
        return None if right else (93000, "invalid webhook url, hint: [1], from ip: 127.0.0.1")

    def too_fast(self) -> Refusal | None:
        return (45009, "api freq out of limit") if self.lately() > self.most else None


def _card(card: dict[str, Any]) -> Refusal | None:
    """A card of the kind text_notice: what must be there, and how many of each there may be."""
    wrong = (
        card["card_type"] != "text_notice"
        or len(card.get("horizontal_content_list", [])) > 6
        or len(card.get("jump_list", [])) > 3
        or card["card_action"]["type"] != 1
        or not all(one["url"] for one in [card["card_action"], *card["jump_list"]])
        or not (card["main_title"]["title"] or card["sub_title_text"])
    )
    return (40058, "invalid template_card") if wrong else None


class WeComApp(WeCom):
    """An application: tokens, members it may see, and messages that it knows again for some hours."""

    MOST = 30
    WRONG: ClassVar[dict[str, Any]] = {"secret": OTHER}
    CURE = "请核对 corpid 和 secret"
    REPEAT = "shown once within four hours"
    SECRET = "hunter2-app-secret"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.members = {"zhangsan", "lisi", *(f"a{number}" for number in range(200))}
        self.fetched = 0
        self.token_until = clock.now()
        self.to: list[str] = []

    def channel(self, base: str, **changes: Any) -> Channel:
        given: dict[str, Any] = {"base": base, "corpid": "ww1", "agentid": 1000002, "secret": Secret(self.SECRET)}
        return WecomApp(**given | changes)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/cgi-bin/gettoken" and (self.down_until is None or self.clock.now() >= self.down_until):
            return self.give(request)
        return await super().answer(request)

    def give(self, request: web.Request) -> web.Response:
        if (request.query.get("corpid"), request.query.get("corpsecret")) != ("ww1", self.SECRET):
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        if self.clock.now() >= self.token_until:
            self.fetched += 1
            self.token_until = self.clock.now() + timedelta(seconds=7200)
        return web.json_response(self.OK | {"access_token": f"token-{self.fetched}", "expires_in": 7200})

    def forget(self) -> None:
        """End the token before its time."""
        self.token_until = self.clock.now()

    def locked(self, request: web.Request, message: dict[str, Any]) -> Refusal | None:
        if request.query.get("access_token") != f"token-{self.fetched}":
            return 40014, "invalid access_token"
        if self.clock.now() >= self.token_until:
            return 42001, "access_token expired"
        return None if message["agentid"] == 1000002 else (40056, "invalid agentid")

    async def take(self, request: web.Request) -> web.Response:
        message = json.loads(await request.read())
        names = [name for name in str(message["touser"]).split("|") if name]
        unknown = [name for name in names if name not in self.members and name != "@all"]
        if request.query.get("access_token") == f"token-{self.fetched}" and self.clock.now() < self.token_until:
            if not names:
                return web.json_response({"errcode": 82001, "errmsg": "touser, toparty and totag are all empty"})
            if len(unknown) == len(names):
                return web.json_response({"errcode": 81013, "errmsg": "user & party & tag all invalid"})
        if message.get("enable_duplicate_check") and message in self.took:
            self.asked.append(self.clock.now())
            return web.json_response(self.OK)  # it is not shown again
        response = await super().take(request)
        said = json.loads(response.text or "{}")
        return web.json_response(said | ({"invaliduser": "|".join(unknown)} if unknown else {}))


class DingTalk(Service):
    """A group's robot that wants signatures; over its limit, it takes nothing for ten minutes."""

    MOST = 20
    WRONG: ClassVar[dict[str, Any]] = {"secret": OTHER}
    CURE = "请核对加签密钥"
    OK: ClassVar[dict[str, Any]] = {"errcode": 0, "errmsg": "ok"}
    TOKEN, SECRET = "566cc69d-hunter2", "SEChunter2secret"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.limited_until: datetime | None = None
        self.keyword = ""

    def channel(self, base: str, **changes: Any) -> Channel:
        given: dict[str, Any] = {"base": base, "token": Secret(self.TOKEN), "secret": Secret(self.SECRET)}
        return DingtalkRobot(**given | changes)

    @classmethod
    def objection(cls, message: dict[str, Any], length: int) -> Refusal | None:
        if length > 20_000:
            return 460101, "message too long, exceed 20000 bytes"
        kind = message.get("msgtype")
        if kind not in {"markdown", "actionCard"}:
            return 400105, "unsupported message type"
        if not all(message[kind].get(field) for field in ("title", "text")):
            return 40035, "missing title or text"
        buttons = message[kind].get("btns", [])
        return None if all(one["title"] and one["actionURL"] for one in buttons) else (40035, "missing button")

    def locked(self, request: web.Request, message: dict[str, Any]) -> Refusal | None:
        if request.query.get("access_token") != self.TOKEN:
            return 300005, "token is not exist"
        stamp = request.query.get("timestamp", "0")
        right = hmac.new(self.SECRET.encode(), f"{stamp}\n{self.SECRET}".encode(), hashlib.sha256).digest()
        early = abs(self.clock.now().timestamp() * 1000 - int(stamp)) < 3_600_000
        if not early or request.query.get("sign") != base64.b64encode(right).decode():
            return 310000, "sign not match"
        said = "\n".join(_texts(message))
        return None if self.keyword in said else (310000, "keywords not in content")

    def too_fast(self) -> Refusal | None:
        now = self.clock.now()
        if self.limited_until is not None and now < self.limited_until:
            return 130101, "send too fast, exceed 20 times per minute"
        if self.lately() > self.most:
            self.limited_until = now + timedelta(minutes=10)
            return 130101, "send too fast, exceed 20 times per minute"
        return None


class Feishu(Service):
    """A group's bot that wants signatures: five messages a second, a hundred a minute."""

    MOST = 100
    WRONG: ClassVar[dict[str, Any]] = {"secret": OTHER}
    CURE = "请核对加签密钥"
    OK: ClassVar[dict[str, Any]] = {
        "code": 0,
        "msg": "success",
        "data": {},
        "StatusCode": 0,
        "StatusMessage": "success",
    }
    CODE, WORDS = "code", "msg"
    TOKEN, SECRET = "f19-hunter2-hook", "hunter2-sign-secret"
    keyword = ""

    def channel(self, base: str, **changes: Any) -> Channel:
        given: dict[str, Any] = {"base": base, "token": Secret(self.TOKEN), "secret": Secret(self.SECRET)}
        return FeishuRobot(**given | changes)

    @classmethod
    def objection(cls, message: dict[str, Any], length: int) -> Refusal | None:
        if length > 20 * 1024 or message.get("msg_type") != "interactive" or not message["card"]["elements"]:
            return 9499, "Bad Request"
        return None if message["card"]["header"]["title"]["content"] else (9499, "Bad Request")

    def locked(self, request: web.Request, message: dict[str, Any]) -> Refusal | None:
        if request.path != f"/open-apis/bot/v2/hook/{self.TOKEN}":
            return 19001, "param invalid: incoming webhook access token invalid"
        stamp = str(message.get("timestamp", "0"))
        right = hmac.new(f"{stamp}\n{self.SECRET}".encode(), b"", hashlib.sha256).digest()
        early = abs(self.clock.now().timestamp() - int(stamp)) <= 3600
        if not early or message.get("sign") != base64.b64encode(right).decode():
            return 19021, "sign match fail or timestamp is not within one hour from current time"
        return None if self.keyword in "\n".join(_texts(message["card"])) else (19024, "Key Words Not Found")

    def too_fast(self) -> Refusal | None:
        second = sum(at > self.clock.now() - timedelta(seconds=1) for at in self.asked)
        return (11232, "frequency limited") if self.lately() > self.most or second > 5 else None


ALL: dict[str, type[Service]] = {
    "wecom_robot": WeCom,
    "wecom_app": WeComApp,
    "dingtalk_robot": DingTalk,
    "feishu_robot": Feishu,
}
