"""The weekly digest of half a year of a city's ledger: folded anew, and a Monday's share of it.

50,000 findings of 2,000 sources in a SQLite file: new items, sources that fail and are well again, columns that fall
due, are late, and are put right. *Anew* is what each digest cost once, in the desk's own thread, and what the first one
after an update costs now, beside it, in steps. A *Monday* takes up the fold that was kept a week before. Beside the
readings of now stands one of the past. `python -m benchmarks.weekly years` measures 500,000 findings of 8,000 sources
over two years too, in half an hour.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from alerts.board import Language, Settings
from alerts.digest.week import Week, week_of
from alerts.routing import Route
from benchmarks.figures import Figure, tell
from streams.findings import Event, Finding, Grade
from streams.ports.store import Store, open_store
from zhiban.deskwork import DeskWork
from zhiban.garbage import collect_seldom
from zhiban.reading import standing_at, standing_now
from zhiban.weekfold import WeekFold, folded_by

END = datetime.fromisoformat("2026-11-23T00:00:00+08:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF_A_YEAR, TWO_YEARS = (50_000, 26, 2_000), (500_000, 104, 8_000)  # findings, weeks, sources
PER_SUBJECT, RELAYS = 10, 20
SETTINGS = Settings(
    routes=(Route(channel="mail", to="{contact}"), Route(channel="mail", to="operator@x", operator=True))
)


def main() -> Iterator[Figure]:
    """One ledger, or both."""
    collect_seldom()  # as every process of ours does
    for count, weeks, sources in (HALF_A_YEAR, TWO_YEARS) if "years" in sys.argv[1:] else (HALF_A_YEAR,):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{Path(folder) / 'weekly.db'}")
            try:
                yield from measured(store, count, weeks, sources)
            finally:
                store.close()


def measured(store: Store, count: int, weeks: int, sources: int) -> Iterator[Figure]:
    """The figures of one ledger."""
    fill(store, ledger(count, weeks, sources))
    last = week_of(END - HOUR)
    fold = WeekFold(store)
    anew = timed(lambda: fold.told(last.until))
    steps = list(stepped(fold, last.moved(-1)))
    monday = timed(lambda: fold.carry_on(last)) + timed(lambda: fold.told(last.until))
    name = f"{count:,} findings, {weeks} weeks"
    yield Figure(what=f"{name}: a Monday's digest", value=monday, unit="s", beside="folded anew", other=anew)
    yield Figure(what=f"{name}: the first one, its longest step of {len(steps)}", value=max(steps), unit="s")
    with store.read() as tx:
        found = tx.folded_week(last.until, folded_by())
    yield Figure(what=f"{name}: what is kept of a week", value=len(found[1] if found else b"") / 1e6, unit="MB")
    desk = DeskWork(store, SETTINGS, Language())
    yield Figure(what=f"{name}: the desk itself, from the first finding", value=timed(desk.turn), unit="s")
    for closed in (False, True):
        now = timed(lambda closed=closed: standing_now(store, END, SETTINGS, Language(), closed=closed))  # type: ignore[misc]
        whole = timed(lambda: standing_at(store, END, SETTINGS, Language()))
        which = "alerts of now" if not closed else "findings of now, the closed ones too"
        yield Figure(what=f"{name}: {which}", value=now, unit="s", beside="as of a past moment", other=whole)


def stepped(fold: WeekFold, week: Week) -> Iterator[float]:
    """The seconds of each step."""
    done = False
    while not done:
        begin = time.perf_counter()
        done = fold.carry_on(week)
        yield time.perf_counter() - begin


def timed(work: Callable[[], object]) -> float:
    """Its seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def fill(store: Store, findings: Iterator[Finding]) -> None:
    """Put a ledger into a store, in its order, and settle it."""
    with store.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(list(findings))
        tx.set_progress(0, tx.progress(0)[0], END)


def ledger(count: int, weeks: int, sources: int) -> Iterator[Finding]:
    """So many findings of so many sources, evenly over the weeks before the end."""
    chance = random.Random(1)
    begin = END - weeks * 7 * DAY
    numbers: dict[str, int] = {}
    late: dict[int, tuple[str, Grade]] = {}

    def found(subject: str, at: datetime, event: Event, rule: str, **fields: object) -> Finding:
        numbers[subject] = numbers.get(subject, 0) + 1
        whole = {"id": "", "level": Grade.OK} | fields
        place = {"subject": subject, "n": numbers[subject]}
        return Finding(time=at, event=event, rule=rule, opened_at=at, **place, **whole)  # type: ignore[arg-type]

    for number in range(sources):
        subject, source = f"s{number // PER_SUBJECT}", f"s{number // PER_SUBJECT}/{number}"
        if number % PER_SUBJECT == 0:
            args = {"id": subject, "name": f"示例{subject}", "unit": f"单位{number % 300}", "contact": f"{subject}@x"}
            yield found(subject, begin, Event.SIGNALS, "REGISTRY", why="registered", args=args)
        args = {"id": source, "subject": subject, "name": f"栏目{number}", "url": f"https://s.example.cn/{number}"}
        yield found(subject, begin, Event.SIGNALS, "REGISTRY", source=source, why="source_added", args=args)
    rest = count - sum(numbers.values())
    for index in range(rest):
        at = begin + HOUR + (END - begin - 2 * HOUR) * index / rest
        number = chance.randrange(sources)
        subject, source = f"s{number // PER_SUBJECT}", f"s{number // PER_SUBJECT}/{number}"
        place = {"source": source, "collector": f"column:relay{number % RELAYS}"}
        kind = chance.random()
        if kind < 0.7:
            yield found(subject, at, Event.SIGNALS, "OWN-BLIND", why="new", args={"count": "1"}, **place)
        elif kind < 0.8:
            why = chance.choice(("good", "good", "failed"))
            level = Grade.OK if why == "good" else Grade.UNKNOWN
            yield found(subject, at, Event.SIGNALS, "OWN-BLIND", why=why, level=level, **place)
        else:
            known, level = late.pop(number, (f"{source}@{index}", Grade.OK))
            event, now = _next(level)
            if event is not Event.CLOSES:
                late[number] = known, now
            args = {"newest": str(at.date() - 12 * DAY), "limit": "14d"}
            more = {"id": known, "level": now, "why": "stale", "args": args, "witnessed_at": at, "due": at + 2 * DAY}
            yield found(subject, at, event, "WEB-COL-STALE", **place, **more)


def _next(level: Grade) -> tuple[Event, Grade]:
    """A matter's way: due soon, a breach, over."""
    if level is Grade.OK:
        return Event.OPENS, Grade.DUE_SOON
    return (Event.WORSENS, Grade.BREACH) if level is Grade.DUE_SOON else (Event.CLOSES, Grade.OK)


if __name__ == "__main__":
    tell(main)
