"""How fast the log of a province grows: 735 sites of 30 columns, 4,133 accounts, a probe of each site every hour.

A tenth of it is simulated for two days through the appender's thinning into a SQLite file, and scaled. Assumed: an
account posts twice a day and a column every other day; their pages list 20 items, of which a changed page shows one
that is new; one probe in two hundred fails. Beside it the same looks without thinning.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.figures import Figure, tell
from benchmarks.worlds import RELAY, START, account, site
from streams.codec import encode
from streams.connectors import Cursor, Reading
from streams.looks import Item, Look, Opening, Outcome, Shown
from streams.poller import Held, look_of, thin
from streams.ports.store import open_store
from streams.ports.store.polls import Due
from streams.records import Body
from streams.subjects import Source
from streams.thinning import Kept, only_new

SITES, COLUMNS, ACCOUNTS = 735, 30, 4133
SHARE, DAYS, WARM = 10, 2, 1
LISTED = 20


class Page:
    """A source of the simulation: what it shows, and what the appender keeps of it."""

    def __init__(self, source: Source, posts_a_day: float, dice: random.Random) -> None:
        """Nothing posted yet but what is listed."""
        self.source = source
        self.kept = Kept()
        self._chance = posts_a_day * source.every / timedelta(days=1)
        self._dice = dice
        self._posted = LISTED
        self._newest = START.date()
        self._known: set[str] = set()

    def look(self, at: datetime) -> tuple[list[Body], Body]:
        """What a look at `at` is worth in the log, and the look itself."""
        due = Due(self.source, Cursor(), self.kept, at, None)
        held = Held(self._read(at), f"zhiban-{at:%Y%m%d}-machine-1234-1@{self._dice.randrange(10**9)}", RELAY)
        look = look_of(due, held)
        bodies, self.kept = thin(due, only_new(look, self._known))
        self._known.update(item.key for item in look.items or ())
        return bodies, look

    def _read(self, at: datetime) -> Reading:
        if self.source.connector == "probe":
            opens = self._dice.random() > 1 / 200
            level = Opening(opens=opens, seconds=self._dice.random(), status=200 if opens else 502, ipv4=opens)
            return Reading(outcome=Outcome.GOOD, level=level)
        changed = self.kept.level is None or self._dice.random() < self._chance
        if changed:
            self._posted += 1
            self._newest = at.date()
        shown = Shown(count=LISTED, newest=self._newest, name="政务发布")
        return Reading(outcome=Outcome.GOOD, level=shown, items=self._items() if changed else None)

    def _items(self) -> tuple[Item, ...]:
        urls = [f"{self.source.url}202611/t20261102_{n:07}.html" for n in range(self._posted - LISTED, self._posted)]
        return tuple(Item(key=url, title="关于进一步做好某项重点工作的通知", url=url, day=START.date()) for url in urls)


def figures() -> Iterator[Figure]:
    """Megabytes a day, and looks a day, with and without thinning."""
    pages = _pages(random.Random(1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        store = open_store(f"sqlite:///{path}")
        with store.write() as tx:
            tx.set_partitions(1)
        looks = plain = listed = begin = records = 0
        for hour in range(24 * (WARM + DAYS)):
            at = START + timedelta(hours=hour)
            if hour == 24 * WARM:
                begin, looks, plain, listed, records = _size(path), 0, 0, 0, 0
            entries: list[tuple[str, Body]] = []
            for page in (one for one in pages if not (at - START) % one.source.every):
                bodies, look = page.look(at)
                entries += [(page.source.subject, body) for body in bodies]
                looks += 1
                plain += len(encode(look))
                listed += sum(len(encode(body)) for body in bodies if isinstance(body, Look) and body.items)
            records += len(entries)
            with store.write() as tx:
                tx.append(0, entries, at)
        store.close()
        grown = _size(path) - begin
    scale = SHARE / DAYS
    yield Figure(what="looks a day of a province", value=looks * scale, unit="looks")
    yield Figure(
        what="records a day of a province",
        value=records * scale,
        unit="records",
        beside="looks",
        other=looks * scale,
    )
    yield Figure(
        what="growth of the log, a province",
        value=grown * scale / 1e6,
        unit="MB/day",
        beside="every look as bare JSON",
        other=plain * scale / 1e6,
    )
    yield Figure(
        what="of it, looks with new items",
        value=listed * scale / 1e6,
        unit="MB/day",
        beside="the whole log",
        other=grown * scale / 1e6,
    )


def _size(path: Path) -> int:
    """The bytes of the file with its write-ahead log written into it."""
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    return path.stat().st_size


def _pages(dice: random.Random) -> list[Page]:
    pages = [Page(account(number)[1], 2.0, dice) for number in range(ACCOUNTS // SHARE)]
    for number in range(SITES // SHARE):
        subject, columns = site(number, COLUMNS)
        pages += [Page(column, 0.5, dice) for column in columns]
        probe = Source(
            id=f"{subject.id}/probe", subject=subject.id, connector="probe", url=subject.url, every=timedelta(hours=1)
        )
        pages.append(Page(probe, 0.0, dice))
    return pages


if __name__ == "__main__":
    tell(figures)
