"""A city moves between two stores and goes on there as if nothing had been: the same for each pair of databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import empty, ledger
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import ending, logs
from moves import desk, embedded, moved, through_kafka
from multiplex import city_of
from servers import fresh_database
from toys import TOYS

from streams.ports.store import Store, open_store
from streams.records import Record
from zhiban.wiring import load_rules

RULES = load_rules(("national-2019",), {})
Fresh = Callable[[], Store]


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Opens empty stores, each in a database of its own."""
    with ExitStack() as stack:
        made: list[Store] = []

        def fresh() -> Store:
            url = f"sqlite:///{tmp_path / f'{len(made)}.db'}"
            if request.param == "postgres" and len(made) % 2:
                url = stack.enter_context(fresh_database(request.getfixturevalue("server")))
            made.append(open_store(url))
            stack.callback(made[-1].close)
            return made[-1]

        yield fresh


def told(store: Store) -> list[tuple[str, bytes]]:
    """The letters, to the byte."""
    desk(store)
    with store.read() as tx:
        return [(key, body) for key, _, body in tx.letters()]


@pytest.fixture(scope="module")
def city() -> list[Record]:
    return city_of(40)


def test_a_city_moves_and_comes_back_as_if_nothing_had_been(city: Sequence[Record], fresh: Fresh) -> None:
    undisturbed = fresh()
    embedded(undisturbed, RULES, city, 3)
    here, there, back = fresh(), fresh(), fresh()
    first, second = len(city) // 3, 2 * len(city) // 3
    embedded(here, RULES, city[:first], 1)
    desk(here)
    done = moved(here, there, 5, "kafka")
    assert (done.epoch, done.partitions, done.resumed) == (2, 5, False)
    ends = through_kafka(there, RULES, city[first:second], 5)
    desk(there)
    assert moved(there, back, 1, "table", lambda: ends).epoch == 3
    embedded(back, RULES, city[second:], 1)
    assert ledger(back) == ledger(undisturbed)
    assert told(back) == told(undisturbed)
    assert len(told(back)) > 10
