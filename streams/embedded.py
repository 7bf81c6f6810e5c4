"""The embedded runner: everything in one process and one file. It decides nothing; it keeps things moving.

Three loops: the engine (agent, ticks, desk), the poller, and the senders; and one for what may take long and keeps
nobody waiting. Each outlives the failure of a round: it is said aloud, and tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from streams.agent import Agent
from streams.poller import Poller
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.rounds import OnFailure, Rounds
from streams.ticker import SILENCE, next_tick, tick

IDLE = timedelta(seconds=1)
BATCH = 1000  # records in one read of the log


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


class Beside(Protocol):
    """Work that may take long beside everything else, such as the weekly digest."""

    def turn(self, now: datetime) -> None:
        """Do what is due at `now`, or a step of it."""
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
        beside: Beside | None = None,
        idle: timedelta = IDLE,
        silence: timedelta = SILENCE,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Put the parts together; a loop rests `idle` at most, and
        ticks further apart than `silence` say that we were off. `on_failure` hears of every failed round."""
        self._store = store
        self._clock = clock
        self._agent = agent
        self._poller = poller
        self._desk = desk
        self._sender = sender
        self._beside = beside
        self._rounds = Rounds(clock, on_failure=on_failure)
        self._idle, self._silence = idle, silence
        self._partitions = 0  # read once: it changes only at a cut, when the process stands still
        self._next_tick: datetime | None = None
        self._logged, self._written = (
            asyncio.Event(),
            asyncio.Event(),
        )  # news for the engine, and for the sender

    def hear_failures(self, on_failure: OnFailure) -> None:
        """Tell `on_failure` of every failed round from now on."""
        self._rounds.on_failure = on_failure

    @property
    def looks(self) -> int:
        """How many looks were made since the start."""
        return self._poller.looks

    def failing(self) -> Mapping[str, BaseException]:
        """The loops whose last round failed, and how."""
        return self._rounds.failing

    def stop(self) -> None:
        """Finish the rounds that are under way, then end."""
        self._rounds.stop()

    async def run(self) -> None:
        """Keep watch until `stop`."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._rounds.loop("engine", self._engine, self._logged))
            loops.create_task(self._rounds.loop("poller", self._poll))
            loops.create_task(self._rounds.loop("sender", self._send, self._written))
            if self._beside is not None:
                loops.create_task(self._rounds.loop("digests", self._do_beside))
        await self._poller.finish()
        await self._engine()

    async def once(self) -> int:
        """One round of what is due: look, judge, tell; return how many looks were made."""
        self._next_tick = None
        await self._engine()
        before = self._poller.looks
        while await self._poll_once():
            pass
        self._next_tick = None
        await self._engine()
        await self._do_beside()
        await self._sender.round()
        return self._poller.looks - before

    async def _engine(self) -> timedelta:
        rest = await asyncio.to_thread(self._turn)
        self._written.set()
        return rest

    async def _do_beside(self) -> timedelta:
        if self._beside is not None:
            await asyncio.to_thread(self._beside.turn, self._clock.now())
            self._written.set()
        return self._idle

    def _turn(self) -> timedelta:
        """Tick if it is time, judge what was logged, and let the desk take what the watermark allows."""
        now = self._clock.now()
        if self._next_tick is None or now >= self._next_tick:
            now = tick(self._store, now, self._silence)
        self._judge()
        wanted = self._desk.turn()
        self._next_tick = next_tick(self._store, now, wanted)
        return min(max(self._next_tick - now, timedelta(0)), self._idle)

    def _judge(self) -> None:
        if not self._partitions:
            with self._store.read() as tx:
                self._partitions = tx.partition_count()
        for partition in range(self._partitions):
            while self._agent.catch_up(partition, BATCH) == BATCH:
                pass

    async def _poll_once(self) -> bool:
        """A round of the poller, judged at once where it appended anything; whether there was anything to look at."""
        before = self._poller.records
        looked = await self._poller.round() > 0
        if self._poller.records > before:
            await self._engine()
        return looked

    async def _poll(self) -> timedelta:
        before = self._poller.records
        looked = await self._poller.round()
        if self._poller.records > before:  # most looks show what is known, and wake nobody
            self._logged.set()
        if looked:
            return timedelta(0)
        return await asyncio.to_thread(lambda: self._until(self._poller.next_claim()))

    async def _send(self) -> timedelta:
        if await self._sender.round():
            return timedelta(0)
        return await asyncio.to_thread(lambda: self._until(self._next_letter()))

    def _next_letter(self) -> datetime | None:
        with self._store.read() as tx:
            return tx.next_letter()

    def _until(self, then: datetime | None) -> timedelta:
        return self._idle if then is None else min(max(then - self._clock.now(), timedelta(0)), self._idle)
