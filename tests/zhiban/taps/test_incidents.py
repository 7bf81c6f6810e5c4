"""An incident acknowledged by its link, on the command line's way in, by a text's code and in a chat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from ledgers import CLAUSES, RELAY, ROUTES, T0, Ledger
from stores import new_store
from tapping import LAST, LINKS, RING, facts, folded

from alerts.board import Language, Settings
from alerts.incidents import Incident, incident_id
from alerts.letter import Letter, Reason
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, linked, matters_of, token
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import DESK, Fact, FactKind, Position
from zhiban.chats.commands import answer
from zhiban.chats.room import Room
from zhiban.deeds import NotDone, say_of_alert
from zhiban.deskwork import DeskWork
from zhiban.taps.answering import Taken, take
from zhiban.taps.codes import give
from zhiban.taps.pressing import Presses

DOWN = incident_id(RELAY, T0)
OPS = Recipient("mail", "operator@x")
NOW = T0 + timedelta(hours=1)
SETTINGS = Settings(routes=ROUTES)
NAMES = [f"号{number}" for number in range(6)]


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Six accounts of one relay that fails since T0; the operator was told."""
    where = request.getfixturevalue("postgres") if request.param == "postgres" else f"sqlite:///{tmp_path / 'i.db'}"
    made = new_store(where)
    ledger = Ledger().registered(*NAMES)
    for name in NAMES:
        ledger.turned(name, "good", T0 - timedelta(hours=1)).turned(name, "failed", T0)
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(ledger.findings)
        tx.set_progress(0, Position(1, 0), NOW)
    turn(made)
    yield made
    made.close()


def turn(store: Store) -> None:
    DeskWork(store, SETTINGS, Language("zh", CLAUSES)).turn()


def presses(store: Store) -> Presses:
    return Presses(store, ManualClock(NOW), RING, LAST, SETTINGS, Language("zh", CLAUSES))


def letter(store: Store) -> Letter:
    with store.read() as tx:
        found = [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
    return next(one for one in found if one.reason is Reason.INCIDENT)


def test_its_letter_has_one_button_that_acknowledges_it_once(store: Store) -> None:
    (action,) = linked(letter(store), LINKS).points[0].actions
    at_work = presses(store)
    tap = at_work.opened(action.url.rpartition("/")[2])
    case = at_work.case(tap)
    assert (tap.button, case.title, case.level) == (Button.ACK, f"采集异常：{RELAY}", "unknown")
    assert [at_work.press(tap).fresh for _ in range(2)] == [True, False]
    folded(store)
    assert not at_work.press(tap).fresh
    assert facts(store, DESK) == [Fact(kind=FactKind.ACKNOWLEDGED, matter=DOWN, by="o***r@x (mail)")]
    with store.write() as tx:
        tx.set_progress(0, tx.progress(0)[0], NOW + timedelta(minutes=1))
    turn(store)
    with store.read() as tx:
        held = msgspec.json.decode(tx.desk_values([("incident", DOWN)])["incident", DOWN], type=Incident)
    assert (held.in_hand, held.by, held.history[-1].at) == (True, "o***r@x (mail)", NOW)


def test_nobody_else_and_no_other_button(store: Store) -> None:
    at_work = presses(store)
    for button, reader in ((Button.FIXED, OPS), (Button.DISMISS, OPS), (Button.ACK, Recipient("mail", "号0@x"))):
        with pytest.raises(BadTap, match="forged"):
            at_work.press(at_work.opened(token(RING, button, DOWN, reader, T0 + LAST)), "因为")
    assert facts(store, DESK) == []


def test_the_one_way_in_takes_an_acknowledgement_and_refuses_the_rest_by_name(store: Store) -> None:
    done = say_of_alert(store, NOW, FactKind.ACKNOWLEDGED, DOWN[:6], "李", until=NOW + timedelta(days=2))
    assert (done.id, done.subject, done.at) == (DOWN, DESK, NOW)
    for kind in (FactKind.FIXED, FactKind.DISMISSED, FactKind.EXEMPT, FactKind.GRANTED, FactKind.ASSIGNED):
        with pytest.raises(NotDone, match="只能认领") as refused:
            say_of_alert(store, NOW, kind, DOWN, "李", "因为")
        assert refused.value.key == "incident"
    assert [one.kind for one in facts(store, DESK)] == [FactKind.ACKNOWLEDGED]


def test_one_that_is_over_is_refused(store: Store) -> None:
    with store.write() as tx:
        incident = msgspec.json.decode(tx.desk_values([("incident", DOWN)])["incident", DOWN], type=Incident)
        over = msgspec.structs.replace(incident, closed_at=NOW)
        tx.save_desk(tx.desk_turns(), {("incident", DOWN): msgspec.json.encode(over)})
    with pytest.raises(NotDone, match="已于 2026-03-02 11:00 解除"):
        say_of_alert(store, NOW, FactKind.ACKNOWLEDGED, DOWN, "李")


def test_a_texts_code_and_a_chat_acknowledge_it(store: Store) -> None:
    told = msgspec.structs.replace(letter(store), channel="sms", to="13812345678")
    assert matters_of(told) == (DOWN,)
    with store.write() as tx:
        code = give(tx, told, LAST, NOW)
        assert take(tx, "13812345678", code, "r1", NOW) == Taken(1, 0)
    room = Room(OPS, DeskWork(store, SETTINGS, Language("zh", CLAUSES)).board(), ROUTES)
    with store.write() as tx:
        assert answer(tx, NOW, room, "王芳 (bot)", f"/ack {DOWN[:8]}") == f"已登记：采集异常：{RELAY}"
        assert "此前已登记" in answer(tx, NOW, room, "王芳 (bot)", f"/ack {DOWN[:8]}")
        stranger = Room(Recipient("mail", "号0@x"), room.board, ROUTES)
        assert "已登记" not in answer(tx, NOW, stranger, "某", f"/ack {DOWN[:8]}")
    assert [one.by for one in facts(store, DESK)] == ["138****5678 (sms)", "王芳 (bot)"]
