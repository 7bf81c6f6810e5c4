"""Who may ask, how, and what is said to the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from asking import TOKEN, application, asking
from hypothesis import given
from hypothesis import strategies as st
from ledgers import T0, Ledger
from stores import new_store

from streams.ports.store import Store
from zhiban.api.asked import LONGEST, question_of
from zhiban.api.declared import OPERATIONS, PUSH, ROOT, Question
from zhiban.api.openapi import document
from zhiban.api.problems import Problem
from zhiban.api.readers import READERS
from zhiban.config import ConfigError, load_config
from zhiban.taps.replies import PATH as REPLIES

FINDINGS = OPERATIONS[0]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(f"sqlite:///{tmp_path / 'api.db'}")
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(Ledger().registered("甲").opens("甲", T0).ordered())
        tx.set_progress(0, tx.progress(0)[0], T0 + timedelta(days=1))
    yield made
    made.close()


def told(answer: httpx.Response) -> dict[str, Any]:
    """The problem that an answer tells."""
    assert answer.headers["content-type"] == "application/problem+json"
    details: dict[str, Any] = answer.json()
    assert details["status"] == answer.status_code
    assert details["type"].startswith("urn:zhiban:")
    assert details["title"]
    return details


# -- who -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given_", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN]
)
async def test_without_the_token_nothing_is_told(store: Store, given_: str) -> None:
    async with asking(application(store), token="") as client:
        for path in ("findings", "openapi.json", "nothing"):
            answer = await client.get(f"/api/v1/{path}", headers={"Authorization": given_} if given_ else {})
            assert answer.status_code == 401
            assert told(answer)["type"] == "urn:zhiban:no_token"
            assert answer.headers["www-authenticate"].startswith('Bearer realm="zhiban"')
            assert ("invalid_token" in answer.headers["www-authenticate"]) == (" " in given_)
            assert TOKEN not in answer.text


async def test_the_word_bearer_may_be_written_as_one_likes(store: Store) -> None:
    async with asking(application(store), token="") as client:
        answer = await client.get("/api/v1/findings", headers={"Authorization": f"bearer  {TOKEN}"})
        assert answer.status_code == 200


async def test_where_no_token_is_set_there_is_no_api(store: Store) -> None:
    async with asking(application(store, token="")) as client:
        answer = await client.get("/api/v1/findings")
        assert (answer.status_code, told(answer)["type"]) == (404, "urn:zhiban:off")
        assert "token_env" in told(answer)["detail"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8787", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8787", 200),
        ("zhiban.example.cn", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example:8787", 421),
        ("", 421),
    ],
)
async def test_who_asks_by_another_name_is_sent_away(store: Store, host: str, status: int) -> None:
    async with asking(application(store, hosts=("Zhiban.example.cn",))) as client:
        answer = await client.get("/api/v1/findings", headers={"Host": host})
        assert answer.status_code == status
        if status == 421:
            assert told(answer)["found"] == host.partition(":")[0]
            assert "zhiban.example.cn" in told(answer)["expected"]


async def test_every_answer_is_hedged(store: Store) -> None:
    async with asking(application(store)) as client:
        paths = ("/api/v1/findings", "/api/v1/findings?state=x", "/api/v1/none", "/api/v1/openapi.json")
        for answer in [*[await client.get(path) for path in paths], await client.post(paths[0])]:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "private, no-cache"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert answer.headers["vary"] == "Authorization"


# -- how -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "status", "kind", "parameter"),
    [
        ("state=opne", 400, "bad_parameter", "state"),
        ("at=yesterday", 400, "bad_parameter", "at"),
        ("at=2026-02-30", 400, "bad_parameter", "at"),
        ("at=2999-01-01", 409, "not_yet", "at"),
        ("at=9999-12-31T23:59:59-14:00", 409, "not_yet", "at"),
        ("limit=0", 400, "bad_parameter", "limit"),
        ("limit=1001", 400, "bad_parameter", "limit"),
        ("limit=-1", 400, "bad_parameter", "limit"),
        ("limit=%EF%BC%91", 400, "bad_parameter", "limit"),
        ("unit=", 400, "bad_parameter", "unit"),
        ("unit=" + "a" * 201, 400, "bad_parameter", "unit"),
        ("stat=open", 400, "no_parameter", "stat"),
        ("state=open&state=closed", 400, "twice", "state"),
        ("unit=%FF", 400, "bad_query", ""),
        ("unit", 400, "bad_query", ""),
        ("&".join(f"a{n}=1" for n in range(30)), 400, "bad_query", ""),
        ("unit=" + "a" * LONGEST, 414, "long_query", ""),
    ],
)
async def test_a_bad_question_is_told_by_name(store: Store, query: str, status: int, kind: str, parameter: str) -> None:
    async with asking(application(store)) as client:
        answer = await client.get(f"/api/v1/findings?{query}")
        problem = told(answer)
        assert (answer.status_code, problem["type"]) == (status, f"urn:zhiban:{kind}")
        assert problem.get("parameter", "") == parameter
        assert problem["expected"]
        assert "found" in problem
        assert len(answer.content) < 2000


async def test_before_everything_there_was_nothing(store: Store) -> None:
    async with asking(application(store)) as client:
        answer = await client.get("/api/v1/findings", params={"at": "0001-01-01T00:00:00+14:00"})
        assert (answer.status_code, answer.json()["findings"]) == (200, [])


async def test_problems_speak_chinese_where_the_configuration_does(store: Store) -> None:
    async with asking(application(store, language="zh")) as client:
        problem = told(await client.get("/api/v1/findings?state=opne"))
        assert problem["title"] == "请求有误"
        assert problem["detail"] == "参数 'state'：应为 open, closed, all，实为 'opne'"


async def test_what_is_not_there_and_what_cannot_be_done(store: Store) -> None:
    async with asking(application(store)) as client:
        assert told(await client.get("/api/v1/letters"))["type"] == "urn:zhiban:nothing_here"
        assert told(await client.get("/api/v2/findings"))["status"] == 404
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = await client.request(method, "/api/v1/findings", content=b"x")
            assert told(answer)["status"] == 405
            assert answer.headers["allow"] == "GET, HEAD"
        head = await client.head("/api/v1/findings")
        assert (head.status_code, head.content) == (200, b"")


async def test_a_store_that_breaks_is_logged_and_not_shown(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with store.write() as tx:
        tx.connection.exec_driver_sql("drop table findings")
    with caplog.at_level(logging.ERROR):
        async with asking(application(store)) as client:
            answer = await client.get("/api/v1/findings")
            assert told(answer)["type"] == "urn:zhiban:broken"
            assert "findings" not in answer.text
            assert (await client.get("/api/v1/openapi.json")).status_code == 200
    assert "no such table" in caplog.text


QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["state", "at", "unit", "subject", "limit", "after", "x"]),
        st.one_of(st.sampled_from(["open", "5", "2026-03-02", "2026-W10-1", "甲"]), st.text(max_size=300)),
    ),
    max_size=8,
)


@given(pairs=QUERIES)
def test_any_query_is_a_question_or_a_problem(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={quote(text, errors='replace')}" for name, text in pairs).encode()
    try:
        question = question_of(FINDINGS, query)
    except Problem as problem:
        details = problem.details()
        assert details.status in {400, 414}
        assert len(msgspec.json.encode(details)) < 3000
    else:
        assert 1 <= question.limit <= 1000
        assert question.at is None or question.at.tzinfo is not None


# -- the document --------------------------------------------------------------------------------------------------


async def test_the_document_describes_every_operation_and_parameter(store: Store) -> None:
    async with asking(application(store)) as client:
        described = (await client.get("/api/v1/openapi.json")).json()
        assert described == document(described["info"]["version"])
        for operation in OPERATIONS:
            assert (await client.get(operation.path)).status_code == 200
            said = described["paths"][operation.path][operation.method]
            assert {one["name"]: one["schema"] for one in said["parameters"]} == {
                one.name: one.kind.schema() for one in operation.parameters
            }
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {one.path for one in (*OPERATIONS, PUSH)} | {
        f"{ROOT}/openapi.json",
        REPLIES,
    }
    assert {one.name for one in OPERATIONS} == set(READERS)
    names = {parameter.name for one in OPERATIONS for parameter in one.parameters}
    assert names == {field.name for field in msgspec.structs.fields(Question)}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_reference_of_the_document_leads_somewhere() -> None:
    described = document("1")
    found = set(references(described))
    assert len(found) > 10
    for reference in found:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


# -- the token -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_english")
def test_a_token_comes_from_environment_or_file_and_cannot_be_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "zhiban.toml"
    (tmp_path / "token").write_text(TOKEN + "\n")
    path.write_text('[web]\ntoken_file = "token"\n')
    assert load_config(path).web.token.reveal() == TOKEN
    monkeypatch.setenv("ZHIBAN_TEST_TOKEN", "short-1234")
    path.write_text('[web]\ntoken_env = "ZHIBAN_TEST_TOKEN"\n')
    with pytest.raises(ConfigError, match=r"\[web\].*at least 20 characters, found 10") as raised:
        load_config(path)
    assert "short-1234" not in str(raised.value)
