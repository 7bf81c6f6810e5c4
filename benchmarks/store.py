"""Log and state in one SQLite file, FULL: append, read, judge by all account rules, write; batches of 1,000.

Beside it the same count of plain rows by `executemany` into a file with the same settings, a transaction a batch: no
rule, no state, no codec. That is what the disk and SQLite alone would allow for the log.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, tell
from benchmarks.worlds import START, account, append, facts, look, national
from streams.agent import Agent
from streams.codec import encode
from streams.looks import Item, Look
from streams.ports.store import open_store
from streams.records import Body
from streams.subjects import Source
from zhiban.garbage import collect_seldom

ACCOUNTS = 4000
ROUNDS = 4
GOAL = 20_000


def figures() -> Iterator[Figure]:
    """Unchanged, changed, and changed with two new items each."""
    collect_seldom()
    with tempfile.TemporaryDirectory() as folder:
        raw = Raw(Path(folder) / "raw.db")
        world = World(Path(folder) / "zhiban.db")
        for name, changed, items in (("unchanged", False, 0), ("changed", True, 0), ("with 2 new items", True, 2)):
            world.round(changed=changed, items=items)
            pairs = [world.round(changed=changed, items=items, raw=raw) for _ in range(ROUNDS)]
            spent, other = (min(times) for times in zip(*pairs, strict=True))
            yield Figure(
                what=f"append + apply, {name}",
                value=ACCOUNTS / spent,
                unit="looks/s",
                beside="raw inserts",
                other=ACCOUNTS / other,
                goal=f">= {GOAL:,}/s" if not items else "",
                met=ACCOUNTS / spent >= GOAL if not items else None,
            )
        world.store.close()


class World:
    """Accounts in a store."""

    def __init__(self, path: Path) -> None:
        """Register them."""
        self.store = open_store(f"sqlite:///{path}")
        self.agent = Agent(self.store, national())
        self.at = START
        pairs = [account(number) for number in range(ACCOUNTS)]
        self.sources = [source for _, source in pairs]
        with self.store.write() as tx:
            tx.set_partitions(1)
        append(self.store, self.agent, list(facts([(subject, [source]) for subject, source in pairs])), START)

    def round(self, *, changed: bool, items: int, raw: Raw | None = None) -> tuple[float, float]:
        """Look at every account once, two hours later; the seconds, and those of `raw` for the same records."""
        self.at += timedelta(hours=2)
        bodies: list[tuple[str, Body]] = [(s.subject, self._look(s, items, changed=changed)) for s in self.sources]
        begin = time.perf_counter()
        append(self.store, self.agent, bodies, self.at)
        middle = time.perf_counter()
        if raw is not None:
            raw.insert(bodies)
        return middle - begin, time.perf_counter() - middle

    def _look(self, source: Source, items: int, *, changed: bool) -> Look:
        newest = self.at.date() if changed else date(2026, 11, 1)
        one = look(source, self.at, newest, count=20 + (self.at.hour % 7 if changed else 0))
        keys = [f"https://mp.example.cn/s/{self.at:%m%d%H}/{number}" for number in range(items)]
        fresh = tuple(Item(key=key, title="关于开展某项工作的通知", url=key, day=newest) for key in keys)
        return msgspec.structs.replace(one, items=fresh or None)


class Raw:
    """A log without anything behind it."""

    def __init__(self, path: Path) -> None:
        """Make the table."""
        self._offset = 0
        self._file = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute(
            "CREATE TABLE log (partition INTEGER, epoch INTEGER, offset INTEGER, time INTEGER, subject TEXT,"
            " source TEXT, kind TEXT, body BLOB, PRIMARY KEY (partition, epoch, offset))"
        )

    def insert(self, bodies: Sequence[tuple[str, Body]], size: int = 1000) -> None:
        """The same records, encoded, in batches of the same size."""
        for begin in range(0, len(bodies), size):
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(
                "INSERT INTO log VALUES (0, 1, ?, 0, ?, ?, 'look', ?)", self._rows(bodies, begin, size)
            )
            self._file.execute("COMMIT")

    def _rows(self, bodies: Sequence[tuple[str, Body]], begin: int, size: int) -> list[tuple[int, str, str, bytes]]:
        rows = []
        for name, body in bodies[begin : begin + size]:
            self._offset += 1
            rows.append((self._offset, name, name, encode(body)))
        return rows


if __name__ == "__main__":
    tell(figures)
