"""Feishu (飞书): a custom bot in a group.

Facts: Feishu open platform, 自定义机器人使用指南, 频控策略, 卡片 JSON 1.0 (按钮组件).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from alerts.channels._chat import ChatService, Form, at_most, block, cut, fitting, harmless, headline, meaning, mentions
from alerts.letter import Fate, Letter, Meaning, Point
from alerts.plain import left_out, marked, tidy
from streams.outgoing import Answer, Outgoing, Pace
from streams.secrets import Secret

MOST = 20_000  # bytes of the whole body
FORM = Form(
    most=MOST, subject=300, intro=600, title=600, line=600, clause=900, href=1000, block=4500, lead=""
)  # fmt: skip
COLOURS = {"veto": "red", "breach": "red", "due_soon": "orange", "ok": "green", "unknown": "grey"}
CODES = {
    11232: Meaning(Fate.AGAIN, "too_fast", 60),
    11233: Meaning(Fate.AGAIN, "too_fast", 60),
    99991400: Meaning(Fate.AGAIN, "too_fast", 60),
    19001: Meaning(Fate.AGAIN, "address"),
    19021: Meaning(Fate.AGAIN, "signature"),
    19022: Meaning(Fate.AGAIN, "ip"),
    19024: Meaning(Fate.AGAIN, "keyword"),
    19002: Meaning(Fate.NEVER, "malformed"),
    9499: Meaning(Fate.NEVER, "malformed"),  # a body of the wrong form, or over its bound
}


class FeishuRobot(ChatService, msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts letters as cards into the group of one bot, signed at each attempt; a route's `to` says who is mentioned.

    `to` is Feishu's ids with commas between, `@all`, or `-` for nobody. Links are buttons under their point. One bot,
    one channel: the limits of 5 messages a second and 100 a minute are the bot's.
    """

    token: Secret  # the last part of the bot's webhook
    secret: Secret = Secret("")  # of the signature (签名校验)
    keyword: str = ""  # one of the bot's keywords, where it has some: it is put into the title
    base: str = "https://open.feishu.cn"  # a private deployment's own
    ca: str = ""  # certificates (PEM) of the authorities that are trusted there, by `ca_file`; empty: the system's
    a_second: int = 5  # messages at most in any second; 0: as many as there are
    a_minute: int = 100  # and in any 60 seconds

    @property
    def paces(self) -> tuple[Pace, ...]:
        """Both of the bot's."""
        return at_most((self.a_second, 1), (self.a_minute, 60))

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """A card, cut between two points, with word of how many are left."""
        tidied, signed = tidy(letter), self._signed(at)
        body = fitting(len(tidied.points), lambda shown: self._body(letter, tidied, shown, signed), MOST, len)
        return self.post(f"/open-apis/bot/v2/hook/{self.token.reveal()}", body)

    def meaning(self, answer: Answer) -> Meaning:
        """By `code`, or by `StatusCode` where an older deployment says nothing else."""
        return meaning(answer, CODES, "code", "StatusCode")

    def _tokens(self) -> dict[str, Secret]:
        return {"token": self.token}

    def _body(self, letter: Letter, tidied: Letter, shown: int, signed: dict[str, str]) -> bytes:
        points = tidied.points[:shown]
        elements = [one for one in (_text(cut(tidied.intro, FORM.intro)), _called(letter.to)) if one]
        for point in points:
            elements += [{"tag": "hr"}, _text(block(point, FORM, letter.language, links=False)), *_buttons(point)]
        last = left_out(letter, shown) or cut(tidied.outro, FORM.intro)
        elements += [_text(last)] if last else []
        elements.append(_note(marked(letter)))
        title = headline(tidied.subject, self.keyword, FORM.subject)
        header = {"title": {"tag": "plain_text", "content": title}, "template": _colour(tidied.points)}
        card = {"config": {"wide_screen_mode": True}, "header": header, "elements": elements}
        return msgspec.json.encode({"msg_type": "interactive", "card": card} | signed)

    def _signed(self, at: datetime) -> dict[str, str]:
        """Time and signature, which hold within an hour; the secret is the key's part, and the message is empty."""
        if not self.secret:
            return {}
        stamp = str(int(at.timestamp()))
        digest = hmac.new(f"{stamp}\n{self.secret.reveal()}".encode(), b"", hashlib.sha256).digest()
        return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def _text(content: str) -> dict[str, Any]:
    return {"tag": "div", "text": {"tag": "lark_md", "content": content}} if content else {}


def _note(content: str) -> dict[str, Any]:
    return {"tag": "note", "elements": [{"tag": "plain_text", "content": content}]}


def _called(to: str) -> dict[str, Any]:
    called = mentions(to)
    ids = [*called.ids, *(["all"] if called.everybody else [])]
    return _text(" ".join(f"<at id={one}></at>" for one in ids))


def _buttons(point: Point) -> list[dict[str, Any]]:
    shown = [
        {"tag": "button", "text": {"tag": "plain_text", "content": harmless(one.label)}, "url": one.url}
        for one in point.actions
        if len(one.url) <= FORM.href
    ]
    return [{"tag": "action", "actions": shown}] if shown else []


def _colour(points: Sequence[Point]) -> str:
    """That of the first point."""
    return COLOURS.get(points[0].level, "blue") if points else "blue"
