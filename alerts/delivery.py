"""When to try a letter again: exponential back-off with a cap, and jitter that is a function of the letter's key."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

STEPS = (5, 30, 120, 600, 1800)  # seconds after the first attempts; hourly from then on
HOURLY = 3600
GIVE_UP = timedelta(days=3)


def next_attempt(
    key: str, attempts: int, retry_after: float | None, written_at: datetime, now: datetime
) -> datetime | None:
    """When to try for the `attempts + 1`-th time; None where three days were enough.

    A peer's own `retry_after` (seconds) is heeded up to an hour.
    """
    if now - written_at > GIVE_UP:
        return None
    pause: float = STEPS[attempts - 1] if attempts <= len(STEPS) else HOURLY
    if retry_after is not None:
        pause = max(pause, min(retry_after, HOURLY))
    digest = hashlib.blake2b(f"{key}/{attempts}".encode(), digest_size=2).digest()
    share = int.from_bytes(digest, "big") / 65535
    return now + timedelta(seconds=pause * (1 + 0.2 * share))
