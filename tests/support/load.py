"""A load that a test kills: `python load.py FOLDER SEED STEPS` works through a scripted season, step by step.

Everything is the product's own: store, appender, agent, ticker, desk, outbox. Only what is seen and told is scripted,
and time is the step's. A step's appends and the step counter commit together, so a new start goes on where the last one
died; what comes after them (judging, tick, desk, letters) asks the store what is done already.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alerts.board import Language, Settings
from alerts.routing import Route
from streams.agent import Agent
from streams.connectors import Cursor, Reading
from streams.looks import Item, Opening, Outcome, Shown
from streams.poller import Held, write_looks
from streams.ports.clock import ManualClock
from streams.ports.store import Store, open_store
from streams.ports.store.opening import Transaction
from streams.ports.store.outbox import SENT, WAITING, Claimed
from streams.ports.store.tables import log
from streams.records import DEEDS, Fact, FactKind, Position
from streams.subjects import ColumnType, Kind, Source, Status, Subject
from streams.ticker import tick
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.telling import begin, tell
from zhiban.wiring import load_pack, load_rules

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
STEP = timedelta(hours=4)
TICK = timedelta(minutes=1)
ROUTES = (Route(channel="file", to="{contact}"), Route(channel="file", to="operator", operator=True))


def city() -> list[Fact]:
    """Ten accounts and two sites."""
    facts = []
    for number in range(10):
        account = Subject(
            id=f"号{number}", name=f"示例{number}", kind=Kind.ACCOUNT, unit=f"{number % 3}局", contact="a@x"
        )
        source = Source(id=f"号{number}/1", subject=account.id, connector="account", url=f"https://relay/{number}")
        facts += [Fact(kind=FactKind.REGISTERED, subject=account), Fact(kind=FactKind.SOURCE_ADDED, source=source)]
    for number in range(2):
        site = Subject(id=f"站{number}", name=f"网站{number}", kind=Kind.SITE, unit="办公室", contact="b@x")
        probe = Source(
            id=f"站{number}/p", subject=site.id, connector="probe", url="https://s/", every=timedelta(hours=1)
        )
        news = [
            Source(
                id=f"站{number}/{n}",
                subject=site.id,
                connector="column",
                url="https://s/n",
                column_type=ColumnType.NEWS,
            )
            for n in range(5)
        ]
        facts.append(Fact(kind=FactKind.REGISTERED, subject=site))
        facts += [Fact(kind=FactKind.SOURCE_ADDED, source=one) for one in (probe, *news)]
    return facts


def reading(source: Source, at: datetime, dice: random.Random) -> Reading:
    """What a scripted look shows."""
    chance = dice.random()
    if chance < 0.1:
        return Reading(outcome=Outcome.FAILED, cause="http_503")
    if chance < 0.12:
        return Reading(outcome=Outcome.FAILED, cause="malformed", detail="line 1: no feed")
    if source.connector == "probe":
        opens = dice.random() > 0.1
        return Reading(outcome=Outcome.GOOD, level=Opening(opens=opens, cause="" if opens else "tcp", seconds=1.0))
    stalls = START.date() - timedelta(days=8 + hash_of(source.id) % 5)
    day = at.date() - timedelta(days=1) if hash_of(source.id) % 2 else stalls
    items = (Item(key=f"{day}", title=f"{day}", day=day),) if dice.random() < 0.3 else None
    return Reading(
        outcome=Outcome.GOOD,
        level=Shown(count=3, newest=min(day, date(2026, 4, 1))),
        items=items,
        cursor=Cursor(etag=str(day)),
    )


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return sum(text.encode())


class Load:
    """The work, as one process does it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.store: Store = open_store(f"sqlite:///{folder / 'load.db'}")
        self.rules = load_rules(("national-2019",), {})
        self.agent = Agent(self.store, self.rules, chunk=3)
        language = Language("zh", clauses_of(load_pack(("national-2019",))))
        self.desk = DeskWork(self.store, Settings(routes=ROUTES), language)

    def begin(self) -> int:
        """The registry, once; returns the step to go on with."""
        begin(self.store, self.rules, START)
        with self.store.read() as tx:
            step, told = tx.get_meta("step"), bool(tx.sources())
        if not told:
            tell(self.store, city(), START)
        return int(step or 0)

    def step(self, number: int) -> None:
        """One step: looks and facts, judging, a tick, the desk, letters."""
        at = START + number * STEP
        self.append(number, at)
        self.judge()
        self.tick(at + TICK)
        self.judge()
        self.desk.turn()
        self.send(at + 2 * TICK)

    def append(self, number: int, at: datetime) -> None:
        """What is due is claimed in one transaction; looks, facts and the counter are written in the next."""
        with self.store.read() as tx:
            if int(tx.get_meta("step") or -1) >= number:
                return
        with self.store.write() as tx:  # the lease ends at once: who starts anew need not wait for it
            due = sorted(tx.claim_looks(at, at, "load", 100), key=lambda one: one.source.id)
        dice = random.Random(f"{self.seed}/{number}")
        looked = [(one, Held(reading(one.source, at, dice), host="relay"), dice.random()) for one in due]
        with self.store.write() as tx:
            write_looks(tx, ManualClock(at), lambda _subject: 0, looked)
            self.facts(tx, number, at, dice)
            tx.set_meta("step", str(number))

    def facts(self, tx: Transaction, number: int, at: datetime, dice: random.Random) -> None:
        """Now and then somebody tells us something, or a record is broken."""
        if number % 20 == 7:
            name = f"号{dice.randrange(10)}"
            status = dice.choice([Status.RUNNING, Status.RUNNING, Status.CLOSING])
            told = Subject(id=name, name=name, kind=Kind.ACCOUNT, unit="1局", contact="a@x", status=status)
            tx.append(0, [(name, Fact(kind=FactKind.CHANGED, subject=told))], at)
        if number % 20 == 13 and (matters := tx.open_findings()):
            matter = dice.choice(matters)
            kind = dice.choice([*sorted(DEEDS), FactKind.CONFIRMED, FactKind.DISMISSED])
            tx.append(0, [(matter.subject, Fact(kind=kind, matter=matter.id, by="值班员", text="原因"))], at)
        if number % 50 == 31:
            tx.append(0, [("号1", Fact(kind=FactKind.VANISHED))], at)
            last = tx.read_log(0, Position(1, 0), 1_000_000)[-1].position
            tx.connection.execute(log.update().where(log.c.offset == last.offset).values(body=b'{"type":"riddle"}'))

    def judge(self) -> None:
        """Apply the log to its end."""
        while self.agent.catch_up(0, 7):
            pass

    def tick(self, at: datetime) -> None:
        """The step's tick, unless it was appended before the last one died."""
        with self.store.read() as tx:
            last = tx.get_meta("last_tick")
        if last is None or datetime.fromisoformat(last) < at:
            tick(self.store, at, timedelta(days=1))

    def send(self, at: datetime) -> None:
        """Letters go into a file; a crash between it and the commit repeats one."""
        while True:
            with self.store.write() as tx:
                claimed = tx.claim_letters(at, at, 3)
            for letter in claimed:
                self.deliver(letter, at)
            if not claimed:
                return

    def deliver(self, letter: Claimed, at: datetime) -> None:
        """One attempt; the first of every fifth letter is refused for the time being."""
        later = letter.attempts == 0 and hash_of(letter.key) % 5 == 0
        if not later:
            with (self.folder / "sent.txt").open("a") as handle:
                handle.write(letter.key + "\n")
        with self.store.write() as tx:
            if later:
                tx.settle_letter(letter.key, WAITING, "451", at, at + STEP)
            else:
                tx.settle_letter(letter.key, SENT, "250", at, None)


def main(folder: Path, seed: int, steps: int) -> None:
    """Work to the end, from wherever the last process died."""
    load = Load(folder, seed)
    first = load.begin()
    print("ready", flush=True)
    for number in range(first, steps):
        load.step(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
