"""DingTalk (钉钉): a custom robot in a group.

Facts: DingTalk open platform, 自定义机器人接入, 自定义机器人安全设置, 错误码.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

import msgspec

from alerts.channels._chat import ChatService, Form, Mentions, harmless, headline, json_size, meaning, mentions, text_of
from alerts.letter import Action, Fate, Letter, Meaning
from alerts.plain import tidy
from streams.outgoing import Answer, Outgoing
from streams.secrets import Secret

# The body may have 20,000 bytes: 12,000 are the text's, as JSON, where a quotation mark takes two; the rest is for six
# buttons of 1,000 and what is around them.
FORM = Form(
    most=12_000, subject=300, intro=600, title=600, line=600, clause=900, href=1000, block=4200, newline="  \n",
    measure=json_size,
)  # fmt: skip
CODES = {
    -1: Meaning(Fate.AGAIN, "busy", 30),
    130101: Meaning(Fate.AGAIN, "too_fast", 600),  # over 20 a minute: limited for ten minutes
    410100: Meaning(Fate.AGAIN, "too_fast", 600),
    310000: Meaning(Fate.AGAIN, "security"),  # keywords, signature and IP list: the words say which
    300001: Meaning(Fate.AGAIN, "address"),
    300005: Meaning(Fate.AGAIN, "address"),
    400101: Meaning(Fate.AGAIN, "address"),
    400106: Meaning(Fate.AGAIN, "address"),
    400102: Meaning(Fate.AGAIN, "stopped"),
    88: Meaning(Fate.AGAIN, "address"),
    400013: Meaning(Fate.NEVER, "gone"),
    400105: Meaning(Fate.NEVER, "malformed"),
    40035: Meaning(Fate.NEVER, "malformed"),
    43004: Meaning(Fate.NEVER, "malformed"),
    430101: Meaning(Fate.NEVER, "content"),  # a link that it thinks unsafe; then a text, a picture, anything
    430102: Meaning(Fate.NEVER, "content"),
    430103: Meaning(Fate.NEVER, "content"),
    430104: Meaning(Fate.NEVER, "content"),
    460101: Meaning(Fate.NEVER, "too_long"),
}
TURNED_AWAY = 1111
SECURITY = {"keyword": "keyword", "sign": "signature", "whitelist": "ip"}  # what stands in the words of 310000


class DingtalkRobot(ChatService, msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Posts letters into the group of one robot, signed at each attempt; a route's `to` says who is mentioned there.

    `to` is mobile numbers or user ids with commas between, `@all`, or `-` for nobody. Links are buttons of a card,
    but where somebody is mentioned, which cards cannot: then they are links in the text. One robot, one channel: over
    20 messages a minute, DingTalk takes none for ten minutes.
    """

    token: Secret  # what stands after `access_token=` in the robot's webhook
    secret: Secret = Secret("")  # of the signature (加签)
    keyword: str = ""  # one of the robot's keywords, where it has some: it is put into the title
    base: str = "https://oapi.dingtalk.com"  # a private deployment's own (政务钉钉)
    ca: str = ""  # certificates (PEM) of the authorities that are trusted there, by `ca_file`; empty: the system's
    a_minute: int = 20  # messages at most in any 60 seconds; 0: as many as there are

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """Markdown; a card with buttons where the letter is about one point and nobody is mentioned."""
        called, title = mentions(letter.to), headline(letter.subject, self.keyword, FORM.subject)
        buttons = _buttons(letter) if called == Mentions() else []
        said = (
            _card(letter, title, self.keyword, buttons) if buttons else _markdown(letter, title, self.keyword, called)
        )
        return self.post(self._path(at), msgspec.json.encode(said))

    def meaning(self, answer: Answer) -> Meaning:
        """By `errcode`, in a body that comes with 200; 310000 has three meanings, told apart by their words. Whoever is
        too fast is also turned away before that, by a `status`."""
        if "errcode" not in answer.said and answer.said.get("status") == TURNED_AWAY:
            return Meaning(Fate.AGAIN, "too_fast", 600, f"{TURNED_AWAY} {answer.said.get('punish', '')}".strip())
        found, words = meaning(answer, CODES, "errcode"), str(answer.said.get("errmsg", "")).lower()
        remedy = next((key for word, key in SECURITY.items() if word in words), "security")
        return msgspec.structs.replace(found, remedy=remedy) if found.remedy == "security" else found

    def _tokens(self) -> dict[str, Secret]:
        return {"token": self.token}

    def _path(self, at: datetime) -> str:
        """The end of the robot's webhook; with a secret, signed for the hour around `at`."""
        path = f"/robot/send?access_token={self.token.reveal()}"
        if not self.secret:
            return path
        stamp = str(int(at.timestamp() * 1000))
        key = self.secret.reveal().encode()
        digest = hmac.new(key, b"%s\n%s" % (stamp.encode(), key), hashlib.sha256).digest()
        return f"{path}&timestamp={stamp}&sign={quote(base64.b64encode(digest), safe='')}"


def _buttons(letter: Letter) -> list[Action]:
    points = tidy(letter).points
    return [one for one in points[0].actions if len(one.url) <= FORM.href] if len(points) == 1 else []


def _card(letter: Letter, title: str, keyword: str, buttons: list[Action]) -> object:
    shown = [{"title": harmless(one.label), "actionURL": one.url} for one in buttons]
    text = text_of(letter, FORM, keyword=keyword, buttons=True)
    return {"msgtype": "actionCard", "actionCard": {"title": title, "text": text, "btnOrientation": "0", "btns": shown}}


def _markdown(letter: Letter, title: str, keyword: str, called: Mentions) -> object:
    # Who is called must stand in the text too.
    tail = " ".join(f"@{one}" for one in (*called.phones, *called.ids))
    text = text_of(letter, FORM, keyword=keyword, tail=tail)
    who = {"atMobiles": list(called.phones), "atUserIds": list(called.ids), "isAtAll": called.everybody}
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": who}
