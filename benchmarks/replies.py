"""Accuracy on real replies: 1,360 citizens' messages through `zhiban messages import`, counted in working days.

    python -m benchmarks.replies [DATA]        (default ../shared/data; measured with, never shipped)

Prints Markdown tables and returns 1 if a stated count is missed or a difference has no reason.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agents._pack import build
from alerts.sla import DUE_SOON, OPEN, OVERDUE, Law, counted
from benchmarks.recount import Calendar, Letter, differing_days, from_files, from_package, letters, within
from streams.agent import Agent
from streams.messages import Case
from streams.ports.store import open_store
from streams.terms import Term
from streams.workdays import STATUTORY
from zhiban.wiring import load_pack

FILE = "mailbox/replies_dev.csv"
LIMITS = (1, 5, 15, 60)
STATED = (135, 521, 1012, 1316)  # the independent count of first replies
DATES, SEED = 20, 20190424
FIRST, LAST = datetime(2011, 11, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)
SHORT = 60  # characters
EXAMPLES = 12
MAPPING = """\
[columns]
title = "subject"
text = "body"
answer = "reply"
answered_at = "replied_at"
[constants]
channel = "信箱"
category = "咨询"
unit = "A市"
"""
FIVE = Term(days=5)


def main(root: Path) -> int:
    """Print the tables; the exit code."""
    rows = letters(root / FILE)
    with tempfile.TemporaryDirectory() as folder:
        receipts = _imported(root / FILE, Path(folder), len(rows))
        store = open_store(f"sqlite:///{Path(folder) / 'city' / 'zhiban.db'}")
        _fold(Path(folder), store)
        problems = [*_counts(store, rows, receipts), *_by_files(root, store)]
        _receipts(rows, receipts)
        problems += _cuts(store, rows, receipts)
        store.close()
    print("\n".join(f"MISSED: {problem}" for problem in problems) if problems else "\nAll stated counts are met.")
    return 1 if problems else 0


# -- through the real command --------------------------------------------------------------------------------------


def _imported(path: Path, folder: Path, rows: int) -> frozenset[str]:
    """Import with the bar on stderr, then again for scripts: nothing may be new. The ids of mere receipts."""
    mapping = folder / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    _zhiban("init", str(folder / "city"))
    words = ("messages", "import", str(path), "--mapping", str(mapping), "-C", str(folder / "city"))
    _zhiban(*words)
    again: dict[str, Any] = json.loads(_zhiban(*words, "--json"))
    if again["events"] or again["refusals"] or again["difference"]["unchanged"] != rows:
        message = f"the second import differs: {again['events']} events, {len(again['refusals'])} refusals"
        raise RuntimeError(message)
    return frozenset(again["receipts"])


def _zhiban(*words: str) -> str:
    command = [sys.executable, "-c", "from zhiban.cli import main; main()", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _fold(folder: Path, store: Any) -> None:
    agent = Agent(store, build(load_pack(("national-2019",), folder), {}))
    while agent.catch_up(0):
        pass


def _cases(store: Any, until: datetime) -> list[Case]:
    with store.read() as tx:
        return [case for _, _, case in tx.cases(until)]


# -- tables --------------------------------------------------------------------------------------------------------


def _counts(store: Any, rows: Sequence[Letter], receipts: frozenset[str]) -> Iterator[str]:
    """How many were answered within so many working days, ours beside the independent count and our recount."""
    calendar = from_package()
    cases = _cases(store, LAST)
    replied = [_within([(case.received_at, case.first_reply_at) for case in cases], days) for days in LIMITS]
    answered = [_within([(case.received_at, case.answered_at) for case in cases], days) for days in LIMITS]
    recount = [sum(within(row, days, calendar) for row in rows if row.id not in receipts) for days in LIMITS]
    print("| within working days | " + " | ".join(map(str, LIMITS)) + " |\n|---|" + "---|" * len(LIMITS))
    _row("first reply", replied)
    _row("independent count of first replies", STATED)
    print()
    print("| within working days | " + " | ".join(map(str, LIMITS)) + " |\n|---|" + "---|" * len(LIMITS))
    _row("answer", answered)
    _row("recount of answers, day by day", recount)
    if tuple(replied) != STATED:
        yield f"first replies {replied}, stated {STATED}"
    if answered != recount:
        yield f"answers {answered}, recounted {recount}"


def _within(spans: Sequence[tuple[datetime | None, datetime | None]], days: int) -> int:
    term = Term(days=days)
    return sum(end is not None and start is not None and end < term.due(start, STATUTORY) for start, end in spans)


def _row(name: str, numbers: Sequence[int]) -> None:
    print(f"| {name} | " + " | ".join(f"{number:,}" for number in numbers) + " |")


def _by_files(root: Path, store: Any) -> Iterator[str]:
    """The same of what was asked from the files' first year on, by the holiday files alone."""
    files = from_files(root / "holidays")
    since = datetime(min(files.years), 1, 1, tzinfo=UTC) - timedelta(hours=8)
    cases = [case for case in _cases(store, LAST) if case.received_at is not None and case.received_at >= since]
    rows = [row for row in letters(root / FILE) if row.asked.year in files.years]
    ours = [_within([(case.received_at, case.first_reply_at) for case in cases], days) for days in LIMITS]
    theirs = [sum(within(row, days, files) for row in rows) for days in LIMITS]
    print(f"\nAsked from {min(files.years)} on ({len(cases):,} messages), where the holiday files reach:\n")
    print("| first reply within working days | " + " | ".join(map(str, LIMITS)) + " |\n|---|" + "---|" * len(LIMITS))
    _row("ours", ours)
    _row("by the holiday files", theirs)
    if ours != theirs:
        yield f"by the holiday files {theirs}, ours {ours}"
    yield from _days(files)


REASONS: Mapping[str, str] = {}


def _days(files: Calendar) -> Iterator[str]:
    """Every day on which the files and our calendar differ, with its reason."""
    found = differing_days(files)
    print(f"\nDays of {min(files.years)}-{max(files.years)} on which the files and our calendar differ: {len(found)}.")
    for day, said in found:
        reason = REASONS.get(day.isoformat(), "")
        print(f"- {day.isoformat()}: the files say {said}. {reason or 'No reason is known.'}")
        if not reason:
            yield f"{day.isoformat()} differs and nobody says why"


def _receipts(rows: Sequence[Letter], receipts: frozenset[str]) -> None:
    """What was taken as what, by id: no text of a citizen, or to one, stands here."""
    forwarded = [row.id for row in rows if row.id in receipts and "转" in row.reply]
    received = [row.id for row in rows if row.id in receipts and "转" not in row.reply]
    short = [row.id for row in rows if row.id not in receipts and "转" in row.reply and len(row.reply) <= SHORT]
    long = [row.id for row in rows if row.id not in receipts and "转" in row.reply and len(row.reply) > SHORT]
    others = [row.id for row in rows if row.id not in receipts and "转" not in row.reply]
    print("\n| replies | taken as | how many | for example |\n|---|---|---|---|")
    for what, taken, ids in (
        ("say that it was received, or only thank", "receipt", received),
        ("say that it was passed on", "receipt", forwarded),
        (f"mention 转, at most {SHORT} characters", "answer", short),
        ("mention 转, longer", "answer", long),
        ("others", "answer", others),
    ):
        print(f"| {what} | {taken} | {len(ids):,} | {', '.join(ids[:EXAMPLES])} |")


# -- as of then ----------------------------------------------------------------------------------------------------


def _cuts(store: Any, rows: Sequence[Letter], receipts: frozenset[str]) -> Iterator[str]:
    """At random moments: who waits and who is overdue, beside a recount with plain datetimes."""
    dice, calendar = random.Random(SEED), from_package()
    law = Law(lambda _about: FIVE, STATUTORY)
    print("\n| as of | waiting in time | overdue | recount |\n|---|---|---|---|")
    span = int((LAST - FIRST) / timedelta(minutes=1))
    for minutes in sorted(dice.randrange(span) for _ in range(DATES)):
        at = FIRST + timedelta(minutes=minutes)
        states = {one.id: one.state for one in counted([("", case, None) for case in _cases(store, at)], law, at)}
        ours = tuple(
            frozenset(name for name, state in states.items() if state in wanted)
            for wanted in ({OPEN, DUE_SOON}, {OVERDUE})
        )
        theirs = _recounted(rows, receipts, at, calendar)
        print(f"| {at:%Y-%m-%d %H:%M} UTC | {len(ours[0])} | {len(ours[1])} | {_same(ours, theirs)} |")
        if ours != theirs:
            yield f"as of {at}: {sorted(ours[0] ^ theirs[0])[:5]} {sorted(ours[1] ^ theirs[1])[:5]}"


def _same(ours: object, theirs: object) -> str:
    return "the same sets" if ours == theirs else "**others**"


def _recounted(
    rows: Sequence[Letter], receipts: frozenset[str], at: datetime, calendar: Calendar
) -> tuple[frozenset[str], frozenset[str]]:
    """Who waits in time and who waits too long at `at`, by plain arithmetic over the file's own rows."""
    now = (at + timedelta(hours=8)).replace(tzinfo=None)
    waits = [row for row in rows if row.asked <= now and not (row.id not in receipts and row.replied <= now)]
    late = frozenset(row.id for row in waits if now.date() > calendar.last_day(row.asked.date(), 5))
    return frozenset(row.id for row in waits) - late, late


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")))
