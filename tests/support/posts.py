"""A city whose contacts were asked on the first working morning of April whether they still hold their posts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ledgers import CLAUSES, Ledger
from stores import new_store
from tapping import LAST, RING

from alerts.board import Language, Settings
from alerts.contacts import contact_id
from alerts.routing import Recipient, Route
from alerts.taps import Button, token
from streams.findings import Event
from streams.ports.clock import Clock, ManualClock
from streams.ports.store import Store
from streams.records import Position
from zhiban.deskwork import DeskWork
from zhiban.taps.pressing import Presses

ASKED_AT = datetime.fromisoformat("2026-04-01T09:00:00+08:00")
NOW = datetime.fromisoformat("2026-04-02T10:00:00+08:00")
JULY = datetime.fromisoformat("2026-07-01T00:00:00+08:00")
PHONE, CHAT = "13812345678", "101"
ROUTES = (
    Route(channel="sms", to="{contact}", units=("丙*",)),
    Route(channel="bot", to="{contact}", units=("丁*",)),
    Route(channel="mail", to="{contact}"),
    Route(channel="mail", to="head@x", rung=1),
    Route(channel="mail", to="operator@x", operator=True),
)
SETTINGS = Settings(routes=ROUTES, confirm_contacts=True)
SPOKEN = Language("zh", CLAUSES)
ME, SHE = Recipient("mail", "甲@x"), Recipient("mail", "乙@x")


def asked_city(where: Path | str) -> Store:
    """A store in which 甲 and 乙 were asked by mail, 丙 by a text, and 丁 in a chat."""
    made = new_store(where if isinstance(where, str) else f"sqlite:///{where}")
    ledger = Ledger().registered("甲", "乙", at=datetime.fromisoformat("2026-03-01T00:00:00+08:00"))
    for name, contact in (("丙", PHONE), ("丁", CHAT)):
        args = {"id": name, "name": f"{name}发布", "kind": "account", "unit": f"{name}局", "contact": contact}
        ledger._add(name, ledger.findings[0].time, Event.SIGNALS, "REGISTRY", why="registered", args=args)
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(ledger.findings)
        tx.set_progress(0, Position(1, 0), NOW)
    desk_turns(made)
    return made


def desk_turns(store: Store) -> None:
    DeskWork(store, SETTINGS, SPOKEN).turn()


def presses(store: Store, clock: Clock | None = None) -> Presses:
    return Presses(store, clock or ManualClock(NOW), RING, LAST, SETTINGS, SPOKEN)


def post_link(button: Button, reader: Recipient = ME, at: datetime = ASKED_AT, until: datetime = JULY) -> str:
    """A token about the post of `reader` in the quarter of `at`."""
    return token(RING, button, contact_id(reader.to, at), reader, until)
