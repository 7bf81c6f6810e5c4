"""What a read costs does not grow with what lies before the place from which it reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from stores import new_store

from streams.findings import Event, Finding, Grade
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.records import Fact, FactKind, Position
from streams.rows import Bundle, Row

AT = datetime(2026, 11, 2, tzinfo=UTC)
LONG, SHORT = 20_000, 200


def effort(store: Store, read: Callable[[Transaction], object]) -> int:
    """Hundreds of steps of SQLite's own machine that `read` takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store.read() as tx:
        driver = tx.connection.connection.dbapi_connection
        assert driver is not None
        driver.set_progress_handler(count, 100)
        read(tx)
        driver.set_progress_handler(None, 0)
    return steps


def logged(count: int) -> Store:
    store = new_store("sqlite://")
    with store.write() as tx:
        tx.set_partitions(1)
        tx.append(0, [(f"s{number}", Fact(kind=FactKind.CONFIRMED)) for number in range(count)], AT)
    return store


def told(count: int) -> Store:
    store = new_store("sqlite://")
    with store.write() as tx:
        tx.add_findings([_signal(number) for number in range(count)])
    return store


def bundled(count: int) -> Store:
    store = new_store("sqlite://")
    bundle = Bundle(None, due=AT + timedelta(days=1))
    rows = {f"s{n}": (Row(f"s{n}"), Row(f"s{n}", clock=AT, bundles={"": bundle}), {""}) for n in range(count)}
    with store.write() as tx:
        tx.set_partitions(2)
        tx.save({0: rows})
        soon = Row("soon", clock=AT, bundles={"": Bundle(None, due=AT)})
        tx.save({1: {"soon": (Row("soon"), soon, {""})}})
    return store


def _signal(number: int) -> Finding:
    name = f"s{number:06}"
    return Finding(subject=name, n=1, time=AT, event=Event.SIGNALS, id="", rule="R", level=Grade.OK, opened_at=AT)


def _end_of_log(count: int) -> Callable[[Transaction], object]:
    return lambda tx: tx.read_log(0, Position(1, count - 10), 1000)


def _end_of_ledger(count: int) -> Callable[[Transaction], object]:
    after = (AT, f"s{count - 10:06}", 1)
    return lambda tx: tx.findings_between(after, datetime(2027, 1, 1, tzinfo=UTC), 1000)


def _first_due(_count: int) -> Callable[[Transaction], object]:
    def read(tx: Transaction) -> None:
        assert tx.next_due() == AT

    return read


@pytest.mark.parametrize(("make", "end"), [(bundled, _first_due), (logged, _end_of_log), (told, _end_of_ledger)])
def test_the_end_is_read_without_walking_through_what_is_before(
    make: Callable[[int], Store], end: Callable[[int], Callable[[Transaction], object]]
) -> None:
    short = effort(make(SHORT), end(SHORT))
    assert effort(make(LONG), end(LONG)) <= short + 5
