"""Cities that move: half a log here, half there, and everything that a store holds beside the log's own rows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from harness import deliver
from multiplex import SETTINGS

from alerts.board import Language
from streams.agent import Agent
from streams.partitions import partition_of
from streams.ports.store import Store
from streams.ports.store.copying import rows_of_the_city
from streams.ports.store.log import Logged
from streams.ports.store.marks import Where
from streams.ports.store.moving import COPYING, Ends, Moved, Plan, Watching, move
from streams.ports.store.opening import connect
from streams.ports.store.tables import metadata
from streams.records import BROADCAST, Position, Record
from streams.rules import Rules
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.wiring import load_pack

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def embedded(store: Store, rules: Rules, log: Sequence[Record], count: int) -> None:
    """Append records to the table and judge them, as the embedded runner does."""
    with store.write() as tx:
        tx.set_partitions(count)
        for record in log:
            everywhere = isinstance(record.body, BROADCAST)
            for partition in range(count) if everywhere else [partition_of(record.subject, count)]:
                assert tx.append(partition, [(record.subject, record.body)], record.time) == record.time
    agent = Agent(store, rules)
    for partition in range(count):
        while agent.catch_up(partition):
            pass


def through_kafka(store: Store, rules: Rules, log: Sequence[Record], count: int) -> list[int]:
    """Judge records as an agents worker reads them from a topic of its own; the topic's ends."""
    partitions: list[list[Logged]] = [[] for _ in range(count)]
    with store.write() as tx:
        tx.set_partitions(count)
        epoch = tx.epoch()
    for record in log:
        everywhere = isinstance(record.body, BROADCAST)
        for partition in range(count) if everywhere else [partition_of(record.subject, count)]:
            entries = partitions[partition]
            entries.append(Logged(Position(epoch, len(entries) + 1), record.time, record))
    for partition, entries in enumerate(partitions):
        assert deliver(Agent(store, rules), partition, entries)
    return [len(entries) for entries in partitions]


def desk(store: Store) -> None:
    """Let the desk take what the watermark allows."""
    language = Language("zh", clauses_of(load_pack(("national-2019",))))
    DeskWork(store, SETTINGS, language).turn()


def moved(
    source: Store,
    target: Store,
    count: int | None,
    log: Where = "table",
    ends: Ends | None = None,
    watching: Watching | None = None,
) -> Moved:
    """Move a city, under the names that tests give."""
    plan = Plan(names=("here", "there"), partitions=count, log=log, now=NOW)
    return move(source, target, plan, ends, watching or Watching())


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a store, but for what marks the copies themselves."""
    with store._engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(table.select().where(*rows_of_the_city(table)))), key=repr
            )
            for table in metadata.sorted_tables
        }


class Broken(Exception):
    """The copy was broken off here."""


class BreaksOff(Watching):
    """Breaks off after the first chunk that is copied."""

    def __init__(self) -> None:
        self._phase = ""

    def begin(self, phase: str, rows: dict[str, int]) -> None:
        self._phase = phase

    def reached(self, table: str, rows: int) -> None:
        if self._phase == COPYING:
            raise Broken


def broken_off(
    source: Store, target: Store, names: tuple[str, str] = ("here", "there"), count: int = 2, chunk: int = 1000
) -> bool:
    """Copy one chunk more and break off; whether there was one."""
    plan = Plan(names=names, partitions=count, log="table", now=NOW, chunk=chunk)
    try:
        move(source, target, plan, None, BreaksOff())
    except Broken:
        return True
    return False


class Teller(Watching):
    """Says on standard output how far it is: whoever reads it knows when to kill."""

    def reached(self, table: str, rows: int) -> None:
        print(table, rows, flush=True)


def main() -> None:
    """A process that moves a city in very small steps, from one URL to another."""
    source, target = connect(sys.argv[1]), connect(sys.argv[2])
    plan = Plan(names=("here", "there"), partitions=5, log="table", now=NOW, chunk=int(sys.argv[3]))
    move(source, target, plan, None, Teller())
    print("done", flush=True)


if __name__ == "__main__":
    main()
