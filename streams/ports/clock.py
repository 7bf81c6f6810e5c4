"""The clock: the one module that reads the wall clock. Everywhere else time is an argument."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time (aware UTC) and waits."""

    def now(self) -> datetime:
        """The present moment."""
        ...

    async def sleep(self, span: timedelta) -> None:
        """Return when `span` of this clock's time has passed."""
        ...


class SystemClock:
    """The machine's clock, possibly shifted and sped up: a demo shows a fortnight in a minute."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        """Run from `start` (default: now) at `speed` times the machine's pace."""
        self._origin = datetime.now(UTC)
        self._start = start or self._origin
        self._speed = speed

    def now(self) -> datetime:
        """The present moment of this clock."""
        return self._start + (datetime.now(UTC) - self._origin) * self._speed

    async def sleep(self, span: timedelta) -> None:
        """Wait `span` of this clock's time, so `span` divided by the speed of real time."""
        await asyncio.sleep(max(span.total_seconds(), 0.0) / self._speed)


class ManualClock:
    """A clock that stands until it is set: for tests, replays and back-tests. Sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start`."""
        self._now = start

    def now(self) -> datetime:
        """Where it stands."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Stand at `moment`."""
        self._now = moment

    async def sleep(self, span: timedelta) -> None:
        """Move on by `span` at once."""
        self._now += max(span, timedelta(0))
        await asyncio.sleep(0)
