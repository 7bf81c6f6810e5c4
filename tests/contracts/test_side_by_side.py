"""Several workers at one database at the same moment: no look, no letter and no row is taken by two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from logs import source, subject
from stores import new_store

from streams.outgoing import Pace
from streams.ports.store import Store
from streams.ports.store.outbox import Draft
from streams.ports.store.state import Conflict
from streams.records import Fact, FactKind, Position
from streams.rows import Row
from streams.subjects import Source

T0 = datetime(2026, 11, 2, 1, tzinfo=UTC)
SOON = T0 + timedelta(minutes=5)
WORKERS = 4
V = TypeVar("V")


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    postgres = request.param == "postgres"
    made = new_store(request.getfixturevalue("postgres") if postgres else f"sqlite:///{tmp_path / 'z.db'}")
    with made.write() as tx:
        tx.set_partitions(1)
    yield made
    made.close()


def together(work: Callable[[int], V]) -> list[V]:
    """The answers of so many workers that begin at the same moment."""
    gate = threading.Barrier(WORKERS)

    def begin(number: int) -> V:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(begin, range(WORKERS)))


def _elsewhere(one: Source, number: int) -> Source:
    """At a host of its own: of one host nobody takes looks while another does."""
    return msgspec.structs.replace(one, url=f"https://h{number}.example/")


def test_no_look_is_claimed_by_two(store: Store) -> None:
    sources = [_elsewhere(source(f"号{number}", 0), number) for number in range(60)]
    with store.write() as tx:
        tx.put_sources(sources, {one.id: T0 for one in sources})

    def claim(number: int) -> list[str]:
        found: list[str] = []
        for _ in range(6):
            with store.write() as tx:
                found += [due.source.id for due in tx.claim_looks(T0, SOON, f"w{number}", 5)]
        return found

    claimed = [name for found in together(claim) for name in found]
    assert sorted(claimed) == sorted(one.id for one in sources)


def test_no_letter_is_claimed_by_two(store: Store) -> None:
    drafts = [Draft(f"k{number}", "mail", f"a{number % 20}", T0, b"{}") for number in range(60)]
    with store.write() as tx:
        tx.put_letters(drafts)

    def claim(_number: int) -> list[str]:
        found: list[str] = []
        for _ in range(4):
            with store.write() as tx:
                found += [one.key for one in tx.claim_letters(T0, SOON, 20)]
        return found

    claimed = [key for found in together(claim) for key in found]
    assert len(claimed) == len(set(claimed)) == 20, "of each recipient the oldest alone"


def test_all_who_send_keep_one_pace(store: Store) -> None:
    drafts = [Draft(f"k{number}", "robot", f"a{number}", T0, b"{}") for number in range(60)]
    with store.write() as tx:
        tx.put_letters(drafts)

    def claim(_number: int) -> list[str]:
        found: list[str] = []
        for _ in range(6):
            with store.write() as tx:
                found += [one.key for one in tx.claim_letters(T0, SOON, 5, {"robot": (Pace(20, 60),)})]
        return found

    claimed = [key for found in together(claim) for key in found]
    assert len(claimed) == len(set(claimed)) == 20


def test_one_row_is_moved_by_one(store: Store) -> None:
    before = Row("甲", subject("甲"), Position(1, 1), T0, 0, "v")
    with store.write() as tx:
        tx.save({0: {"甲": (Row("甲"), before, set())}})

    def move(number: int) -> bool:
        after = Row("甲", before.subject, Position(1, 2 + number), SOON, 0, "v")
        try:
            with store.write() as tx:
                tx.save({0: {"甲": (before, after, set())}})
        except Conflict:
            return False
        return True

    assert sorted(together(move)) == [False] * (WORKERS - 1) + [True]


def test_one_lease_has_one_holder(store: Store) -> None:
    with store.write() as tx:
        tx.take_lease("clockwork", "before", T0 - timedelta(hours=1), T0 - timedelta(minutes=1))

    def take(number: int) -> bool:
        with store.write() as tx:
            return tx.take_lease("clockwork", f"w{number}", T0, SOON)

    assert sorted(together(take)) == [False] * (WORKERS - 1) + [True]


def test_offsets_have_no_gap_and_no_double(store: Store) -> None:
    def append(number: int) -> None:
        for _ in range(10):
            with store.write() as tx:
                tx.append(0, [(f"号{number}", Fact(kind=FactKind.CONFIRMED))], T0)

    together(append)
    with store.read() as tx:
        log = tx.read_log(0, Position(1, 0), 1000)
    assert [one.position.offset for one in log] == list(range(1, 10 * WORKERS + 1))


def test_a_zombie_takes_no_progress_back(store: Store) -> None:
    def progress(number: int) -> None:
        with store.write() as tx:
            tx.set_progress(0, Position(1, number), T0 + timedelta(minutes=number))

    together(progress)
    with store.read() as tx:
        assert tx.progress(0) == (Position(1, WORKERS - 1), T0 + timedelta(minutes=WORKERS - 1))
