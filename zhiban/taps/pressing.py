"""What a press does: a fact of the log, once for each letter and reader, whoever else has pressed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from alerts.alert import Alert
from alerts.board import Board, Language, Settings
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, Ring, Tap, is_of, opened
from alerts.wording import masked
from alerts.writing import headline
from streams.findings import REGISTRY, Event, Finding
from streams.partitions import partition_of
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.marks import refuse_left, where_the_log_is
from streams.ports.store.opening import Transaction
from streams.records import DESK, Fact, FactKind, Position
from zhiban.deeds import OF_ALERTS, say_of_alert_within
from zhiban.telling import tell_within
from zhiban.words import language

KINDS: Mapping[Button, FactKind] = {
    Button.ACK: FactKind.ACKNOWLEDGED,
    Button.FIXED: FactKind.FIXED,
    Button.DISMISS: FactKind.DISMISSED,
    Button.NOT_OURS: FactKind.NOT_OURS,
    Button.EXEMPT: FactKind.EXEMPT,
    Button.SHUTDOWN: FactKind.SHUTDOWN,
}
HOUR = timedelta(hours=1)
_OF_ALERTS = frozenset(kind.value for kind in OF_ALERTS)


class Said(msgspec.Struct, frozen=True):
    """Something that was said of a matter: what (a fact's kind), by whom, and when."""

    kind: str
    by: str
    at: datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A matter as a reader's link shows it."""

    tap: Tap
    reader: Recipient
    finding: Finding
    title: str
    level: str
    closed_at: datetime | None
    said: tuple[Said, ...]
    mine: Said | None  # what this button did already, for this reader, since the letter was written


class Pressed(msgspec.Struct, frozen=True):
    """What came of a press: `fresh` where it was noted just now."""

    case: Case
    said: Said
    fresh: bool


class Presses:
    """Reads links and does what they say, in one store."""

    def __init__(
        self, store: Store, clock: Clock, ring: Ring, last: timedelta, settings: Settings, spoken: Language
    ) -> None:
        """Links of `ring` are good for `last` from when their letter was written."""
        self._store, self._clock, self._ring, self._last = store, clock, ring, last
        self._settings, self._language = settings, spoken

    def opened(self, text: str, reader: Recipient | None = None) -> Tap:
        """What a token says; raises BadTap, also where it was made for another than `reader`."""
        tap = opened(self._ring, text, self._clock.now())
        if reader is not None and not is_of(self._ring, tap, reader):
            raise BadTap("forged")
        return tap

    def case(self, tap: Tap) -> Case:
        """What a link is about, and what was said of it; raises BadTap where nobody was ever written to so."""
        with self._store.read() as tx:
            return self.case_within(tx, tap)

    def press(self, tap: Tap, reason: str = "") -> Pressed:
        """Do it, once; raises BadTap, and NotDone where the matter is over or a reason is missing."""
        now = self._clock.now()
        with self._store.write() as tx:
            refuse_left(tx)
            return self.press_within(tx, now, tap, reason)

    def press_within(self, tx: Transaction, now: datetime, tap: Tap, reason: str = "", by: str = "") -> Pressed:
        """As `press`, in the caller's transaction; `by` is who of several readers it was."""
        case = self.case_within(tx, tap)
        by = by or shown(case.reader)
        said, fresh = note(tx, now, KINDS[tap.button], tap.matter, by, self._since(tap), reason)
        return Pressed(case, said, fresh)

    def leaver(self, tap: Tap) -> Recipient:
        """Who wants no more digests; raises BadTap where nobody was ever written to so."""
        with self._store.read() as tx:
            return self._reader(tap, (Recipient(*pair) for pair in tx.addresses()))

    def leave(self, tap: Tap) -> Recipient:
        """Note that this reader wants no more digests, once; raises BadTap."""
        reader = self.leaver(tap)
        with self._store.write() as tx:
            refuse_left(tx)
            tx.lock_progress([partition_of(DESK, tx.partition_count())])
            if reader not in gone(tx):
                kind, by = FactKind.UNSUBSCRIBED, shown(reader)
                tell_within(
                    tx, [Fact(kind=kind, matter=reader.channel, text=reader.to, by=by)], self._clock.now(), DESK
                )
        return reader

    def _since(self, tap: Tap) -> datetime:
        """When the letter that carries it was written, at the latest an hour before."""
        return tap.until - self._last - HOUR

    def case_within(self, tx: Transaction, tap: Tap) -> Case:
        """As `case`, in the caller's transaction."""
        story = tx.story(tap.matter)
        alert = _alert(tx, tap.matter)
        if not story or alert is None:
            raise BadTap("forged")
        reader = self._reader(tap, self._told(tx, tap, alert))
        last = story[-1]
        said = _said(tx, last.subject, tap.matter)
        return Case(
            tap=tap,
            reader=reader,
            finding=last,
            title=masked(headline(self._board(tx, last), _standing(story), language())),
            level=alert.shown.value,
            closed_at=last.time if last.event is Event.CLOSES else None,
            said=said,
            mine=_mine(said, KINDS[tap.button], shown(reader), self._since(tap)),
        )

    def _told(self, tx: Transaction, tap: Tap, alert: Alert) -> Iterator[Recipient]:
        """Who was written to about the matter: as the desk remembers, and by letters of other kinds of that hour."""
        yield from (Recipient(*name.split("\x1f", 1)) for name in sorted(alert.letters))
        for channel, to, body in tx.letters_between(self._since(tap), tap.until - self._last):
            if tap.matter.encode() in body:
                yield Recipient(channel, to)

    def _reader(self, tap: Tap, readers: Iterable[Recipient]) -> Recipient:
        for reader in readers:
            if is_of(self._ring, tap, reader):
                return reader
        raise BadTap("forged")

    def _board(self, tx: Transaction, finding: Finding) -> Board:
        """As much of the desk as a headline needs."""
        places = [("who", finding.subject), *([("what", finding.source)] if finding.source else [])]
        return Board(self._settings, self._language, tx.desk_values(places))


def note(
    tx: Transaction, now: datetime, kind: FactKind, matter: str, by: str, since: datetime, text: str = ""
) -> tuple[Said, bool]:
    """Say something of a matter, unless it was said `since` then by the same: what was said, and whether just now.

    Raises NotDone."""
    story = tx.story(matter)
    if story:
        # Two presses at once: the second waits here, and finds the first.
        tx.lock_progress([partition_of(story[-1].subject, tx.partition_count())])
        known = _mine(_said(tx, story[-1].subject, matter), kind, by, since)
        if known is not None:
            return known, False
    done = say_of_alert_within(tx, now, kind, matter, by, text)
    return Said(kind.value, by, done.at), True


def _mine(said: Iterable[Said], kind: FactKind, by: str, since: datetime) -> Said | None:
    return next((one for one in said if (one.kind, one.by) == (kind.value, by) and one.at >= since), None)


def _alert(tx: Transaction, matter: str) -> Alert | None:
    body = tx.desk_values([("alert", matter)]).get(("alert", matter))
    return None if body is None else msgspec.json.decode(body, type=Alert)


def _standing(story: list[Finding]) -> Finding:
    """What had stood, where it is over."""
    before = [finding for finding in story if finding.event is not Event.CLOSES]
    return before[-1] if before else story[-1]


def _said(tx: Transaction, subject: str, matter: str) -> tuple[Said, ...]:
    """What people said of a matter, in order: what the ledger shows, and what stands in the log beyond it."""
    # What is beyond is read first: what the ledger takes up meanwhile is then found twice, and not missed.
    beyond = [Said(fact.kind.value, fact.by, at) for at, fact in _beyond(tx, subject) if fact.matter == matter]
    known = [
        Said(one.why, one.args.get("by", ""), one.time)
        for one in tx.findings_of(subject)
        if one.rule == REGISTRY and one.why in _OF_ALERTS and one.args.get("matter") == matter
    ]
    return tuple(dict.fromkeys([*known, *(one for one in beyond if one.kind in _OF_ALERTS)]))


def _beyond(tx: Transaction, subject: str) -> list[tuple[datetime, Fact]]:
    """The facts of a subject's partition that the ledger does not show yet."""
    partition = partition_of(subject, tx.partition_count())
    progress = tx.progress_of(partition)
    told = Position(tx.epoch(), progress.told)
    return tx.facts_beyond(partition, told if where_the_log_is(tx) == "kafka" else progress.position)


def gone(tx: Transaction) -> set[Recipient]:
    """Who wants no more digests: as the ledger shows, and as stands in the log beyond it."""
    kind = FactKind.UNSUBSCRIBED
    beyond = {Recipient(fact.matter, fact.text) for _, fact in _beyond(tx, DESK) if fact.kind is kind}
    told = [finding.args for finding in tx.findings_of(DESK) if finding.why == kind.value]
    return beyond | {Recipient(args.get("matter", ""), args.get("text", "")) for args in told}


def shown(reader: Recipient) -> str:
    """A reader as others may see them: the channel, and the address with its middle covered."""
    return f"{_covered(reader.to)} ({reader.channel})"


def _covered(to: str) -> str:
    head, at, domain = to.rpartition("@")
    if at and head:
        return f"{head[:1]}***{head[-1:] if len(head) > 3 else ''}@{domain}"
    if re.fullmatch(r"[+\d\s()-]{7,}", to):
        plain = re.sub(r"\D", "", to)
        return f"{plain[:3]}****{plain[-4:]}" if len(plain) > 8 else f"{plain[:2]}****{plain[-2:]}"
    return to if len(to) < 4 else f"{to[:2]}***{to[-1:]}"
