"""The desk at work in a store: alone, beside another, and across crashes; letters come once, whatever happens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from harness import Crash, CrashingStore
from ledgers import CLAUSES, ROUTES, T0, Ledger
from stores import new_store

from alerts.board import Language, Settings
from streams.findings import Finding
from streams.ports.store import Store
from zhiban.deskwork import CHUNK, SOON, DeskWork

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new(tmp_path / "desk.db")
    yield made
    made.close()


def new(path: Path) -> Store:
    made = new_store(f"sqlite:///{path}")
    with made.write() as tx:
        tx.set_partitions(1)
    return made


def desk_of(store: Store) -> DeskWork:
    return DeskWork(store, Settings(routes=ROUTES), Language("zh", CLAUSES))


def add(store: Store, findings: Sequence[Finding], until: datetime) -> None:
    """Findings are committed, and the partition's tick stands at `until`."""
    with store.write() as tx:
        tx.add_findings(findings)
        tx.set_progress(0, tx.progress(0)[0], until)


def outcome(store: Store) -> tuple[object, ...]:
    """All that a desk has made."""
    with store.read() as tx:
        return tx.load_desk()[1], tx.letters()


def story() -> list[tuple[list[Finding], datetime]]:
    """A fortnight in parts: what is found, and how far the watermark stands then."""
    ledger = Ledger().registered("甲", "乙", "丙")
    parts, told = [], 0
    for number, name in enumerate(("甲", "乙", "丙", "甲")):
        moment = T0 + number * 3 * DAY
        (ledger.opens if number < 3 else ledger.closes)(name, moment)
        parts.append((ledger.findings[told:], moment + DAY))
        told = len(ledger.findings)
    return [*parts, ([], T0 + 20 * DAY)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """What one desk alone makes of the story."""
    store = new(tmp_path_factory.mktemp("calm") / "desk.db")
    desk = desk_of(store)
    for findings, until in story():
        add(store, findings, until)
        desk.turn()
    made = outcome(store)
    store.close()
    assert len(made[1]) >= 4  # type: ignore[arg-type]
    return made


def test_nothing_is_taken_before_the_watermark_has_passed_it(store: Store) -> None:
    desk = desk_of(store)
    assert desk.turn() is None  # no tick at all yet
    add(store, Ledger().registered("甲").opens("甲", T0).findings, T0)
    assert desk.turn() == T0 + SOON  # strictly before the watermark: it waits for the next tick
    assert desk.board().head.time < T0
    add(store, [], T0 + HOUR)
    desk.turn()
    assert desk.board().head.time == T0


def test_it_says_when_it_next_waits_for_a_tick(store: Store) -> None:
    desk = desk_of(store)
    add(store, Ledger().registered("甲").opens("甲", T0).findings, T0 + timedelta(microseconds=1))
    wanted = desk.turn()
    assert wanted is not None
    assert T0 < wanted <= T0 + HOUR  # the group wait
    add(store, [], wanted)
    desk.turn()
    with store.read() as tx:
        assert len(tx.letters()) == 1


def test_a_second_desk_is_noticed_and_the_state_taken_up_anew(store: Store, undisturbed: tuple[object, ...]) -> None:
    first, second = desk_of(store), desk_of(store)
    for number, (findings, until) in enumerate(story()):
        add(store, findings, until)
        (first, second)[number % 2].turn()
        (second, first)[number % 2].turn()
    assert outcome(store) == undisturbed
    assert first.board().head == second.board().head


def test_a_desk_with_old_state_writes_nothing(store: Store) -> None:
    stale, quick = desk_of(store), desk_of(store)
    parts = story()
    add(store, *parts[0])
    stale.turn()
    add(store, *parts[1])
    quick.turn()
    made = outcome(store)
    stale.turn()
    assert outcome(store) == made


@pytest.mark.parametrize("seed", range(4))
def test_a_crash_before_or_after_the_commit_loses_and_doubles_nothing(
    store: Store, undisturbed: tuple[object, ...], seed: int
) -> None:
    crashing = CrashingStore(store, random.Random(seed), 0.4)
    desk = desk_of(crashing)
    crashes = 0
    for findings, until in story():
        add(store, findings, until)
        while True:
            try:
                desk.turn()
                break
            except Crash:
                crashes += 1  # the same object goes on, as the embedded loop has it; and a new process now and then
                desk = desk_of(crashing) if crashes % 2 else desk
    assert crashes
    assert outcome(store) == undisturbed


def test_a_long_ledger_is_taken_in_chunks(store: Store) -> None:
    names = [f"号{n}" for n in range(CHUNK // 2 + 5)]  # two findings each
    add(store, Ledger().registered(*names).findings, T0)
    desk_of(store).turn()
    with store.read() as tx:
        assert tx.desk_turns() == 2
    assert desk_of(store).board().head.n == 2
