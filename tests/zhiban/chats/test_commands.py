"""What a command answers, where the hub of `test_listening.py` does not ask it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ledgers import CLAUSES, T0, Ledger

from alerts.board import Language, Settings
from alerts.desk import Desk
from alerts.routing import Recipient, Route
from streams.ports.store import open_store
from zhiban.chats.commands import answer
from zhiban.chats.room import Room

DAY = timedelta(days=1)
OPERATORS = (Route(channel="bot", to="303", operator=True),)


def test_an_answer_about_names_full_of_markup_is_whole_and_fits(tmp_path: Path) -> None:
    names = [f"{number}{'&' * 150}" for number in range(12)]
    ledger = Ledger().registered(*names)
    for number, name in enumerate(names):
        ledger.opens(name, T0, id=f"{number:020x}")
    desk = Desk(Settings(routes=OPERATORS), Language("zh", CLAUSES), {})
    desk.turn(ledger.findings, T0 + DAY, complete=True)
    room = Room(Recipient("bot", "303"), desk.board, OPERATORS)
    store = open_store(f"sqlite:///{tmp_path / 'chat.db'}")
    with store.write() as tx:
        said = answer(tx, T0 + DAY, room, "李", "/status")
    store.close()
    head, *lines, more = said.split("\n")
    assert len(said) <= 4096
    assert "单项否决 12 项" in head
    assert lines
    assert all(line.count("&") == line.count("&amp;") > 0 for line in lines)
    assert str(12 - len(lines)) in more
