"""The agent: the rules at work on one partition's records, one database transaction per run (DESIGN sections 2, 6).

Redelivery, an old batch of a zombie and a crash at any moment change nothing: positions are compared row by row, and
state, findings, index and progress are written together or not at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from streams.advance import NOTHING, Advanced, advance
from streams.casework import NO_STORIES
from streams.findings import Finding
from streams.itemindex import ItemIndex
from streams.looks import Look
from streams.ports.store import Store
from streams.ports.store.log import Logged, records_of
from streams.ports.store.opening import Transaction
from streams.ports.store.progress import Progress
from streams.ports.store.state import Conflict
from streams.records import BROADCAST, Fact, FactKind, Position, Record, Tick
from streams.rowcache import RowCache
from streams.rows import Row
from streams.rules import Rules
from streams.storyindex import StoryIndex

ATTEMPTS = 20
Listener = Callable[[Sequence[Finding]], None]


class Agent:
    """Takes batches of one or more partitions. Holds nothing between two batches but its rules."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        *,
        chunk: int = 500,
        told: Listener | None = None,
        pick: Callable[[], Rules] | None = None,
    ) -> None:
        """Work on `store` by `rules`, at most `chunk` subjects in one transaction of a broadcast; `told` hears of the
        findings that were committed, and `pick` gives the rules for each record: the same laws, some of them watched
        (both for metrics)."""
        self._store = store
        self.rules = rules
        self._chunk = chunk
        self._told = told
        self._pick = pick or (lambda: rules)
        self._cache = RowCache()

    def take(self, partition: int, batch: Sequence[Logged]) -> None:
        """Apply records in their order; on return they are committed."""
        self.take_all({partition: batch})

    def take_all(self, batches: Mapping[int, Sequence[Logged]]) -> None:
        """Apply batches of several partitions, each in its order; what no broadcast separates is one transaction."""
        waiting = {partition: deque(runs(batch)) for partition, batch in batches.items()}
        while any(waiting.values()):
            now = {partition: left.popleft() for partition, left in waiting.items() if left and not _broad(left[0])}
            if now:
                self._retry(partial(self._apply, now))
            for partition, left in waiting.items():
                while left and _broad(left[0]):
                    self._broadcast(partition, left.popleft()[0])

    def catch_up(self, partition: int, limit: int = 1000) -> int:
        """Apply what the store's own log holds beyond the partition's progress, once; return how much that was."""
        with self._store.read() as tx:
            position, _ = tx.progress(partition)
            batch = tx.read_log(partition, position, limit)
        self.take(partition, batch)
        return len(batch)

    def _retry(self, work: Callable[[Transaction], _Work]) -> None:
        """Do one transaction's work, again where another moved a row meanwhile."""
        for attempt in range(ATTEMPTS):
            try:
                with self._store.write() as tx:
                    done = work(tx)
            except BaseException as error:
                self._cache.clear()  # whatever was not committed was never true
                if not isinstance(error, Conflict):
                    raise
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            done.keep()
            if self._told is not None and done.findings:
                self._told(done.findings)
            return

    # -- a run of subjects' records ------------------------------------------------------------------------------

    def _apply(self, now: Mapping[int, Sequence[Logged]], tx: Transaction) -> _Work:
        work = _Work(tx, self.rules, self._pick, self._cache)
        progress = tx.lock_progress(now)
        counted = {partition: _untold(progress[partition].told, run) for partition, run in now.items()}
        work.learn({partition: records_of(entries) for partition, entries in counted.items()})
        for partition, entries in counted.items():
            for entry in entries:
                if entry.fault:
                    _quarantine(tx, partition, entry)
                elif entry.record is not None:  # else it is of an epoch before
                    work.advance(entry.record, entry.position, progress[partition].tick)
        work.save()
        tx.move_progress({partition: _after(progress[partition], run) for partition, run in now.items()})
        return work

    # -- broadcasts ----------------------------------------------------------------------------------------------

    def _broadcast(self, partition: int, entry: Logged) -> None:
        """Go through the partition in chunks, a transaction each; it counts as read after the last."""
        position, record = entry.position, entry.record
        assert record is not None
        settle_only = isinstance(record.body, Tick)
        for names in self._settled(partition, record.time) if settle_only else self._everybody(partition):
            at = None if settle_only else position
            self._retry(partial(self._sweep, partition, names, at, record))
        tick = record.time if settle_only else None

        def progress(tx: Transaction) -> _Work:
            tx.set_progress(partition, position, tick)
            return _Work(tx, self.rules, self._pick, self._cache)

        self._retry(progress)

    def _sweep(
        self, partition: int, names: list[str], position: Position | None, record: Record, tx: Transaction
    ) -> _Work:
        _, tick = tx.progress(partition)
        work = _Work(tx, self.rules, self._pick, self._cache)
        now = record.time if tick is None else max(record.time, tick)
        work.load(partition, dict.fromkeys(names, () if position is None else None), now)
        for name in names:
            work.advance(msgspec.structs.replace(record, subject=name), position, tick)
        work.save()
        return work

    def _settled(self, partition: int, now: datetime) -> Iterator[list[str]]:
        last: list[str] = []
        while True:
            with self._store.read() as tx:
                names = tx.due_subjects(partition, now, self._chunk)
            if not names:
                return
            if names == last:
                message = f"partition {partition}: {names[:3]} stay due at {now.isoformat()} after being settled"
                raise RuntimeError(message)
            yield names
            last = names

    def _everybody(self, partition: int) -> Iterator[list[str]]:
        after = ""
        while True:
            with self._store.read() as tx:
                names = tx.all_subjects(partition, after, self._chunk)
            if not names:
                return
            yield names
            after = names[-1]


class _Work:
    """The rows of one transaction while they move."""

    def __init__(self, tx: Transaction, rules: Rules, pick: Callable[[], Rules], cache: RowCache) -> None:
        self.findings: list[Finding] = []
        self.items = ItemIndex(tx)
        self.stories = StoryIndex(tx)
        self._cache = cache
        self._whole: set[str] = set()
        self._tx = tx
        self._rules, self._pick = rules, pick
        self._partition: dict[str, int] = {}
        self._before: dict[str, Row] = {}
        self._rows: dict[str, Row] = {}
        self._touched: dict[str, set[str]] = {}

    def learn(self, records: Mapping[int, Sequence[Record]]) -> None:
        """Load what these records, by partition, are about: whole rows, so that the next look finds them cached."""
        for partition, some in records.items():
            self._partition |= dict.fromkeys((record.subject for record in some), partition)
        self._take_up(dict.fromkeys(self._partition), None)
        bodies = [(record.subject, record.body) for some in records.values() for record in some]
        self.items.learn((name, body) for name, body in bodies if isinstance(body, Look) and body.items)
        self.stories.learn((name, body) for name, body in bodies if isinstance(body, Fact) and body.events)

    def load(self, partition: int, wanted: Mapping[str, Collection[str] | None], now: datetime) -> None:
        """Load rows of one partition: what is due at `now` of each, and the wanted sources; `None` wants them all."""
        self._partition |= dict.fromkeys(wanted, partition)
        self._take_up(wanted, now)

    def _take_up(self, wanted: Mapping[str, Collection[str] | None], now: datetime | None) -> None:
        cached = {name: row for name in wanted if (row := self._cache.get(name)) is not None}
        missing = {name: sources for name, sources in wanted.items() if name not in cached}
        self._whole |= {*cached, *(name for name, sources in missing.items() if sources is None)}
        loaded = cached | self._tx.load(self._rules, missing, now)
        self._before |= loaded
        self._rows |= loaded

    def keep(self) -> None:
        """After the commit: keep the whole rows as they were written."""
        for name in self._whole:
            self._cache.put(self._rows[name])

    def advance(self, record: Record, position: Position | None, tick: datetime | None) -> Advanced:
        name, body = record.subject, record.body
        known = self.items.known(name, body) if isinstance(body, Look) and body.items else NOTHING
        stories = self.stories.known(name, body) if isinstance(body, Fact) and _needs_stories(body) else NO_STORIES
        result = advance(self._pick(), self._rows[name], record, position, tick, known, stories)
        if isinstance(body, Look) and result.new:
            self.items.add(name, body, result.new, record.time)
        if isinstance(body, Fact) and result.events:
            self.stories.add(name, body.mailbox, result.events, record.time)
        self._rows[name] = result.row
        if result.touched:
            self._touched.setdefault(name, set()).update(result.touched)
        if result.findings:
            self.findings.extend(result.findings)
        return result

    def save(self) -> None:
        moved: dict[int, dict[str, tuple[Row, Row, Collection[str]]]] = {}
        for name, row in self._rows.items():
            if row is not self._before[name]:
                change = (self._before[name], row, self._touched.get(name, set()))
                moved.setdefault(self._partition[name], {})[name] = change
        self._tx.save(moved)
        self.items.save()
        self.stories.save()
        self._tx.add_findings(self.findings)
        self._tx.set_asks(self._asks())

    def _asks(self) -> dict[str, tuple[datetime | None, datetime | None]]:
        asks: dict[str, tuple[datetime | None, datetime | None]] = {}
        for name, touched in self._touched.items():
            before, after = self._before[name].bundles, self._rows[name].bundles
            for source in touched:
                was = before[source].ask if source in before else None
                now = after[source].ask if source in after else None
                if was != now:
                    asks[source] = (now, self._rows[name].clock if now is not None else None)
        return asks


def runs(batch: Sequence[Logged]) -> Iterator[list[Logged]]:
    """Cut a batch at its broadcasts: a tick ends a run, and stands alone."""
    run: list[Logged] = []
    for entry in batch:
        if entry.record is not None and isinstance(entry.record.body, BROADCAST):
            if run:
                yield run
            yield [entry]
            run = []
        else:
            run.append(entry)
    if run:
        yield run


def _needs_stories(fact: Fact) -> bool:
    return bool(fact.events) or (fact.source is not None and fact.kind is not FactKind.SOURCE_RETIRED)


def _broad(run: Sequence[Logged]) -> bool:
    return run[0].record is not None and isinstance(run[0].record.body, BROADCAST)


def _untold(known: int, run: Sequence[Logged]) -> Sequence[Logged]:
    """The entries less those that a relay sent twice: it numbered them, and `known` was the last."""
    return [entry for entry in run if not entry.told or entry.told > known]


def _after(progress: Progress, run: Sequence[Logged]) -> Progress:
    return progress.beyond(run[-1].position, told=max(entry.told for entry in run))


def _quarantine(tx: Transaction, partition: int, entry: Logged) -> None:
    place = f"log/{partition}/{entry.position.epoch}/{entry.position.offset}"
    tx.put_aside("record", place, entry.fault, entry.raw, entry.time)
