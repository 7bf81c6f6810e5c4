"""`advance`: the only way in which state moves, in every runner, test and replay (DESIGN section 2).

Settle, step, settle: dues at or before now fire in the order (due, stage, rule, source); then the record is stepped;
then what came due by it is settled. Each finding of stage 1 is handed to stage 2 before the next due fires.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec

from streams.casework import NO_STORIES, Stories, hear_of
from streams.findings import Finding
from streams.fitting import revise, tell
from streams.folding import Fold
from streams.looks import Item, Look
from streams.messages import MessageEvent
from streams.records import Changed, Fact, FactKind, Off, Position, Record, Tally, Tick
from streams.rows import Row
from streams.rules import Counted, Paused, Rules, Seen
from streams.secondlook import look_again

NOTHING: AbstractSet[str] = frozenset()


class Advanced(msgspec.Struct, frozen=True):
    """What a record did: the row after it, the findings in order, the items that are new to the index, the events that
    are new to messages' stories, and the sources whose bundles were changed, made or taken away. The row shares
    unchanged bundles with the one before."""

    row: Row
    findings: tuple[Finding, ...] = ()
    new: tuple[Item, ...] = ()
    events: tuple[MessageEvent, ...] = ()
    touched: AbstractSet[str] = NOTHING


def advance(
    rules: Rules,
    row: Row,
    record: Record,
    position: Position | None,
    last_tick: datetime | None,
    known: Collection[str] = NOTHING,
    stories: Stories = NO_STORIES,
) -> Advanced:
    """Move `row` by `record`, which stands at `position` in a partition whose last tick is `last_tick`.

    A record at a position not beyond the row's changes nothing; a tick has no position. `known` are the keys of the
    look's items that the subject's index holds already for that source, `stories` the cases of the messages that a fact
    is about, or of the mailbox that it adds, as far as they were told before.
    """
    if not isinstance(record.body, Tick):
        if position is None:
            message = f"subject {row.id!r}: a {type(record.body).__name__} came without a position"
            raise ValueError(message)
        if row.position is not None and position <= row.position:
            return Advanced(row)
    fold = Fold(rules, row, position, _now(row, record, last_tick))
    fold.settle()
    new, events = _step(fold, record, known, stories)
    fold.settle()
    return Advanced(fold.row(), tuple(fold.findings), new, events, fold.touched)


def _now(row: Row, record: Record, last_tick: datetime | None) -> datetime:
    now = record.time
    if last_tick is not None and last_tick > now:
        now = last_tick
    if row.clock is not None and row.clock > now:
        now = row.clock
    return now


def _step(
    fold: Fold, record: Record, known: Collection[str], stories: Stories
) -> tuple[tuple[Item, ...], tuple[MessageEvent, ...]]:
    fold.clock = fold.now
    body = record.body
    if isinstance(body, Look):
        return _look(fold, body, known), ()
    if isinstance(body, Fact) and body.kind is FactKind.MESSAGES:
        return (), hear_of(fold, body, stories)
    if isinstance(body, Tally):
        fold.step_source(body.source, Counted(body, fold.now))
    elif isinstance(body, Fact):
        tell(fold, body, stories)
    elif isinstance(body, Changed):
        revise(fold, body)
    elif isinstance(body, Off):
        fold.step_all(Paused(body, fold.now))
    return (), ()


def _look(fold: Fold, look: Look, known: Collection[str]) -> tuple[Item, ...]:
    bundle = fold.bundles.get(look.source)
    if bundle is None:  # retired while the look was under way
        return ()
    fresh = _unknown(look, known)
    last = bundle.last
    if look.good and last is not None and look.witnessed_at < last.witnessed_at:
        return fresh  # older evidence than what was judged already: it is kept in the index, and says nothing
    # The first reading has nothing to compare with: it fills the index, and no rule is told that its items are new.
    seen = Seen(look, fold.now, fresh if last is not None else ())
    same = look.good and last is not None and bundle.ask is None and look.level == last.level
    fold.remember(look)
    fold.step_source(look.source, seen, same=same)
    look_again(fold, look)
    return fresh


def _unknown(look: Look, known: Collection[str]) -> tuple[Item, ...]:
    if not look.items or not look.good:
        return ()
    first: dict[str, Item] = {}
    for item in look.items:
        if item.key not in known:
            first.setdefault(item.key, item)
    return tuple(first.values())
