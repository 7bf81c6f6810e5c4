"""Two ways to run a log: purely in memory, and through the real store under a hostile scheduler."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from stores import new_store, renew

from streams.advance import advance
from streams.agent import Agent
from streams.findings import Finding
from streams.looks import Look
from streams.messages import Case
from streams.ports.store import Store
from streams.ports.store.log import Logged
from streams.ports.store.opening import Transaction
from streams.ports.store.tables import metadata
from streams.records import BROADCAST, Fact, Position, Record, Tick
from streams.rows import Bundle, Row
from streams.rules import Rules


def fold(rules: Rules, log: Sequence[Record]) -> list[Finding]:
    """The ledger of a log, in the order (time, subject, n): no store, no partitions, every bundle at hand."""
    findings = [finding for _, said in steps(rules, log) for finding in said]
    return sorted(findings, key=lambda f: (f.time, f.subject, f.n))


def steps(rules: Rules, log: Sequence[Record]) -> Iterator[tuple[datetime | None, list[Finding]]]:
    """Each record's findings, with the last tick before it."""
    rows: dict[str, Row] = {}
    seen: dict[tuple[str, str], set[str]] = {}
    cases: dict[tuple[str, str], dict[str, Case]] = {}  # by subject and mailbox
    tick: datetime | None = None
    for offset, record in enumerate(log, 1):
        findings: list[Finding] = []
        names = list(rows) if isinstance(record.body, BROADCAST) else [record.subject]
        if isinstance(record.body, Tick):  # as in the store, a tick reaches only what is due
            names = [name for name in names if any(_is_due(one, record.time) for one in rows[name].bundles.values())]
        for name in names:
            position = None if isinstance(record.body, Tick) else Position(1, offset)
            known = seen.setdefault((name, record.body.source), set()) if isinstance(record.body, Look) else set()
            told = cases.setdefault((name, mailbox_of(record)), {})
            result = advance(rules, rows.get(name, Row(name)), record, position, tick, known, told)
            known.update(item.key for item in result.new)
            for event in result.events:
                told[event.message] = told.get(event.message, Case(event.message)).told([event])
            rows[name] = result.row
            findings.extend(result.findings)
        yield tick, findings
        if isinstance(record.body, Tick):
            tick = record.time if tick is None else max(tick, record.time)


def mailbox_of(record: Record) -> str:
    """The source that a fact about messages, or about a source, is of."""
    body = record.body
    if not isinstance(body, Fact):
        return ""
    return body.source.id if body.source is not None else body.mailbox


def _is_due(bundle: Bundle, at: datetime) -> bool:
    return bundle.due is not None and bundle.due <= at


def partition_of(subject: str, count: int) -> int:
    """Where a subject's records go."""
    return zlib.crc32(subject.encode()) % count


def spread(log: Sequence[Record], count: int) -> list[list[Logged]]:
    """The log cut into partitions; broadcasts go to each."""
    partitions: list[list[Logged]] = [[] for _ in range(count)]
    for record in log:
        everywhere = isinstance(record.body, BROADCAST)
        for target in range(count) if everywhere else [partition_of(record.subject, count)]:
            entries = partitions[target]
            entries.append(Logged(Position(1, len(entries) + 1), record.time, record))
    return partitions


class Crash(Exception):
    """The process died here."""


class CrashingStore(Store):
    """A store whose process dies before or after a commit, as the dice fall."""

    def __init__(self, store: Store, dice: random.Random, rate: float) -> None:
        super().__init__(store._engine)
        self._dice = dice
        self._rate = rate

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with super().write() as tx:
            yield tx
            if self._dice.random() < self._rate:
                raise Crash
        if self._dice.random() < self._rate:
            raise Crash


def empty(store: Store) -> None:
    """Take everything out of a store: cheaper than a new one for each example."""
    with store._engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())


def memory_store() -> Store:
    """A new store in memory."""
    return new_store()


def hostile(store: Store, rules: Rules, log: Sequence[Record], count: int, seed: int) -> list[Finding]:
    """The ledger of a log through `count` partitions: cut at random, crashes, redelivery, zombies with old batches."""
    dice = random.Random(seed)
    renew(store)
    with store.write() as tx:
        tx.set_partitions(count)
    partitions = spread(log, count)
    done = [0] * count
    past: list[tuple[int, list[Logged]]] = []
    agent = Agent(CrashingStore(store, dice, 0.2), rules, chunk=dice.choice([1, 2, 500]))
    while any(done[p] < len(partitions[p]) for p in range(count)):
        p = dice.choice([p for p in range(count) if done[p] < len(partitions[p])])
        batch = partitions[p][done[p] : done[p] + dice.choice([1, 2, 3, 50])]
        if past and dice.random() < 0.2:
            deliver(agent, *dice.choice(past))
        if deliver(agent, p, batch):
            past.append((p, batch))
            done[p] += len(batch)
    return ledger(store)


def deliver(agent: Agent, partition: int, batch: list[Logged]) -> bool:
    """Give a batch to an agent that may die on it: whether it lived to acknowledge."""
    try:
        agent.take(partition, batch)
    except Crash:
        return False
    return True


def ledger(store: Store) -> list[Finding]:
    """Every finding in the ledger's order."""
    with store.read() as tx:
        return tx.findings_until(_FAR)


_FAR = datetime.fromisoformat("9000-01-01T00:00:00+00:00")
