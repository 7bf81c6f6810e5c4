"""Letters into Chinese chat services that behave as the real ones: through store, senders and real ports, in virtual
time, with everything that such services do to their users."""

from __future__ import annotations

import logging
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from aiohttp import web
from chats import ALL, HOUR, DingTalk, WeComApp
from letters import POINT, T0, serving
from stores import new_store
from talks import SECOND, Talk, mail, talking_to

from alerts.delivery import MOST
from alerts.letter import Action
from streams.ports.clock import ManualClock
from streams.ports.hush import QUIET
from streams.ports.store.outbox import WAITING
from streams.ports.store.tables import from_micros
from streams.secrets import Secret

NAMES = sorted(ALL)
every = pytest.mark.parametrize("name", NAMES)


Talking = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without letters, which each test copies: to make the tables takes longer than most of them."""
    path: Path = tmp_path_factory.mktemp("empty") / "z.db"
    new_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def talking(empty: Path, tmp_path: Path) -> Talking:
    shutil.copy(empty, tmp_path / "z.db")

    @asynccontextmanager
    async def begin(
        name: str, tls: ssl.SSLContext | None = None, seconds: float = 5, **changes: Any
    ) -> AsyncIterator[Talk]:
        clock = ManualClock(T0)
        service = ALL[name](clock)
        async with serving(service.answer, tls) as base:
            channel = service.channel(base, **changes)
            async with talking_to(service, tmp_path / "z.db", channel, clock, seconds) as made:
                yield made

    return begin


@every
async def test_a_letter_is_taken_and_says_what_it_should(talking: Talking, name: str) -> None:
    async with talking(name) as talk:
        talk.put(mail())
        await talk.go(HOUR)
        assert talk.states == {"k000": "sent"}
        [text] = talk.service.texts
    assert all(words in text for words in ("【单项否决】示例发布", POINT.title, *POINT.lines, "编号 "))


@every
async def test_its_links_can_be_followed(talking: Talking, name: str) -> None:
    actions = (Action("已发布", "https://z.example.cn/l/1"), Action("不归我管", "https://z.example.cn/l/2"))
    async with talking(name) as talk:
        talk.put(
            mail(points=(msgspec.structs.replace(POINT, actions=actions),), to="zhangsan" if "app" in name else "-")
        )
        await talk.go(HOUR)
        [text] = talk.service.texts
    assert all(one.label in text and one.url in text for one in actions)


@every
async def test_a_day_of_500_costs_no_letter(talking: Talking, name: str) -> None:
    async with talking(name) as talk:
        talk.service.down_until = T0 + HOUR
        talk.put(mail())
        await talk.go(5 * HOUR)
        assert talk.states == {"k000": "sent"}
        assert len(talk.service.took) == 1
        assert talk.attempts("k000") > 4


@every
async def test_a_gateway_that_asks_for_patience_is_heeded(talking: Talking, name: str) -> None:
    async with talking(name) as talk:
        talk.service.too_many = [web.Response(status=429, headers={"Retry-After": "1800"})]
        talk.put(mail())
        await talk.go(0 * HOUR)
        with talk.store.read() as tx:
            due = tx.next_letter()
        assert due is not None
        assert due >= T0 + timedelta(seconds=1800)
        await talk.go(2 * HOUR)
        assert talk.states == {"k000": "sent"}


@every
async def test_however_many_letters_wait_the_service_never_sees_too_many(talking: Talking, name: str) -> None:
    """A burst to many, every attempt of which takes a while: all are delivered, none is refused for its pace."""
    async with talking(name) as talk:
        many = talk.service.MOST + 25
        to = [f"a{number}" if name != "wecom_app" else "a1" for number in range(many)]
        talk.put(*(mail(number, to[number], written_at=T0 + number * SECOND / 1000) for number in range(many)))
        await talk.go(HOUR, step=SECOND / 3)
        assert set(talk.states.values()) == {"sent"}
        assert talk.service.busiest() == talk.service.MOST
        assert len(talk.service.asked) == many, "one attempt each"
        assert {talk.attempts(f"k{number:03}") for number in (0, many // 2, many - 1)} == {1}


@every
async def test_a_service_that_takes_fewer_than_it_says_is_given_time(talking: Talking, name: str) -> None:
    """Other programs use the robot too: it refuses, says so in its own code, and the letters wait."""
    async with talking(name) as talk:
        talk.service.most = 3
        talk.put(*(mail(number, f"a{number}") for number in range(8)))
        await talk.go(0 * HOUR)
        waiting = [key for key, state in talk.states.items() if state == "waiting"]
        assert len(waiting) == 5
        query = f"select min(next_at) from outbox where attempts = 1 and state = '{WAITING}'"  # those that were refused
        with talk.store.read() as tx:
            due = from_micros(tx.connection.exec_driver_sql(query).scalar_one())
        assert due >= T0 + timedelta(seconds=600 if isinstance(talk.service, DingTalk) else 60)
        await talk.go(30 * HOUR)
        assert set(talk.states.values()) == {"sent"}


@every
async def test_a_repeat_after_a_lost_answer_bears_the_same_number(talking: Talking, name: str) -> None:
    async with talking(name, seconds=0.3) as talk:
        talk.service.hang = 1
        talk.put(mail(), mail(1, "lisi"))
        await talk.go(HOUR)
        assert set(talk.states.values()) == {"sent"}
        texts = talk.service.texts
    numbers = [text[text.index("编号 ") + 3 :][:8] for text in texts]
    if name == "wecom_app":
        assert len(texts) == len(set(numbers)) == 2, "the service knows the message again, and shows it once"
    else:
        assert sorted(numbers.count(one) for one in set(numbers)) == [1, 2]
        assert all("编号相同的是同一封" in text for text in texts)


@every
async def test_wrong_settings_wait_for_the_operator_and_say_what_to_do(
    talking: Talking, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, words = {
        "wecom_robot": ({"key": "hunter2-other"}, "重新复制它的 Webhook"),
        "wecom_app": ({"secret": "hunter2-other"}, "请核对 corpid 和 secret"),
        "dingtalk_robot": ({"secret": "hunter2-other"}, "请核对加签密钥"),
        "feishu_robot": ({"secret": "hunter2-other"}, "请核对加签密钥"),
    }[name]
    for logger in ("", *QUIET):
        caplog.set_level(logging.DEBUG, logger)
    async with talking(name, **{key: Secret(value) for key, value in wrong.items()}) as talk:
        talk.put(mail())
        await talk.go(2 * HOUR)
        assert (talk.states, talk.service.took) == ({"k000": "waiting"}, [])
        [told] = talk.told
        assert words in told
        ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
        assert sum(words in line for line in ours) == talk.attempts("k000") > 4
    assert "hunter2" not in f"{ours}"


async def test_each_day_of_wrong_settings_the_operator_is_told_once(talking: Talking) -> None:
    async with talking("dingtalk_robot", secret=Secret("hunter2-other")) as talk:
        talk.put(mail())
        await talk.go(90 * HOUR)
        assert (talk.states, talk.attempts("k000")) == ({"k000": "gave_up"}, MOST)
    assert len(talk.told) == 4
    for told in talk.told:
        assert "请核对加签密钥" in told
        assert "310000 sign not match" in told
        assert "hunter2" not in told


@every
@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ({"errcode": -1, "code": 11232}, "waiting", "稍后自动再发"),
        ({"errcode": 60020, "code": 19022}, "waiting", ""),
        ({"errcode": 999999, "code": 999999}, "waiting", "docs/channels.md"),
        ({"errcode": 40058, "code": 9499}, "refused", "反馈给值班的开发者"),
    ],
    ids=["busy", "ip", "unknown", "malformed"],
)
async def test_codes_and_what_becomes_of_the_letter(
    talking: Talking, name: str, said: dict[str, int], state: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    if name == "dingtalk_robot":
        said = said | {"errcode": {40058: 460101, 60020: 310000}.get(said["errcode"], said["errcode"])}
    async with talking(name) as talk:
        talk.service.refusal = (said[talk.service.CODE], "ip 127.0.0.1 not in whitelist")
        talk.put(mail())
        await talk.go(0 * HOUR)
        assert talk.states == {"k000": state}
    assert words in caplog.text
    assert bool(talk.told) is (state == "refused")


@every
async def test_an_answer_that_is_not_the_services_is_no_delivery(
    talking: Talking, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A login page of the network between, with 200."""
    async with talking(name) as talk:
        talk.service.too_many = [web.Response(text="<html>login</html>")]
        talk.put(mail())
        await talk.go(0 * HOUR)
        assert talk.states == {"k000": "waiting"}
        assert "登录页" in caplog.text
        await talk.go(HOUR)
        assert talk.states == {"k000": "sent"}


@every
async def test_a_private_deployment_is_trusted_by_its_own_authority_alone(
    talking: Talking, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    tls, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    other = trustme.CA().cert_pem.bytes().decode()
    async with talking(name, tls, ca=authority.cert_pem.bytes().decode()) as talk:
        talk.put(mail())
        await talk.go(HOUR)
        assert talk.states == {"k000": "sent"}
    async with talking(name, tls, ca=other) as talk:
        talk.put(mail(1))
        await talk.go(timedelta(0))
        assert talk.states["k001"] == "waiting"
    assert "certificate is not trusted" in caplog.text


async def test_members_who_were_not_reached_are_told_to_the_operator(talking: Talking) -> None:
    async with talking("wecom_app") as talk:
        talk.put(mail(to="zhangsan,nobody-here"), mail(1, "also-nobody"), mail(2, "-"))
        await talk.go(HOUR)
        assert talk.states == {"k000": "sent", "k001": "refused", "k002": "refused"}
        assert len(talk.service.took) == 1
        said = "\n".join(talk.told)
    assert "nob…" in said
    assert "nobody-here" not in said
    assert said.count("可见范围") >= 3


async def test_a_token_that_the_service_ends_early_costs_no_attempt(talking: Talking) -> None:
    async with talking("wecom_app") as talk:
        assert isinstance(talk.service, WeComApp)
        for number in range(3):
            talk.put(mail(number))
            await talk.go(timedelta(0))
            talk.service.forget()
        assert {talk.attempts(f"k{number:03}") for number in range(3)} == {1}
        assert talk.service.fetched == 3
        talk.clock.set(T0 + 3 * HOUR)
        talk.put(mail(3))
        await talk.go(timedelta(0))
        assert talk.attempts("k003") == 1


async def test_the_keyword_of_a_robot_stands_in_every_letter(talking: Talking) -> None:
    for name in ("dingtalk_robot", "feishu_robot"):
        async with talking(name) as talk:
            talk.service.keyword = "政务"  # type: ignore[attr-defined]
            talk.put(mail())
            await talk.go(timedelta(0))
            assert talk.states["k000"] == "waiting"
        async with talking(name, keyword="政务") as talk:
            talk.service.keyword = "政务"  # type: ignore[attr-defined]
            await talk.go(HOUR)
            assert talk.states["k000"] == "sent"
            with talk.store.write() as tx:
                tx.connection.exec_driver_sql("delete from outbox")
