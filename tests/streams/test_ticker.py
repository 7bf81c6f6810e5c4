"""The ticker: a tick for every partition, and a word of its own silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from harness import memory_store
from timeline import at

from streams.ports.store import Store
from streams.ports.store.log import records_of
from streams.records import Body, Off, Position, Tick
from streams.ticker import EVERY, next_tick, tick

T = at("2026-03-02 09:00")


@pytest.fixture
def store() -> Iterator[Store]:
    """A store of three partitions, in memory."""
    made = memory_store()
    with made.write() as tx:
        tx.set_partitions(3)
    yield made
    made.close()


def bodies(store: Store, partition: int) -> list[Body]:
    with store.read() as tx:
        return [record.body for record in records_of(tx.read_log(partition, Position(0, 0), 100))]


def test_every_partition_is_told(store: Store) -> None:
    assert tick(store, T) == T
    assert [bodies(store, partition) for partition in range(3)] == [[Tick()]] * 3


@pytest.mark.parametrize(("silent", "off"), [(timedelta(minutes=10), False), (timedelta(minutes=10, seconds=1), True)])
def test_more_than_ten_minutes_of_silence_are_said_before_the_tick(store: Store, silent: timedelta, off: bool) -> None:
    tick(store, T)
    tick(store, T + silent)
    said = [Off(T, T + silent)] if off else []
    assert [bodies(store, partition) for partition in range(3)] == [[Tick(), *said, Tick()]] * 3


def test_the_first_tick_of_all_knows_of_no_silence(store: Store) -> None:
    tick(store, T)
    assert bodies(store, 0) == [Tick()]


def test_a_clock_that_goes_back_does_not_take_log_time_with_it(store: Store) -> None:
    tick(store, T)
    assert tick(store, T - timedelta(hours=5)) == T


def test_the_next_tick_is_within_five_minutes_or_when_the_desk_waits(store: Store) -> None:
    tick(store, T)
    assert next_tick(store, T, None) == T + EVERY
    assert next_tick(store, T, T + timedelta(seconds=30)) == T + timedelta(seconds=30)
    assert next_tick(store, T, T + timedelta(days=1)) == T + EVERY
