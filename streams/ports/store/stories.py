"""What was told of citizens' messages: every event once, written with the state that it moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, tuple_

from streams.codec import decode_event, encode
from streams.messages import Case, MessageEvent
from streams.ports.store import tables as t
from streams.ports.store.batches import Batch, among, columns
from streams.rowcodec import source_in
from streams.subjects import Source

Place = tuple[str, str, str]  # subject, source, message
FOREVER = datetime.max.replace(tzinfo=UTC)
PAGE = 5000  # events in one answer


class StoryPart:
    """Add events and read cases."""

    connection: Connection

    def stories(self, places: Collection[Place]) -> dict[Place, Case]:
        """The cases of these messages, as far as something was told of them."""
        c = t.messages.c
        found: dict[Place, list[MessageEvent]] = {}
        for condition in among(self.connection, (c.subject, c.source, c.message), sorted(places)):
            for row in self.connection.execute(select(c.subject, c.source, c.message, c.body).where(condition)):
                found.setdefault((row.subject, row.source, row.message), []).append(decode_event(row.body))
        return {place: Case(place[2]).told(events) for place, events in found.items()}

    def mailboxes(self) -> list[tuple[str, str]]:
        """Every (subject, source) of which something was told: one step along the index for each."""
        c = t.messages.c
        found: list[tuple[str, str]] = []
        while True:
            query = select(c.subject, c.source).where(tuple_(c.subject, c.source) > (found[-1] if found else ("", "")))
            row = self.connection.execute(query.order_by(c.subject, c.source).limit(1)).first()
            if row is None:
                return found
            found.append((row.subject, row.source))

    def judged_mailboxes(self) -> list[Source]:
        """Every mailbox that is judged, by subject and id. Walks over the keys of all sources: ask seldom."""
        c = t.bundles.c
        query = select(c.body).where(c.source.like("%/mailbox/%")).order_by(c.subject, c.source)
        found = [source_in(body) for body in self.connection.execute(query).scalars()]
        return [source for source in found if source is not None and source.connector == "mailbox"]

    def add_events(self, added: Iterable[tuple[str, str, MessageEvent, datetime]]) -> None:
        """Add (subject, source, event, log time); one that is there already is a bug, and fails."""
        rows = [
            (subject, source, event.message, event.deed.value, t.to_micros(event.at), t.to_micros(seen), encode(event))
            for subject, source, event, seen in added
        ]
        _ADD_EVENTS.run(self.connection, rows)

    def cases(
        self, until: datetime, subject: str = "", known: datetime | None = None
    ) -> Iterator[tuple[str, str, Case]]:
        """Every (subject, source, case) as its events up to `until` (their own time) make it, one mailbox after the
        other; of one subject, or of all. Only what was told strictly before `known` (log time) counts, where it is
        given. Read in pages: a province has millions."""
        last: Place = ("", "", "")
        waiting: list[MessageEvent] = []
        for place, event in self._events(t.to_micros(until), subject, known):
            if place != last and waiting:
                yield last[0], last[1], Case(last[2]).told(waiting)
                waiting = []
            last = place
            waiting.append(event)
        if waiting:
            yield last[0], last[1], Case(last[2]).told(waiting)

    def cases_of(self, subject: str, source: str) -> Iterator[Case]:
        """Everything that was ever told of one mailbox."""
        return (case for _, box, case in self.cases(FOREVER, subject) if box == source)

    def _events(self, until: int, subject: str, known: datetime | None) -> Iterator[tuple[Place, MessageEvent]]:
        c = t.messages.c
        wanted = [c.at <= until, *([c.subject == subject] if subject else [])]
        wanted += [c.seen < t.to_micros(known)] if known is not None else []
        key = (c.subject, c.source, c.message, c.deed, c.at)
        after: tuple[object, ...] = ("", "", "", "", 0)
        while True:
            query = select(*key, c.body).where(tuple_(*key) > after, *wanted).order_by(*key).limit(PAGE)
            rows = self.connection.execute(query).all()
            for row in rows:
                yield (row.subject, row.source, row.message), decode_event(row.body)
            if len(rows) < PAGE:
                return
            after = tuple(rows[-1])[:5]


_m = t.messages.c
_ADD_EVENTS = Batch(
    lambda given: given.into(insert(t.messages)),
    columns(_m.subject, _m.source, _m.message, _m.deed, _m.at, _m.seen, _m.body),
)
