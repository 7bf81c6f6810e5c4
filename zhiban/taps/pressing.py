"""What a press does: a fact of the log, once for each letter and reader, whoever else has pressed."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.board import Language, Settings
from alerts.questions import shown
from alerts.routing import Recipient
from alerts.taps import OF_POSTS, OF_REQUESTS, BadTap, Button, Ring, Tap, is_of, opened, token
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.marks import refuse_left
from streams.ports.store.opening import Transaction
from streams.records import DESK, FactKind
from zhiban.deeds import NotDone, answer_contact_within, say_of_alert_within
from zhiban.said import Said, answer_to, by_the_same, hold, hold_desk, said_of
from zhiban.subscribing import gone, subscribe
from zhiban.taps.cases import KINDS, Case, Cases


class Pressed(msgspec.Struct, frozen=True):
    """What came of a press: `fresh` where it was noted just now."""

    case: Case
    said: Said
    fresh: bool


class Subscriber(msgspec.Struct, frozen=True):
    """A reader of digests: since when they want none, and the token of the button that this one is not."""

    reader: Recipient
    left_at: datetime | None
    other: str


class Presses:
    """Reads links and does what they say, in one store."""

    def __init__(
        self, store: Store, clock: Clock, ring: Ring, last: timedelta, settings: Settings, spoken: Language
    ) -> None:
        """Links of `ring` are good for `last` from when their letter was written."""
        self._store, self._clock, self._ring = store, clock, ring
        self._cases = Cases(ring, last, settings, spoken)

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

    def case_within(self, tx: Transaction, tap: Tap) -> Case:
        """As `case`, in the caller's transaction."""
        return self._cases.of(tx, tap)

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
        kind = KINDS[tap.button]
        if tap.button in OF_POSTS:
            said, fresh = answer_post(tx, now, kind, tap.matter, case.about, by)
        elif tap.button in OF_REQUESTS:
            said, fresh = answer_request(tx, now, kind, case, by, reason)
        else:
            said, fresh = note(tx, now, kind, tap.matter, by, self._cases.since(tap), reason)
        return Pressed(case, said, fresh)

    def subscriber(self, tap: Tap) -> Subscriber:
        """Whom a link about digests is for, and how they stand; raises BadTap where nobody was ever written to so."""
        with self._store.read() as tx:
            reader = self._cases.reader(tap, (Recipient(*pair) for pair in tx.addresses()))
            return self._subscriber(tx, tap, reader)

    def subscribe(self, tap: Tap) -> Subscriber:
        """Note that this reader wants no more digests, or wants them again, once; raises BadTap."""
        reader = self.subscriber(tap).reader
        with self._store.write() as tx:
            refuse_left(tx)
            subscribe(tx, self._clock.now(), reader, shown(reader), wanted=tap.button is Button.JOIN)
            return self._subscriber(tx, tap, reader)

    def _subscriber(self, tx: Transaction, tap: Tap, reader: Recipient) -> Subscriber:
        other = Button.LEAVE if tap.button is Button.JOIN else Button.JOIN
        left_at = gone(tx).get(reader)
        return Subscriber(reader, left_at, token(self._ring, other, "", reader, tap.until))


def note(
    tx: Transaction, now: datetime, kind: FactKind, matter: str, by: str, since: datetime, text: str = ""
) -> tuple[Said, bool]:
    """Say something of a matter, unless it was said `since` then by the same: what was said, and whether just now.

    Raises NotDone."""
    story = tx.story(matter)
    subject = story[-1].subject if story else DESK  # an incident crosses subjects
    hold(tx, subject)
    known = by_the_same(said_of(tx, subject, matter), kind, by, since)
    if known is not None:
        return known, False
    done = say_of_alert_within(tx, now, kind, matter, by, text)
    return Said(kind.value, by, done.at), True


def answer_post(
    tx: Transaction, now: datetime, kind: FactKind, question: str, address: str, by: str
) -> tuple[Said, bool]:
    """Answer whether a post is still its holder's, unless that is what was answered last. Raises NotDone."""
    hold_desk(tx)
    said = said_of(tx, DESK, question)
    if said and said[-1].kind == kind.value:
        return said[-1], False
    done = answer_contact_within(tx, now, kind, address, by, question)
    return Said(kind.value, by, done.at), True


def answer_request(
    tx: Transaction, now: datetime, kind: FactKind, case: Case, by: str, text: str = ""
) -> tuple[Said, bool]:
    """Grant or refuse what was asked for, unless it was done; raises NotDone where it was answered otherwise."""
    story = tx.story(case.about)
    hold(tx, story[-1].subject)
    known = answer_to(said_of(tx, story[-1].subject, case.about), case.request, case.asked_at or now)
    if known is not None and known.kind == kind.value:
        return known, False
    if known is not None:
        raise NotDone("decided", by=known.by, at=known.at)
    done = say_of_alert_within(tx, now, kind, case.about, by, text, about=case.request)
    return Said(kind.value, by, done.at, case.request), True
