"""The clockwork: what was told is carried once; ticks reach every partition, and never pass a look still out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import ledger
from logs import source, subject
from stores import new_store
from toys import TOYS

from streams.agent import Agent
from streams.clockwork import BEHIND, EVERY, LEASE, Clockwork
from streams.partitions import partition_of
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.ports.store.log import Logged
from streams.records import Fact, FactKind, Off, Position, Record, Tick

T = datetime(2026, 11, 2, 1, tzinfo=UTC)
COUNT = 3


class Memory:
    """A log in memory, as Kafka would keep it: a list for each partition."""

    def __init__(self) -> None:
        self.partitions: list[list[tuple[Record, int]]] = [[] for _ in range(COUNT)]
        self.down = False

    def append(self, partition: int, records: Sequence[tuple[Record, int]]) -> None:
        if self.down:
            raise ConnectionError("no broker answers")
        self.partitions[partition] += records

    def logged(self, partition: int) -> list[Logged]:
        """As an agent reads it, from the beginning."""
        return [
            Logged(Position(1, offset), record.time, record, told=told)
            for offset, (record, told) in enumerate(self.partitions[partition], 1)
        ]

    def ticks(self, partition: int) -> list[datetime]:
        return [record.time for record, _ in self.partitions[partition] if isinstance(record.body, Tick)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(f"sqlite:///{tmp_path / 'c.db'}")
    with made.write() as tx:
        tx.set_partitions(COUNT)
    yield made
    made.close()


def clockwork(store: Store, clock: ManualClock, log: Memory, holder: str = "one") -> Clockwork:
    return Clockwork(store, clock, log, holder)


def told(store: Store, *names: str) -> None:
    with store.write() as tx:
        for name in names:
            facts = [Fact(kind=FactKind.REGISTERED, subject=subject(name))]
            facts += [Fact(kind=FactKind.SOURCE_ADDED, source=source(name, 0))]
            tx.append(partition_of(name, COUNT), [(name, fact) for fact in facts], T)


def test_every_partition_gets_ticks_also_without_traffic(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    at_work = clockwork(store, clock, log)
    for seconds in (0, 3, 10, 14, 21):
        clock.set(T + timedelta(seconds=seconds))
        assert at_work.turn()
    moments = [T, T + EVERY, T + timedelta(seconds=21)]
    assert [log.ticks(partition) for partition in range(COUNT)] == [moments] * COUNT


def test_a_tick_waits_for_the_oldest_look_still_out_but_not_for_ever(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    with store.write() as tx:
        tx.put_sources([source("甲", 0)], {"甲/0": T})
        assert tx.claim_looks(T, T + timedelta(minutes=5), "one", 5)
    clock.set(T + timedelta(seconds=30))
    clockwork(store, clock, log).turn()
    assert log.ticks(0) == [T], "the look was asked at T, and is still out"
    clock.set(T + timedelta(seconds=200))
    clockwork(store, clock, log).turn()
    assert log.ticks(0) == [T, T + timedelta(seconds=200) - BEHIND]


def test_a_silence_is_said_before_the_next_tick(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    clockwork(store, clock, log).turn()
    clock.set(T + timedelta(hours=3))
    clockwork(store, clock, log).turn()
    bodies = [record.body for record, _ in log.partitions[1]]
    assert bodies == [Tick(), Off(T, T + timedelta(hours=3)), Tick()]


def test_one_works_at_a_time_and_the_next_takes_over(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    first, second = clockwork(store, clock, log), clockwork(store, clock, log, "two")
    assert (first.turn(), second.turn()) == (True, False)
    clock.set(T + LEASE)
    assert second.turn()
    assert not first.turn()
    second.stop()
    assert first.turn()


def test_what_was_told_goes_to_its_partition_in_order_and_once(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    told(store, "甲", "乙", "丙")
    at_work = clockwork(store, clock, log)
    at_work.turn()
    at_work.turn()
    for name in ("甲", "乙", "丙"):
        entries = [(record, number) for record, number in log.partitions[partition_of(name, COUNT)] if number]
        kinds = [record.body.kind for record, _ in entries if record.subject == name and isinstance(record.body, Fact)]
        assert kinds == [FactKind.REGISTERED, FactKind.SOURCE_ADDED]
        assert [number for _, number in entries] == sorted({number for _, number in entries})
    with store.read() as tx:
        assert not tx.has_untold()


def test_what_a_dying_relay_sent_twice_counts_once(store: Store, tmp_path: Path) -> None:
    """It died between the broker's answer and its own note: the next one sends it again."""
    log, clock = Memory(), ManualClock(T)
    told(store, "甲", "乙")
    clockwork(store, clock, log).turn()
    once = [log.logged(partition) for partition in range(COUNT)]
    with store.write() as tx:
        for partition in range(COUNT):
            tx.set_relayed(partition, Position(1, 0))
    clockwork(store, clock, log).turn()
    assert sum(map(len, log.partitions)) == sum(map(len, once)) + 4, "it was sent again"
    findings = []
    for name, entries in (("once", once), ("twice", [log.logged(partition) for partition in range(COUNT)])):
        made = new_store(f"sqlite:///{tmp_path / name}.db")
        with made.write() as tx:
            tx.set_partitions(COUNT)
        Agent(made, TOYS).take_all(dict(enumerate(entries)))
        findings.append(ledger(made))
        made.close()
    assert findings[0]
    assert findings[0] == findings[1]


def test_what_no_broker_took_is_not_noted_as_taken(store: Store) -> None:
    log, clock = Memory(), ManualClock(T)
    told(store, "甲")
    log.down = True
    with pytest.raises(ConnectionError):
        clockwork(store, clock, log).turn()
    with store.read() as tx:
        assert tx.has_untold()
    log.down = False
    clockwork(store, clock, log).turn()
    assert any(number for partition in log.partitions for _, number in partition)
