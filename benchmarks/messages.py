"""A year of a city's mailbox: 10,000 messages with questions and replies of real lengths, 98 % answered.

Imported by `zhiban messages import` (read, fingerprinted, written to the log, judged); then replayed day by day into
an empty store, each day's events told at its end, with a tick (terms end at midnight), judged by all rules about
messages, every transaction synced. Beside it the least that any program must do: read the file, parse its times,
insert its events.
"""

from __future__ import annotations

import contextlib
import csv
import io
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

from agents._pack import build
from benchmarks.figures import Figure, tell
from streams.agent import Agent
from streams.days import DAY, day_of, start_of
from streams.messages import MessageEvent
from streams.ports.store import Store, open_store
from streams.records import Tick
from streams.rules import Rules
from zhiban.cli import run_command
from zhiban.messages.difference import facts_of
from zhiban.messages.mailbox import mailbox_of
from zhiban.registry import Known
from zhiban.telling import begin
from zhiban.telling import tell as tell_facts
from zhiban.wiring import load_pack

MESSAGES, YEAR = 10_000, 2025
QUESTION, REPLY = 340, 370  # characters, the mean of real ones
LIMIT = 60.0  # seconds of one core for all of it
HEAD = ("id", "channel", "category", "unit", "asked_at", "answered_at", "title", "text", "answer")


def figures() -> Iterator[Figure]:
    """Seconds of CPU that the import takes, which judges at once, and the replay."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "year.csv")
        least = _timed(lambda: _least(folder))
        imported = _timed(lambda: _import(folder))
        rules = build(load_pack(("national-2019",), folder), {})
        store = open_store(f"sqlite:///{folder / 'city' / 'zhiban.db'}")
        events = _events(store)
        store.close()
        replayed = _timed(lambda: _replay(folder, rules, events))
    beside = "csv, times and bare inserts"
    what = f"import 10,000 messages, and judge their {len(events):,} events"
    yield Figure(what=what, value=imported, unit="s CPU", beside=beside, other=least)
    yield Figure(what="replay the year, day by day", value=replayed, unit="s CPU", beside=beside, other=least)
    whole = imported + replayed
    goal = f"at most {LIMIT:.0f} s"
    yield Figure(what="both", value=whole, unit="s CPU", goal=goal, met=whole <= LIMIT)


def _timed(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _write(path: Path) -> None:
    dice = random.Random(YEAR)
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 2500)]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEAD)
        for number in range(MESSAGES):
            asked = datetime(YEAR, 1, 1) + timedelta(minutes=dice.randrange(363 * 1440))
            answered = asked + timedelta(hours=dice.expovariate(1 / 120)) if dice.random() < 0.98 else None
            texts = ["".join(dice.choices(signs, k=k)) for k in (15, QUESTION, REPLY if answered else 0)]
            unit, category = f"单位{dice.randrange(60)}", dice.choice(["咨询", "投诉", "建议", "找错"])
            told = answered.isoformat(" ", "seconds") if answered else ""
            table.writerow((number, "信箱", category, unit, asked.isoformat(" ", "seconds"), told, *texts))


def _least(folder: Path) -> None:
    with (
        closing(sqlite3.connect(folder / "least.db")) as database,
        (folder / "year.csv").open(encoding="utf-8", newline="") as file,
    ):
        database.execute("pragma journal_mode=wal")
        database.execute("create table events (id text, deed text, at text, primary key (id, deed, at))")
        for row in csv.DictReader(file):
            for deed in ("asked_at", "answered_at"):
                if row[deed]:
                    at = datetime.fromisoformat(row[deed])
                    database.execute("insert into events values (?, ?, ?)", (row["id"], deed, at.isoformat()))
        database.commit()


def _import(folder: Path) -> None:
    words = ["messages", "import", str(folder / "year.csv"), "-C", str(folder / "city"), "--json"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        codes = [run_command(["init", str(folder / "city")]), run_command([*words, "--as-of", f"{YEAR}-12-31T23:59"])]
    assert codes == [0, 0], codes


def _fold(agent: Agent) -> None:
    while agent.catch_up(0):
        pass


def _events(store: Store) -> list[MessageEvent]:
    with store.read() as tx:
        return [event for fact in tx.mailbox_facts("mailbox/mailbox/import") for event in fact.events]


def _replay(folder: Path, rules: Rules, events: Sequence[MessageEvent]) -> None:
    days: dict[date, list[MessageEvent]] = defaultdict(list)
    for event in events:
        days[day_of(event.at)].append(event)
    store = open_store(f"sqlite:///{folder / 'replay.db'}")
    agent, first = Agent(store, rules), start_of(min(days))
    begin(store, rules, first)
    box = mailbox_of(Known(), "")
    tell_facts(store, box.facts, first)
    for number in range((max(days) - min(days)).days + 1):
        day = min(days) + number * DAY
        end = start_of(day + DAY)
        tell_facts(store, list(facts_of(box.source, days[day], end)), end, box.subject)
        with store.write() as tx:
            tx.append(0, [("", Tick())], end)
        _fold(agent)
    store.close()


if __name__ == "__main__":
    tell(figures)
