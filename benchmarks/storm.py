"""A storm: 10,000 breaches within a minute, in 500 units under 20 supervisors, through the desk and its store.

Nothing masks them: it is a platform that answers, and shows that all its columns are late. Each unit has a contact;
each supervisor and the head of the city are told of every unit of theirs. Time is virtual; the rate is real, and is
that of the whole turn: ledger read, alerts folded, letters written, all of it saved. The limit is three letters to one
person within a minute, the last of them a summary. The second storm is one relay that fails under 1,000 accounts.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from alerts.board import Language, Settings
from alerts.letter import Letter
from alerts.routing import Route
from benchmarks.figures import Figure, tell
from streams.findings import Event, Finding, Grade
from streams.ports.store import Store, open_store
from zhiban.deskwork import DeskWork
from zhiban.garbage import collect_seldom

T0 = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
UNITS, COLUMNS, SUPERVISORS, ACCOUNTS = 500, 20, 20, 1000
ROUTES = (
    Route(channel="mail", to="head@x", go_on=True),
    *(
        Route(channel="mail", to=f"supervisor{number}@x", units=(f"*-{number}",), go_on=True)
        for number in range(SUPERVISORS)
    ),
    Route(channel="mail", to="{contact}"),
    Route(channel="mail", to="operator@x", operator=True),
)


def main() -> Iterator[Figure]:
    """Both storms."""
    collect_seldom()  # as every process of ours does
    seconds, letters = stormed([*_registered("unit", UNITS), *_breaches()])
    count = UNITS * COLUMNS
    people = Counter((one.channel, one.to) for one in letters)
    latest = max(one.written_at for one in letters) - T0 - MINUTE
    worst = max(_in_a_minute(letters))
    yield Figure(
        what="findings a second, from the ledger to letters that are kept", value=count / seconds, unit="findings/s"
    )
    yield Figure(what=f"letters about {count:,} breaches", value=len(letters), unit=f"letters to {len(people)} people")
    yield Figure(
        what="most letters to one person and channel within a minute", value=worst, unit="letters",
        goal="<= 3", met=worst <= 3,
    )  # fmt: skip
    yield Figure(
        what="the last letter, after the last breach", value=latest.total_seconds(), unit="s of virtual time",
        goal="<= 90, the group wait and a minute", met=latest <= 90 * SECOND,
    )  # fmt: skip
    seconds, letters = stormed([*_registered("account", ACCOUNTS), *_outage()])
    yield Figure(
        what=f"letters about a relay that fails under {ACCOUNTS:,} accounts", value=len(letters), unit="letters",
        goal="1", met=len(letters) == 1,
    )  # fmt: skip


def stormed(findings: Iterable[Finding]) -> tuple[float, list[Letter]]:
    """Seconds that the desk took, and what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'storm.db'}")
        desk = DeskWork(store, Settings(routes=ROUTES, remind=False), Language())
        try:
            _add(store, list(findings), T0 - MINUTE)
            desk.turn()
            begin = time.perf_counter()
            _tick(store, T0 + 10 * MINUTE)
            desk.turn()
            seconds = time.perf_counter() - begin
            with store.read() as tx:
                return seconds, [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
        finally:
            store.close()


def _add(store: Store, findings: list[Finding], until: datetime) -> None:
    with store.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(findings)
    _tick(store, until)


def _tick(store: Store, until: datetime) -> None:
    with store.write() as tx:
        tx.set_progress(0, tx.progress(0)[0], until)


def _registered(kind: str, count: int) -> Iterator[Finding]:
    for number in range(count):
        name = f"{kind}{number}"
        args = {"id": name, "name": name, "unit": f"unit{number}-{number % SUPERVISORS}", "contact": f"{name}@x"}
        yield _finding(name, 1, T0 - DAY, Event.SIGNALS, "REGISTRY", why="registered", args=args)


def _breaches() -> Iterator[Finding]:
    for number in range(UNITS * COLUMNS):
        unit, column = number % UNITS, number // UNITS
        at = T0 + number * MINUTE / (UNITS * COLUMNS)
        name, source = f"unit{unit}", f"unit{unit}/{column}"
        place = {"source": source, "id": f"{unit}.{column}", "witnessed_at": at, "collector": f"column:{name}"}
        args = {"newest": "2026-02-10", "limit": "14d"}
        yield _finding(
            name, column + 2, at, Event.OPENS, "WEB-COL-STALE", level=Grade.BREACH, why="stale", args=args, **place
        )


def _outage() -> Iterator[Finding]:
    for number in range(ACCOUNTS):
        at, name = T0 + number * MINUTE / ACCOUNTS, f"account{number}"
        place = {"source": f"{name}/1", "collector": "account:relay"}
        yield _finding(name, 2, T0 - DAY, Event.SIGNALS, "OWN-BLIND", why="good", **place)
        yield _finding(name, 3, at, Event.SIGNALS, "OWN-BLIND", level=Grade.UNKNOWN, why="failed", **place)


def _finding(name: str, n: int, at: datetime, event: Event, rule: str, **fields: object) -> Finding:
    whole = {"id": "", "level": Grade.OK} | fields
    return Finding(subject=name, n=n, time=at, event=event, rule=rule, opened_at=at, **whole)  # type: ignore[arg-type]


def _in_a_minute(letters: list[Letter]) -> Iterator[int]:
    by: dict[tuple[str, str], list[datetime]] = {}
    for one in letters:
        by.setdefault((one.channel, one.to), []).append(one.written_at)
    for times in by.values():
        yield from (sum(at <= other < at + MINUTE for other in times) for at in times)


if __name__ == "__main__":
    tell(main)
