"""Messages are pushed: what is new is taken once, whatever happens; what is bad is named, and not taken."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import httpx
import pytest
from asking import TOKEN, WRITES, application, asking
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import new_store

from streams.agent import Agent
from streams.findings import Grade
from streams.messages import Case, Deed, MessageEvent
from streams.ports.clock import ManualClock
from streams.ports.store import Store, open_store
from streams.records import Fact, FactKind, Tick
from streams.subjects import Kind, Source, Subject
from zhiban.api.declared import PUSH
from zhiban.api.intake import MOST, Rate, decoded
from zhiban.api.openapi import document
from zhiban.api.problems import Problem
from zhiban.api.pushed import MESSAGES, Manner, messages_of, told_of
from zhiban.config import ConfigError, load_config
from zhiban.telling import tell
from zhiban.wiring import load_rules

NOW = datetime(2026, 3, 11, 1, tzinfo=UTC)  # a Wednesday, 09:00 in Shanghai
RULES = load_rules(("national-2019",), {})
ASKED = "2026-03-03T09:30:00+08:00"
QUESTION = {"id": "1", "channel": "市长信箱", "category": "咨询", "unit": "住建局", "asked_at": ASKED}
ANSWER = {"id": "1", "answered_at": "2026-03-04T16:00:00+08:00"}
JSON = {"Content-Type": "application/json"}


def registered(store: Store, *boxes: tuple[str, str]) -> None:
    """Mailboxes (subject, url) of the registry, judged."""
    facts = []
    for name, url in boxes:
        facts.append(Fact(kind=FactKind.REGISTERED, subject=Subject(id=name, name=name, kind=Kind.MAILBOX)))
        source = Source(id=f"{name}/mailbox/1", subject=name, connector="mailbox", url=url)
        facts.append(Fact(kind=FactKind.SOURCE_ADDED, source=source))
    tell(store, facts, NOW - timedelta(days=9))
    Agent(store, RULES).catch_up(0)


@pytest.fixture(scope="module")
def registered_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one mailbox."""
    path = tmp_path_factory.mktemp("pushing") / "push.db"
    made = new_store(f"sqlite:///{path}")
    with made.write() as tx:
        tx.set_partitions(1)
    registered(made, ("甲", "push:"))
    made.close()
    return path


@pytest.fixture
def store(registered_once: Path, tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{copyfile(registered_once, tmp_path / 'push.db')}")
    yield made
    made.close()


def pushing(store: Store, token: str = WRITES) -> Any:
    """A client that may write."""
    app = application(store, write_token=WRITES, clock=ManualClock(NOW), rate=Rate(1000, 1000))
    return asking(app, token)


async def post(client: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    """Push what must be taken."""
    answer = await client.post(PUSH.path, json=body)
    assert answer.status_code == 202, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def refused(client: httpx.AsyncClient, body: Any, status: int, kind: str) -> dict[str, Any]:
    """Push what must not be taken."""
    answer = await client.post(PUSH.path, json=body)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"urn:zhiban:{kind}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return problem


def facts(store: Store) -> list[Fact]:
    with store.read() as tx:
        return [fact for fact in tx.facts() if fact.kind is FactKind.MESSAGES]


def events(store: Store) -> list[MessageEvent]:
    """What the log holds of messages, in order."""
    return [event for fact in facts(store) for event in fact.events]


def cases(store: Store) -> dict[str, Case]:
    """What became of it."""
    Agent(store, RULES).catch_up(0)
    with store.read() as tx:
        return {case.id: case for _, _, case in tx.cases(NOW + timedelta(days=1))}


# -- what is taken -------------------------------------------------------------------------------------------------


async def test_a_question_and_its_answer_are_taken_and_judged(store: Store) -> None:
    async with pushing(store) as client:
        first = await post(client, QUESTION)
        assert (first["new"], first["known"], first["without_question"], first["kept"]) == (1, 0, [], [])
        assert (await post(client, ANSWER))["new"] == 1
    case = cases(store)["1"]
    assert (case.received_at, case.is_waiting) == (datetime(2026, 3, 3, 1, 30, tzinfo=UTC), False)
    assert (case.about.channel, case.about.category, case.about.units) == ("市长信箱", "咨询", ("住建局",))
    assert facts(store)[0].mailbox == "甲/mailbox/1"


async def test_what_nobody_answers_is_overdue(store: Store) -> None:
    async with pushing(store) as client:
        await post(client, QUESTION)
    with store.write() as tx:
        tx.append(0, [("", Tick())], NOW)
    Agent(store, RULES).catch_up(0)
    with store.read() as tx:
        found = [one for one in tx.findings_until(NOW) if one.rule == "MSG-5WD"]
    assert [(one.item, one.level) for one in found] == [("1", Grade.BREACH)]


async def test_the_same_again_changes_nothing_and_does_not_lengthen_the_log(store: Store) -> None:
    both = [QUESTION | {"answered_at": "2026-03-04"}, {"id": "2", "asked_at": "2026-03-05", "true": True}]
    async with pushing(store) as client:
        assert (await post(client, both))["new"] == 4
        assert (await post(client, both)) | {"at": ""} == {
            "at": "", "messages": 2, "new": 0, "known": 4, "without_question": [], "kept": [],
        }  # fmt: skip
        before = cases(store)  # from now on it is known from the state, and no more from the log
        for body in (both, both[0], [both[1], both[0]], [QUESTION]):
            assert (await post(client, body))["new"] == 0
    assert cases(store) == before
    assert len(facts(store)) == 1


async def test_a_message_twice_in_one_request_is_one(store: Store) -> None:
    async with pushing(store) as client:
        taken = await post(client, [QUESTION, QUESTION, ANSWER])
    assert (taken["messages"], taken["new"], taken["known"]) == (3, 2, 1)


async def test_eight_clients_at_once_make_one_event(store: Store) -> None:
    async with pushing(store) as client:
        told = await asyncio.gather(*(post(client, QUESTION) for _ in range(8)))
    assert sorted(one["new"] for one in told) == [0] * 7 + [1]
    assert len(events(store)) == 1


async def test_an_answer_may_come_before_its_question(store: Store) -> None:
    async with pushing(store) as client:
        assert (await post(client, ANSWER))["without_question"] == ["1"]
        assert (await post(client, QUESTION))["without_question"] == []
    assert not cases(store)["1"].is_waiting


async def test_a_reply_that_only_says_it_was_received_is_no_answer_and_its_text_is_not_kept(store: Store) -> None:
    async with pushing(store) as client:
        await post(client, QUESTION | {"answered_at": "2026-03-04", "answer": "您好，您的来信已收悉，已转住建局办理。"})
        await post(client, QUESTION | {"id": "2", "answered_at": "2026-03-04", "answer": "补贴标准为每户3000元。"})
    found = cases(store)
    assert (found["1"].is_waiting, found["2"].is_waiting) == (True, False)
    assert found["2"].events[-1].print
    with store.read() as tx:
        assert "收悉" not in repr(tx.facts())


async def test_deeds_are_told_by_name_too(store: Store) -> None:
    deeds = [{"deed": "received", "at": ASKED}, {"deed": "not_ours", "at": "2026-03-04T08:00:00Z"}]
    async with pushing(store) as client:
        await post(client, {"id": "1", "events": deeds})
    left = cases(store)["1"].left
    assert left is not None
    assert left.deed is Deed.NOT_OURS


async def test_a_day_alone_begins_at_midnight_and_ends_before_it(store: Store) -> None:
    async with pushing(store) as client:
        await post(client, {"id": "1", "asked_at": "2026-03-03", "answered_at": "2026-03-03"})
        await post(client, QUESTION | {"id": "2", "accepted_at": "2026-03-03", "answered_at": "2026-03-03"})
    first, second = cases(store)["1"].events, cases(store)["2"].events
    assert [event.at.isoformat() for event in first] == ["2026-03-02T16:00:00+00:00", "2026-03-03T15:59:00+00:00"]
    assert all(event.day_only for event in first)
    assert second[0].at <= second[1].at


async def test_what_it_is_about_stays_as_it_was_told_first(store: Store) -> None:
    async with pushing(store) as client:
        await post(client, QUESTION)
        taken = await post(client, [QUESTION | {"category": "投诉", "unit": ["住建局", "城管局"]}])
    assert taken["kept"] == [{"index": 0, "field": "category"}, {"index": 0, "field": "unit"}]
    assert cases(store)["1"].about.category == "咨询"


async def test_facts_are_cut_where_they_would_be_long(store: Store) -> None:
    many = [{"id": str(number), "asked_at": ASKED} for number in range(MESSAGES)]
    async with pushing(store) as client:
        assert (await post(client, many))["new"] == MESSAGES
    assert [len(fact.events) for fact in facts(store)] == [200, 200, 100]
    assert len(cases(store)) == MESSAGES


# -- which mailbox -------------------------------------------------------------------------------------------------


async def test_a_mailbox_is_named_by_subject_or_source_where_there_are_several(store: Store) -> None:
    registered(store, ("乙", "push:"), ("丙", "file:"))
    async with pushing(store) as client:
        problem = await refused(client, QUESTION, 422, "which_mailbox")
        assert problem["expected"] == "乙/mailbox/1, 甲/mailbox/1"
        await post(client, [QUESTION | {"mailbox": "乙"}, QUESTION | {"mailbox": "甲/mailbox/1"}])
        assert (await refused(client, QUESTION | {"mailbox": "丙"}, 409, "not_pushed"))[
            "expected"
        ] == "丙,mailbox,push:"
        problem = await refused(client, [QUESTION | {"mailbox": "甲"}, QUESTION | {"mailbox": "丁"}], 404, "no_mailbox")
        assert (problem["index"], problem["field"], problem["found"]) == (1, "mailbox", "丁")
        assert "sources.csv" in problem["detail"]
    assert {fact.mailbox for fact in facts(store)} == {"甲/mailbox/1", "乙/mailbox/1"}


async def test_a_mailbox_that_pushes_is_not_read(store: Store) -> None:
    with store.read() as tx:
        assert (tx.sources(), [source.id for source in tx.judged_mailboxes()]) == ([], ["甲/mailbox/1"])


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kind", "field", "found", "expected"),
    [
        ({"asked_at": ASKED}, "bad_field", "id", "—", "required"),
        ({"id": ""}, "bad_field", "id", "0", "str of length >= 1"),
        ({"id": "x" * 201}, "bad_field", "id", "201", "str of length <= 200"),
        ({"id": "a\u0000"}, "bad_field", "id", "'a\\x00'", "text without control characters and outer blanks"),
        ({"id": 7}, "bad_field", "id", "int", "str"),
        ({"id": "1", "text": "我家的水管"}, "unknown_field", "text", "text", None),
        ({"id": "1", "name": "张三"}, "unknown_field", "name", "name", None),
        ({"id": "1", "events": [{"deed": "received", "at": ASKED, "by": "张三"}]}, "unknown_field", "events[0].by",
         "events[0].by", "deed, at"),
        ({"id": "1", "events": [{"deed": "eaten", "at": ASKED}]}, "bad_field", "events[0].deed", "eaten",
         None),
        ({"id": "1", "events": [{"deed": "received"}]}, "bad_field", "events[0].at", "—", "required"),
        ({"id": "1", "asked_at": "2026-03-03T09:30:00"}, "bad_field", "asked_at", "2026-03-03T09:30:00", None),
        ({"id": "1", "asked_at": "2026-02-30"}, "bad_field", "asked_at", "2026-02-30", None),
        ({"id": "1", "asked_at": "0201-03-03"}, "bad_field", "asked_at", "0201-03-03", "2000-…"),
        ({"id": "1", "asked_at": 1772501400}, "bad_field", "asked_at", "int", None),
        ({"id": "1", "asked_at": "9999-12-31T23:59:59-14:00"}, "future", "asked_at", "9999-12-31T23:59:59-14:00", None),
        ({"id": "1", "asked_at": "2026-03-11T09:11:00+08:00"}, "future", "asked_at", "2026-03-11T09:11:00+08:00", None),
        ({"id": "1", "true": True}, "bad_field", "true", "—", None),
        ({"id": "1", "simple": "yes"}, "bad_field", "simple", "str", "bool"),
        ({"id": "1", "unit": [""]}, "bad_field", "unit[0]", "0", "str of length >= 1"),
        ({"id": "1", "answer": "x" * 20_001}, "bad_field", "answer", "20001", "str of length <= 20000"),
        ([], "bad_field", "", "array", "object"),
    ],
)  # fmt: skip
async def test_a_bad_message_is_named_and_none_is_taken(
    store: Store, message: Any, kind: str, field: str, found: str, expected: str | None
) -> None:
    async with pushing(store) as client:
        problem = await refused(client, [QUESTION, message], 422, kind)
        assert (problem["index"], problem["field"], problem["found"]) == (1, field, found)
        assert problem["expected"] if expected is None else problem["expected"] == expected
        assert "张三" not in problem["detail"]
        assert "水管" not in problem["detail"]
    assert facts(store) == []


@pytest.mark.parametrize(
    ("known", "message", "kind", "field"),
    [
        ([QUESTION], {"id": "1", "asked_at": "2026-03-03T09:31:00+08:00"}, "asked_twice", "asked_at"),
        ([QUESTION], {"id": "1", "answered_at": "2026-03-03T09:29:00+08:00"}, "before_question", "answered_at"),
        ([QUESTION], {"id": "1", "answered_at": "2026-03-02"}, "before_question", "answered_at"),
        ([ANSWER], {"id": "1", "asked_at": "2026-03-05"}, "before_question", "asked_at"),
        ([], QUESTION | {"withdrawn_at": "2026-03-02"}, "before_question", "withdrawn_at"),
        ([], QUESTION | {"events": [{"deed": "received", "at": "2026-03-04"}]}, "asked_twice", "events[0].at"),
    ],
)
@pytest.mark.parametrize("folded", [False, True])
async def test_what_contradicts_what_is_known_is_refused_with_all_that_came_with_it(
    store: Store, known: list[Any], message: dict[str, Any], kind: str, field: str, *, folded: bool
) -> None:
    async with pushing(store) as client:
        for one in known:
            await post(client, one)
        if folded:
            cases(store)
        before = events(store)
        problem = await refused(client, [QUESTION | {"id": "2"}, message], 409, kind)
        assert (problem["index"], problem["field"]) == (1, field)
        assert problem["found"]
        assert problem["expected"]
    assert events(store) == before


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"{", JSON, 400, "bad_json"),
        (b"", JSON, 400, "bad_json"),
        (b"\xff", JSON, 400, "bad_json"),
        (b'{"id": NaN}', JSON, 400, "bad_json"),
        (b'{"id": "\\ud800"}', JSON, 400, "bad_json"),
        (b'{"id": "1", "id": "2"}', JSON, 400, "twice_in_json"),
        (b"[" * 100_000, JSON, 400, "bad_json"),
        (b"[[[[[[[]]]]]]]", JSON, 400, "bad_json"),
        (b'{"id": ' + b"9" * 5000 + b"}", JSON, 400, "bad_json"),
        (b"[]", JSON, 422, "too_many"),
        (b"null", JSON, 422, "bad_field"),
        (b" " * (MOST + 1), JSON, 413, "too_large"),
        (b"{}", {}, 415, "not_json"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "not_json"),
        (b"{}", {"Content-Type": "application/json; charset=gbk"}, 415, "not_json"),
        (b"{}", JSON | {"Content-Encoding": "gzip"}, 415, "not_json"),
    ],
)
async def test_a_bad_body_is_refused(
    store: Store, body: bytes, headers: dict[str, str], status: int, kind: str
) -> None:
    async with pushing(store) as client:
        answer = await client.post(PUSH.path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:zhiban:{kind}")
        assert len(answer.content) < 2000


async def test_a_body_of_unknown_length_is_read_no_further_than_is_allowed(store: Store) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b" " * 100_000

    async with pushing(store) as client:
        try:
            answer = await client.post(PUSH.path, content=endless(), headers=JSON)
            assert answer.status_code == 413
        except httpx.TransportError:  # the server hung up while we sent
            pass
    assert sent < 50_000_000


async def test_too_many_requests_are_told_when_to_come_again(store: Store) -> None:
    app = application(store, write_token=WRITES, clock=ManualClock(NOW), rate=Rate(0.01, 2))
    async with asking(app, WRITES) as client:
        told = [await client.post(PUSH.path, json=QUESTION) for _ in range(3)]
        assert [answer.status_code for answer in told] == [202, 202, 429]
        assert 90 <= int(told[2].headers["retry-after"]) <= 100
        assert (await client.get("/api/v1/openapi.json")).status_code == 200


# -- who -----------------------------------------------------------------------------------------------------------


async def test_who_reads_cannot_write_and_who_writes_cannot_read(store: Store) -> None:
    for token, path, status in (
        ("", PUSH.path, 401),
        ("wrong", PUSH.path, 401),
        (WRITES + "x", PUSH.path, 401),
        (TOKEN, PUSH.path, 403),
        (WRITES, PUSH.path, 202),
        (WRITES, "/api/v1/findings", 403),
        (WRITES, "/api/v1/openapi.json", 200),
        (TOKEN, "/api/v1/openapi.json", 200),
        ("", "/api/v1/openapi.json", 401),
    ):
        async with pushing(store, token) as client:
            method = "POST" if path == PUSH.path else "GET"
            answer = await client.request(method, path, json=QUESTION if method == "POST" else None)
            assert answer.status_code == status, (token, path)
            assert TOKEN not in answer.text
            assert WRITES not in answer.text


async def test_without_a_token_of_its_own_nobody_pushes(store: Store) -> None:
    async with asking(application(store)) as client:
        problem = await refused(client, QUESTION, 404, "no_pushing")
        assert "write_token_env" in problem["detail"]


async def test_messages_are_posted_and_not_read(store: Store) -> None:
    async with pushing(store) as client:
        answer = await client.get(PUSH.path)
        assert (answer.status_code, answer.headers["allow"], answer.json()["expected"]) == (405, "POST", "POST")


@pytest.mark.usefixtures("in_english")
def test_the_two_tokens_differ(tmp_path: Path) -> None:
    path = tmp_path / "zhiban.toml"
    path.write_text(f'[web]\ntoken = "{TOKEN}"\nwrite_token = "{TOKEN}"\n')
    with pytest.raises(ConfigError, match="token, write_token and replies_token: expected to differ"):
        load_config(path)
    path.write_text('[web]\nwrite_token = "short"\n')
    with pytest.raises(ConfigError, match="at least 20 characters, found 5"):
        load_config(path)


# -- crashes -------------------------------------------------------------------------------------------------------

SERVER = """
import os, signal, socket, sys
from datetime import datetime
import uvicorn
from asking import WRITES, application
from streams.ports.clock import ManualClock
from streams.ports.store import open_store

app = application(open_store(sys.argv[1]), write_token=WRITES, clock=ManualClock(datetime.fromisoformat(sys.argv[2])))

async def dying(scope, receive, send):
    async def last(message):
        os.kill(os.getpid(), signal.SIGKILL)  # committed, and nobody was told
    await app(scope, receive, last if scope["type"] == "http" else send)

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(dying, log_config=None, lifespan="off")).run(sockets=[listening])
"""


def push_to_one_that_dies(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, f"sqlite:///{tmp_path / 'push.db'}", NOW.isoformat()]
    paths = os.pathsep.join([str(Path(__file__).parents[2] / "support"), *sys.path])
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths})
    with server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        headers = {"Authorization": f"Bearer {WRITES}"}
        with pytest.raises(httpx.TransportError):
            httpx.post(f"http://127.0.0.1:{port}{PUSH.path}", json=[QUESTION, ANSWER], headers=headers, trust_env=False)
        assert server.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.slow  # a process of its own
async def test_a_server_that_dies_between_commit_and_answer_is_told_again(store: Store, tmp_path: Path) -> None:
    await asyncio.to_thread(push_to_one_that_dies, tmp_path)
    assert len(events(store)) == 2
    async with pushing(store) as client:
        assert (await post(client, [QUESTION, ANSWER]))["known"] == 2
    assert len(events(store)) == 2


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(store: Store) -> None:
    async with pushing(store) as client:
        address = (client.base_url.host, client.base_url.port or 0)
        head = f"POST {PUSH.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {WRITES}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
        await asyncio.to_thread(_begin_and_leave, address, head.encode() + b'{"id": "1", ')
        assert (await post(client, QUESTION))["new"] == 1
    assert len(events(store)) == 1


def _begin_and_leave(address: tuple[str, int], text: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(text)


# -- whatever comes ------------------------------------------------------------------------------------------------

MANNER = Manner(lambda text: len(text) > 3, lambda _text: "", "咨询")
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY = st.recursive(PLAIN, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside))
TIMES = st.sampled_from([ASKED, "2026-03-04", "2026-03-05T00:00:00Z", "2026-03-05T00:00", "", "2999-01-01"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from(["1", "2", "", " 1"]) | st.text(max_size=3),
    "unit": st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=3),
    "category": st.sampled_from(["咨询", "找错"]) | st.text(max_size=3),
    "asked_at": TIMES | ANY,
    "answered_at": TIMES | st.datetimes().map(datetime.isoformat),
    "reopened_at": TIMES,
    "events": st.lists(st.fixed_dictionaries({"deed": st.sampled_from([*Deed, "x"]), "at": TIMES}), max_size=3) | ANY,
    "true": st.booleans() | ANY,
    "answer": st.text(max_size=30),
    "text": ANY,
}
MESSAGE = st.lists(st.sampled_from(sorted(FIELDS)), unique=True, min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in names})
)
BODIES = MESSAGE | st.lists(MESSAGE, max_size=3) | ANY


@given(body=BODIES)
def test_any_body_is_messages_or_a_problem(body: Any) -> None:
    try:
        told = [told_of(index, one, MANNER, NOW) for index, one in enumerate(messages_of(body))]
    except Problem as problem:
        assert problem.details().status == 422  # noqa: PT017
    else:
        assert all(
            event.at.tzinfo is not None and event.at < NOW + timedelta(days=1) for one in told for event in one.events
        )


@given(body=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_json_or_a_problem(body: bytes) -> None:
    try:
        decoded(body)
    except Problem as problem:
        assert problem.details().status == 400  # noqa: PT017


async def test_whatever_is_pushed_never_breaks_anything(store: Store) -> None:
    """Bodies over the wire into one store: taken or refused by name, and what was taken is judged."""
    bodies: list[Any] = []

    @settings(max_examples=3 * settings().max_examples, database=None)
    @given(body=BODIES)
    def collect(body: Any) -> None:
        bodies.append(body)

    collect()
    statuses = set()
    async with pushing(store) as client:
        for body in bodies:
            answer = await client.post(PUSH.path, content=as_json(body), headers=JSON)
            statuses.add(answer.status_code)
    assert statuses <= {202, 400, 409, 422}
    assert len(statuses) > 1
    cases(store)


def as_json(body: Any) -> bytes:
    """As JSON, also what is none (NaN)."""
    return json.dumps(body).encode()


# -- the document --------------------------------------------------------------------------------------------------


def test_the_document_describes_it_and_its_examples_are_good() -> None:
    said = document("1")["paths"][PUSH.path]["post"]
    assert said["security"] == [{"write_token": []}]
    for example in said["requestBody"]["content"]["application/json"]["examples"].values():
        for index, message in enumerate(messages_of(example["value"])):
            assert told_of(index, message, MANNER, NOW).events
    assert {"202", "400", "401", "403", "409", "413", "415", "422", "429"} <= set(said["responses"])
