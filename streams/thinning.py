"""The appender's judgement: which look is worth a record (DESIGN section 2, "The appender thins").

Written are: a changed level, a changed outcome, items that no look has shown before, every look while one is asked
for, every failure that a probe shows, one alibi per half blindness horizon, and the last good look before one that is
not. Probes are counted by the hour besides.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from streams.days import DAY, day_of, start_of
from streams.looks import Level, Look, Opening, Outcome
from streams.records import Tally
from streams.subjects import Source


class Count(msgspec.Struct, frozen=True, omit_defaults=True):
    """The probes of an hour that is not over yet."""

    hour: datetime
    probes: int = 0
    failures: int = 0
    unknown: int = 0


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the appender last wrote about a source, the hour's count, and how often it looked in all."""

    outcome: Outcome | None = None
    cause: str = ""
    level: Level | None = None
    written_at: datetime | None = None  # the moment that the last good look written is evidence of
    count: Count | None = None
    failing: int = 0  # looks in a row that were not good, for the back-off
    seen_at: datetime | None = None  # of when the last good look is evidence, where it was passed over
    seen_in: str = ""  # and its evidence


def only_new(look: Look, known: Collection[str]) -> Look:
    """The look with the items alone that the index does not hold, or with None: what it holds, a record has shown.

    A page that changes shows twenty items for one that is new, and the counter of its visitors shows none.
    """
    if not look.items or not known:
        return look
    fresh = tuple(item for item in look.items if item.key not in known)
    return msgspec.structs.replace(look, items=fresh or None)


def worth_writing(kept: Kept, look: Look, source: Source, ask: datetime | None) -> bool:
    """Whether this look must be a record of the log."""
    if (look.outcome, look.cause) != (kept.outcome, kept.cause) or look.items is not None:
        return True
    if not look.good:
        return False
    if ask is not None or kept.written_at is None or _steady(look.level) != _steady(kept.level):
        return True
    if isinstance(look.level, Opening) and not look.level.opens:
        return True
    return look.witnessed_at >= kept.written_at + source.horizon / 2


def _steady(level: Level | None) -> Level | None:
    """The level without what differs from look to look and changes no verdict."""
    if isinstance(level, Opening):
        return msgspec.structs.replace(level, seconds=0.0, certificate_days=None)
    return level


def last_good(kept: Kept, look: Look) -> Look | None:
    """The good look to be written ahead of `look`, with which seeing ends: that it was passed over must not make the
    source blind from the one before it."""
    if look.good or kept.seen_at is None:
        return None
    return Look(
        source=look.source,
        asked_at=kept.seen_at,
        outcome=Outcome.GOOD,
        level=kept.level,
        collector=look.collector,
        evidence=kept.seen_in,
    )


def keep(kept: Kept, look: Look, *, written: bool) -> Kept:
    """What is kept after this look, its hour's count aside."""
    failing = 0 if look.good else kept.failing + 1
    if not written:
        at, where = (look.witnessed_at, look.evidence) if look.good else (kept.seen_at, kept.seen_in)
        return msgspec.structs.replace(kept, failing=failing, seen_at=at, seen_in=where)
    at = look.witnessed_at if look.good else kept.written_at
    level = look.level if look.good else kept.level
    return Kept(look.outcome, look.cause, level, at, kept.count, failing)


def count_probe(count: Count | None, look: Look) -> tuple[Count, Count | None]:
    """The hour's count with this probe in it, and the finished count of an earlier hour."""
    hour = look.asked_at.replace(minute=0, second=0, microsecond=0)
    over = count if count is not None and count.hour != hour else None
    now = count if count is not None and over is None else Count(hour)
    if not look.good:
        return msgspec.structs.replace(now, unknown=now.unknown + 1), over
    failed = isinstance(look.level, Opening) and not look.level.opens
    return Count(hour, now.probes + 1, now.failures + failed, now.unknown), over


def tally_of(source: str, collector: str, count: Count) -> Tally:
    """The record that says what a finished hour's count was."""
    return Tally(
        source=source,
        hour=count.hour,
        probes=count.probes,
        failures=count.failures,
        unknown=count.unknown,
        collector=collector,
    )


def next_look(source: Source, kept: Kept, asked_at: datetime, jitter: float) -> datetime:
    """When to look again: after `every`, doubled up to four times while looks fail, spread by `jitter` (0 to 1)."""
    if source.connector == "probe":
        return _next_slot(source.every, asked_at, jitter)
    span = min(source.every * (1 << min(kept.failing, 4)), max(source.every, timedelta(hours=12)))
    return asked_at + span * (0.9 + 0.2 * jitter)


def _next_slot(every: timedelta, asked_at: datetime, jitter: float) -> datetime:
    """A probe has its slots, counted from Shanghai's midnight, so that every day has its full number (V2 wants 20).

    It is never slowed: failures are what it is for.
    """
    midnight = start_of(day_of(asked_at))
    passed: int = (asked_at - midnight) // every
    slot: datetime = midnight + every * (passed + 1)
    return min(slot, midnight + DAY) + every * (jitter / 2)
