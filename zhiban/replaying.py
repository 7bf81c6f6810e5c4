"""Replay: recorded responses through the real connectors, rules and desk, at their recorded times.

Log time is the WARC-Date; the registry's facts stand at the first; ticks are appended as a live run would, then one at
`until`. Nothing is thinned, and no letter leaves the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from streams.agent import Agent
from streams.connectors import Answer, Connector, Conversation, Cursor, Failure, Reading
from streams.letterbox import facts_of
from streams.looks import Look, Outcome
from streams.poller import Held, look_of
from streams.ports.store import Store
from streams.ports.store.polls import Due
from streams.ports.warc_read import Found
from streams.records import Body, Fact, FactKind, Tick
from streams.rules import Rules
from streams.subjects import Source, Subject
from streams.thinning import Kept
from zhiban.words import say


class Replayed(msgspec.Struct, frozen=True):
    """What a replay made: how many looks were taken from how many records, and where it ended."""

    at: datetime
    looks: int
    records: int
    unmatched: int  # records whose URL is no source's


class Replay:
    """One replay into one (fresh) store."""

    def __init__(self, store: Store, rules: Rules, connectors: Mapping[str, Connector]) -> None:
        """Judge by `rules` what `connectors` read."""
        self._store = store
        self._agent = Agent(store, rules)
        self._connectors = connectors
        self._cursors: dict[str, Cursor] = {}
        self._by_url: dict[str, list[Source]] = {}

    def run(
        self, subjects: Sequence[Subject], sources: Sequence[Source], found: Iterable[Found], until: datetime | None
    ) -> Replayed:
        """Go through `found`, which is in order of time, up to `until` (default: the last record)."""
        for source in sources:
            self._by_url.setdefault(plain_url(source.url), []).append(source)
        looks = records = unmatched = 0
        at: datetime | None = None
        for moment, group in groupby(_before(found, until), key=lambda one: one.taken.asked_at):
            taken = list(group)
            if at is None:
                self._begin(subjects, sources, moment)
            at = moment
            bodies = list(self._looks(taken, moment))
            self._append(bodies, moment)
            records += len(taken)
            looks += sum(isinstance(body, Look) for _, body in bodies)
            unmatched += sum(plain_url(one.taken.url) not in self._by_url for one in taken)
        end = until if until is not None else at
        if end is None:
            raise ValueError(say("nothing.replayed"))
        if at is None:
            self._begin(subjects, sources, end)
        self._tick(end, last=True)
        return Replayed(end, looks, records, unmatched)

    def _begin(self, subjects: Sequence[Subject], sources: Sequence[Source], at: datetime) -> None:
        facts: list[tuple[str, Body]] = [(one.id, Fact(kind=FactKind.REGISTERED, subject=one)) for one in subjects]
        facts += [(one.subject, Fact(kind=FactKind.SOURCE_ADDED, source=one)) for one in sources]
        with self._store.write() as tx:
            tx.set_partitions(1)
            tx.append(0, facts, at)
        self._judge()

    def _looks(self, group: Sequence[Found], at: datetime) -> Iterator[tuple[str, Body]]:
        answers = {plain_url(one.taken.url): one for one in group}
        for url, one in answers.items():
            for source in self._by_url.get(url, ()):
                for body in self._look(source, one, answers, at):
                    yield source.subject, body

    def _look(self, source: Source, first: Found, answers: Mapping[str, Found], at: datetime) -> list[Body]:
        cursor = self._cursors.get(source.id, Cursor())
        reading = answered(self._connectors[source.connector].look(source, cursor, at), first, answers)
        if reading.cursor is not None:
            self._cursors[source.id] = reading.cursor
        due = Due(source, cursor, Kept(), at, None)
        with self._store.read() as tx:
            (letters,) = facts_of(tx, [(source, reading.events)])
        return [*letters, look_of(due, Held(reading, evidence=first.taken.answer.evidence))]

    def _append(self, bodies: list[tuple[str, Body]], at: datetime) -> None:
        self._tick(at, last=False)
        with self._store.write() as tx:
            tx.append(0, bodies, at)
        self._judge()

    def _tick(self, until: datetime, *, last: bool) -> None:
        """A tick for every due up to `until`, as the ticker of a live run would have appended them."""
        while True:
            with self._store.read() as tx:
                due = tx.next_due()
            if due is None or due > until:
                break
            self._append_tick(due)
        if last:
            self._append_tick(until + timedelta(microseconds=1))

    def _append_tick(self, at: datetime) -> None:
        with self._store.write() as tx:
            tx.append(0, [("", Tick())], at)
        self._judge()

    def _judge(self) -> None:
        while self._agent.catch_up(0):
            pass


def answered(conversation: Conversation, first: Found, answers: Mapping[str, Found]) -> Reading:
    """Hold a conversation with recorded answers: the first request gets `first`, later ones what was recorded with it.

    A connector's bug is a failed reading, as in a live run.
    """
    answer: Answer = first.taken.answer
    try:
        next(conversation)
        while True:
            request = conversation.send(answer)
            recorded = answers.get(plain_url(request.url))
            answer = recorded.taken.answer if recorded is not None else Failure(cause="protocol", detail="not recorded")
    except StopIteration as ended:
        reading: Reading = ended.value
        return reading
    except Exception as error:
        return Reading(outcome=Outcome.FAILED, cause="bug", detail=f"{type(error).__name__}: {error}")


def plain_url(url: str) -> str:
    """A URL as it is compared: without fragment and without a slash at the end of a bare host."""
    bare = url.partition("#")[0].strip()
    return bare[:-1] if bare.count("/") == 3 and bare.endswith("/") else bare


def _before(found: Iterable[Found], until: datetime | None) -> Iterator[Found]:
    for one in found:
        if until is not None and one.taken.asked_at > until:
            return
        yield one
