"""Many rows in one statement: each database writes and meets the same rows, and refuses what a row alone would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DataError, IntegrityError
from stores import new_store

from streams.ports.store import Store
from streams.ports.store.batches import Batch, among, columns
from streams.ports.store.tables import bundles

COUNT = 1000
c = bundles.c
ADD = Batch(lambda given: given.into(insert(bundles)), columns(c.subject, c.source, c.partition, c.due, c.body))
MOVE = Batch(
    lambda given: (
        update(bundles)
        .where(c.subject == given["id_"], c.due.is_not_distinct_from(given["was_due"]))
        .values(due=given["due"])
    ),
    columns(c.due, id_=c.subject, was_due=c.due),
)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    postgres = request.param == "postgres"
    made = new_store(request.getfixturevalue("postgres") if postgres else f"sqlite:///{tmp_path / 'z.db'}")
    yield made
    made.close()


def row(number: int) -> tuple[object, ...]:
    """Texts, small and large numbers, nothing, and bytes that are no text."""
    due = None if number % 3 == 0 else number * 10**13
    return f"甲{number}", f'"{number}",\\{{}}', number % 8, due, bytes([number % 256, 0, 255]) * (number % 5)


def kept(store: Store) -> list[tuple[object, ...]]:
    with store.read() as tx:
        rows = tx.connection.execute(select(c.subject, c.source, c.partition, c.due, c.body)).all()
    return sorted((tuple(one) for one in rows), key=repr)


def test_every_value_of_every_row_comes_back(store: Store) -> None:
    rows = [row(number) for number in range(COUNT)]
    with store.write() as tx:
        assert ADD.run(tx.connection, rows) == COUNT
        assert ADD.run(tx.connection, []) == 0
    assert kept(store) == sorted(rows, key=repr)


def test_a_column_of_nothing_at_all_is_written_and_met(store: Store) -> None:
    rows = [(f"s{number}", "", 0, None, b"") for number in range(3)]
    with store.write() as tx:
        ADD.run(tx.connection, rows)
        assert MOVE.run(tx.connection, [(None, f"s{number}", None) for number in range(3)]) == 3
    assert kept(store) == rows


def test_only_rows_that_are_as_they_were_are_moved_and_counted(store: Store) -> None:
    with store.write() as tx:
        ADD.run(tx.connection, [("a", "", 0, 1, b""), ("b", "", 0, None, b""), ("c", "", 0, 3, b"")])
        assert MOVE.run(tx.connection, [(10, "a", 1), (20, "b", None), (30, "c", 4), (40, "nobody", 1)]) == 2
    assert [(one[0], one[3]) for one in kept(store)] == [("a", 10), ("b", 20), ("c", 3)]


def test_one_double_undoes_the_whole_batch(store: Store) -> None:
    with store.write() as tx:
        ADD.run(tx.connection, [("a", "", 0, 1, b"")])
    with pytest.raises(IntegrityError), store.write() as tx:
        ADD.run(tx.connection, [("b", "", 0, 1, b""), ("a", "", 0, 2, b"")])
    assert [one[0] for one in kept(store)] == ["a"]


@pytest.mark.cluster
def test_a_text_that_is_too_long_is_refused_not_cut(postgres: str) -> None:
    made = new_store(postgres)
    with pytest.raises(DataError), made.write() as tx:
        ADD.run(tx.connection, [("x" * 201, "", 0, None, b"")])
    made.close()


def test_among_meets_exactly_the_pairs_however_many_they_are(store: Store) -> None:
    pairs = [(f"s{number}", f"{number % 7}") for number in range(COUNT)]
    with store.write() as tx:
        ADD.run(tx.connection, [(*pair, 0, None, b"") for pair in pairs])
        wanted = [*pairs[::2], ("s1", "nobody's"), ("s0", "1")]
        met = {
            tuple(one)
            for where in among(tx.connection, [c.subject, c.source], wanted)
            for one in tx.connection.execute(select(c.subject, c.source).where(where))
        }
        assert met == set(pairs[::2])
        assert list(among(tx.connection, [c.subject], [])) == []
