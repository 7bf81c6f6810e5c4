"""When to try a letter again: exponential back-off with a cap, and jitter that is a function of the letter's key."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

STEPS = (5, 30, 120, 600, 1800)  # seconds after the first attempts; hourly from then on
HOURLY = 3600
# Three days of hours. Attempts are counted, not days: a letter that waited while we were off still has its turn.
MOST = len(STEPS) + 72
JITTER = 0.2  # of the pause, at most


def next_attempt(key: str, attempts: int, retry_after: float | None, now: datetime) -> datetime | None:
    """When to try again after `attempts` of them (at least 1); None where three days of trying were enough.

    A peer's own `retry_after` (seconds) is heeded up to an hour.
    """
    if attempts >= MOST:
        return None
    pause: float = STEPS[attempts - 1] if attempts <= len(STEPS) else HOURLY
    if retry_after is not None:
        pause = max(pause, min(retry_after, HOURLY))
    return now + timedelta(seconds=pause * (1 + JITTER * _share(key, attempts)))


def _share(key: str, attempts: int) -> float:
    """From 0 to 1, by key and attempt: letters that failed together do not come back together."""
    digest = hashlib.blake2b(f"{key}/{attempts}".encode(), digest_size=2).digest()
    return int.from_bytes(digest, "big") / 65535
