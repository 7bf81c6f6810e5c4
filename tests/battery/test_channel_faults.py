"""The table of faults: every channel, found by the catalogue, by the real senders and ports against a server that
behaves as its service does. Nothing is lost, and what is doubled bears the same mark and is said to be so."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chats import HOUR, Service
from letters import POINT, T0
from stands import STANDS
from stores import new_store
from talks import SECOND, Talk, mail, talking_to

from alerts.delivery import HOURLY, JITTER, next_attempt
from alerts.plain import POINTS
from streams.catalogue import catalogue
from streams.ports.clock import ManualClock
from streams.ports.hush import QUIET

pytestmark = pytest.mark.slow

NAMES = sorted(catalogue("alerts.channels", "zhiban.channels"))
TABLE = ("500s", "lost answer", "429", "wrong key", "too long")
LONG = tuple(POINT for _ in range(POINTS + 30))
NOW = timedelta(0)
DOCS = Path(__file__).parents[2] / "docs" / "channels.md"
PATIENCE = 1800

OWN_LIMITS = {
    "wecom_robot": ((45009, "api freq out of limit"), 60),
    "wecom_app": ((45009, "api freq out of limit"), 60),
    "dingtalk_robot": ((130101, "send too fast, exceed 20 times per minute"), 600),
    "feishu_robot": ((11232, "frequency limited"), 60),
    "sms": ((0, "isv.LIMIT"), 60),
    "voice": ((0, "isv.LIMIT"), 60),
}

Telling = Callable[..., AbstractAsyncContextManager[Talk]]


def stand(name: str) -> type[Service]:
    """The service of a channel."""
    assert name in STANDS, f"the channel {name} has no service in tests/support/stands.py: nobody knows what it bears"
    return STANDS[name]


def showing(point: str) -> pytest.MarkDecorator:
    """For every channel, but those whose service says why it cannot show this; a channel without a service fails."""
    names = [name for name in NAMES if name not in STANDS or point not in STANDS[name].CANNOT]
    return pytest.mark.parametrize("name", names)


def wrong(service: Service, base: str) -> dict[str, Any]:
    """Settings with which it lets nobody in."""
    made: dict[str, Any] = service.wrong(base) if hasattr(service, "wrong") else service.WRONG
    return made


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("empty") / "z.db"
    new_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def telling(empty: Path, tmp_path: Path) -> Telling:
    """Talk with a service, by a channel with its right settings or the wrong ones."""
    shutil.copy(empty, tmp_path / "z.db")

    @asynccontextmanager
    async def begin(kind: type[Service], *, seconds: float = 5) -> AsyncIterator[Talk]:
        clock = ManualClock(T0)
        service = kind(clock)
        async with (
            service.open() as base,
            talking_to(service, tmp_path / "z.db", service.channel(base), clock, seconds) as talk,
        ):
            yield talk

    return begin


def ladder(key: str, until: datetime) -> Iterator[datetime]:
    """The moments at which a letter is tried whose attempts all fail: the last one is the first from `until` on."""
    at: datetime | None = T0
    attempts = 0
    while at is not None:
        yield at
        if at >= until:
            return
        attempts += 1
        at = next_attempt(key, attempts, None, at)


def test_every_channel_stands_in_the_table_and_none_but_those() -> None:
    assert sorted(STANDS) == NAMES
    assert {point for one in STANDS.values() for point in one.CANNOT} <= set(TABLE)


def test_the_table_stands_in_the_documentation() -> None:
    shown = DOCS.read_text(encoding="utf-8")
    assert [row for row in rows() if row not in shown] == [], "docs/channels.md: these rows are missing or stale"


def rows() -> Iterator[str]:
    """The table as people read it: what each channel was put through, or why not."""
    for name in NAMES:
        one = stand(name)
        said = {"lost answer": one.REPEAT, "too long": one.BOUND}
        cells = [f"no: {one.CANNOT[point]}" if point in one.CANNOT else said.get(point, "yes") for point in TABLE]
        yield f"| `{name}` | {' | '.join(cells)} |"


@showing("500s")
async def test_an_hour_of_500s_costs_nothing_and_doubles_nothing(
    telling: Telling, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with telling(stand(name)) as talk:
        talk.service.down_until = T0 + HOUR
        talk.put(mail(to=talk.service.TO))
        await talk.go(3 * HOUR)
        assert talk.states == {"k000": "sent"}
        assert talk.service.tried == list(ladder("k000", T0 + HOUR)), "at the ladder's moments, and no others"
        assert len(talk.service.took) == 1
        assert talk.service.asked[0] >= T0 + HOUR
    assert "for the second time" not in caplog.text or name == "apprise", "a plain refusal raises no doubt"


@showing("lost answer")
async def test_a_lost_answer_makes_a_repeat_that_is_known_as_one(
    telling: Telling, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with telling(stand(name), seconds=0.4) as talk:
        talk.service.hang = 1
        talk.put(mail(to=talk.service.TO), mail(1, to=talk.service.TO))
        await talk.go(HOUR)
        assert set(talk.states.values()) == {"sent"}
        with talk.store.read() as tx:
            assert tx.perhaps_twice() == 1
        marks = talk.service.marks()
    counts = sorted(marks.count(one) for one in set(marks))
    assert counts == ([1, 1] if name == "wecom_app" else [1, 2]), "where the service knows a repeat, it is one"
    assert "letter k000 by group: waiting" in caplog.text
    assert "It may have been taken: what goes out again bears the same key." in caplog.text
    assert "letter k000 by group: sent, perhaps for the second time" in caplog.text
    assert "k001" not in caplog.text


@showing("429")
async def test_patience_that_is_asked_for_is_given(telling: Telling, name: str) -> None:
    async with telling(stand(name)) as talk:
        talk.service.limit(PATIENCE)
        talk.put(mail(to=talk.service.TO))
        await talk.go(NOW)
        due = talk.due
        assert due is not None
        assert PATIENCE <= (due - T0).total_seconds() <= PATIENCE * (1 + JITTER)
        await talk.go(2 * HOUR)
        assert (talk.states, len(talk.service.took)) == ({"k000": "sent"}, 1)


@showing("429")
async def test_patience_is_the_channels_and_no_longer_than_was_asked_for(telling: Telling, name: str) -> None:
    """Others' letters by the same robot wait too, those that are written meanwhile as well; each in their order."""
    async with telling(stand(name)) as talk:
        talk.service.limit(PATIENCE)
        talk.put(mail(to=talk.service.TO), mail(1, to=talk.service.TO, written_at=T0 + SECOND))
        await talk.go(NOW)
        talk.clock.set(T0 + 10 * SECOND)
        talk.put(mail(2, to=talk.service.ALSO, written_at=T0 + 9 * SECOND))
        await talk.go(timedelta(seconds=PATIENCE - 11))
        assert len(talk.service.tried) == 1
        assert talk.due == T0 + timedelta(seconds=PATIENCE), "no longer than it says"
        await talk.go(2 * HOUR)
        assert set(talk.states.values()) == {"sent"}
        assert (talk.attempts("k000"), talk.attempts("k001"), talk.attempts("k002")) == (2, 1, 1)
        sent = talk.sent_at()
    assert sent["k002"] == T0 + timedelta(seconds=PATIENCE)
    assert sent["k002"] <= sent["k000"] <= sent["k001"]


@pytest.mark.parametrize("name", sorted(OWN_LIMITS))
async def test_a_limit_in_the_services_own_code_is_the_channels_too(telling: Telling, name: str) -> None:
    code, seconds = OWN_LIMITS[name]
    async with telling(stand(name)) as talk:
        talk.service.refusal = code
        talk.put(mail(to=talk.service.TO))
        await talk.go(NOW)
        talk.service.refusal = None
        talk.put(mail(1, to=talk.service.ALSO))
        await talk.go(timedelta(seconds=seconds - 1))
        assert len(talk.service.took) == 0
        assert talk.due == T0 + timedelta(seconds=seconds)
        await talk.go(HOUR)
        assert set(talk.states.values()) == {"sent"}


@showing("429")
async def test_more_patience_than_an_hour_is_not_given(telling: Telling, name: str) -> None:
    async with telling(stand(name)) as talk:
        talk.service.limit(90_000)
        talk.put(mail(to=talk.service.TO))
        await talk.go(NOW)
        due = talk.due
        assert due is not None
        assert (due - T0).total_seconds() <= HOURLY * (1 + JITTER)


@showing("wrong key")
async def test_a_wrong_key_is_told_to_the_operator_and_costs_no_letter(
    telling: Telling, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No attempt of ours would ever succeed: the operator hears of it within minutes, and the letters wait for them."""
    kind = stand(name)
    for logger in ("", *QUIET):
        caplog.set_level(logging.DEBUG, logger)
    clock = ManualClock(T0)
    service = kind(clock)
    async with service.open() as base:
        spoilt = service.channel(base, **wrong(service, base))
        async with talking_to(service, tmp_path / "z.db", spoilt, clock) as talk:
            talk.put(mail(to=service.TO))
            await talk.go(timedelta(minutes=10))
            assert (talk.states, service.took) == ({"k000": "waiting"}, [])
            [told] = talk.told
        async with talking_to(service, tmp_path / "z.db", service.channel(base), clock) as talk:
            await talk.go(2 * HOUR)
            assert (talk.states, len(service.took)) == ({"k000": "sent"}, 1), "put right, and nothing was lost"
    ours = [record.getMessage() for record in caplog.records if record.name not in {"aiohttp.access", "mail.log"}]
    assert service.CURE in told
    assert any(service.CURE in line for line in ours)
    assert "hunter2" not in f"{told}{ours}"


@showing("too long")
async def test_what_is_too_long_is_cut_or_refused_aloud(telling: Telling, name: str) -> None:
    """A letter about 130 points: every service checks its own bound."""
    async with telling(stand(name)) as talk:
        talk.put(mail(to=talk.service.TO, points=LONG))
        await talk.go(HOUR)
        if name == "webhook":  # whole or not at all: whoever receives it cuts
            assert (talk.states, talk.service.took) == ({"k000": "refused"}, [])
            assert "消息太长" in talk.told[0]
            return
        assert talk.states == {"k000": "sent"}
        [text] = talk.service.texts if name != "console" else talk.told
    assert "还有 " in text or f"等{len(LONG)}项" in text
