"""The poller: claims the looks that are due, holds the conversations, and appends what is worth a record.

Order of a look (DESIGN section 6): evidence is on disk before the log record, the log record before the cursor; here
the last two are one transaction. A crash in between repeats the level, and the answer stays right.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from streams.connectors import Connector, Conversation, Reading
from streams.hosts import Standing, name_of
from streams.itemindex import ItemIndex
from streams.letterbox import facts_of
from streams.looks import Look, Outcome
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.polls import Done, Due, Lost
from streams.records import Body, Entries
from streams.subjects import Source
from streams.thinning import Kept, count_probe, keep, last_good, next_look, only_new, tally_of, worth_writing

LEASE = timedelta(minutes=5)


class Held(msgspec.Struct, frozen=True):
    """A conversation that was held: the reading, the WARC record of its decisive answer, and the host that gave it."""

    reading: Reading
    evidence: str = ""
    host: str = ""
    standing: Standing | None = None  # with the source's host, once it was asked


Append = Callable[[Transaction, Entries, datetime], None]
Hold = Callable[[Conversation, Source, datetime], Awaitable[Held]]
Recall = Callable[[str, Standing], None]
PartitionOf = Callable[[str], int]
Looked = tuple[Due, Held, float]  # the look that was due, how it went, and the die for its jitter

# Causes that speak of a broken piece, not of a wire: what was sent is worth a person's look.
BAD_PIECES = frozenset({
    "malformed", "truncated", "too_large", "encoding", "redirect", "not_a_feed", "not_a_sitemap", "bug", "endless",
})  # fmt: skip
PATIENCE = 1.0  # seconds to wait for a look to end before looking again at what is due
LINGER = 0.005  # seconds in which others may end too, to be written in the same transaction


def into_table(tx: Transaction, entries: Entries, now: datetime) -> None:
    """Append to the store's own log, in the caller's transaction."""
    for partition, added in sorted(entries.items()):
        tx.append(partition, added, now)


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
        append: Append = into_table,
        per_host: int = 64,
        recall: Recall | None = None,
        alone: bool = False,
    ) -> None:
        """`hold` drives one conversation over the ports; `at_once` is the most looks under way together, `per_host`
        those at one host, over all workers. `append` puts records into the log and returns when they are safe: then
        only are leases ended and cursors kept. `recall` hears how another worker stood with a URL's host. Whoever is
        `alone` at its store knows what is out at each host by itself, and the store keeps nothing about it."""
        self._store = store
        self._clock = clock
        self._connectors = connectors
        self._hold = hold
        self._partition_of = partition_of
        self._at_once = at_once
        self._append = append
        self._name = name
        self._per_host = per_host
        self._recall = recall
        self._alone = alone
        self.looks = 0  # made since the start
        self.records = 0  # appended since the start: most looks are worth none
        self._flying: dict[asyncio.Task[Looked], Due] = {}
        self._lost: list[Due] = []  # looks that came to nothing on our side, whose places are still taken
        self._dice = dice or random.Random()  # noqa: S311 - jitter, no secret

    async def round(self) -> int:
        """Start what is due as far as there is room, wait for the next to end, write what ended.

        Return how many looks ended or are under way; 0 means that nothing is due. One slow site holds up nobody.
        """
        await self._exchange([])
        if not self._flying:
            return 0
        ended, _ = await asyncio.wait(self._flying, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if ended:
            await asyncio.sleep(LINGER)
            await self._exchange([task for task in self._flying if task.done()])
        return len(ended) + len(self._flying)

    async def finish(self) -> None:
        """Wait for the looks under way and write them: the last thing before a graceful end."""
        while self._flying:
            await asyncio.wait(self._flying)
            await self._exchange(list(self._flying), claim=False)

    async def _exchange(self, ended: list[asyncio.Task[Looked]], *, claim: bool = True) -> None:
        """Write what ended and claim what is due, in one transaction."""
        self._lost += [self._flying[task] for task in ended if task.exception() is not None]
        for task in ended:
            del self._flying[task]
        self.looks += len(ended)
        room = self._at_once - len(self._flying)
        wanted = room if claim and room >= self._at_once / 4 else 0
        if not ended and not wanted:
            return
        good = [task.result() for task in ended if task.exception() is None]
        try:
            due = await asyncio.to_thread(self._write_and_claim, good, list(self._flying.values()), wanted)
        except Exception:
            self._lost += [one for one, _, _ in good]
            raise
        for one in due:
            if self._recall is not None and one.standing is not None:
                self._recall(one.source.url, one.standing)
            self._flying[asyncio.create_task(self._look(one))] = one
        # What failed is told once the others are written; it is tried again when its lease would have ended.
        for task in ended:
            task.result()

    def next_claim(self) -> datetime | None:
        """When we next have a look to claim, as far as is known now."""
        with self._store.read() as tx:
            return tx.next_claim(self._clock.now(), self._name, per_host=self._per_host, out=self._out())

    def _out(self) -> Mapping[str, int] | None:
        """What we have out at each host; None where others look too, and the store must tell."""
        return Counter(one.host for one in self._flying.values()) if self._alone else None

    async def _look(self, due: Due) -> Looked:
        connector = self._connectors.get(due.source.connector)
        if connector is None:
            reading = Reading(outcome=Outcome.UNKNOWN, cause="no_connector", detail=due.source.connector)
            return due, Held(reading), self._dice.random()
        held = await self._hold(connector.look(due.source, due.cursor, due.asked_at), due.source, due.asked_at)
        return due, held, self._dice.random()

    def _write_and_claim(self, looked: list[Looked], flying: list[Due], wanted: int) -> list[Due]:
        with self._store.write() as tx:
            now = tx.log_time(self._clock.now())
            # A long look (a sitemap of fifty files) outlives its lease: ours are renewed before anything is claimed,
            # and before hosts are locked: every worker takes polls first.
            tx.renew_leases([one for one in flying if now >= one.asked_at + LEASE / 2], now + LEASE)
            lost = [Lost(one.source.id, one.asked_at, one.asked_at + LEASE, one.host) for one in self._lost]
            written = (self._clock, self._partition_of, looked, self._append, lost)
            records = write_looks(tx, *written, alone=self._alone)
            due = []
            if wanted:
                out = self._out()
                due = tx.claim_looks(now, now + LEASE, self._name, wanted, per_host=self._per_host, out=out)
        self.records += records
        self._lost.clear()
        return due


def write_looks(
    tx: Transaction,
    clock: Clock,
    partition_of: PartitionOf,
    looked: Sequence[Looked],
    append: Append = into_table,
    lost: Sequence[Lost] = (),
    *,
    alone: bool = False,
) -> int:
    """Append what is worth a record, and end the leases, also of `lost` looks, in the caller's transaction; return how
    many records."""
    entries: dict[int, list[tuple[str, Body]]] = {}
    done = []
    looks = [look_of(due, held) for due, held, _ in looked]
    index = ItemIndex(tx)
    index.learn((due.source.subject, look) for (due, _, _), look in zip(looked, looks, strict=True))
    letters = facts_of(tx, [(due.source, held.reading.events) for due, held, _ in looked])
    for (due, held, jitter), look, facts in zip(looked, looks, letters, strict=True):
        bodies, kept = thin(due, only_new(look, index.known(due.source.subject, look)))
        bodies[:0] = facts  # before the look that vouches for them
        entries.setdefault(partition_of(due.source.subject), []).extend((due.source.subject, b) for b in bodies)
        if held.reading.cause in BAD_PIECES:
            _put_aside(tx, due, held)
        cursor = held.reading.cursor if held.reading.cursor is not None else due.cursor
        again = next_look(due.source, kept, due.asked_at, jitter)
        done.append(Done(due.source.id, due.asked_at, again, cursor, kept, due.host, held.standing))
    if any(entries.values()):
        append(tx, entries, clock.now())
    tx.finish_looks(done, lost, alone=alone)
    return sum(map(len, entries.values()))


def _put_aside(tx: Transaction, due: Due, held: Held) -> None:
    """Keep word of a body that could not be read, once for each source and cause; its bytes are in the evidence."""
    place = f"look/{held.reading.cause}/{due.source.id}"[:400]
    reason = f"{due.source.url}: {held.reading.cause}: {held.reading.detail}"
    tx.put_aside("look", place, reason, held.evidence.encode(), due.asked_at)


def look_of(due: Due, held: Held) -> Look:
    """The look as the log holds it."""
    reading = held.reading
    host = reading.host or held.host or name_of(due.source.url)
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
        before = last_good(due.kept, look)
        bodies += [before, look] if before is not None else [look]
    kept = keep(due.kept, look, written=written)
    if due.source.connector != "probe":
        return bodies, kept
    count, over = count_probe(due.kept.count, look)
    if over is not None:
        # Before the look: the hour that is over was over when this look was asked.
        bodies.insert(0, tally_of(due.source.id, look.collector, over))
    return bodies, msgspec.structs.replace(kept, count=count)
