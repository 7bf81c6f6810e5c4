"""The bots that listen, put together from a configuration: for `zhiban run`, and for the cluster's senders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from agents._pack import Pack
from alerts.channels.telegram import Telegram
from alerts.letter import Channel
from streams.ports.bot import POLL
from streams.ports.clock import Clock
from streams.ports.store import Store
from zhiban.chats import turns
from zhiban.chats.listening import Listener
from zhiban.config import Config
from zhiban.metrics import Metrics
from zhiban.taps.building import presses_of
from zhiban.watch import desk_settings, language_of


class Home(Protocol):
    """What a process is built from, embedded or as a worker."""

    @property
    def store(self) -> Store:
        """Where everything stands."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def config(self) -> Config:
        """What the office wants."""
        ...

    @property
    def base(self) -> Path:
        """The working directory."""
        ...

    @property
    def pack(self) -> Pack:
        """The rules' texts."""
        ...

    @property
    def metrics(self) -> Metrics:
        """Where strangers are counted."""
        ...


def listeners(home: Home, channels: Mapping[str, Channel], holder: str = "") -> list[Listener]:
    """One for each Telegram channel that says `listen`. With a `holder`, the name of one process of several, each bot
    is heard by one of them at a time."""
    ours = {name: one for name, one in sorted(channels.items()) if isinstance(one, Telegram) and one.listen}
    if not ours:
        return []
    presses = presses_of(home.store, home.clock, home.config, home.base, home.pack)
    settings, spoken = desk_settings(home.config, home.base), language_of(home.config, home.base, home.pack)
    return [
        Listener(
            home.store,
            home.clock,
            name,
            one,
            presses,
            settings,
            spoken,
            home.metrics.strangers.inc,
            turns.POLL if holder else POLL,
            turns.Turn(home.store, home.clock, name, holder) if holder else None,
        )
        for name, one in ours.items()
    ]


@asynccontextmanager
async def listening(several: list[Listener]) -> AsyncIterator[None]:
    """Let them listen meanwhile."""
    tasks = [asyncio.create_task(one.listen()) for one in several]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
