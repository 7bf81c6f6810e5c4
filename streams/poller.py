"""The poller: claims the looks that are due, holds the conversations, and appends what is worth a record.

Order of a look (DESIGN section 6): evidence is on disk before the log record, the log record before the cursor; here
the last two are one transaction. A crash in between repeats the level, and the answer stays right.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import msgspec

from streams.connectors import Connector, Conversation, Cursor, Reading
from streams.looks import Look
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.polls import Done, Due, host_of
from streams.records import Body
from streams.subjects import Source
from streams.thinning import Kept, count_probe, keep, next_look, tally_of, worth_writing

LEASE = timedelta(minutes=5)


class Held(msgspec.Struct, frozen=True):
    """A conversation that was held: the reading, the WARC record of its decisive answer, and the host that gave it."""

    reading: Reading
    evidence: str = ""
    host: str = ""


Hold = Callable[[Conversation, Source], Awaitable[Held]]
PartitionOf = Callable[[str], int]


class Poller:
    """Looks at sources, by turns, and writes what they showed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connectors: Mapping[str, Connector],
        hold: Hold,
        partition_of: PartitionOf,
        *,
        at_once: int = 64,
        name: str = "embedded",
        dice: random.Random | None = None,
    ) -> None:
        """`hold` drives one conversation over the ports; `at_once` is the most looks under way together."""
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._hold = hold
        self._partition_of = partition_of
        self._at_once = at_once
        self._name = name
        self._dice = dice or random.Random()  # noqa: S311 - jitter, no secret

    async def round(self) -> int:
        """One round: claim what is due, look, write; return how many looks were made."""
        due = await asyncio.to_thread(self._claim)
        if not due:
            return 0
        looked = await asyncio.gather(*(self._look(one) for one in due))
        await asyncio.to_thread(self._write, list(zip(due, looked, strict=True)))
        return len(due)

    def _claim(self) -> list[Due]:
        with self._store.write() as tx:
            now = tx.log_time(self._clock.now())
            return tx.claim_looks(now, now + LEASE, self._name, self._at_once)

    async def _look(self, due: Due) -> Held:
        connector = self._connectors[due.source.connector]
        return await self._hold(connector.look(due.source, due.cursor, due.asked_at), due.source)

    # -- writing -------------------------------------------------------------------------------------------------

    def _write(self, looked: Sequence[tuple[Due, Held]]) -> None:
        with self._store.write() as tx:
            write_looks(
                tx,
                self._clock,
                self._partition_of,
                [(due, held, self._dice.random()) for due, held in looked],
            )


def write_looks(
    tx: Transaction, clock: Clock, partition_of: PartitionOf, looked: Sequence[tuple[Due, Held, float]]
) -> None:
    """Append what is worth a record, and end the leases, in the caller's transaction."""
    entries: dict[int, list[tuple[str, Body]]] = {}
    done = []
    for due, held, jitter in looked:
        bodies, kept = thin(due, look_of(due, held))
        entries.setdefault(partition_of(due.source.subject), []).extend(
            (due.source.subject, b) for b in bodies
        )
        cursor = held.reading.cursor if held.reading.cursor is not None else due.cursor
        again = next_look(due.source, kept, due.asked_at, jitter)
        done.append(Done(due.source.id, due.asked_at, again, cursor, kept))
    for partition, added in sorted(entries.items()):
        tx.append(partition, added, clock.now())
    tx.finish_looks(done)


def look_of(due: Due, held: Held) -> Look:
    """The look as the log holds it."""
    reading = held.reading
    host = reading.host or held.host or host_of(due.source.url)
    return Look(
        source=due.source.id,
        asked_at=due.asked_at,
        outcome=reading.outcome,
        cause=reading.cause,
        level=reading.level,
        items=reading.items,
        as_of=reading.as_of,
        collector=f"{due.source.connector}:{host}",
        evidence=held.evidence,
    )


def thin(due: Due, look: Look) -> tuple[list[Body], Kept]:
    """The records that this look is worth, and what the appender keeps."""
    bodies: list[Body] = []
    written = worth_writing(due.kept, look, due.source, due.ask)
    if written:
        bodies.append(look)
    kept = keep(due.kept, look, written=written)
    if due.source.connector != "probe":
        return bodies, kept
    count, over = count_probe(due.kept.count, look)
    if over is not None:
        # Before the look: the hour that is over was over when this look was asked.
        bodies.insert(0, tally_of(due.source.id, look.collector, over))
    return bodies, msgspec.structs.replace(kept, count=count)
