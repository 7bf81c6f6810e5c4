"""A city in which somebody asked for an exemption on Monday, and both supervisors were written to on Tuesday."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from ledgers import CLAUSES, ROUTES
from tapping import LAST, LINKS, MINE, NOW, RING, city, folded

from alerts.board import Language, Settings
from alerts.letter import Letter, Reason
from alerts.routing import Recipient, Route
from alerts.taps import Button, linked
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import FactKind
from zhiban.deeds import say_of_alert
from zhiban.deskwork import DeskWork
from zhiban.taps.pressing import Presses

ABOVE = (Route(channel="mail", to="one@x", rung=2, go_on=True), Route(channel="mail", to="two@x", rung=2))
SETTINGS = Settings(routes=(*ROUTES, *ABOVE))
ONE, TWO = Recipient("mail", "one@x"), Recipient("mail", "two@x")
MORNING = datetime.fromisoformat("2026-03-03T09:00:00+08:00")
LATER = MORNING + timedelta(hours=1)
SPOKEN = Language("zh", CLAUSES)


def put_on(where: Path) -> Store:
    """甲 asked for an exemption on Monday at 11:00; both supervisors were written to on Tuesday morning."""
    made = city(where)
    say_of_alert(made, NOW, FactKind.EXEMPT, MINE, "甲***@x (mail)", "由上级统一发布")
    passes(made, LATER)
    return made


def passes(store: Store, until: datetime) -> None:
    """The log is taken up, and time comes to `until`."""
    folded(store)
    with store.write() as tx:
        tx.set_progress(0, tx.progress(0)[0], until)
    DeskWork(store, SETTINGS, SPOKEN).turn()


def letters(store: Store, reason: Reason) -> list[Letter]:
    with store.read() as tx:
        found = [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
    return [letter for letter in found if letter.reason is reason]


def deciding(store: Store, now: datetime = LATER) -> Presses:
    return Presses(store, ManualClock(now), RING, LAST, SETTINGS, SPOKEN)


def links_of(store: Store, reader: Recipient = ONE) -> dict[Button, str]:
    """The tokens of the letter to a reader, by button."""
    (letter,) = [one for one in letters(store, Reason.REQUEST) if one.to == reader.to]
    (point,) = linked(letter, LINKS).points
    tokens = [one.url.rpartition("/")[2] for one in point.actions]
    return dict(zip((Button.GRANT, Button.REFUSE), tokens, strict=True))
