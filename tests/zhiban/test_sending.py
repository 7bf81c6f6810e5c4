"""The senders: letters of a real store go out by an outbasket, and what became of each is written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from letters import T0, letter
from sqlalchemy.exc import IntegrityError
from stores import new_store

from alerts.channels.console import Console
from alerts.channels.email import Email
from alerts.channels.webhook import Webhook
from alerts.delivery import MOST
from alerts.letter import Channel, Letter
from alerts.routing import Route
from streams.outgoing import Answer, Mail, Outgoing, Post, Print
from streams.ports.clock import ManualClock
from streams.ports.sending import Outbasket
from streams.ports.store import Store
from streams.ports.store.outbox import Draft
from streams.secrets import Secret
from zhiban.config import ConfigError
from zhiban.sending import LEASE, Senders, build_channels

CHANNELS: dict[str, Channel] = {
    "mail": Email(host="x", sender="z@example.cn"),
    "hook": Webhook(url=Secret("https://hook.example/hunter2")),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    yield opened
    opened.close()


def put(store: Store, *letters: Letter, body: bytes | None = None) -> None:
    with store.write() as tx:
        tx.put_letters(
            [
                Draft(one.key, one.channel, one.to, one.written_at, msgspec.json.encode(one) if body is None else body)
                for one in letters
            ]
        )


def states(store: Store) -> dict[str, str]:
    with store.read() as tx:
        return {key: state for key, state, _ in tx.letters()}


def basket(code: int | Callable[[Outgoing], int]) -> Outbasket:
    return Outbasket(lambda _channel, outgoing: Answer(code=code if isinstance(code, int) else code(outgoing)))


async def test_each_letter_goes_once_in_its_channels_form(store: Store) -> None:
    put(store, letter(), letter(key="k2", channel="hook", to="-"))
    out = Outbasket()
    senders = Senders(store, ManualClock(T0), CHANNELS, out)
    assert [await senders.round(), await senders.round()] == [2, 0]
    assert {(channel, type(outgoing)) for channel, outgoing in out.sent} == {("mail", Mail), ("hook", Post)}
    assert states(store) == {"k1": "sent", "k2": "sent"}


async def test_a_refusal_is_final_and_a_failure_is_tried_until_three_days_are_over(store: Store) -> None:
    put(store, letter(), letter(key="k2", channel="hook", to="-"))
    clock, out = ManualClock(T0), basket(lambda one: 550 if isinstance(one, Mail) else 503)
    senders = Senders(store, clock, CHANNELS, out)
    for _ in range(MOST + 5):
        await senders.round()
        clock.set(clock.now() + timedelta(hours=2))
    found = states(store)
    assert (found["k1"], found["k2"]) == ("refused", "gave_up")
    assert [channel for channel, _ in out.sent].count("mail") == 1
    assert [channel for channel, _ in out.sent].count("hook") == MOST
    assert len({one.body for _, one in out.sent if isinstance(one, Post)}) == 1


async def test_a_letter_that_waited_for_a_week_has_its_tries_still(store: Store) -> None:
    put(store, letter())
    clock = ManualClock(T0 + timedelta(days=7))
    await Senders(store, clock, CHANNELS, basket(451)).round()
    assert states(store) == {"k1": "waiting"}


async def test_what_came_of_a_letter_is_written_later_where_it_cannot_be_now(store: Store) -> None:
    """As on a full disk: the letter is out, and that is not forgotten; it does not go out again."""
    put(store, letter(), letter(key="k2", channel="hook", to="-"))
    with store.write() as tx:
        refuse = (
            "create trigger full before update of attempts on outbox begin select raise(abort, 'disk is full'); end"
        )
        tx.connection.exec_driver_sql(refuse)
    clock, out = ManualClock(T0), Outbasket()
    senders = Senders(store, clock, CHANNELS, out)
    for _ in range(3):
        with pytest.raises(IntegrityError, match="disk is full"):
            await senders.round()
        clock.set(clock.now() + timedelta(minutes=5))
    assert states(store) == {"k1": "waiting", "k2": "waiting"}
    with store.write() as tx:
        tx.connection.exec_driver_sql("drop trigger full")
    await senders.round()
    assert states(store) == {"k1": "sent", "k2": "sent"}
    assert len(out.sent) == 2


async def test_one_broken_letter_or_channel_stops_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    put(store, letter(key="k0"), body=b"{}")
    put(store, letter(key="k1", channel="gone"), letter(key="k2", channel="hook", to="-"))

    def broken(_channel: str, _outgoing: Outgoing) -> Answer:
        raise RuntimeError("hunter2")

    await Senders(store, ManualClock(T0), CHANNELS, Outbasket(broken)).round()
    assert set(states(store).values()) == {"waiting"}
    await Senders(store, ManualClock(T0 + timedelta(minutes=1)), CHANNELS, Outbasket()).round()
    assert states(store) == {"k0": "waiting", "k1": "waiting", "k2": "sent"}
    assert "hunter2" not in caplog.text
    assert "k1" in caplog.text


async def test_the_console_can_be_shown_elsewhere(store: Store) -> None:
    shown: list[str] = []
    senders = Senders(store, ManualClock(T0), build_channels({}, "x", Path()), Outbasket())
    senders.show = shown.append
    assert (await senders.send("console", Print(text="一封信"))).code == 200
    assert shown == ["一封信"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"type": "pigeon"}, "expected one of"),
        ({"type": "email", "host": "x", "sender": "y", "security": "startls"}, "startls"),
        ({"type": "webhook", "url": "hunter2"}, "expected http"),
        ({"type": "webhook", "url": "https://x/hunter2", "secret": "hunter2!"}, "expected whsec_"),
        ({"type": "telegram", "token": "1:hunter2", "chat": "5"}, "chat"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_a_channel_that_cannot_work_is_named_at_the_start_without_its_secrets(
    table: dict[str, str], expected: str
) -> None:
    with pytest.raises(ConfigError, match=r"channels\.one") as raised:
        build_channels({"one": table}, "zhiban.toml", Path())
    assert expected in str(raised.value)
    assert "hunter2" not in str(raised.value)


OPERATORS = (
    Route(channel="mail", to="duty@example.cn", operator=True),
    Route(channel="hook", to="-", operator=True),
    Route(channel="mail", to="{contact}"),
)


async def test_the_operator_hears_of_a_letter_that_reached_nobody_by_every_other_way(store: Store) -> None:
    put(store, letter(to="wang@example.cn"), letter(key="k2", to="wang@example.cn"))
    out = basket(lambda one: 550 if isinstance(one, Mail) and one.to == "wang@example.cn" else 200)
    senders = Senders(store, ManualClock(T0), CHANNELS | {"console": Console()}, out, OPERATORS)
    while await senders.round():
        pass
    told = [(channel, one) for channel, one in out.sent if not (isinstance(one, Mail) and one.to == "wang@example.cn")]
    assert sorted(channel for channel, _ in told) == ["console", "hook", "mail"], "once a day, though two were refused"
    [printed] = [one for _, one in told if isinstance(one, Print)]
    assert "mail wa…@example.cn" in printed.text
    assert letter().subject in printed.text
    assert "550" in printed.text
    assert "wang@" not in printed.text


async def test_the_operator_hears_at_once_of_what_only_they_can_put_right_and_the_letter_still_arrives(
    store: Store,
) -> None:
    """A refused login: no waiting for three days until somebody is told."""
    put(store, letter(to="wang@example.cn"))
    clock, code = ManualClock(T0), [535]
    out = basket(lambda one: code[0] if isinstance(one, Mail) else 200)
    senders = Senders(store, clock, CHANNELS | {"console": Console()}, out, OPERATORS)
    for _ in range(4):
        await senders.round()
        clock.set(clock.now() + timedelta(minutes=5))
    told = {key.partition("/")[0]: state for key, state in states(store).items()}
    assert told["undelivered"] in {"sent", "waiting"}
    [printed] = [one for _, one in out.sent if isinstance(one, Print)]
    assert "535" in printed.text
    assert "登录" in printed.text
    code[0] = 250
    clock.set(clock.now() + timedelta(hours=1))
    await senders.round()
    assert states(store)["k1"] == "sent"


async def test_a_notice_that_reaches_nobody_makes_no_other(store: Store) -> None:
    put(store, letter(to="wang@example.cn"))
    clock = ManualClock(T0)
    senders = Senders(store, clock, CHANNELS | {"console": Console()}, basket(550), OPERATORS[:1])
    for _ in range(5):
        await senders.round()
        clock.set(clock.now() + timedelta(days=1))
    assert sorted(key.partition("/")[0] for key in states(store)) == ["k1", "undelivered", "undelivered"]


async def test_two_letters_in_a_row_that_reach_nobody_go_to_the_head_of_the_office(store: Store) -> None:
    head = (("hook", "head"),)
    put(store, *(letter(key=key, to="wang@example.cn", heads=head) for key in ("k1", "k2", "k3")))
    refused = {"left": 2}

    def answer(one: Outgoing) -> int:
        refused["left"] -= isinstance(one, Mail)
        return 550 if isinstance(one, Mail) and refused["left"] >= 0 else 200

    senders = Senders(store, ManualClock(T0), CHANNELS | {"console": Console()}, basket(answer))
    while await senders.round():
        pass
    above = [key.split("/")[1] for key in states(store) if key.startswith("heads/")]
    assert sorted(above) == ["k1", "k2"], "the third was delivered"


async def test_one_letter_that_reaches_nobody_between_others_that_do_stays_where_it_is(store: Store) -> None:
    put(store, *(letter(key=key, to="wang@example.cn", heads=(("hook", "head"),)) for key in ("k1", "k2", "k3")))
    turns = iter([550, 200, 550])
    out = basket(lambda one: next(turns) if isinstance(one, Mail) else 200)
    senders = Senders(store, ManualClock(T0), CHANNELS | {"console": Console()}, out)
    while await senders.round():
        pass
    assert not [key for key in states(store) if key.startswith("heads/")]


async def test_a_letter_whose_sender_died_with_it_is_said_to_be_perhaps_a_repeat(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, letter(channel="hook", to="-"), letter(key="k2", channel="hook", to="other"))
    with store.write() as tx:
        assert [one.unsure for one in tx.claim_letters(T0, T0 + LEASE, 1)] == [False]
    out = Outbasket()
    clock = ManualClock(T0)
    senders = Senders(store, clock, CHANNELS, out)
    assert await senders.round() == 1, "the other one; this one may be on its way"
    clock.set(T0 + LEASE)
    assert await senders.round() == 1
    assert states(store) == {"k1": "sent", "k2": "sent"}
    assert "letter k1 by hook: sent, perhaps for the second time; both bear the same key" in caplog.text
    assert "k2" not in caplog.text
    with store.read() as tx:
        assert tx.perhaps_twice() == 1
        assert tx.letter_states(["k1"]) == {"k1": ("sent", "200 ")}


async def test_a_doubt_stays_until_the_letter_is_sent(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    put(store, letter(channel="hook", to="-"))
    clock, answers = ManualClock(T0), [Answer(code=0, unsure=True), Answer(code=503), Answer(code=200)]
    senders = Senders(store, clock, CHANNELS, Outbasket(lambda _channel, _outgoing: answers.pop(0)))
    for _ in range(3):
        await senders.round()
        clock.set(clock.now() + timedelta(hours=1))
    assert caplog.text.count("It may have been taken") == 1
    assert "perhaps for the second time" in caplog.text


async def test_letters_by_a_channel_that_is_gone_are_told_of_soon(store: Store) -> None:
    put(store, letter(channel="gone"))
    clock, out = ManualClock(T0), Outbasket()
    senders = Senders(store, clock, CHANNELS | {"console": Console()}, out)
    for _ in range(4):
        await senders.round()
        clock.set(clock.now() + timedelta(minutes=5))
    [printed] = [one for _, one in out.sent if isinstance(one, Print)]
    assert "no such channel in the configuration" in printed.text
