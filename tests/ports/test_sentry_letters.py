"""Letters as Sentry's events, against a server that takes envelopes as the documentation lays down."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from letters import AT, letter, serving

from alerts.channels.sentry import Sentry
from alerts.letter import Fate, Reason
from streams.outgoing import Answer, Call
from streams.ports.post import PostPort
from streams.secrets import Secret

KEY = "hunter2hunter2hunter2"


@pytest.fixture
async def relay() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A project that takes each event id once, and answers by the environment's name."""
    taken: dict[str, dict[str, Any]] = {}
    events: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        if f"sentry_key={KEY}" not in request.headers["x-sentry-auth"] or request.path != "/prefix/api/42/envelope/":
            return web.json_response({"detail": "bad sentry DSN", "key": KEY}, status=401)
        raw = await request.read()
        head, item, rest = raw.split(b"\n", 2)
        payload = rest[: json.loads(item)["length"]]
        assert rest[len(payload) :] == b"\n"
        event = json.loads(payload)
        if event["environment"].isdecimal():
            headers = {"Retry-After": "60"} if event["environment"] == "429" else {}
            return web.Response(status=int(event["environment"]), headers=headers)
        if taken.setdefault(json.loads(head)["event_id"], event) is event:
            events.append(event)
        return web.json_response({"id": event["event_id"]})

    async with serving(answer) as url:
        yield url.replace("http://", f"http://{KEY}@") + "/prefix/42", events


async def sent(dsn: str, **changes: Any) -> Answer:
    call = Sentry(dsn=Secret(dsn)).compose(letter(**{"to": "city", **changes}), AT)
    assert isinstance(call, Call)
    port = PostPort(5)
    try:
        return await port.call(call)
    finally:
        await port.aclose()


async def test_a_letter_is_one_event_and_an_alert_one_issue(relay: tuple[str, list[dict[str, Any]]]) -> None:
    url, events = relay
    for _ in range(2):  # tried again after a crash
        assert (await sent(url)).code == 200
    await sent(url, key="k2", level="due_soon")
    await sent(url, key="k3", reason=Reason.RESOLVED, level="ok")
    await sent(url, key="k4", points=(), subject="一封信")
    assert [event["level"] for event in events] == ["error", "warning", "info", "info"]
    assert {tuple(event["fingerprint"]) for event in events} == {("m1",)}
    assert len({event["event_id"] for event in events}) == 4
    first = events[0]
    assert first["message"]["formatted"].startswith("【单项否决】示例发布\n\n示例局：")
    assert first["tags"] == {"reason": "new", "rule": "MED-STALE", "subject": "s"}
    assert not {"server_name", "breadcrumbs", "user", "request", "contexts", "modules"} & set(first)


@pytest.mark.parametrize(
    ("to", "code", "fate"),
    [
        ("400", 400, Fate.NEVER),
        ("413", 413, Fate.NEVER),
        ("429", 429, Fate.AGAIN),
        ("503", 503, Fate.AGAIN),
        ("city", 200, Fate.DELIVERED),
    ],
)
async def test_what_sentry_answers(relay: tuple[str, list[dict[str, Any]]], to: str, code: int, fate: Fate) -> None:
    answer = await sent(relay[0], to=to)
    assert (answer.code, answer.retry_after) == (code, 60.0 if code == 429 else None)
    assert Sentry(dsn=Secret(relay[0])).fate(answer) is fate


async def test_a_wrong_key_is_put_right_and_never_told(relay: tuple[str, list[dict[str, Any]]]) -> None:
    wrong = relay[0].replace(KEY, "hunter2-wrong")
    answer = await sent(wrong)
    assert (answer.code, Sentry(dsn=Secret(wrong)).fate(answer)) == (401, Fate.AGAIN)
    assert "hunter2-wrong" not in answer.text


@pytest.mark.parametrize(
    "dsn", ["", "hunter2", "https://sentry.x/42", "https://hunter2@sentry.x/", "https://[", "x://k@h/1"]
)
def test_what_is_no_dsn_is_refused(dsn: str) -> None:
    with pytest.raises(ValueError, match="expected https://KEY@HOST/PROJECT") as raised:
        Sentry(dsn=Secret(dsn))
    assert "hunter2" not in str(raised.value)
