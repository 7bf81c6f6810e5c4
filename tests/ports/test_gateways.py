"""Telephones through a gateway on loopback, as the public documentation of several describes them: a number, a template
that was approved, its variables, and an answer whose code says what became of it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from letters import T0, letter, serving
from stores import new_store

from alerts.channels.sms import Sms
from alerts.letter import Channel, Fate
from streams.outgoing import Answer, Call
from streams.ports.clock import ManualClock
from streams.ports.post import PostPort
from streams.ports.sending import Outbound
from streams.ports.store import Store
from streams.ports.store.outbox import Draft
from streams.secrets import Secret
from zhiban.sending import Senders

KEY = "hunter2-signing-key"


class Gateway:
    """A gateway's mind: knows its templates and its callers' signature, takes each id once, and says so by a code."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.mood = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        raw = await request.read()
        stamp = request.headers["X-Timestamp"]
        expected = hmac.new(KEY.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
        if self.mood == "500":
            return web.Response(status=500, text="<html>oops</html>")
        if self.mood == "429":
            return web.json_response({"code": "LIMIT"}, status=429, headers={"Retry-After": "9"})
        if request.headers["X-Signature"] != expected or request.headers["Authorization"] != "Bearer hunter2-token":
            return self._said("isv.SIGNATURE_DOES_NOT_MATCH", echo=dict(request.headers), sent=raw.decode())
        body = msgspec.json.decode(raw)
        if self.mood == "hang":  # taken, and then nothing is heard
            self._take(body)
            await asyncio.sleep(30)
        return self._said(self._take(body))

    def _take(self, body: dict[str, Any]) -> str:
        if body["templateCode"] != "SMS_7":
            return "isv.SMS_TEMPLATE_ILLEGAL"
        if len(body["phoneNumber"]) != 11:
            return "isv.MOBILE_NUMBER_ILLEGAL"
        if any(len(one) > 35 or "http" in one for one in body["templateParam"]):
            return "isv.PARAM_LENGTH_LIMIT"
        self.taken.setdefault(body["sessionId"], body)
        return "OK"

    def _said(self, code: str, **more: Any) -> web.Response:
        return web.json_response({"requestId": "r", "list": [{"code": code}], **more})


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[str, Gateway]]:
    mind = Gateway()
    async with serving(mind.answer) as url:
        yield url, mind


def sms(url: str, **changes: Any) -> Sms:
    settings = {
        "url": Secret(f"{url}/hunter2-path"),
        "template": "{title}{more}，最后安全日{last_day}，回复{code}确认",
        "template_id": "SMS_7",
        "body": {
            "phoneNumber": "{to}",
            "templateCode": "{template_id}",
            "templateParam": "{parameters}",
            "sessionId": "{id}",
        },
        "headers": {"Authorization": Secret("Bearer hunter2-token")},
        "key": Secret(KEY),
        "success": "list.0.code=OK",
        "final": ("isv.MOBILE_NUMBER_ILLEGAL", "isv.PARAM_LENGTH_LIMIT"),
    }
    return Sms(**{**settings, **changes})


async def called(channel: Sms, seconds: float = 5, **changes: Any) -> Answer:
    call = channel.compose(letter(**{"to": "13812345678", "code": "4821", **changes}), T0)
    assert isinstance(call, Call)
    port = PostPort(seconds)
    try:
        return await port.call(call)
    finally:
        await port.aclose()


async def test_a_text_is_taken_once_in_the_templates_own_variables(gateway: tuple[str, Gateway]) -> None:
    url, mind = gateway
    for _ in range(2):
        answer = await called(sms(url))
        assert sms(url).fate(answer) is Fate.DELIVERED
    ((name, body),) = mind.taken.items()
    assert (name, body["phoneNumber"]) == ("k1", "13812345678")
    assert body["templateParam"] == ["示例发布：超过 14 天未更新", "无", "2026-02-24", "4821"]


@pytest.mark.parametrize(
    ("settings", "changes", "code", "fate"),
    [
        ({}, {"to": "1234"}, "isv.MOBILE_NUMBER_ILLEGAL", Fate.NEVER),
        ({"template_id": "SMS_8"}, {}, "isv.SMS_TEMPLATE_ILLEGAL", Fate.AGAIN),  # put right within days
        ({"key": Secret("wrong")}, {}, "isv.SIGNATURE_DOES_NOT_MATCH", Fate.AGAIN),
        ({"template_id": "SMS_8", "ours": ("isv.SMS_TEMPLATE_ILLEGAL",)}, {}, "isv.SMS_TEMPLATE_ILLEGAL", Fate.AGAIN),
        ({"longest": 60}, {"title": "长" * 60}, "isv.PARAM_LENGTH_LIMIT", Fate.NEVER),
        ({}, {"title": "长" * 60}, "OK", Fate.DELIVERED),
        ({"success": "code=OK"}, {}, "OK", Fate.NEVER),
    ],
)
async def test_a_code_and_what_it_means(
    gateway: tuple[str, Gateway], settings: dict[str, Any], changes: dict[str, Any], code: str, fate: Fate
) -> None:
    channel = sms(gateway[0], **{"parts": 5, **settings})
    answer = await called(channel, **changes)
    assert (answer.code, answer.said["list.0.code"]) == (200, code)
    assert channel.fate(answer) is fate


async def test_patience_is_heeded(gateway: tuple[str, Gateway]) -> None:
    gateway[1].mood = "429"
    answer = await called(sms(gateway[0]))
    assert (answer.code, answer.retry_after, sms(gateway[0]).fate(answer)) == (429, 9.0, Fate.AGAIN)


async def test_nothing_that_was_sent_is_said_back(
    gateway: tuple[str, Gateway], caplog: pytest.LogCaptureFixture
) -> None:
    """This gateway repeats headers and body where the signature is wrong."""
    caplog.set_level(logging.DEBUG)
    answer = await called(sms(gateway[0], key=Secret("hunter2-wrong"), secrets={"x": Secret("hunter2-x")}))
    assert "SIGNATURE" in answer.text
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert not [one for one in ("hunter2", "13812345678") if one in f"{answer}{ours}"]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = new_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    one = letter(channel="sms", to="13812345678")
    with opened.write() as tx:
        tx.put_letters([Draft(one.key, one.channel, one.to, one.written_at, msgspec.json.encode(one))])
    yield opened
    opened.close()


def state(store: Store) -> str:
    with store.read() as tx:
        return tx.letters()[0][1]


async def test_a_bad_hour_of_the_gateway_loses_and_repeats_nothing(gateway: tuple[str, Gateway], store: Store) -> None:
    url, mind = gateway
    channels: dict[str, Channel] = {"sms": sms(url)}
    clock = ManualClock(T0)
    senders = Senders(store, clock, channels)
    mind.mood = "500"
    while clock.now() < T0 + timedelta(hours=1):
        await senders.round()
        clock.set(clock.now() + timedelta(seconds=60))
    assert (state(store), mind.taken, 4 <= mind.calls <= 7) == ("waiting", {}, True)
    mind.mood = ""
    clock.set(clock.now() + timedelta(hours=1, minutes=15))
    await senders.round()
    await senders.aclose()
    assert (state(store), list(mind.taken)) == ("sent", ["k1"])


async def test_what_was_taken_before_a_time_out_is_known_by_its_id(gateway: tuple[str, Gateway], store: Store) -> None:
    url, mind = gateway
    mind.mood = "hang"
    clock, channels = ManualClock(T0), {"sms": sms(url)}
    impatient = Senders(store, clock, channels, Outbound(clock, {}, PostPort(0.3)))
    await impatient.round()
    assert (state(store), list(mind.taken)) == ("waiting", ["k1"])
    mind.mood = ""
    clock.set(T0 + timedelta(minutes=1))
    await impatient.round()
    await impatient.aclose()
    assert (state(store), list(mind.taken), mind.calls) == ("sent", ["k1"], 2)
