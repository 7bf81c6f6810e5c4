"""A load that a test kills: `python load.py FOLDER SEED STEPS` works through a scripted month, step by step.

Everything is the product's own: store, appender, agent, ticker, desk, outbox. Only the looks are scripted, and time is
the step's. A step's appends and the step counter commit together, so a new start goes on where the last one died.
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
from streams.ports.store.outbox import SENT
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from streams.ticker import tick
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.watch import begin, tell
from zhiban.wiring import load_pack, load_rules

START = datetime(2026, 3, 1, 16, tzinfo=UTC)
STEP = timedelta(hours=6)
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
    if dice.random() < 0.1:
        return Reading(outcome=Outcome.FAILED, cause="http_503")
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
        rules = load_rules(("national-2019",), {})
        self.agent = Agent(self.store, rules, chunk=3)
        language = Language("zh", clauses_of(load_pack(("national-2019",))))
        self.desk = DeskWork(self.store, Settings(routes=ROUTES), language)
        self.rules = rules

    def step(self, number: int) -> None:
        """One step: looks, judging, a tick, the desk, letters."""
        at = START + number * STEP
        self.look(number, at)
        self.judge()
        self.tick(at + timedelta(minutes=1))
        self.judge()
        self.desk.turn()
        self.send(at + timedelta(minutes=2))

    def look(self, number: int, at: datetime) -> None:
        """What is due is looked at once, in the transaction that counts the step."""
        with self.store.write() as tx:
            if int(tx.get_meta("step") or -1) >= number:
                return
            due = tx.claim_looks(at, at + STEP, "load", 100)
            dice = random.Random(f"{self.seed}/{number}")
            looked = [
                (one, Held(reading(one.source, at, dice), host="relay"), dice.random())
                for one in sorted(due, key=lambda one: one.source.id)
            ]
            write_looks(tx, ManualClock(at), lambda _subject: 0, looked)
            tx.set_meta("step", str(number))

    def tick(self, at: datetime) -> None:
        """The step's tick, once: a process that died after it must not say it again, for the logs are compared."""
        with self.store.read() as tx:
            said = tx.get_meta("last_tick")
        if said != at.isoformat():
            tick(self.store, at, timedelta(days=1))

    def judge(self) -> None:
        """Apply the log to its end."""
        while self.agent.catch_up(0, 7):
            pass

    def send(self, at: datetime) -> None:
        """Letters go into a file; a crash between it and the commit repeats one."""
        while True:
            with self.store.write() as tx:
                claimed = tx.claim_letters(at, at, 3)
            for letter in claimed:
                with (self.folder / "sent.txt").open("a") as handle:
                    handle.write(letter.key + "\n")
                with self.store.write() as tx:
                    tx.settle_letter(letter.key, SENT, "250", at, None)
            if not claimed:
                return

    def begin(self) -> None:
        """The registry, once."""
        with self.store.write() as tx:
            known = tx.get_meta("begun")
        if known is None:
            begin(self.store, self.rules, START)
            with self.store.read() as tx:
                told = bool(tx.sources())
            if not told:
                tell(self.store, city(), START)
            with self.store.write() as tx:
                tx.set_meta("begun", "yes")


def main(folder: Path, seed: int, steps: int) -> None:
    """Work to the end, from wherever the last process died."""
    load = Load(folder, seed)
    load.begin()
    with load.store.read() as tx:
        first = max(int(tx.get_meta("step") or 0), 0)
    for number in range(first, steps):
        load.step(number)
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
