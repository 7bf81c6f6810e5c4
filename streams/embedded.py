"""The embedded runner: everything in one process and one file. It decides nothing; it keeps things moving.

Three loops: the engine (agent, ticks, desk), the poller, and the senders. Each outlives the failure of a round: it is
said aloud, and tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from streams.agent import Agent
from streams.poller import Poller
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ticker import next_tick, tick

log = logging.getLogger(__name__)

IDLE = timedelta(seconds=1)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class Desk(Protocol):
    """What turns the ledger into letters."""

    def turn(self) -> datetime | None:
        """Take what the watermark allows, and say when the desk next has something of its own to do."""
        ...


class Sender(Protocol):
    """What sends the letters that wait."""

    async def round(self) -> int:
        """Try what is due once; return how many were tried."""
        ...


class Embedded:
    """One process that watches a city."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        agent: Agent,
        poller: Poller,
        desk: Desk,
        sender: Sender,
        *,
        on_failure: Callable[[str, BaseException], None] | None = None,
    ) -> None:
        """Put the parts together; `on_failure` hears of every failed round (for Sentry and metrics)."""
        self._store = store
        self._clock = clock
        self._agent = agent
        self._poller = poller
        self._desk = desk
        self._sender = sender
        self._on_failure = on_failure
        self._next_tick: datetime | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish the rounds that are under way, then end."""
        self._stopping.set()

    async def run(self) -> None:
        """Keep watch until `stop`."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._loop("engine", self._engine))
            loops.create_task(self._loop("poller", self._poll))
            loops.create_task(self._loop("sender", self._send))
        await self._poller.finish()
        await self._engine()

    async def once(self) -> int:
        """One round of what is due: look, judge, tell; return how many looks were made."""
        self._next_tick = None
        await self._engine()
        before = self._poller.looks
        while await self._poller.round() > 0:
            await self._engine()
        self._next_tick = None
        await self._engine()
        await self._sender.round()
        return self._poller.looks - before

    async def _loop(self, name: str, work: Callable[[], Awaitable[timedelta]]) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                rest = await work()
                pause = FIRST_PAUSE
            except Exception as error:
                log.exception("the %s loop failed; it tries again in %.0f s", name, pause)
                if self._on_failure is not None:
                    self._on_failure(name, error)
                await self._wait_real(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            await self._rest(rest)

    async def _engine(self) -> timedelta:
        return await asyncio.to_thread(self._turn)

    def _turn(self) -> timedelta:
        """Judge what was logged, tick if it is time, and let the desk take what the watermark allows."""
        self._judge()
        now = self._clock.now()
        if self._next_tick is None or now >= self._next_tick:
            now = tick(self._store, now)
            self._judge()
        wanted = self._desk.turn()
        self._next_tick = next_tick(self._store, now, wanted)
        return min(max(self._next_tick - now, timedelta(0)), IDLE)

    def _judge(self) -> None:
        with self._store.read() as tx:
            partitions = tx.partition_count()
        for partition in range(partitions):
            while self._agent.catch_up(partition):
                pass

    async def _poll(self) -> timedelta:
        return timedelta(0) if await self._poller.round() else IDLE

    async def _send(self) -> timedelta:
        return timedelta(0) if await self._sender.round() else IDLE

    async def _rest(self, span: timedelta) -> None:
        if span <= timedelta(0):
            await asyncio.sleep(0)
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(span))
        stopping = asyncio.ensure_future(self._stopping.wait())
        _, pending = await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()

    async def _wait_real(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
