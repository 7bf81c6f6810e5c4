"""A real poller over real connectors and real HTTP on loopback, in a real store; only the clock is set by hand."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from stores import new_store
from talking import ASKED

from streams.connectors import Connector
from streams.looks import Look
from streams.poller import Hold, Poller
from streams.ports.clock import ManualClock
from streams.ports.evidence import EvidenceInMemory
from streams.ports.store import Store
from streams.ports.store.log import records_of
from streams.records import Body, Position
from streams.subjects import Source
from zhiban.config import Config, Politeness
from zhiban.ways import Ways, build_connectors

HOUR = timedelta(hours=1)
LOOPBACK = Config(politeness=Politeness(gap=0.0, allow_private=("127.0.0.1",), authorised=("127.0.0.1",)))


class World:
    """One store and the ways out; pollers are made as they are wanted."""

    def __init__(self, folder: Path, start: datetime = ASKED) -> None:
        self.store: Store = new_store(f"sqlite:///{folder / 'world.db'}")
        self.clock = ManualClock(start)
        self.evidence = EvidenceInMemory()
        self.ways = Ways(LOOPBACK, self.clock, self.evidence)
        self._folder = folder
        self.connectors: dict[str, Connector] = build_connectors({}, "zhiban.toml", folder)
        with self.store.write() as tx:
            tx.set_partitions(1)

    def poller(
        self,
        name: str = "one",
        *,
        at_once: int = 8,
        store: Store | None = None,
        hold: Hold | None = None,
        per_host: int = 64,
        **more: Connector,
    ) -> Poller:
        """A poller with the product's connectors and `more`."""
        known: Mapping[str, Connector] = self.connectors | more
        return Poller(
            store or self.store,
            self.clock,
            known,
            hold or self.ways.hold,
            lambda _subject: 0,
            at_once=at_once,
            name=name,
            dice=random.Random(1),
            per_host=per_host,
        )

    def read(self, *sources: Source) -> None:
        """These are due now."""
        with self.store.write() as tx:
            tx.put_sources(sources, {one.id: self.clock.now() for one in sources})

    def log(self) -> list[Body]:
        """Every record's body."""
        with self.store.read() as tx:
            return [record.body for record in records_of(tx.read_log(0, Position(1, 0), 10_000))]

    def looks(self, source: str = "") -> list[Look]:
        """Every look that was written, or those of one source."""
        return [body for body in self.log() if isinstance(body, Look) and source in {"", body.source}]

    def poll(self, source: str) -> Any:
        """The source's row in the table of polls."""
        with self.store.read() as tx:
            return next(row for row in tx.connection.exec_driver_sql("select * from polls") if row.source == source)

    def stored(self) -> bytes:
        """Every byte of the store."""
        return b"".join(path.read_bytes() for path in self._folder.glob("world.db*"))

    def pass_time(self, span: timedelta) -> None:
        """Set the clock on."""
        self.clock.set(self.clock.now() + span)

    async def close(self) -> None:
        """Close everything."""
        await self.ways.aclose()
        self.store.close()


async def settle(poller: Poller) -> None:
    """Rounds until nothing is due."""
    while await poller.round():
        pass


def source(name: str, url: str, connector: str = "feed", **fields: Any) -> Source:
    """A source of a subject of its own."""
    return Source(id=name, subject=f"{name}局", connector=connector, url=url, **fields)
