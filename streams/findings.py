"""Verdicts are levels that a rule speaks; findings are the events that `advance` makes of them (the ledger)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import msgspec


class Grade(StrEnum):
    """How a matter stands (DESIGN section 4). `ok` closes it."""

    OK = "ok"
    NOTICE = "notice"
    UNKNOWN = "unknown"
    DUE_SOON = "due_soon"
    BREACH = "breach"
    VETO = "veto"


SEVERITY: Mapping[Grade, int] = {grade: rank for rank, grade in enumerate(Grade)}
REGISTRY = "REGISTRY"  # the rule id of signals that carry the registry and people's deeds to the desk
STEPS: Mapping[str, int] = {"": 0, "amber": 1, "red": 2}
ACCUSING = frozenset({Grade.BREACH, Grade.VETO})


def weight(level: Grade, step: str) -> int:
    """How grave something is, level first, then step: what is heavier than before is worse."""
    return SEVERITY[level] * len(STEPS) + STEPS.get(step, 0)


class Event(StrEnum):
    """What happened to a matter."""

    OPENS = "opens"
    WORSENS = "worsens"
    MOVES = "moves"  # eased, re-dated or otherwise restated, still open
    CLOSES = "closes"
    SIGNALS = "signals"  # no matter: a turn of a source's outcome or its new items, for the desk's incidents


class Verdict(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What a rule holds to be so of one matter, from now on and until it says otherwise.

    The matter is (rule, subject, source, `item`). `since` is when the fault began, `due` when it would or did become
    a breach; `why` is a word of the rule's own that letters and screens translate, with `args` to fill it.
    """

    level: Grade
    item: str = ""
    step: str = ""  # amber or red, for due soon
    since: datetime | None = None
    due: datetime | None = None
    why: str = ""
    args: dict[str, str] = {}
    folds: tuple[str, ...] = ()  # ids of the matters that this one sums up (stage 2)
    candidate: bool = False  # veto weight about content: a person must confirm
    signal: bool = False  # not a matter, only word for the desk


@lru_cache(maxsize=1024)
def ok(why: str = "", item: str = "") -> Verdict:
    """The verdict that closes a matter, and why."""
    return Verdict(level=Grade.OK, why=why, item=item)


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One event of the ledger, keyed (subject, n). The alibi is (`witnessed_at`, `evidence`)."""

    subject: str
    n: int
    time: datetime  # log time
    event: Event
    id: str  # of the matter, coined when it opened; "" on a signal
    rule: str
    source: str = ""
    item: str = ""
    level: Grade
    step: str = ""
    opened_at: datetime
    since: datetime | None = None
    due: datetime | None = None
    why: str = ""
    args: dict[str, str] = {}
    folds: tuple[str, ...] = ()
    candidate: bool = False
    witnessed_at: datetime | None = None  # the good look's moment; None where no look spoke
    evidence: str = ""
    collector: str = ""
    version: str = ""  # of rules and pack


def matter_id(rule: str, subject: str, source: str, item: str, opened_at: datetime) -> str:
    """The id of a matter: of what it is about and the log time at which it opened, of nothing that changes later."""
    text = f"{rule}\x1f{subject}\x1f{source}\x1f{item}\x1f{opened_at.isoformat()}"
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
