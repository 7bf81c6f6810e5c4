"""The battery of channels: what every channel must stand, found by the catalogue."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from alerts.channels.telegram import MOST, units
from alerts.letter import Channel, Fate, Letter, Point, Reason
from streams.catalogue import catalogue
from streams.outgoing import Answer, Chat, Mail, Post, Print
from streams.secrets import Secret

KEY = "whsec_" + "c2VjcmV0c2VjcmV0"
SETTINGS: dict[str, dict[str, Any]] = {
    "console": {},
    "email": {"host": "smtp.x", "sender": "值班 <z@x>", "user": "z", "password": Secret("hunter2-pass")},
    "webhook": {"url": Secret("https://hook.x/hunter2-url"), "secret": Secret(KEY)},
    "telegram": {"token": Secret("12345:hunter2-token")},
}
SECRETS = ("hunter2", KEY, "c2VjcmV0c2VjcmV0")
KINDS = catalogue("alerts.channels", "zhiban.channels")
NAMES = sorted(KINDS)


def channel(name: str) -> Channel:
    built: Channel = KINDS[name](**SETTINGS[name])
    return built


def letter(
    title: str = "示例发布：超过 14 天未更新", lines: int = 2, points: int = 1, subject: str | None = None
) -> Letter:
    one = Point(
        alert="m1", title=title, level="veto", rule="MED-STALE", subject="s", url="https://a.example/",
        lines=tuple(f"第 {n} 行 👍" for n in range(lines)), clause="监测时间点前2周内无更新。",
    )  # fmt: skip
    return Letter(
        key="k1", channel="c", to="a@x", reason=Reason.NEW, thread="m1", subject=title if subject is None else subject,
        intro="示例局：", points=(one,) * points, outro="无需回复。", written_at=datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip


def text_of(name: str, given: Letter) -> str:
    """Everything that a channel would show, as text."""
    outgoing = channel(name).compose(given)
    if isinstance(outgoing, Mail):
        return outgoing.subject + outgoing.text + outgoing.html
    if isinstance(outgoing, Post):
        return json.dumps(json.loads(outgoing.body), ensure_ascii=False)
    return outgoing.html if isinstance(outgoing, Chat) else outgoing.text


def test_every_channel_has_settings_here() -> None:
    assert set(NAMES) == set(SETTINGS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "given",
    [letter(), letter("👨‍👩‍👧‍👦" * 30), letter("长" * 10_000), letter(subject=""), letter(points=60, lines=8)],
    ids=["plain", "emoji", "ten thousand", "no subject", "sixty points"],
)
def test_it_composes_anything(name: str, given: Letter) -> None:
    outgoing = channel(name).compose(given)
    if isinstance(outgoing, Chat):
        assert units(outgoing.html) <= MOST
    if isinstance(outgoing, Mail):
        assert outgoing.subject
        assert "\n" not in outgoing.subject + outgoing.to


@pytest.mark.parametrize("name", NAMES)
def test_the_same_letter_is_the_same_bytes(name: str) -> None:
    assert channel(name).compose(letter()) == channel(name).compose(letter())


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_shows_itself(name: str, caplog: pytest.LogCaptureFixture) -> None:
    at_work = channel(name)
    logging.getLogger("test").warning("%s %r", at_work, at_work)
    shown = f"{at_work!r} {at_work!s} {caplog.text}"
    assert not any(secret in shown for secret in SECRETS)
    if SETTINGS[name] and any(isinstance(value, Secret) for value in SETTINGS[name].values()):
        with pytest.raises(TypeError):
            msgspec.json.encode(at_work)


@pytest.mark.parametrize("name", [n for n in NAMES if n in {"email", "telegram"}])
def test_markup_in_a_title_is_inert(name: str) -> None:
    shown = text_of(name, letter("<script>alert(1)</script><b>x</b>"))
    html = shown.partition("<!DOCTYPE html>")[2] if name == "email" else shown
    assert "<script>" not in html
    assert "<b>x</b>" not in html


def test_a_link_in_a_mail_is_a_web_address_or_none() -> None:
    given = letter()
    bad = msgspec.structs.replace(given.points[0], url="javascript:alert(1)")
    outgoing = channel("email").compose(msgspec.structs.replace(given, points=(bad,)))
    assert isinstance(outgoing, Mail)
    assert 'href="javascript' not in outgoing.html


def test_a_title_begins_no_header() -> None:
    outgoing = channel("email").compose(letter("题\r\nBcc: victim@x"))
    assert isinstance(outgoing, Mail)
    assert "\r" not in outgoing.subject
    assert "\n" not in outgoing.subject


@pytest.mark.parametrize(
    ("name", "code", "fate"),
    [
        ("email", 250, Fate.DELIVERED), ("email", 451, Fate.AGAIN), ("email", 550, Fate.NEVER),
        ("email", 535, Fate.AGAIN), ("email", 0, Fate.AGAIN), ("webhook", 204, Fate.DELIVERED),
        ("webhook", 429, Fate.AGAIN),
        ("webhook", 503, Fate.AGAIN),
        ("webhook", 410, Fate.NEVER), ("webhook", 302, Fate.NEVER), ("webhook", 0, Fate.AGAIN),
        ("telegram", 200, Fate.DELIVERED), ("telegram", 403, Fate.NEVER), ("telegram", 400, Fate.NEVER),
        ("telegram", 429, Fate.AGAIN), ("telegram", 401, Fate.AGAIN), ("console", 200, Fate.DELIVERED),
    ],
)  # fmt: skip
def test_what_an_answer_means(name: str, code: int, fate: Fate) -> None:
    assert channel(name).fate(Answer(code=code)) is fate


def test_the_console_prints_the_whole_letter() -> None:
    outgoing = channel("console").compose(letter())
    assert isinstance(outgoing, Print)
    assert "监测时间点前2周内无更新。" in outgoing.text
