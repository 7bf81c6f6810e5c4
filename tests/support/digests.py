"""Digests of ledgers that are told by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from ledgers import T0, Ledger

from alerts.digest.fold import fold
from alerts.digest.making import Source, make
from alerts.digest.served import Letter
from alerts.digest.value import Digest, Row, Section, Subscription
from alerts.digest.week import Week, week_of
from alerts.quotas import percent
from streams.findings import Finding, Grade
from streams.workdays import STATUTORY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK: Week = week_of(T0)  # 2026-W10: T0 is ten o'clock of its Monday
BEFORE = T0 - timedelta(days=20)
WHOLE = Subscription(channel="mail", to="boss@x")


def source_of(
    ledger: Ledger, week: Week = WEEK, letters: Sequence[Letter] = (), foreseen: Sequence[Finding] = (), **more: Any
) -> Source:
    """What is known of a week by a ledger."""
    told = fold(ledger.ordered(), week.until, **more)
    return Source(week, told, letters, foreseen, lambda part, whole: percent(part, whole, 2, "half_up"), STATUTORY)


def digest_of(ledger: Ledger, whose: Subscription = WHOLE, language: str = "zh", link: str = "", **more: Any) -> Digest:
    """The digest of a week by a ledger."""
    return msgspec.structs.replace(make(source_of(ledger, **more), whose, language), unsubscribe=link)


def texts(section: Section) -> list[str]:
    """What a section says."""
    return [row.text for row in section.rows]


def full(count: int = 3) -> Digest:
    """A digest in which every section has something to say, much of it long."""
    ledger = Ledger().registered(*(f"示例{n}" for n in range(count)), at=BEFORE)
    for n in range(count):
        name = f"示例{n}"
        ledger.turned(name, "good", BEFORE + HOUR)
        ledger.opens(name, BEFORE + DAY).closes(name, BEFORE + 3 * DAY)
        ledger.opens(name, T0 + n * HOUR)
        ledger.opens(
            name, T0 + n * HOUR, level=Grade.DUE_SOON, rule="MED-NEARDUE", why="due_soon", due=WEEK.until + 2 * DAY
        )
    ledger.turned("示例0", "failed", T0 + HOUR).opens("示例1", BEFORE + 5 * DAY, rule="WEB-COL-BLANK", why="blank")
    return digest_of(ledger, link="https://zhiban.example.cn/unsubscribe?digest=1&signature=2")


def row(**fields: Any) -> Row:
    """A row with what it needs."""
    return Row(**{"level": "veto", "text": "示例发布：超过 14 天未更新"} | fields)
