"""What people said: what the ledger shows of it, and what stands in the log beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from streams.findings import REGISTRY
from streams.partitions import partition_of
from streams.ports.store.marks import where_the_log_is
from streams.ports.store.opening import Transaction
from streams.records import DEEDS, DESK, Fact, FactKind, Position

OF_ALERTS = DEEDS | {FactKind.CONFIRMED, FactKind.DISMISSED}
OF_POSTS = frozenset({FactKind.CONTACT, FactKind.CONTACT_LEFT})
_KINDS = frozenset(kind.value for kind in OF_ALERTS | OF_POSTS)


class Said(msgspec.Struct, frozen=True):
    """Something that was said of a matter: what (a fact's kind), by whom, and when."""

    kind: str
    by: str
    at: datetime


def said_of(tx: Transaction, subject: str, matter: str) -> tuple[Said, ...]:
    """What people said of a matter, or in answer to a question, in order."""
    # What is beyond is read first: what the ledger takes up meanwhile is then found twice, and not missed.
    beyond = [Said(fact.kind.value, fact.by, at) for at, fact in facts_beyond(tx, subject) if fact.matter == matter]
    known = [
        Said(one.why, one.args.get("by", ""), one.time)
        for one in tx.findings_of(subject)
        if one.rule == REGISTRY and one.why in _KINDS and one.args.get("matter") == matter
    ]
    return tuple(dict.fromkeys([*known, *(one for one in beyond if one.kind in _KINDS)]))


def by_the_same(said: Iterable[Said], kind: FactKind, by: str, since: datetime) -> Said | None:
    """The first thing of that kind that the same one said since then."""
    return next((one for one in said if (one.kind, one.by) == (kind.value, by) and one.at >= since), None)


def facts_beyond(tx: Transaction, subject: str) -> list[tuple[datetime, Fact]]:
    """The facts of a subject's partition that the ledger does not show yet, with their log times."""
    partition = partition_of(subject, tx.partition_count())
    progress = tx.progress_of(partition)
    told = Position(tx.epoch(), progress.told)
    return tx.facts_beyond(partition, told if where_the_log_is(tx) == "kafka" else progress.position)


def hold(tx: Transaction, subject: str) -> None:
    """Let nobody else tell of a subject until the transaction ends: of two presses, the second finds the first."""
    tx.lock_progress([partition_of(subject, tx.partition_count())])


def hold_desk(tx: Transaction) -> None:
    """As `hold`, for what crosses subjects."""
    hold(tx, DESK)
