"""A city moves from one store into another: asked whether it may, copied, compared, cut (decision 15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from streams.ports.store.clock import DatabaseClock
from streams.ports.store.comparing import Compared, compare
from streams.ports.store.copying import (
    CHUNK,
    begin_copy,
    copy_tables,
    counted,
    finish_copy,
    forget,
    refuse_unfit,
    say_left,
)
from streams.ports.store.cut import clock_behind, end_of, refuse_undrained
from streams.ports.store.marks import LEAVING, Refused, Where, read_mark, where_the_log_is
from streams.ports.store.occupied import refuse_occupied
from streams.ports.store.opening import Store
from streams.ports.store.revisions import refuse_other_revision

COPYING, COMPARING = "copying", "comparing"
Ends = Callable[[], Sequence[int]]  # how many records Kafka was given, by partition; raises where no broker answers


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted. `names` are what source and target are called, without secrets; `partitions` is the target's
    number, or None for as many as the source has; `log` is where the target's log will be."""

    names: tuple[str, str]
    partitions: int | None
    log: Where
    now: datetime
    chunk: int = CHUNK  # rows in one transaction


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was done; no tables where an earlier run had done it already. `behind` is the log's last moment, where the
    target's clock has not come to it yet."""

    epoch: int
    partitions: int
    resumed: bool
    tables: tuple[Compared, ...] = ()
    behind: datetime | None = None


class Watching:
    """Hears how far a move is: nothing, unless somebody wants to know."""

    def begin(self, phase: str, rows: dict[str, int]) -> None:
        """A phase begins, over so many rows of each table."""

    def reached(self, table: str, rows: int) -> None:
        """So many rows of a table are done."""


def move(source: Store, target: Store, plan: Plan, ends: Ends | None, watching: Watching) -> Moved:
    """Do it, or go on with it; raises Refused where it may not be done, Differs where the copy is not the same.

    `ends` are asked of the source's Kafka; None where there is none.
    """
    refuse_other_revision(source, plan.names[0], may_be_older=False)
    refuse_other_revision(target, plan.names[1], may_be_older=True)
    _refuse_at_work(source, ends)
    if _dialect(source) != _dialect(target) == "postgresql":
        refuse_unfit(source)
    target.migrate()
    with source.read() as tx:
        ended = end_of(tx)
        begun = read_mark(tx.connection, LEAVING) is not None
    mark = begin_copy(source, target, plan.names, plan.partitions or ended.partitions, plan.now)
    if not begun:
        _look_again(source, target, ends)
    if mark.done:
        say_left(source)
        with target.read() as tx:
            return Moved(epoch=tx.epoch(), partitions=mark.partitions, resumed=True)
    watching.begin(COPYING, counted(source))
    mark = copy_tables(source, target, mark, watching.reached, plan.chunk)
    watching.begin(COMPARING, counted(source))
    tables = compare(source, target, mark.partitions, watching.reached)
    _refuse_at_work(source, ends)
    epoch = finish_copy(source, target, mark, plan.log)
    behind = clock_behind(ended, DatabaseClock(target).now())
    return Moved(epoch=epoch, partitions=mark.partitions, resumed=begun, tables=tuple(tables), behind=behind)


def _look_again(source: Store, target: Store, ends: Ends | None) -> None:
    """Once it is marked, nobody begins any more; who had begun before is found now."""
    try:
        _refuse_at_work(source, ends)
    except Refused:
        forget(source, target)
        raise


def _refuse_at_work(source: Store, ends: Ends | None) -> None:
    refuse_occupied(source)
    with source.read() as tx:
        in_kafka = where_the_log_is(tx) == "kafka"
        if in_kafka and ends is None:
            raise Refused("no_kafka")
        refuse_undrained(tx, ends() if in_kafka and ends is not None else None)


def _dialect(store: Store) -> str:
    with store.read() as tx:
        return tx.connection.dialect.name
