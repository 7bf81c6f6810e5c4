"""Who wants no more digests, and who wants them again: facts of the desk, of which the last one counts."""

from __future__ import annotations

from datetime import datetime

from alerts.routing import Recipient
from streams.ports.store.opening import Transaction
from streams.records import DESK, Fact, FactKind
from zhiban.said import facts_beyond, hold_desk
from zhiban.telling import tell_within

_KINDS = {kind.value: kind for kind in (FactKind.UNSUBSCRIBED, FactKind.SUBSCRIBED)}


def gone(tx: Transaction) -> dict[Recipient, datetime]:
    """Who wants no more digests, and since when: as the ledger shows, and as stands in the log beyond it."""
    # What is beyond is read first, and what the ledger takes up meanwhile is found twice: the later word counts.
    beyond = [(at, fact.kind.value, fact.matter, fact.text) for at, fact in facts_beyond(tx, DESK)]
    told = [(one.time, one.why, one.args.get("matter", ""), one.args.get("text", "")) for one in tx.findings_of(DESK)]
    left: dict[Recipient, datetime] = {}
    for at, kind, channel, to in sorted((one for one in [*beyond, *told] if one[1] in _KINDS), key=lambda one: one[0]):
        if kind == FactKind.UNSUBSCRIBED.value:
            left.setdefault(Recipient(channel, to), at)
        else:
            left.pop(Recipient(channel, to), None)
    return left


def subscribe(tx: Transaction, now: datetime, reader: Recipient, by: str, *, wanted: bool) -> bool:
    """Note that a reader wants digests (again), or no more of them; whether that changes anything."""
    hold_desk(tx)
    if (reader in gone(tx)) is not wanted:
        return False
    kind = FactKind.SUBSCRIBED if wanted else FactKind.UNSUBSCRIBED
    tell_within(tx, [Fact(kind=kind, matter=reader.channel, text=reader.to, by=by)], now, DESK)
    return True
