"""The pages of links over HTTP: asking changes nothing, doing is done once, and whatever is wrong gets a calm page."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from asking import asking
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import T0
from tapping import LAST, ME, NOW, OVER, SHE, city, facts, link, web

from alerts.routing import Recipient
from alerts.taps import Button
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import DESK, FactKind
from zhiban.api.intake import Rate
from zhiban.taps.serving import HEADERS, MOST

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = city(tmp_path / "city.db")
    yield made
    made.close()


def client(store: Store, **how: Any) -> Any:
    """Nobody in particular: without any token of the API's."""
    return asking(web(store, **how), "")


def written(store: Store) -> int:
    """How many facts there are."""
    with store.read() as tx:
        return tx.record_count("fact")


def words_of(answer: httpx.Response) -> str:
    """What a page says, its unbreakable moments as anybody writes them."""
    return answer.text.replace("\u2011", "-").replace("\xa0", " ")


def heading(answer: httpx.Response) -> str:
    found = re.search("<h1[^>]*>(.*?)</h1>", answer.text)
    assert found is not None
    return found[1]


async def test_a_link_asks_and_only_the_button_does(store: Store) -> None:
    token = link(Button.ACK)
    async with client(store) as web:
        for method in ("GET", "HEAD", "GET"):  # a preview, a scanner, a person
            assert (await web.request(method, f"/t/{token}")).status_code == 200
        assert written(store) == 0
        page = await web.get(f"/t/{token}")
        assert heading(page) == "知道了"
        assert "甲发布：超过 14 天未更新" in page.text
        assert re.search(r'<form method="post" action="./">', page.text)
        assert re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page.text) == [("token", token)]
        done = await web.post("/t/", data={"token": token})
        assert (done.status_code, heading(done)) == (200, "已登记：知道了")
        assert "甲***@x (mail)，2026-03-02 11:00" in words_of(done)
        again = await web.post("/t/", data={"token": token})
        assert (again.status_code, "此前已登记" in again.text) == (200, True)
        later = await web.get(f"/t/{token}")
        assert (heading(later), "<form" in later.text) == ("已登记：知道了", False)
    assert [fact.kind for fact in facts(store, "甲")] == [FactKind.ACKNOWLEDGED]


async def test_a_false_alarm_needs_its_reason(store: Store) -> None:
    token = link(Button.DISMISS)
    async with client(store) as web:
        assert "<textarea" in (await web.get(f"/t/{token}")).text
        for reason, words in (("", "没有写原因"), ("长" * 501, "应不超过 500 个字符")):
            answer = await web.post("/t/", data={"token": token, "reason": reason})
            assert (answer.status_code, words in answer.text, written(store)) == (422, True, 0)
            assert f'value="{token}"' in answer.text
        kept = await web.post("/t/", data={"token": token, "reason": "<script>" + "长" * 501})
        assert "&lt;script&gt;长" in kept.text  # what was written is not lost, and not obeyed
        done = await web.post("/t/", data={"token": token, "reason": "首页已更新"})
    assert (done.status_code, [fact.text for fact in facts(store, "甲")]) == (200, ["首页已更新"])


@pytest.mark.parametrize(
    ("token", "get", "post", "words"),
    [
        ("x", 404, 404, "没有这个链接"),
        ("x" * 44, 404, 404, "没有这个链接"),
        ("x" * 5000, 404, 404, "没有这个链接"),
        (link(Button.ACK, reader=SHE), 404, 404, "没有这个链接"),
        (link(Button.ACK, "dd" * 10), 404, 404, "没有这个链接"),
        (link(Button.LEAVE), 404, 404, "没有这个链接"),
        (link(Button.ACK, until=NOW), 410, 410, "2026-03-02 11:00 到期"),
        (link(Button.ACK, OVER, Recipient("mail", "丙@x")), 200, 409, "已于 2026-03-02 11:00 解除"),
    ],
    ids=["short", "forged", "long", "another reader", "another matter", "another button", "expired", "over"],
)
async def test_what_cannot_be_done_gets_a_calm_page(store: Store, token: str, get: int, post: int, words: str) -> None:
    async with client(store) as web:
        shown, done = await web.get(f"/t/{token}"), await web.post("/t/", data={"token": token})
    assert (shown.status_code, done.status_code) == (get, post)
    assert words in words_of(shown)
    assert words in words_of(done)
    assert "<form" not in shown.text + done.text
    assert written(store) == 0


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", FORM),
        (b"{}", {"Content-Type": "application/json"}),
        (b"token=\xff\xfe", FORM),
        (b"token=" + b"x" * MOST, FORM),
        (b"a=1&b=2&c=3&d=4&e=5&f=6", FORM),
        (b"--x\r\n", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
    ids=["empty", "json", "no text", "too long", "too many", "multipart"],
)
async def test_what_is_no_form_is_refused(store: Store, content: bytes, headers: dict[str, str]) -> None:
    async with client(store) as web:
        answer = await web.post("/t/", content=content, headers=headers)
    assert (answer.status_code, heading(answer), written(store)) == (400, "没有完成", 0)


@settings(max_examples=30)
@given(st.binary(max_size=300), st.sampled_from(["application/x-www-form-urlencoded", "text/plain", ""]))
async def test_nothing_that_is_sent_breaks_it(tmp_path_factory: Any, content: bytes, kind: str) -> None:
    store = city(tmp_path_factory.mktemp("city") / "city.db")
    transport = httpx.ASGITransport(web(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as asked:
        answer = await asked.post("/t/", content=content, headers={"Content-Type": kind})
    assert answer.status_code in {400, 404}
    assert written(store) == 0
    store.close()


async def test_every_answer_keeps_to_itself(store: Store) -> None:
    """No cookies, no store, no index, no frame, no other origin: on whatever page."""
    token = link(Button.ACK)
    async with client(store) as web:
        answers = [
            await web.get(f"/t/{token}"),
            await web.post("/t/", data={"token": token}),
            await web.get("/t/nothing"),
            await web.get("/t/a/b"),
            await web.put("/t/"),
            await web.get("/t/"),
            await web.get(f"/u/{link(Button.LEAVE)}"),
            await web.get("/u/"),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 405, 405, 200, 404]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "set-cookie" not in answer.headers
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert 'name="robots" content="noindex, nofollow"' in answer.text
        assert not re.search(r"""(?:src|href)=|<script|https?://|style=|url\(""", answer.text)


async def test_pages_speak_as_the_browser_asks(store: Store) -> None:
    token = link(Button.FIXED)
    async with client(store) as web:
        said = [
            heading(await web.get(f"/t/{token}", headers={"Accept-Language": spoken}))
            for spoken in ("en-GB,en;q=0.9", "fr, en;q=0.5", "zh-CN,zh;q=0.9,en;q=0.8", "fr", "")
        ]
        assert said == [
            "Updated, look again",
            "Updated, look again",
            "已更新，请再看",
            "已更新，请再看",
            "已更新，请再看",
        ]
    async with client(store, name="en") as web:
        assert heading(await web.get("/t/x")) == "No such link"


async def test_whoever_tries_tokens_keeps_no_reader_out(store: Store) -> None:
    slow = Rate(0.001, 3)
    async with client(store, fast=slow) as web:
        codes = [(await web.get(f"/t/{'x' * 44}")).status_code for _ in range(5)]
        assert codes == [404, 404, 404, 429, 429]
    from starlette.applications import Starlette
    from tapping import presses

    from zhiban.taps.serving import Pages

    apart = Starlette(routes=Pages(presses(store), "zh", Rate(100, 100), Rate(0.001, 1)).routes())
    async with asking(apart, "") as web:
        codes = [(await web.get(f"/t/{'x' * 44}")).status_code for _ in range(3)]
        answer = await web.get("/t/x")
        assert (codes, answer.headers["retry-after"].isdecimal()) == ([404, 429, 429], True)
        assert (await web.get(f"/t/{link(Button.ACK)}")).status_code == 200


async def test_mail_programs_unsubscribe_with_one_click(store: Store) -> None:
    """As RFC 8058 has it: a POST to the address in the header, either form of a form, without anything else."""
    token = link(Button.LEAVE)
    async with client(store) as web:
        page = await web.get(f"/u/{token}")
        assert (page.status_code, heading(page), written(store)) == (200, "不再接收周报", 0)
        assert f'action="{token}"' in page.text
        wrong = await web.post(f"/u/{token}", data={"x": "y"})
        assert (wrong.status_code, written(store)) == (400, 0)
        for how in ({"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}):
            done = await web.post(f"/u/{token}", **how)
            assert (done.status_code, heading(done)) == (200, "已退订周报")
        for other in (link(Button.ACK), link(Button.LEAVE, reader=Recipient("mail", "who@x")), "x"):
            assert (await web.post(f"/u/{other}", data=ONE_CLICK)).status_code == 404
        assert (await web.post(f"/u/{link(Button.LEAVE, until=NOW)}", data=ONE_CLICK)).status_code == 410
    assert [(fact.kind, fact.matter, fact.text) for fact in facts(store, DESK)] == [
        (FactKind.UNSUBSCRIBED, ME.channel, ME.to)
    ]


async def test_the_page_after_leaving_has_the_way_back(store: Store) -> None:
    """A button, signed as every link: a preview and a mail program's click do not press it."""
    token = link(Button.LEAVE)
    async with client(store) as web:
        left = await web.post(f"/u/{token}", data=ONE_CLICK)
        assert "自 2026-03-02 11:00 起不再收到周报" in words_of(left)
        (back,) = re.findall(r'<form method="post" action="([^"]+)">', left.text)
        (field,) = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', left.text)
        assert heading(await web.get(f"/u/{token}")) == "已退订周报"  # whoever opens the link again finds it, too
        assert heading(await web.get(f"/u/{back}")) == "恢复接收周报"
        assert (await web.post(f"/u/{back}", data=ONE_CLICK)).status_code == 400
        assert (await web.post("/t/", data={"token": back})).status_code == 404
        assert written(store) == 1
        for _ in range(2):
            done = await web.post(f"/u/{back}", data=dict([field]))
            assert (done.status_code, heading(done), "<form" in done.text) == (200, "已恢复接收周报", False)
        assert heading(await web.get(f"/u/{token}")) == "不再接收周报"
    assert [fact.kind for fact in facts(store, DESK)] == [FactKind.UNSUBSCRIBED, FactKind.SUBSCRIBED]


async def test_while_the_database_is_away_nothing_is_lost_in_silence(store: Store, tmp_path: Path) -> None:
    token = link(Button.ACK)
    with store.write() as tx:
        tx.connection.exec_driver_sql("alter table desk rename to elsewhere")
    async with client(store) as web:
        answer = await web.post("/t/", data={"token": token})
        assert (answer.status_code, heading(answer)) == (503, "暂时无法登记")
        assert answer.headers["retry-after"] == "30"
        with sqlite3.connect(tmp_path / "city.db") as other:
            other.execute("alter table elsewhere rename to desk")
        assert (await web.post("/t/", data={"token": token})).status_code == 200
    assert written(store) == 1


async def test_a_link_ends_with_its_time(store: Store) -> None:
    clock = ManualClock(T0 + LAST - timedelta(seconds=1))
    async with client(store, clock=clock) as web:
        assert (await web.get(f"/t/{link(Button.ACK)}")).status_code == 200
        clock.set(T0 + LAST)
        assert (await web.post("/t/", data={"token": link(Button.ACK)})).status_code == 410
