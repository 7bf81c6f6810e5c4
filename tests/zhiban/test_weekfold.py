"""Where the fold of the ledger is taken up, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from harness import memory_store
from ledgers import T0, Ledger

from alerts.digest.week import week_of
from streams.ports.store import Store
from streams.ports.store.weeks import MOST
from zhiban.weekfold import WeekFold, folded_by

WEEK = week_of(T0)
YEAR = 52


@pytest.fixture
def store() -> Store:
    """A year in which something is told once a week."""
    ledger = Ledger().registered("甲")
    for number in range(YEAR):
        ledger.turned("甲", "failed" if number % 2 else "good", T0 + timedelta(weeks=number))
    made = memory_store()
    with made.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(ledger.ordered())
        tx.set_progress(0, tx.progress(0)[0], WEEK.moved(YEAR).until)
    return made


def test_the_last_weeks_are_kept_and_none_of_another_version(store: Store) -> None:
    with store.write() as tx:
        tx.keep_week(WEEK.until, "another", b"not ours")
    fold = WeekFold(store, step=1)
    while not fold.carry_on(WEEK.moved(YEAR)):
        pass
    with store.read() as tx:
        rows = tx.connection.exec_driver_sql("select until, version from weeks order by until").all()
        assert tx.folded_week(WEEK.moved(YEAR).until, folded_by()) is not None
        assert tx.folded_week(WEEK.until, folded_by()) is None
    assert len(rows) == MOST
    assert {row.version for row in rows} == {folded_by()}


def test_a_week_begins_where_the_last_one_ended(store: Store) -> None:
    """Nothing before it is read again: it might as well be gone."""
    assert WeekFold(store).carry_on(WEEK.moved(YEAR - 2))
    whole = WeekFold(store).told(WEEK.moved(YEAR).until)
    with store.write() as tx:
        tx.connection.exec_driver_sql("delete from findings where n < 50")
    assert WeekFold(store).told(WEEK.moved(YEAR).until).lost == whole.lost
    assert len(whole.standing) == 8


def test_what_is_not_final_is_not_kept(store: Store) -> None:
    with pytest.raises(ValueError, match=r"week 2027-W10 ends at .*, found the log at"):
        WeekFold(store).carry_on(WEEK.moved(YEAR + 1))
