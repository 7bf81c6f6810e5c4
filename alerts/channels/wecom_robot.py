"""WeCom (企业微信): a robot in a group.

Facts: WeCom developer centre, 群机器人配置说明 (消息推送), 全局错误码.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.channels import _wecom
from alerts.channels._chat import EVERYBODY, ChatService, Form, Mentions, meaning, mentions, text_of
from alerts.letter import Fate, Letter, Meaning
from streams.outgoing import Answer, Outgoing
from streams.secrets import Secret

MARKDOWN = Form(
    most=4096, subject=300, intro=400, title=400, line=300, clause=500, href=400, block=2500
)  # fmt: skip
TEXT = Form(
    most=2048, subject=200, intro=200, title=240, line=200, clause=200, href=300, block=1300,
    bold="", lead="", linked=False,
)  # fmt: skip
TAIL = 400  # bytes of mentions in markdown; who mentions more people sends text
CODES = {
    **_wecom.CODES,
    93000: Meaning(Fate.AGAIN, "address"),
    93004: Meaning(Fate.AGAIN, "stopped"),
    93008: Meaning(Fate.AGAIN, "address"),  # it is not in the group
}


class WecomRobot(ChatService, msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts letters into the group of one robot; a route's `to` says who is mentioned there.

    `to` is user ids or mobile numbers with commas between, `@all`, or `-` for nobody. Where a number or `@all` is
    mentioned, the letter goes as plain text of 2,048 bytes, else as markdown of 4,096. One robot, one channel: the
    limit of 20 messages a minute is the robot's.
    """

    key: Secret  # what stands after `key=` in the robot's webhook
    base: str = "https://qyapi.weixin.qq.com"  # a private deployment's own (政务微信)
    ca: str = ""  # certificates (PEM) of the authorities that are trusted there, by `ca_file`; empty: the system's
    a_minute: int = 20  # messages at most in any 60 seconds; 0: as many as there are

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """Markdown, or text where that alone can mention whom it should."""
        body = msgspec.json.encode(_message(letter, mentions(letter.to)))
        return self.post(f"/cgi-bin/webhook/send?key={self.key.reveal()}", body)

    def meaning(self, answer: Answer) -> Meaning:
        """By `errcode`, in a body that comes with 200."""
        return meaning(answer, CODES, "errcode")

    def _tokens(self) -> dict[str, Secret]:
        return {"key": self.key}


def _message(letter: Letter, called: Mentions) -> object:
    tail = " ".join(f"<@{one}>" for one in called.ids)
    if called.phones or called.everybody or len(tail) > TAIL:
        ids = [*called.ids, *([EVERYBODY] if called.everybody else [])]
        text = {"content": text_of(letter, TEXT), "mentioned_list": ids, "mentioned_mobile_list": list(called.phones)}
        return {"msgtype": "text", "text": text}
    return {"msgtype": "markdown", "markdown": {"content": text_of(letter, MARKDOWN, tail=tail)}}
