"""A bot that listens: each update is done once, across restarts; only chats that are named may do anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import posts
import pytest
from ledgers import CLAUSES, T0, Ledger
from posts import asked_city, post_link
from stores import new_store
from tapping import LAST, RING, facts, folded
from telegrams import Api, telegram

from alerts.board import Language, Settings
from alerts.channels.telegram import Telegram
from alerts.routing import Recipient, Route
from alerts.taps import Button, token
from streams.findings import Event, Grade
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import DESK, FactKind, Position
from streams.rows import Row
from streams.secrets import Secret
from zhiban.chats.listening import Listener
from zhiban.chats.turns import LEASE, WAIT, Turn
from zhiban.deskwork import DeskWork
from zhiban.taps.pressing import Presses

NOW = T0 + timedelta(hours=1)
MINE, SOON, HERS, OVER = "aa" * 10, "ab" * 10, "bb" * 10, "cc" * 10
ME, SHE, OPS, NOBODY = 101, 202, 303, 999
ROUTES = (
    Route(channel="bot", to="{contact}"),
    Route(channel="bot", to=str(OPS), operator=True),
)
SETTINGS = Settings(routes=ROUTES)
SPOKEN = Language("zh", CLAUSES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """甲 is mine, 乙 hers; one of each is open, one of mine is soon due, and hers of old is over."""
    made = new_store(f"sqlite:///{tmp_path / 'chat.db'}")
    ledger = Ledger()
    for name, chat in (("甲", ME), ("乙", SHE)):
        args = {"id": name, "name": f"{name}<b>发布", "kind": "account", "unit": f"{name}局", "contact": str(chat)}
        ledger._add(name, T0 - timedelta(days=1), Event.SIGNALS, "REGISTRY", why="registered", args=args)
    ledger.opens("甲", T0, id=MINE).opens("乙", T0, id=HERS).opens("乙", T0, rule="MED-OLD", id=OVER)
    ledger.opens("甲", T0, Grade.DUE_SOON, "MED-NEARDUE", "due_soon", id=SOON)
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(ledger.findings)
        tx.set_progress(0, Position(1, 0), T0 + timedelta(days=1))
        tx.save({0: {name: (Row(name), Row(name, None, Position(1, 0), T0, 50, "1", {}), ()) for name in "甲乙"}})
    DeskWork(made, SETTINGS, SPOKEN).turn()
    with made.write() as tx:
        tx.add_findings([one for one in ledger.closes("乙", NOW, "MED-OLD").findings if one.time == NOW])
    yield made
    made.close()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with telegram() as found:
        yield found


class Hub:
    """A listener and what it made of strangers; another begins where the one before ended."""

    def __init__(self, store: Store, api: Api) -> None:
        self.strangers = 0
        self.all: list[Listener] = []
        self.clock = ManualClock(T0 + timedelta(days=1))
        self._store, self._api = store, api
        self.again()

    def again(self, holder: str = "") -> None:
        """As after a restart; with a `holder`, as one of several."""
        turn = Turn(self._store, self.clock, "bot", holder) if holder else None
        channel = Telegram(token=Secret("1:hunter2"), listen=True, base_url=self._api.url)
        presses = Presses(self._store, self.clock, RING, LAST, SETTINGS, SPOKEN)

        def stranger() -> None:
            self.strangers += 1

        self.one = Listener(
            self._store, self.clock, "bot", channel, presses, SETTINGS, SPOKEN, stranger, poll=0, turn=turn
        )
        self.all.append(self.one)

    async def round(self) -> float:
        return await self.one.round()

    async def ask(self, chat: int, text: str) -> str:
        """A message and its answer."""
        before = len(self._api.told("sendMessage"))
        self._api.says(chat, text)
        await self.round()
        return "\n".join(str(one["text"]) for one in self._api.told("sendMessage")[before:])


@pytest.fixture
async def hub(store: Store, api: Api) -> AsyncIterator[Hub]:
    made = Hub(store, api)
    yield made
    for one in made.all:
        await one.aclose()


def data(button: Button, matter: str = MINE, chat: int = ME) -> str:
    return token(RING, button, matter, Recipient("bot", str(chat)), T0 + LAST)


def kinds(store: Store, subject: str) -> list[FactKind]:
    return [fact.kind for fact in facts(store, subject)]


async def test_a_pressed_button_is_done_ticked_and_said(hub: Hub, api: Api, store: Store) -> None:
    ack, fixed = data(Button.ACK), data(Button.FIXED)
    api.presses(ME, ack, [[("知道了", ack), ("已更新，请再看", fixed)]])
    await hub.round()
    (fact,) = facts(store, "甲")
    assert (fact.kind, fact.matter, fact.by) == (FactKind.ACKNOWLEDGED, MINE, "王芳 (bot)")
    assert [one["text"] for one in api.told("answerCallbackQuery")] == ["已登记：知道了"]
    (row,) = api.told("editMessageReplyMarkup")[0]["reply_markup"]["inline_keyboard"]
    assert [key["text"] for key in row] == ["✓ 知道了", "已更新，请再看"]
    assert [key["callback_data"] for key in row] == [ack, fixed]
    api.presses(ME, ack)
    await hub.round()
    assert api.told("answerCallbackQuery")[-1]["text"] == "此前已登记：知道了"
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED]


async def test_a_restart_neither_loses_nor_repeats(hub: Hub, api: Api, store: Store) -> None:
    """What was done before the crash, and was not confirmed to Telegram, comes again and is passed over."""
    api.says(ME, f"/mute {MINE[:8]} 2d 改版")
    held = list(api.updates)
    await hub.round()
    assert kinds(store, DESK) == [FactKind.SILENCED]
    hub.again()
    api.updates = held  # as if our next offset had never reached it
    api.presses(ME, data(Button.FIXED))
    await hub.round()
    await hub.round()
    assert kinds(store, DESK) == [FactKind.SILENCED]
    assert kinds(store, "甲") == [FactKind.FIXED]
    assert [form["offset"] for form in api.told("getUpdates")][-1] == str(api._number + 1)
    assert len(api.told("sendMessage")) == 1


async def test_a_crash_between_hearing_and_doing_loses_nothing(hub: Hub, api: Api, store: Store) -> None:
    api.presses(ME, data(Button.ACK))
    with store.write() as tx:
        tx.connection.exec_driver_sql("alter table log rename to elsewhere")
    assert await hub.round() >= 5
    with store.write() as tx:
        tx.connection.exec_driver_sql("alter table elsewhere rename to log")
    hub.again()
    assert await hub.round() == 0
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED]


@pytest.mark.parametrize(
    ("chat", "pressed", "words"),
    [
        (ME, data(Button.ACK, HERS, SHE), "这个按钮已失效"),  # forwarded to me
        (ME, data(Button.ACK, HERS, ME), "这个按钮已失效"),  # I was never told of hers
        (ME, "x" * 44, "这个按钮已失效"),
        (ME, "", "这个按钮已失效"),
        (SHE, data(Button.ACK, OVER, SHE), "已解除，无需处理"),
        (SHE, data(Button.DISMISS, OVER, SHE), "已解除，无需处理"),
        (NOBODY, data(Button.ACK), f"把对话编号 {NOBODY} 告诉"),
    ],
    ids=["forwarded", "not told", "forged", "empty", "over", "over too", "stranger"],
)
async def test_what_may_not_be_pressed(hub: Hub, api: Api, store: Store, chat: int, pressed: str, words: str) -> None:
    api.presses(chat, pressed)
    await hub.round()
    if pressed:
        assert words in api.told("answerCallbackQuery")[0]["text"]
    assert api.told("editMessageReplyMarkup") == []
    assert facts(store, "甲") == facts(store, "乙") == []


async def test_a_button_ends_with_its_time(hub: Hub, api: Api, store: Store) -> None:
    hub.clock.set(T0 + LAST)
    api.presses(ME, data(Button.ACK))
    await hub.round()
    assert "已失效" in api.told("answerCallbackQuery")[0]["text"]
    assert facts(store, "甲") == []


async def test_a_false_alarm_is_asked_why(hub: Hub, api: Api, store: Store) -> None:
    api.presses(ME, data(Button.DISMISS))
    await hub.round()
    (question,) = api.told("sendMessage")
    assert question["reply_markup"] == {"force_reply": True, "selective": True}
    assert "甲&lt;b&gt;发布" in question["text"]
    assert MINE in question["text"]
    assert facts(store, "甲") == []
    api.says(ME, "首页今天更新了 <i>", answers=str(question["text"]))
    await hub.round()
    (fact,) = facts(store, "甲")
    assert (fact.kind, fact.text, fact.by) == (FactKind.DISMISSED, "首页今天更新了 <i>", "王芳 (bot)")
    api.says(SHE, "也不对", answers=str(question["text"]))  # of an alert that she was not told of
    await hub.round()
    assert "应为本对话收到过的告警编号" in api.told("sendMessage")[-1]["text"]
    assert len(facts(store, "甲")) == 1


async def test_strangers_are_told_once_and_counted(hub: Hub, api: Api, store: Store) -> None:
    first = await hub.ask(NOBODY, "/status")
    assert f"把对话编号 {NOBODY} 告诉值班管理员" in first
    assert await hub.ask(NOBODY, f"/ack {MINE}") == ""
    assert await hub.ask(NOBODY, "你好") == ""
    assert (hub.strangers, facts(store, "甲")) == (3, [])


async def test_each_chat_hears_of_what_it_was_told(hub: Hub) -> None:
    mine, hers, all_of_it = [await hub.ask(chat, "/status") for chat in (ME, SHE, OPS)]
    assert "单项否决 1 项，临期 1 项" in mine
    assert MINE[:8] in mine
    assert HERS[:8] not in mine
    assert HERS[:8] in hers
    assert MINE[:8] not in hers
    assert MINE[:8] in all_of_it
    assert HERS[:8] in all_of_it
    assert "甲&lt;b&gt;发布" in mine  # what a page calls itself is not obeyed


async def test_what_is_soon_due_and_the_week(hub: Hub) -> None:
    due = await hub.ask(ME, "/due@zhiban_bot")
    assert "即将到期 1 项" in due
    assert "最后安全日 2026-02-24（星期二）" in due
    assert await hub.ask(SHE, "/due") == "<b>没有即将到期的事项</b>"
    assert await hub.ask(SHE, "/week") == "近 7 天：新增 2 项，解除 1 项；现有 1 项，7 天内到期 0 项"


async def test_acknowledge_by_a_command(hub: Hub, store: Store) -> None:
    assert "甲&lt;b&gt;发布" in await hub.ask(ME, f"/ack {MINE[:4]}")
    assert "此前已登记" in await hub.ask(ME, f"/ACK {MINE}")
    folded(store)
    assert "此前已登记" in await hub.ask(ME, f"/ack {MINE}")
    for wrong in ("", "aa", HERS, OVER, "<b>", "*"):
        assert "应为本对话收到过的告警编号" in await hub.ask(ME, f"/ack {wrong}")
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED]
    assert kinds(store, "乙") == []
    assert "已登记" in await hub.ask(OPS, f"/ack {HERS}")  # the operator may


async def test_mute_for_a_while_and_a_reason(hub: Hub, store: Store) -> None:
    assert "已静默至 2026-03-05 10:00" in await hub.ask(ME, f"/mute {MINE[:6]} 2d 网站改版")
    (fact,) = facts(store, DESK)
    assert fact.silence is not None
    assert (fact.text, fact.silence.subject, fact.silence.rule) == ("网站改版", "甲", "MED-STALE")
    for wrong in (
        "",
        MINE,
        f"{MINE} 2d",
        f"{MINE} 2x 改版",
        f"{MINE} 31d 改版",
        f"{MINE} 59m 改版",
        f"{MINE} {'9' * 400}d x",
    ):
        assert "写法：/mute" in await hub.ask(ME, f"/mute {wrong}")
    assert "应为本对话" in await hub.ask(ME, f"/mute {HERS} 2d 改版")
    assert len(facts(store, DESK)) == 1


async def test_anything_else_is_answered_by_what_there_is_or_not_at_all(hub: Hub, api: Api) -> None:
    assert "可用的命令" in await hub.ask(ME, "/start")
    assert await hub.ask(ME, "收到") == ""
    api.edits()
    assert await hub.round() == 0
    assert api.told("getUpdates")[0]["allowed_updates"] == '["message", "callback_query"]'


@pytest.mark.parametrize(
    ("status", "body", "rest"),
    [(429, {"parameters": {"retry_after": 33}}, 33), (500, {}, 5), (409, {}, 5), (401, {}, 5)],
)
async def test_an_api_that_answers_badly_is_asked_again_later(
    hub: Hub, api: Api, caplog: pytest.LogCaptureFixture, status: int, body: dict[str, Any], rest: float
) -> None:
    api.faults = [(status, body)] * 3
    rests = [await hub.round() for _ in range(4)]
    assert (rests[0], rests[3]) == (rest, 0)
    assert rests[1] >= rests[0]
    assert "hunter2" not in caplog.text


async def test_a_bot_listens_on_whatever_a_round_runs_into(
    hub: Hub, api: Api, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with store.write() as tx:
        tx.set_meta("telegram.next/bot", "hunter2")
    api.says(ME, f"/ack {MINE}")
    assert await hub.round() > 0
    assert "a round of listening failed: ValueError" in caplog.text
    assert "hunter2" not in caplog.text
    with store.write() as tx:
        tx.set_meta("telegram.next/bot", "0")
    assert await hub.round() == 0
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED]


async def test_an_answer_that_cannot_be_sent_undoes_nothing(hub: Hub, api: Api, store: Store) -> None:
    api.says(ME, f"/ack {MINE}")
    number = api._number
    listening = hub.one
    heard = await listening._ears.hear(Secret("1:x"), 0, api.url, 0)
    assert isinstance(heard, list)
    saying = listening.take(heard[0])
    api.faults = [(403, {})]
    assert saying is not None
    await listening._say(heard[0], saying)
    assert listening.take(heard[0]) is None
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED]
    assert heard[0].number == number


async def test_a_contact_answers_in_the_chat_whether_the_post_is_still_theirs(api: Api, tmp_path: Path) -> None:
    store = asked_city(tmp_path / "posts.db")
    clock = ManualClock(posts.NOW)
    presses = posts.presses(store, clock)
    channel = Telegram(token=Secret("1:hunter2"), listen=True, base_url=api.url)
    one = Listener(store, clock, "bot", channel, presses, posts.SETTINGS, posts.SPOKEN, poll=0)
    api.presses(ME, post_link(Button.VACATED, Recipient("bot", posts.CHAT)))
    api.presses(ME, post_link(Button.VACATED, posts.ME))  # another's
    await one.round()
    await one.aclose()
    assert next(told["text"] for told in api.told("answerCallbackQuery")) == "已登记：不再由我负责"
    assert [(fact.kind, fact.text, fact.by) for fact in facts(store, DESK)] == [
        (FactKind.CONTACT_LEFT, posts.CHAT, "王芳 (bot)")
    ]
    store.close()


def two(hub: Hub) -> list[Listener]:
    """Two processes that could listen to the same bot."""
    for holder in ("first", "second"):
        hub.again(holder)
    return hub.all[-2:]


async def test_of_two_one_listens_until_its_lease_is_over(hub: Hub, api: Api) -> None:
    first, second = two(hub)
    assert [await first.round(), await second.round()] == [0, WAIT]
    hub.clock.set(hub.clock.now() + LEASE / 2)
    assert [await first.round(), await second.round()] == [0, WAIT], "taken again with each question"
    hub.clock.set(hub.clock.now() + LEASE)
    assert [await second.round(), await first.round()] == [0, WAIT]
    assert len(api.told("getUpdates")) == 3


async def test_whoever_slept_too_long_does_nothing_of_what_it_heard(hub: Hub, api: Api, store: Store) -> None:
    first, second = two(hub)
    api.presses(ME, data(Button.ACK))
    assert await first.round() == 0
    api.presses(ME, data(Button.FIXED))
    heard = await first._ears.hear(Secret("1:x"), 0, api.url, 0)
    assert isinstance(heard, list)
    hub.clock.set(hub.clock.now() + LEASE)
    assert second._turn is not None
    assert second._turn.take()
    assert {first.take(one) for one in heard} == {None}
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED], "it is the other's to do"
    assert await second.round() == 0
    assert kinds(store, "甲") == [FactKind.ACKNOWLEDGED, FactKind.FIXED]
    assert len(api.told("answerCallbackQuery")) == 2


async def test_a_turn_is_given_back_by_whoever_ends(hub: Hub, api: Api) -> None:
    first, second = two(hub)
    listening = asyncio.create_task(first.listen())
    while not api.told("getUpdates"):  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    assert await second.round() == WAIT
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert await second.round() == 0


def test_a_turn_that_was_given_back_is_not_taken_by_a_thread_that_was_about_to(hub: Hub, store: Store) -> None:
    turn, other = (Turn(store, hub.clock, "bot", holder) for holder in ("first", "second"))
    assert turn.take()
    turn.give_back()
    assert not turn.take()
    assert other.take()


async def test_a_turn_that_cannot_be_given_back_ends_by_itself(
    hub: Hub, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = two(hub)
    with store.write() as tx:
        tx.connection.exec_driver_sql("drop table leases")
    await first._leave()
    assert "the turn to listen is kept until it ends: OperationalError" in caplog.text
