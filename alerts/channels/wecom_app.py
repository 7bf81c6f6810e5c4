"""WeCom (企业微信): messages of an application to members.

Facts: WeCom developer centre, 获取access_token, 发送应用消息, 模板卡片类型, 全局错误码.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from alerts.channels import _wecom
from alerts.channels._chat import EVERYBODY, ChatService, Form, cut, harmless, meaning, mentions, text_of
from alerts.letter import Action, Fate, Letter, Meaning, Point
from alerts.plain import halves, is_link, mark, tidy
from alerts.undelivered import masked
from alerts.words import say
from streams.outgoing import Answer, Outgoing, Pace, TokenPost
from streams.secrets import Secret

MARKDOWN = Form(most=2048, subject=200, intro=200, title=240, line=200, clause=200, href=400, block=1300)
DESCRIPTION = Form(
    most=512, subject=60, intro=60, title=120, line=120, clause=0, href=0, block=240, bold="", lead="", linked=False
)  # fmt: skip
ROWS, LINKS, VALUE = 6, 3, 30  # of a card; a row's value is shown whole up to so many characters
HOURS = 4  # for which the service knows a message that it had: its longest
CODES = {
    **_wecom.CODES,
    40001: Meaning(Fate.AGAIN, "credential"),
    40013: Meaning(Fate.AGAIN, "credential"),
    40091: Meaning(Fate.AGAIN, "credential"),
    40014: Meaning(Fate.AGAIN, "credential"),  # these two: also with a token that was fetched this moment
    42001: Meaning(Fate.AGAIN, "credential"),
    40056: Meaning(Fate.AGAIN, "agent"),
    48002: Meaning(Fate.AGAIN, "agent"),
    50003: Meaning(Fate.AGAIN, "agent"),  # it is stopped
    301002: Meaning(Fate.AGAIN, "agent"),  # it is another's
    60020: Meaning(Fate.AGAIN, "ip"),
    40003: Meaning(Fate.NEVER, "recipient"),
    40031: Meaning(Fate.NEVER, "recipient"),
    60111: Meaning(Fate.NEVER, "recipient"),
    81013: Meaning(Fate.NEVER, "recipient"),
    82001: Meaning(Fate.NEVER, "recipient"),
    60011: Meaning(Fate.NEVER, "recipient"),
    45004: Meaning(Fate.NEVER, "too_long"),  # a card's description
}
UNREACHED = ("invaliduser", "unlicenseduser")


class WecomApp(ChatService, msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends letters to members by an application of the office's own; a route's `to` is user ids with commas between.

    A letter about one point with up to three links is a card, any other markdown; with `form = "textcard"` all are
    text cards, which members see in WeChat too. A repeat within four hours is shown once.
    """

    corpid: str
    agentid: int
    secret: Secret
    form: Literal["markdown", "textcard"] = "markdown"
    base: str = "https://qyapi.weixin.qq.com"  # a private deployment's own (政务微信, 粤政易)
    ca: str = ""  # certificates (PEM) of the authorities that are trusted there, by `ca_file`; empty: the system's
    a_minute: int = 30  # messages at most to one address in any 60 seconds; 0: as many as there are

    @property
    def paces(self) -> tuple[Pace, ...]:
        """That of each member: what is over it, WeCom drops in silence."""
        return (Pace(self.a_minute, 60, each_address=True),) if self.a_minute > 0 else ()

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """A message of the application, with where its token comes from."""
        called = mentions(letter.to)
        common = {
            "touser": EVERYBODY if called.everybody else "|".join((*called.ids, *called.phones)),
            "agentid": self.agentid,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": HOURS * 3600,
        }
        body = msgspec.json.encode(common | self._message(letter))
        base, secret = self.base.rstrip("/"), quote(self.secret.reveal(), safe="")
        return TokenPost(
            post=self.post("/cgi-bin/message/send", body),
            source=Secret(f"{base}/cgi-bin/gettoken?corpid={quote(self.corpid, safe='')}&corpsecret={secret}"),
            renew_on=(40014, 42001),
        )

    def meaning(self, answer: Answer) -> Meaning:
        """By `errcode`; a message that went out may name members that it did not reach."""
        found = meaning(answer, CODES, "errcode")
        missed = [name for field in UNREACHED for name in str(answer.said.get(field, "")).split("|") if name]
        if found.fate is not Fate.DELIVERED or not missed:
            return found
        return Meaning(Fate.DELIVERED, "partly", who=", ".join(masked(name) for name in missed[:20]))

    def _message(self, letter: Letter) -> dict[str, Any]:
        points = tidy(letter).points
        if self.form == "textcard":
            return _textcard(letter)
        if len(points) == 1 and 0 < len(points[0].actions) <= LINKS:
            return _card(letter, points[0])
        return {"msgtype": "markdown", "markdown": {"content": text_of(letter, MARKDOWN)}}


def _textcard(letter: Letter) -> dict[str, Any]:
    """Title, description and one link; without a link the letter is plain text, for a card must have one."""
    tidied = tidy(letter)
    links = [url for one in tidied.points for url in (*(act.url for act in one.actions), one.url) if is_link(url)]
    if not links:
        plain = msgspec.structs.replace(MARKDOWN, bold="", lead="", linked=False)
        return {"msgtype": "text", "text": {"content": text_of(letter, plain)}}
    card = {"title": cut(tidied.subject, 128), "description": text_of(letter, DESCRIPTION), "url": links[0]}
    return {"msgtype": "textcard", "textcard": card}


def _card(letter: Letter, point: Point) -> dict[str, Any]:
    """Lines that are short stand in rows, the others below; links stand at its foot."""
    pairs = [halves(line) for line in point.lines]
    rows = [(label, value) for label, value in pairs if label and len(value) <= VALUE][:ROWS]
    rest = [line for line in point.lines if halves(line) not in rows]
    page = point.url if is_link(point.url) else point.actions[0].url
    card = {
        "card_type": "text_notice",
        "source": {"desc": say(letter.language, "number", id=mark(letter))},
        "main_title": {"title": cut(point.title, 240), "desc": cut(letter.subject, 200)},
        "sub_title_text": "\n".join(cut(line, 300) for line in (*rest[:4], point.clause) if line),
        "horizontal_content_list": [{"keyname": harmless(label), "value": harmless(value)} for label, value in rows],
        "jump_list": [_jump(one) for one in point.actions],
        "card_action": {"type": 1, "url": page},
    }
    return {"msgtype": "template_card", "template_card": card}


def _jump(action: Action) -> dict[str, Any]:
    return {"type": 1, "title": harmless(action.label), "url": action.url}
