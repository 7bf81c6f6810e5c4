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


class SteppingClock:
    """A clock that stands while anybody works, and jumps when everybody waits: a fortnight in as little time as its
    looks take, on a fast machine and on a slow one, with nothing missed on either."""

    def __init__(self, start: datetime, sleepers: int, quantum: timedelta) -> None:
        """Stand at `start`; jump once `sleepers` tasks sleep at the same time, by `quantum` at least."""
        self._now = start
        self._sleepers = sleepers
        self._quantum = quantum
        self._waiting: dict[asyncio.Future[None], datetime] = {}
        self.limit: datetime | None = None  # where it stands for good

    def now(self) -> datetime:
        """Where it stands."""
        return self._now

    async def sleep(self, span: timedelta) -> None:
        """Sleep until the clock has jumped past `span` from here."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[future] = self._now + span
        self._jump()
        try:
            await future
        finally:
            self._waiting.pop(future, None)

    def _jump(self) -> None:
        if len(self._waiting) < self._sleepers:
            return
        target = max(min(self._waiting.values()), self._now + self._quantum)
        if self.limit is not None:
            target = min(target, self.limit)
        self._now = target
        for future, moment in self._waiting.items():
            if moment <= target and not future.done():
                future.set_result(None)
