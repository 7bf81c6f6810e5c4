"""`advance` by itself: looks and rule-steps per second of one core, for accounts under the whole national pack.

An account has six rules, and each look is judged by all of them. *Unchanged* looks show the level of the last one:
rules that promise to be steady are passed over, which is what most looks of a real day are. *With codec and ids*: the
record and the bundle are decoded, and the bundle and all findings (with their matters' ids) encoded, every time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from statistics import median

from benchmarks.figures import Figure, tell
from benchmarks.worlds import START, account, facts, look, national
from streams.advance import advance
from streams.codec import decode_body, encode
from streams.looks import Look
from streams.records import Position, Record
from streams.rowcodec import decode_bundle, encode_bundle
from streams.rows import Row
from streams.rules import Rules
from streams.subjects import Source
from zhiban.garbage import collect_seldom
from zhiban.ruletime import ONE_IN, RuleTime

ACCOUNTS = 2000
ROUNDS = 5


class World:
    """Accounts in memory, looked at again and again."""

    def __init__(self) -> None:
        """Register them, and look once."""
        self.rules = national()
        self.watched = RuleTime().sampling(self.rules)
        self.pick: Callable[[], Rules] = lambda: self.rules  # as an agent has it, to which nobody gave any other
        self.rows: dict[str, Row] = {}
        self.stored: dict[str, dict[str, bytes]] = {}
        self.offset = 0
        self.at = START
        pairs = [account(number) for number in range(ACCOUNTS)]
        self.sources: list[Source] = [source for _, source in pairs]
        for name, fact in facts([(subject, [source]) for subject, source in pairs]):
            self.move(Record(START, name, fact))
        self.round(changed=True, codec=False)
        self.parts = len(self.rows[self.sources[0].subject].bundles[self.sources[0].id].parts)

    def move(self, record: Record) -> None:
        """One record through the engine."""
        self.offset += 1
        row = self.rows.get(record.subject) or Row(record.subject)
        self.rows[record.subject] = advance(self.pick(), row, record, Position(1, self.offset), self.at).row

    def move_stored(self, name: str, body: bytes) -> None:
        """One record as it lies in the log, upon a bundle as it lies in the store."""
        self.offset += 1
        row, stored = self.rows[name], self.stored[name]
        row.bundles = {source: decode_bundle(self.rules, bundle) for source, bundle in stored.items()}
        record = Record(self.at, name, decode_body(body))
        done = advance(self.rules, row, record, Position(1, self.offset), self.at)
        self.rows[name] = done.row
        for source in done.touched:
            stored[source] = encode_bundle(done.row.bundles[source])
        for finding in done.findings:
            encode(finding)

    def round(self, *, changed: bool, codec: bool) -> float:
        """Look at every account once, two hours later; the seconds of CPU."""
        self.at += timedelta(hours=2)
        made = [(source.subject, self._look(source, self.at, changed)) for source in self.sources]
        if codec:
            lines = [(name, encode(one)) for name, one in made]
            self.stored = {
                name: {s: encode_bundle(b) for s, b in row.bundles.items()} for name, row in self.rows.items()
            }
            begin = time.process_time()
            for name, line in lines:
                self.move_stored(name, line)
            return time.process_time() - begin
        begin = time.process_time()
        for name, one in made:
            self.move(Record(self.at, name, one))
        return time.process_time() - begin

    def _look(self, source: Source, at: datetime, changed: bool) -> Look:
        newest = at.date() if changed else date(2026, 11, 1)
        return look(source, at, newest, count=20 + (at.hour % 7 if changed else 0))


def figures() -> Iterator[Figure]:
    """Changed and unchanged, pure and with codec; the best of five rounds each."""
    collect_seldom()
    world = World()
    for codec, goal in ((False, 400_000), (True, 200_000)):
        name = "with codec and ids" if codec else "pure"
        speed = {}
        for changed in (False, True):
            world.round(changed=changed, codec=codec)
            speed[changed] = ACCOUNTS / min(world.round(changed=changed, codec=codec) for _ in range(ROUNDS))
        for changed in (False, True):
            kind = "changed" if changed else "unchanged"
            limit = speed[False]
            yield Figure(
                what=f"looks judged, {kind}, {name}",
                value=speed[changed],
                unit="looks/s and core",
                beside="unchanged" if changed else "",
                other=limit if changed else None,
            )
            steps = speed[changed] * world.parts
            yield Figure(
                what=f"rules asked, {kind}, {name}",
                value=steps,
                unit="rules/s and core",
                beside="goal",
                other=float(goal),
                goal=f">= {goal:,}",
                met=steps >= goal,
            )
    yield from _watching(world)


def _watching(world: World) -> Iterator[Figure]:
    """What it costs that one record in so many is judged under a stopwatch: the median of pairs of rounds."""
    plain, watched = world.pick, world.watched
    ratios = []
    for number in range(10 * ROUNDS):
        spent = {}
        for is_watched in (number % 2 == 0, number % 2 == 1):
            world.pick = watched if is_watched else plain
            spent[is_watched] = world.round(changed=True, codec=False)
        ratios.append(spent[True] / spent[False])
    cost = median(ratios) - 1
    what = f"time of rules measured, one record in {ONE_IN}"
    yield Figure(what=what, value=100 * cost, unit="% of CPU", goal="< 3", met=cost < 0.03)


if __name__ == "__main__":
    tell(figures)
