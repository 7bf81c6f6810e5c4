"""The battery of channels: what every channel must stand, found by the catalogue."""

from __future__ import annotations

import json
import logging
import re
import traceback
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
from chats import DingTalk, Feishu, WeCom
from hypothesis import given
from hypothesis import strategies as st
from letters import AT, LETTER, POINT, letter

from alerts.channels.telegram import MOST, ROWS, Telegram, units
from alerts.letter import Action, Channel, Fate, Letter, Press
from alerts.plain import POINTS, marked
from streams.catalogue import catalogue
from streams.outgoing import Answer, Call, Chat, Mail, Notify, Outgoing, Post, Print, TokenPost
from streams.secrets import Secret

KEY = "whsec_" + "c2VjcmV0c2VjcmV0"
SETTINGS: dict[str, dict[str, Any]] = {
    "console": {},
    "email": {"host": "smtp.x", "sender": "值班 <z@x>", "user": "z", "password": Secret("hunter2-pass")},
    "webhook": {"url": Secret("https://hook.x/hunter2-url"), "secret": Secret(KEY)},
    "telegram": {"token": Secret("12345:hunter2-token")},
    "sms": {
        "url": Secret("https://sms.x/hunter2-url"),
        "key": Secret("hunter2-key"),
        "headers": {"A": Secret("hunter2-h")},
        "secrets": {"pass": Secret("hunter2-p")},
        "replies": True,
        "body": {"to": "{to}", "text": "{text}", "pass": "{pass}", "id": "{id}"},
    },
    "apprise": {"urls": {"a@example.cn": Secret("json://x/hunter2-apprise")}},
    "sentry": {"dsn": Secret("https://hunter2-key@sentry.x/42")},
    "voice": {"url": Secret("https://call.x/hunter2-url")},
    "wecom_robot": {"key": Secret("hunter2-key")},
    "wecom_app": {"corpid": "ww1", "agentid": 1000002, "secret": Secret("hunter2-app")},
    "dingtalk_robot": {"token": Secret("hunter2-robot"), "secret": Secret("SEChunter2"), "keyword": "值班"},
    "feishu_robot": {"token": Secret("hunter2-bot"), "secret": Secret("hunter2-sign"), "keyword": "值班"},
}
SECRETS = ("hunter2", KEY, "c2VjcmV0c2VjcmV0")
KINDS = catalogue("alerts.channels", "zhiban.channels")
NAMES = sorted(KINDS)
LONG = "长" * 10_000
every = pytest.mark.parametrize("name", NAMES)
HOSTILE = (
    "<script>alert(1)</script>", "<b>x</b>", "**bold**", "[x](javascript:alert(1))", "</b></code>", "&lt;b&gt;",
    "题\r\nBcc: victim@x", "{{ 7777*7 }}", "{% raw %}", "{title}", "%s%n", "[red]x[/red]", "\x1b[2J\x07",
    "\u202etxt.exe", '" onmouseover="alert(1)', "=cmd|'/c calc'!A0", "\x00", "\ufeff",
)  # fmt: skip


def channel(name: str) -> Channel:
    built: Channel = KINDS[name](**SETTINGS[name])
    return built


def points(count: int, **changes: Any) -> dict[str, Any]:
    return {"points": (msgspec.structs.replace(POINT, **changes),) * count}


def shown(outgoing: Outgoing) -> str:
    """Everything that a channel would show, as text."""
    if isinstance(outgoing, Mail):
        return outgoing.subject + outgoing.text + outgoing.html
    if isinstance(outgoing, Call) and "x-sentry-auth" in outgoing.headers:
        return str(json.loads(outgoing.body.reveal().splitlines()[2])["message"]["formatted"])
    if isinstance(outgoing, Call):
        return str(json.loads(outgoing.body.reveal())["text"])
    if isinstance(outgoing, Notify):
        return f"{outgoing.title}\n{outgoing.text}"
    if isinstance(outgoing, TokenPost):
        outgoing = outgoing.post
    if isinstance(outgoing, Post):
        return json.dumps(json.loads(outgoing.body), ensure_ascii=False)
    return outgoing.html if isinstance(outgoing, Chat) else outgoing.text


def check(outgoing: Outgoing) -> None:
    """What holds of anything that a channel composes."""
    shown(outgoing).encode()  # no half surrogates
    if isinstance(outgoing, TokenPost):
        outgoing = outgoing.post
    if isinstance(outgoing, Chat):
        assert 0 < units(outgoing.html) <= MOST
        assert set(Tags(outgoing.html).names) <= {"b", "i", "a"}
    if isinstance(outgoing, Mail):
        lines = [outgoing.subject, outgoing.to, outgoing.message_id, *outgoing.references, *outgoing.headers.values()]
        assert outgoing.subject
        assert not [line for line in lines if len(line.splitlines()) != 1 and line]
    if isinstance(outgoing, Notify):
        assert outgoing.title
        assert len(outgoing.text) <= 3500
    if isinstance(outgoing, Call):
        assert 0 < len(shown(outgoing)) <= (8000 if "x-sentry-auth" in outgoing.headers else 120)
        assert all(one.reveal().isascii() and one.reveal().isprintable() for one in outgoing.headers.values())
    if isinstance(outgoing, Post):
        service = SERVICES.get(urlsplit(outgoing.url.reveal()).hostname or "")
        if service is not None:
            assert service.objection(msgspec.json.decode(outgoing.body), len(outgoing.body)) is None
            assert not [text for text in texts(outgoing) if MARKUP.search(OURS.sub("", text))]
        assert all(value.isascii() and value.isprintable() for value in outgoing.headers.values())


SERVICES = {
    "qyapi.weixin.qq.com": WeCom,
    "oapi.dingtalk.com": DingTalk,
    "open.feishu.cn": Feishu,
}
OURS = re.compile(r"<@[\w@.-]+>|<at id=[\w@.-]+></at>")
MARKUP = re.compile(r"<|\]\((?!https?://)|!\[|&[#a-z]|`|\n#")  # what a text could have brought


def texts(post: Post) -> list[str]:
    """Every text that is to be shown, of a chat service's message; links by themselves are not among them."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str) and not value.startswith(("http://", "https://")):
            found.append(re.sub(r"\(https?://[^()]*\)", "(https://)", value))
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(one)

    walk(msgspec.json.decode(post.body))
    return found


@every
def test_who_stands_above_the_recipient_is_told_to_nobody(name: str) -> None:
    outgoing = channel(name).compose(letter(heads=(("mail", "head@above.example"),)), AT)
    assert "head@above" not in str(outgoing)
    assert b"head@above" not in (outgoing.body if isinstance(outgoing, Post) else b"")


@every
def test_points_that_are_not_written_out_are_counted(name: str) -> None:
    said = shown(channel(name).compose(letter(more=7), AT))
    assert "还有 7 项" in said or "等8项" in said or name == "webhook"


class Tags(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.extend(attrs)


def acting(*urls: str, **changes: Any) -> Letter:
    """A letter whose point carries these links."""
    point = msgspec.structs.replace(POINT, actions=tuple(Action(f"按钮 {n}", url) for n, url in enumerate(urls)))
    return letter(points=(msgspec.structs.replace(point, **changes),))


def test_every_channel_has_settings_here() -> None:
    assert set(NAMES) == set(SETTINGS)


@every
@pytest.mark.parametrize(
    "given",
    [
        LETTER,
        letter(subject="👨‍👩‍👧‍👦" * 30, title="👨‍👩‍👧‍👦" * 300),
        letter(subject=LONG, intro=LONG, title="&" * 10_000, lines=("<" * 10_000,), clause=LONG),
        letter(subject="", intro="", points=(), outro=""),
        letter(subject=" \r\n\t", key="k/1 值:班\r\n", thread="t\r\n", to=""),
        letter(**points(5000)),
        letter(**points(60, lines=("第一行 👍",) * 100)),
        letter(language="xx"),
    ],
    ids=["plain", "emoji", "ten thousand", "nothing", "blanks", "five thousand", "many lines", "no such language"],
)  # fmt: skip
def test_it_composes_anything(name: str, given: Letter) -> None:
    check(channel(name).compose(given, AT))


@every
@given(st.text(max_size=40), st.text(max_size=60))
def test_it_composes_whatever_a_page_calls_itself(name: str, title: str, line: str) -> None:
    check(channel(name).compose(letter(subject=title, title=title, lines=(line,), url=line, intro=line, key=title), AT))


@every
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_in_a_text_is_obeyed(name: str, text: str) -> None:
    harmless = shown(channel(name).compose(LETTER, AT))
    outgoing = channel(name).compose(
        letter(subject=text, intro=text, title=text, lines=(text,), clause=text, url=text), AT
    )
    check(outgoing)
    said = shown(outgoing)
    assert "54439" not in said  # what a template would make of it
    if isinstance(outgoing, (Mail, Chat)):
        plain, tags = Tags(harmless), Tags(outgoing.html)
        assert set(tags.names) <= set(plain.names)
        assert {key for key, _ in tags.attributes} <= {key for key, _ in plain.attributes}
        assert not any((value or "").startswith("javascript:") for _, value in tags.attributes)
    if isinstance(outgoing, (Mail, Chat, Print, Call)):
        assert not set("\x00\x07\x1b\u202e\ufeff") & set(said)


LINKS = tuple(f"https://z.example.cn/l/{n}?a=1&b=({n})" for n in range(4))


@every
def test_what_can_be_done_at_once_is_a_link_that_stays_whole(name: str) -> None:
    outgoing = channel(name).compose(acting(*LINKS), AT)
    check(outgoing)
    said = unquote(unescape(shown(outgoing)))
    if name in {"sms", "voice"}:  # a telephone has no room for links; an answer by code is its button
        assert "http" not in said
        return
    assert [link for link in LINKS if link not in said] == []
    assert said.count("按钮") >= len(LINKS)


@every
@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", 'https://x/" onclick="a', "https://x/<b>", "https://x/ y", "https://x/长", "//x", ""]
)
def test_what_is_no_link_is_no_button(name: str, url: str) -> None:
    outgoing = channel(name).compose(acting(url), AT)
    check(outgoing)
    assert name == "webhook" or "按钮" not in shown(outgoing)  # a webhook's receiver gets what there is


@every
def test_a_point_with_links_always_fits(name: str) -> None:
    long = acting(
        *(f"https://z.example.cn/{'x' * 250}{n}" for n in range(9)), title="👍" * 999, lines=("长" * 999,) * 50
    )
    outgoing = channel(name).compose(msgspec.structs.replace(long, subject='"' * 999, intro='"' * 999), AT)
    check(outgoing)
    assert "👍" in shown(outgoing)


def everything() -> bytes:
    """The same letter by every channel."""
    return "\n".join(shown(channel(name).compose(LETTER, AT)) for name in NAMES).encode()


@every
def test_no_secret_shows_itself(name: str, caplog: pytest.LogCaptureFixture) -> None:
    at_work = channel(name)
    outgoing = at_work.compose(LETTER, AT)
    logging.getLogger("test").warning("%s %r %s %r", at_work, at_work, outgoing, outgoing)
    said = [repr(at_work), str(at_work), repr(outgoing), str(msgspec.structs.asdict(outgoing)), caplog.text]
    for thing in (at_work, outgoing):
        try:
            said.append(msgspec.json.encode(thing).decode())
        except TypeError:
            said.append(traceback.format_exc())
    assert not [one for one in said if any(secret in one for secret in SECRETS)]


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "hunter2"},
        {"url": "https://x.example/", "secret": "whsec_hunter2!"},
        {"url": "https://x.example/", "secret": "whsec_"},
    ],
)  # fmt: skip
def test_a_webhook_that_cannot_work_is_refused_at_the_start_without_its_secrets(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected") as raised:
        KINDS["webhook"](**{key: Secret(value) for key, value in settings.items()})
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


@every
def test_what_is_left_out_is_counted(name: str) -> None:
    said = shown(channel(name).compose(letter(**points(POINTS + 30)), AT))
    assert name == "webhook" or "…还有 " in said or "等130项" in said
    if name in {"email", "console"}:
        assert "…还有 30 项" in said


def test_a_chat_is_cut_between_two_points_in_utf_16_units() -> None:
    chat = channel("telegram").compose(letter(**points(200, title="👍" * 100)), AT)
    assert isinstance(chat, Chat)
    blocks = chat.html.split("\n\n")
    assert chat.html.count("<b>") == chat.html.count("</b>")
    assert blocks[-2:] == [f"…还有 {200 - (len(blocks) - 3)} 项", marked(letter())]
    assert MOST - units(chat.html) < 500  # as many as fit


def test_one_point_always_fits_a_chat() -> None:
    """The bounds of a block's parts add up: even if each character were escaped at its longest."""
    worst = letter(subject='"' * 999, intro='"' * 999, title="👍" * 999, lines=("长" * 999,) * 50, clause="长" * 9999)
    worst = msgspec.structs.replace(worst, outro='"' * 999)
    chat = Telegram(token=Secret("1:x")).compose(worst, AT)
    assert isinstance(chat, Chat)
    assert "👍" in chat.html


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("a@x.cn", "a@x.cn"),
        ("a@x.cn；b@x.cn、c@x.cn", "a@x.cn, b@x.cn, c@x.cn"),
        ("a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s"),
        ("0917-3260000", ""),
        ("a@x.cn\nb@x.cn", "a@x.cn, b@x.cn"),
        ("张三 <a@x.cn>", "=?utf-8?b?5byg5LiJ?= <a@x.cn>"),
        ("a@x.cn\r\nBcc: victim@x.cn", "a@x.cn"),
        ("a b@x.cn", ""),
        ("@x.cn", ""),
        ("a@", ""),
        ("a@" + "长" * 90, ""),
    ],
)
def test_only_mail_addresses_are_written_to(to: str, found: str) -> None:
    mail = channel("email").compose(letter(to=to), AT)
    assert isinstance(mail, Mail)
    assert mail.to == found


@pytest.mark.parametrize(
    ("name", "codes", "fate"),
    [
        ("email", (250, 251), Fate.DELIVERED), ("email", (550, 552, 553, 554), Fate.NEVER),
        ("email", (0, 421, 450, 451, 452, 530, 534, 535, 538), Fate.AGAIN),
        ("webhook", (200, 201, 204), Fate.DELIVERED), ("webhook", (301, 308, 400, 410, 413, 422), Fate.NEVER),
        ("webhook", (0, 302, 307, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504), Fate.AGAIN),
        ("telegram", (200,), Fate.DELIVERED), ("telegram", (400, 403), Fate.NEVER),
        ("telegram", (0, 401, 429, 500), Fate.AGAIN), ("console", (200,), Fate.DELIVERED),
    ],
)  # fmt: skip
def test_what_an_answer_means(name: str, codes: tuple[int, ...], fate: Fate) -> None:
    assert {channel(name).fate(Answer(code=code)) for code in codes} == {fate}


def test_the_console_prints_the_whole_letter() -> None:
    outgoing = channel("console").compose(LETTER, AT)
    assert isinstance(outgoing, Print)
    assert all(text in outgoing.text for text in (LETTER.subject, LETTER.intro, POINT.clause, POINT.url, *POINT.lines))


def test_a_webhook_carries_the_letter_whole() -> None:
    post = channel("webhook").compose(letter(title="长" * 10_000), AT)
    assert isinstance(post, Post)
    assert msgspec.json.decode(post.body, type=Letter) == letter(title="长" * 10_000)


def test_a_chat_has_a_row_of_buttons_for_each_of_its_first_points() -> None:
    presses = (Press("知道了", "a" * 44), Press("误报", "b" * 44))
    one = channel("telegram").compose(letter(points=(msgspec.structs.replace(POINT, presses=presses),)), AT)
    assert isinstance(one, Chat)
    assert [[key.label for key in row] for row in one.keyboard] == [["知道了", "误报"]]
    many = channel("telegram").compose(letter(**points(30, presses=presses)), AT)
    assert isinstance(many, Chat)
    assert [row[0].label for row in many.keyboard] == [f"{number}. 知道了" for number in range(1, ROWS + 1)]
    assert f"<b>{ROWS}. {POINT.title}" in many.html
    assert all(len(key.data.encode()) <= 64 for row in many.keyboard for key in row)
