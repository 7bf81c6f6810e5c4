"""What people said: what the ledger shows of it, and what stands in the log beyond it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from streams.findings import REGISTRY
from streams.partitions import partition_of
from streams.ports.store.marks import where_the_log_is
from streams.ports.store.opening import Transaction
from streams.records import ANSWERS, DEEDS, DESK, REQUESTS, Fact, FactKind, Position

OF_ALERTS = DEEDS | {FactKind.CONFIRMED, FactKind.DISMISSED}
OF_POSTS = frozenset({FactKind.CONTACT, FactKind.CONTACT_LEFT})
_KINDS = frozenset(kind.value for kind in OF_ALERTS | OF_POSTS)


class Said(msgspec.Struct, frozen=True):
    """Something that was said of a matter: what (a fact's kind), by whom, when, and of an answer, to which request."""

    kind: str
    by: str
    at: datetime
    about: str = ""


def said_of(tx: Transaction, subject: str, matter: str) -> tuple[Said, ...]:
    """What people said of a matter, or in answer to a question, in order."""
    # What is beyond is read first: what the ledger takes up meanwhile is then found twice, and not missed.
    beyond = [
        Said(fact.kind.value, fact.by, at, fact.about)
        for at, fact in facts_beyond(tx, subject)
        if fact.matter == matter
    ]
    known = [
        Said(one.why, one.args.get("by", ""), one.time, one.args.get("about", ""))
        for one in tx.findings_of(subject)
        if one.rule == REGISTRY and one.why in _KINDS and one.args.get("matter") == matter
    ]
    return tuple(dict.fromkeys([*known, *(one for one in beyond if one.kind in _KINDS)]))


def waiting(said: Iterable[Said]) -> list[str]:
    """The kinds of the requests that nobody has answered since they were made; a false alarm has none."""
    found: dict[str, None] = {}
    for one in said:
        if one.kind in REQUESTS:
            found[one.kind] = None
        elif one.kind in ANSWERS:
            found.pop(one.about, None)
        elif one.kind == FactKind.DISMISSED.value:
            found.clear()
    return list(found)


def answer_to(said: Iterable[Said], request: str, since: datetime) -> Said | None:
    """The first answer to a request of that kind that was made at `since`."""
    return next((one for one in said if one.kind in ANSWERS and one.about == request and one.at >= since), None)


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
