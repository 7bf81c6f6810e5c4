"""A loop that outlives the failure of a round: it is said aloud, and tried again after a pause."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from streams.ports.clock import Clock

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
OnFailure = Callable[[str, BaseException], None]
Work = Callable[[], Awaitable[timedelta]]


class Rounds:
    """Does a piece of work again and again until it is told to stop. The work says how long to rest after it."""

    def __init__(self, clock: Clock, *, on_failure: OnFailure | None = None, longest: float = LONGEST_PAUSE) -> None:
        """Rest by `clock`. After a failed round the pause doubles from a second up to `longest`; `on_failure` hears of
        each."""
        self._clock = clock
        self._longest = longest
        self.on_failure = on_failure
        self.stopping = asyncio.Event()
        self.failing: dict[str, BaseException] = {}  # loops whose last round failed, and how

    def stop(self) -> None:
        """Finish the rounds that are under way, then end."""
        self.stopping.set()

    async def loop(self, name: str, work: Work, news: asyncio.Event | None = None) -> None:
        """Do `work` until `stop`; `news` ends a rest early."""
        news = news or asyncio.Event()
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            news.clear()
            try:
                rest = await work()
                pause = FIRST_PAUSE
                self.failing.pop(name, None)
            except Exception as error:
                self.failing[name] = error
                log.exception("the %s loop failed; it tries again in %.0f s", name, pause)
                if self.on_failure is not None:
                    self.on_failure(name, error)
                await self._wait_real(pause)
                pause = min(pause * 2, self._longest)
                continue
            await self._rest(rest, news)

    async def _rest(self, span: timedelta, news: asyncio.Event) -> None:
        if span <= timedelta(0) or news.is_set():
            await asyncio.sleep(0)
            return
        waits = [self._clock.sleep(span), self.stopping.wait(), news.wait()]
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _wait_real(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
