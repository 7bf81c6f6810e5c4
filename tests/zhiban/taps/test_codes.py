"""Codes of texts and the replies that name them: unique for a number while they are open, once for each letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from asking import asking
from hypothesis import given
from hypothesis import strategies as st
from ledgers import T0
from letters import LETTER, POINT
from starlette.applications import Starlette
from stores import new_store
from tapping import HERS, LAST, MINE, NOW, OVER, city, facts, folded

from alerts.letter import Letter, Reason
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import FactKind
from streams.secrets import Secret
from zhiban.api.intake import Rate
from zhiban.api.problems import Problem
from zhiban.config import Web
from zhiban.taps.answering import Taken, take
from zhiban.taps.codes import book_of, give, plain_number
from zhiban.taps.replies import PATH, Replies, replies_of

PHONE = "13812345678"
TOKEN = "a-token-of-the-gateway-0123"


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = city(request.getfixturevalue("postgres") if request.param == "postgres" else tmp_path / "city.db")
    yield made
    made.close()


def text(*matters: str, key: str = "k1", to: str = PHONE, **changes: Any) -> Letter:
    points = tuple(msgspec.structs.replace(POINT, alert=matter) for matter in matters)
    given = {"key": key, "to": to, "channel": "sms", "points": points, "written_at": T0, **changes}
    return msgspec.structs.replace(LETTER, **given)


def given_code(store: Store, letter: Letter, now: datetime = NOW) -> str:
    with store.write() as tx:
        return give(tx, letter, LAST, now)


def taken(store: Store, words: str, name: str = "", number: str = PHONE, now: datetime = NOW) -> Taken | None:
    with store.write() as tx:
        return take(tx, number, words, name, now)


def test_a_letter_keeps_its_code_and_another_gets_another(store: Store) -> None:
    one, two = text(MINE), text(HERS, key="k2")
    code = given_code(store, one)
    assert (len(code), code.isdecimal(), code[0] != "0") == (4, True, True)
    assert given_code(store, one) == code  # at each attempt
    assert given_code(store, two) != code


def test_many_open_codes_of_one_number_stay_apart_and_grow(store: Store) -> None:
    codes = [given_code(store, text(MINE, key=f"k{n}")) for n in range(530)]
    assert len(set(codes)) == 530
    assert {len(code) for code in codes[:500]} == {4}
    assert {len(code) for code in codes[500:]} == {5}


@pytest.mark.parametrize(
    "letter",
    [
        text(),
        text("m1"),
        text(MINE, reason=Reason.RESOLVED),
        text(MINE, to="nobody"),
        text(MINE, written_at=T0 - LAST),
    ],
    ids=["no points", "no matter", "resolved", "no number", "too old"],
)
def test_where_nothing_can_be_acknowledged_there_is_no_code(store: Store, letter: Letter) -> None:
    assert given_code(store, letter) == ""


@pytest.mark.parametrize("words", ["{}", "回复{}确认", " {} 收到，马上更新", "确认：{}。", "wide"])
def test_a_reply_acknowledges_all_of_its_letter_once(store: Store, words: str) -> None:
    code = given_code(store, text(MINE, HERS, OVER))
    wide = code.translate({ord(d): chr(ord(d) + 0xFEE0) for d in "0123456789"})
    said = wide if words == "wide" else words.format(code)
    assert taken(store, said, "r1") == Taken(2, 1)  # one is over
    assert taken(store, said, "r1") == Taken(0, 3)  # the gateway pushes it again
    assert taken(store, said, "r2") == Taken(0, 3)  # the person sends it again
    folded(store)
    assert taken(store, said, "r3") == Taken(0, 3)
    assert [(fact.kind, fact.matter, fact.by) for subject in "甲乙" for fact in facts(store, subject)] == [
        (FactKind.ACKNOWLEDGED, MINE, "138****5678 (sms)"),
        (FactKind.ACKNOWLEDGED, HERS, "138****5678 (sms)"),
    ]


def test_codes_and_replies_at_once_lose_none_of_each_other(store: Store) -> None:
    first = given_code(store, text(MINE, HERS))
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(lambda n: given_code(store, text(MINE, key=f"x{n}")), range(12))
        said = pool.map(lambda n: taken(store, first, f"r{n}"), range(12))
        assert len({first, *codes}) == 13
        found = [one for one in said if one is not None]
    assert (sum(one.acknowledged for one in found), sum(one.known for one in found)) == (2, 22)
    with store.read() as tx:
        book = book_of(tx, PHONE)
    assert (len(book.codes), len(book.ids)) == (13, 12)


def test_a_code_is_good_for_its_number_and_its_time(store: Store) -> None:
    code = given_code(store, text(MINE))
    assert taken(store, code, number="13912345678") is None
    assert taken(store, code, now=T0 + LAST) is None
    assert taken(store, "收到") is None
    assert taken(store, f"{code}1") is None
    assert taken(store, f"{code} {given_code(store, text(HERS, key='k2'))}") is None  # which of them?
    assert facts(store, "甲") == []
    later = T0 + LAST + timedelta(days=1)
    given_code(store, text(HERS, key="k3", written_at=later), later)
    with store.read() as tx:
        assert [one.letter for one in book_of(tx, PHONE).codes] == ["k3"]  # what is over is forgotten


@pytest.mark.parametrize("number", ["+86 138-1234-5678", "8613812345678", "008613812345678", "１３８１２３４５６７８"])
def test_a_number_is_the_same_however_it_is_written(store: Store, number: str) -> None:
    assert plain_number(number) == PHONE
    assert taken(store, given_code(store, text(MINE)), number=number) == Taken(1, 0)


@given(st.text(max_size=100), st.text(max_size=30), st.text(max_size=10))
def test_no_text_does_anything_by_itself(words: str, number: str, name: str) -> None:
    store = new_store("sqlite://")
    assert taken(store, words, name, number) is None
    store.close()


# -- over HTTP -------------------------------------------------------------------------------------------------------


def web(store: Store, **settings: Any) -> Starlette:
    given = Web(**{"replies_token": Secret(TOKEN), **settings})
    return Starlette(routes=[Replies(store, ManualClock(NOW), given, "en", Rate(1000, 1000)).route()])


async def posted(
    store: Store, token: str = TOKEN, settings: dict[str, Any] | None = None, **how: Any
) -> httpx.Response:
    async with asking(web(store, **settings or {}), token) as client:
        answer: httpx.Response = await client.post(PATH, **how)
        return answer


def counted(answer: httpx.Response) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["code"], found["msg"], found["result"], found["errmsg"]) == (0, "OK", 0, "OK")
    return found["replies"], found["acknowledged"], found["known"], found["unknown"]


async def test_a_gateway_pushes_one_or_many_as_json_or_a_form(store: Store) -> None:
    one, two = given_code(store, text(MINE)), given_code(store, text(HERS, key="k2"))
    reply = {"number": PHONE, "text": one, "id": "r1"}
    assert counted(await posted(store, json=reply)) == (1, 1, 0, 0)
    assert counted(await posted(store, json=reply)) == (1, 0, 1, 0)
    theirs = {"reply_fields": {"number": "phone_number", "text": "content", "id": "sequence_id"}}
    many = [
        {"phone_number": f"+86{PHONE}", "content": two, "sequence_id": 7, "send_time": "2026-03-02 11:00:00"},
        {"phone_number": PHONE, "content": "TD", "sequence_id": 8},
    ]
    assert counted(await posted(store, settings=theirs, json=many)) == (2, 1, 0, 1)
    form = {"number": PHONE, "text": one, "id": "r9", "extend": "01"}
    assert counted(await posted(store, "", data=form, params={"token": TOKEN})) == (1, 0, 1, 0)
    assert len(facts(store, "甲")) == len(facts(store, "乙")) == 1


@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [
        ({"json": {"text": "x"}}, 422, "bad_field"),
        ({"json": {"number": PHONE, "text": "x" * 501}}, 422, "bad_field"),
        ({"json": {"number": [PHONE], "text": "x"}}, 422, "bad_field"),
        ({"json": []}, 422, "too_many"),
        ({"json": [1]}, 422, "bad_field"),
        ({"json": [{"number": "1"}] * 201}, 422, "too_many"),
        ({"content": b"{"}, 400, "bad_json"),
        (
            {"content": b"number=\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            400,
            "bad_json",
        ),
        ({"content": b"x" * 1_000_001}, 413, "too_large"),
    ],
)
async def test_what_cannot_be_read_is_refused_by_name(store: Store, how: Any, status: int, kind: str) -> None:
    answer = await posted(store, **how)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:zhiban:{kind}")
    assert PHONE not in answer.text


async def test_only_the_gateway_may_push(store: Store) -> None:
    body = {"number": PHONE, "text": given_code(store, text(MINE))}
    for token, params in (("", {}), ("x" * 24, {}), ("", {"token": "x" * 24}), ("", {"token": ""})):
        answer = await posted(store, token, json=body, params=params)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="zhiban"')
    off = await posted(store, settings={"replies_token": Secret("")}, json=body)
    assert (off.status_code, off.json()["type"]) == (404, "urn:zhiban:no_replies")
    assert facts(store, "甲") == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda of: (
            st.lists(of, max_size=3) | st.dictionaries(st.sampled_from(["number", "text", "id", "x"]), of, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_whatever_is_pushed_is_read_or_refused(body: Any) -> None:
    with suppress(Problem):
        found = replies_of(json.loads(json.dumps(body)), {"number": "number", "text": "text", "id": "id"})
        assert all(one.number for one in found)
