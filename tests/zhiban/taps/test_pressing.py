"""What a press does: one fact for each letter and reader, in the right log, and nothing for anybody else's token."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from ledgers import CLAUSES, T0
from letters import POINT, letter
from tapping import HERS, LAST, ME, MINE, NOW, OVER, RING, SETTINGS, SHE, city, facts, folded, link, presses

from alerts.alert import OPEN, Alert
from alerts.board import Language
from alerts.letter import Reason
from alerts.questions import shown
from alerts.routing import Recipient
from alerts.taps import OF_POSTS, OF_REQUESTS, BadTap, Button, Ring, token
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.ports.store.outbox import Draft
from streams.records import DESK, Fact, FactKind
from zhiban.deeds import NotDone
from zhiban.deskwork import DeskWork
from zhiban.subscribing import gone
from zhiban.taps.cases import KINDS


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = city(request.getfixturevalue("postgres") if request.param == "postgres" else tmp_path / "city.db")
    yield made
    made.close()


@pytest.mark.parametrize("button", sorted(set(KINDS) - OF_POSTS - OF_REQUESTS))
def test_each_button_is_a_fact_of_its_subject_by_its_reader(store: Store, button: Button) -> None:
    at_work = presses(store)
    pressed = at_work.press(at_work.opened(link(button)), "数字有误")
    text = "数字有误"
    assert facts(store, "甲") == [Fact(kind=KINDS[button], matter=MINE, by="甲***@x (mail)", text=text)]
    assert (pressed.fresh, pressed.said.by, pressed.said.at) == (True, "甲***@x (mail)", NOW)
    assert pressed.case.title == "甲发布：超过 14 天未更新"


def test_the_same_link_again_changes_nothing_before_and_after_it_is_in_the_ledger(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(link(Button.ACK))
    first = at_work.press(tap)
    again = at_work.press(tap)
    folded(store)
    third = at_work.press(tap)
    assert [one.fresh for one in (first, again, third)] == [True, False, False]
    assert again.said == third.said == first.said
    assert len(facts(store, "甲")) == 1
    assert [one.kind for one in at_work.case(tap).said] == ["acknowledged"]


def test_eight_presses_at_once_are_one_fact(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(link(Button.FIXED))
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: at_work.press(tap).fresh, range(8)))
    assert (done.count(True), len(facts(store, "甲"))) == (1, 1)


def test_a_later_letters_link_counts_anew_and_another_button_too(store: Store) -> None:
    """An acknowledgement ends: whoever is written to again, may acknowledge again."""
    clock = ManualClock(NOW)
    at_work = presses(store, clock)
    at_work.press(at_work.opened(link(Button.ACK)))
    at_work.press(at_work.opened(link(Button.FIXED)))
    clock.set(T0 + timedelta(days=5))
    later = at_work.press(at_work.opened(link(Button.ACK, until=T0 + timedelta(days=4) + LAST)))
    assert later.fresh
    assert [fact.kind for fact in facts(store, "甲")] == [FactKind.ACKNOWLEDGED, FactKind.FIXED, FactKind.ACKNOWLEDGED]


def test_what_others_said_is_shown_and_keeps_nobody_from_it(store: Store) -> None:
    with store.write() as tx:
        from zhiban.deeds import say_of_alert_within

        say_of_alert_within(tx, NOW, FactKind.ASSIGNED, MINE, "李四", "张三")
    at_work = presses(store)
    pressed = at_work.press(at_work.opened(link(Button.ACK)))
    assert pressed.fresh
    assert [(one.kind, one.by) for one in pressed.case.said] == [("assigned", "李四")]


def test_a_dismissal_needs_a_reason(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(link(Button.DISMISS))
    for reason, key in (("", "no_reason"), ("  ", "no_reason"), ("长" * 501, "long")):
        with pytest.raises(NotDone) as refused:
            at_work.press(tap, reason)
        assert refused.value.key == key
    assert facts(store, "甲") == []


def test_what_is_over_is_refused(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(link(Button.ACK, OVER, Recipient("mail", "丙@x")))
    assert at_work.case(tap).closed_at == NOW
    with pytest.raises(NotDone) as refused:
        at_work.press(tap)
    assert refused.value.key == "closed"


@pytest.mark.parametrize(
    "text",
    [
        link(Button.ACK, MINE, SHE),  # she was not written to about mine
        link(Button.ACK, HERS, ME),
        link(Button.ACK, "dd" * 10),
        link(Button.ACK, MINE, Recipient("sms", ME.to)),
    ],
    ids=["another reader", "another matter", "no such matter", "another channel"],
)
def test_what_was_never_sent_does_nothing(store: Store, text: str) -> None:
    """Signed by our key, yet no letter ever carried it."""
    at_work = presses(store)
    tap = at_work.opened(text)
    for work in (at_work.case, at_work.press):
        with pytest.raises(BadTap, match="forged"):
            work(tap)
    assert facts(store, "甲") == facts(store, "乙") == []


def test_keys_are_changed_without_a_letter_lost(store: Store) -> None:
    both = Ring({1: b"k" * 32, 2: b"n" * 32})
    at_work = presses(store, ring=both)
    new = token(both, Button.FIXED, MINE, ME, T0 + LAST)
    assert [at_work.press(at_work.opened(text)).fresh for text in (link(Button.ACK), new)] == [True, True]
    with pytest.raises(BadTap):
        presses(store, ring=RING).opened(new)


def test_no_more_digests_is_a_fact_of_the_desk_once(store: Store) -> None:
    at_work = presses(store)
    tap = at_work.opened(link(Button.LEAVE, reader=ME))
    assert [at_work.subscriber(tap).left_at, *(at_work.subscribe(tap).left_at for _ in range(2))] == [None, NOW, NOW]
    assert at_work.subscriber(tap).reader == ME
    assert facts(store, DESK) == [Fact(kind=FactKind.UNSUBSCRIBED, matter="mail", text="甲@x", by="甲***@x (mail)")]
    with store.read() as tx:
        assert gone(tx) == {ME: NOW}
    folded(store)
    assert at_work.subscribe(tap).left_at == NOW
    with store.read() as tx:
        assert gone(tx) == {ME: NOW}
    assert len(facts(store, DESK)) == 1
    with pytest.raises(BadTap):
        at_work.subscribe(at_work.opened(link(Button.LEAVE, reader=Recipient("mail", "who@x"))))


def test_whoever_left_comes_back_by_the_button_of_the_page_and_may_leave_again(store: Store) -> None:
    """Each word once, whether the ledger has taken the one before up or not; the last one counts."""
    clock = ManualClock(NOW)
    at_work = presses(store, clock)
    leave = at_work.opened(link(Button.LEAVE, reader=ME))
    seen = []
    for minute, takes_up in enumerate((False, True, False, True)):
        clock.set(NOW + timedelta(minutes=minute))
        one = at_work.subscribe(leave)
        back = at_work.opened(one.other)
        assert (back.button, back.until, one.left_at) == (Button.JOIN, leave.until, clock.now())
        seen += [at_work.subscribe(back).left_at, at_work.subscribe(back).left_at]
        if takes_up:
            folded(store)
    assert seen == [None] * 8
    assert [fact.kind for fact in facts(store, DESK)] == [FactKind.UNSUBSCRIBED, FactKind.SUBSCRIBED] * 4
    with store.read() as tx:
        assert gone(tx) == {}
    with pytest.raises(BadTap):
        at_work.subscribe(at_work.opened(link(Button.JOIN, reader=Recipient("mail", "who@x"))))


@pytest.mark.parametrize(
    ("to", "seen"),
    [
        ("wangfang@example.cn", "w***g@example.cn"),
        ("li@x", "l***@x"),
        ("13812345678", "138****5678"),
        ("0917-3260", "09****60"),
        ("-1001234567890", "100****7890"),
        ("ops", "ops"),
        ("oc_84fa", "oc***a"),
    ],
)
def test_a_reader_is_shown_without_the_middle(to: str, seen: str) -> None:
    assert shown(Recipient("mail", to)) == f"{seen} (mail)"


def test_a_letter_of_another_kind_has_good_links_too(store: Store) -> None:
    """One that the desk remembers with no alert: what lapses before a holiday, or what came beyond the limit."""
    other = Recipient("mail", "head@x")
    point = msgspec.structs.replace(POINT, alert=MINE)
    sweep = letter(channel=other.channel, to=other.to, written_at=T0, reason=Reason.SWEEP, points=(point,))
    with store.write() as tx:
        tx.put_letters([Draft(sweep.key, sweep.channel, sweep.to, sweep.written_at, msgspec.json.encode(sweep))])
    at_work = presses(store)
    assert at_work.press(at_work.opened(link(Button.ACK, MINE, other))).fresh
    with pytest.raises(BadTap):
        at_work.press(at_work.opened(link(Button.ACK, HERS, other)))


def test_what_is_asked_for_stands_in_the_alerts_history_and_changes_nothing_else(store: Store) -> None:
    at_work = presses(store)
    at_work.press(at_work.opened(link(Button.EXEMPT)), "列表由上级统一发布")
    folded(store)
    with store.write() as tx:
        tx.set_progress(0, tx.progress(0)[0], NOW + timedelta(hours=1))
    desk = DeskWork(store, SETTINGS, Language("zh", CLAUSES))
    desk.turn()
    alert = desk.board().get(Alert, MINE)
    assert alert is not None
    assert [(step.what, step.by, step.text) for step in alert.history if step.by] == [
        ("exempt", "甲***@x (mail)", "列表由上级统一发布")
    ]
    assert alert.state == OPEN
