"""A city whose readers were written to, and the pages that their links open."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from ledgers import CLAUSES, ROUTES, T0, Ledger
from starlette.applications import Starlette
from stores import content_of, is_sqlite, new_store

from alerts.board import Language, Settings
from alerts.routing import Recipient
from alerts.taps import OF_DIGESTS, Button, Links, Ring, token
from streams.agent import Agent
from streams.partitions import partition_of
from streams.ports.clock import Clock, ManualClock
from streams.ports.store import Store, open_store
from streams.ports.store.log import records_of
from streams.records import Fact, Position
from streams.rows import Row
from streams.rules import Rules
from zhiban.api.intake import Rate
from zhiban.deskwork import DeskWork
from zhiban.taps.pressing import Presses
from zhiban.taps.serving import Pages
from zhiban.words import Name

HOUR = timedelta(hours=1)
NOW = T0 + HOUR
MINE, HERS, OVER = "aa" * 10, "bb" * 10, "cc" * 10  # matters of 甲, of 乙, and one of 丙 that is over
ME, SHE = Recipient("mail", "甲@x"), Recipient("mail", "乙@x")
RING = Ring({1: b"k" * 32})
LAST = timedelta(days=14)
LINKS = Links(ring=RING, public="https://zhiban.example.cn", last=LAST)
SETTINGS = Settings(routes=ROUTES)


def city(where: Path | str, *, language: str = "zh") -> Store:
    """A store whose desk has written of 甲 and 乙, and whose 丙 was put right an hour later."""
    url = where if isinstance(where, str) else f"sqlite:///{where}"
    return new_store(url, _content(language)) if is_sqlite(url) else _written(open_store(url), language)


@cache
def _content(language: str) -> bytes:
    made = _written(new_store(), language)
    content = content_of(made)
    made.close()
    return content


def _written(made: Store, language: str) -> Store:
    ledger = (
        Ledger().registered("甲", "乙", "丙").opens("甲", T0, id=MINE).opens("乙", T0, id=HERS).opens("丙", T0, id=OVER)
    )
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(ledger.findings)
        tx.set_progress(0, Position(1, 0), NOW)
        heads = {name: (Row(name), Row(name, None, Position(1, 0), NOW, 50, "1", {}), ()) for name in "甲乙丙"}
        tx.save({0: heads})  # so that the agent's own findings are numbered after these
    at_work = DeskWork(made, SETTINGS, Language(language, CLAUSES))
    at_work.turn()
    with made.write() as tx:
        tx.add_findings([one for one in ledger.closes("丙", NOW).findings if one.time == NOW])
    return made


def presses(store: Store, clock: Clock | None = None, ring: Ring = RING, language: str = "zh") -> Presses:
    return Presses(store, clock or ManualClock(NOW), ring, LAST, SETTINGS, Language(language, CLAUSES))


def web(store: Store, clock: Clock | None = None, *, name: Name = "zh", fast: Rate | None = None) -> Starlette:
    """The pages alone."""
    many = Rate(1000, 1000)
    pages = Pages(presses(store, clock, language=name), name, fast or many, fast or many)
    return Starlette(routes=pages.routes())


def link(button: Button, matter: str = MINE, reader: Recipient = ME, until: datetime = T0 + LAST) -> str:
    """A token as the letter of T0 carries it."""
    return token(RING, button, "" if button in OF_DIGESTS else matter, reader, until)


def facts(store: Store, subject: str) -> list[Fact]:
    """What stands in the log of a subject."""
    with store.read() as tx:
        logged = tx.read_log(partition_of(subject, tx.partition_count()), Position(1, 0), 1000)
    return [one.body for one in records_of(logged) if one.subject == subject and isinstance(one.body, Fact)]


def folded(store: Store) -> None:
    """Take the log into the ledger, as the agent does."""
    Agent(store, Rules("1", {})).catch_up(0)
