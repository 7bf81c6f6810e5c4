"""What the log is told from outside: that a watch begins, and facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from agents._pack import CALENDAR
from streams.partitions import partition_of
from streams.ports.store import Store
from streams.ports.store.marks import Where, claim_log
from streams.ports.store.opening import Transaction
from streams.records import Body, Changed, Fact, FactKind
from streams.rules import Rules
from streams.subjects import Kind, Source, Subject
from zhiban.registry import about

OURSELVES = Subject(id="zhiban", name="值班", kind=Kind.MONITOR)
OUR_SOURCE = Source(id="zhiban/self", subject="zhiban", connector="self", url="")
VERSION = "rules_version"


def begin(store: Store, rules: Rules, now: datetime, partitions: int = 1, log: Where = "table") -> None:
    """Prepare a store for these rules: partitions, our own subject, and a `Changed` where the version is new.

    Raises Refused where its city has moved away, or where its log is not `log`.
    """
    with store.write() as tx:
        claim_log(tx, log)
        tx.set_partitions(partitions)
        known = tx.get_meta(VERSION)
        if known is None:
            ours = [Fact(kind=FactKind.REGISTERED, subject=OURSELVES)]
            ours.append(Fact(kind=FactKind.SOURCE_ADDED, source=OUR_SOURCE))
            tx.append(partition_of("zhiban", partitions), [("zhiban", fact) for fact in ours], now)
        elif known != rules.version:
            changed = Changed(rules.version, _what_changed(known, rules.version))
            for partition in range(partitions):
                tx.append(partition, [("", changed)], now)
        tx.set_meta(VERSION, rules.version)


def _what_changed(before: str, after: str) -> str:
    """`calendar` where the rules are the same and working days are counted otherwise; else `pack`."""
    return "calendar" if before.partition(CALENDAR)[0] == after.partition(CALENDAR)[0] else "pack"


def tell(store: Store, facts: Sequence[Fact], now: datetime, subject: str = "") -> datetime:
    """Append facts; sources that they add or change are read at once, spread over their first interval. Facts about a
    mailbox's messages name no subject: theirs is `subject`."""
    with store.write() as tx:
        return tell_within(tx, facts, now, subject)


def tell_within(tx: Transaction, facts: Sequence[Fact], now: datetime, subject: str = "") -> datetime:
    """As `tell`, in the caller's transaction."""
    added = [fact.source for fact in facts if fact.source is not None and fact.kind in _READ and fact.source.is_read]
    gone = [fact.source.id for fact in facts if fact.source is not None and fact.kind is FactKind.SOURCE_RETIRED]
    at = tx.log_time(now)
    count = tx.partition_count()
    entries: dict[int, list[tuple[str, Body]]] = {}
    for fact in facts:
        whose = about(fact) or subject
        entries.setdefault(partition_of(whose, count), []).append((whose, fact))
    for partition, told in sorted(entries.items()):
        tx.append(partition, told, at)
    dice = random.Random(str(at))  # noqa: S311 - jitter
    spread = min(timedelta(minutes=10), timedelta(seconds=len(added)))
    first = {source.id: at + spread * dice.random() for source in added}
    # In this order, as everybody takes polls before hosts; what is added and gone at once, is gone.
    tx.retire_sources(gone)
    tx.put_sources([source for source in added if source.id not in gone], first)
    return at


_READ = frozenset({FactKind.SOURCE_ADDED, FactKind.SOURCE_CHANGED})
