"""What a link is about, read from the store: the matter or the question, who was written to, and what was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from alerts.alert import Alert
from alerts.board import Board, Language, Settings
from alerts.contacts import RULE as POST
from alerts.directory import Who
from alerts.incidents import Incident
from alerts.questions import shown
from alerts.remembered import Question
from alerts.requests import RULE as REQUEST
from alerts.requests import who_asks
from alerts.routing import Recipient
from alerts.taps import OF_POSTS, OF_REQUESTS, BadTap, Button, Ring, Tap, is_of
from alerts.wording import masked
from alerts.words import say as letter_say
from alerts.writing import headline
from streams.findings import Event, Finding, Grade
from streams.ports.store.opening import Transaction
from streams.records import DESK, REQUESTS, FactKind
from zhiban.said import Said, answer_to, by_the_same, said_of
from zhiban.words import language

KINDS = {
    Button.ACK: FactKind.ACKNOWLEDGED,
    Button.FIXED: FactKind.FIXED,
    Button.DISMISS: FactKind.DISMISSED,
    Button.NOT_OURS: FactKind.NOT_OURS,
    Button.EXEMPT: FactKind.EXEMPT,
    Button.SHUTDOWN: FactKind.SHUTDOWN,
    Button.HOLDS: FactKind.CONTACT,
    Button.VACATED: FactKind.CONTACT_LEFT,
    Button.GRANT: FactKind.GRANTED,
    Button.REFUSE: FactKind.REFUSED,
}
HOUR = timedelta(hours=1)
V = TypeVar("V", bound=msgspec.Struct)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader's link shows: a matter, or what they are asked."""

    tap: Tap
    reader: Recipient
    id: str
    rule: str
    title: str
    level: str
    closed_at: datetime | None = None
    said: tuple[Said, ...] = ()
    mine: Said | None = None  # what this button did already, for this reader, since the letter was written
    about: str = ""  # of a question: the address, or the alert
    request: str = ""  # of a request: its kind, and since when it is asked
    asked_at: datetime | None = None
    answered: Said | None = None  # what was answered to it
    lines: tuple[str, ...] = ()  # who asks, and why


class Cases:
    """Reads what links are about, in one store."""

    def __init__(self, ring: Ring, last: timedelta, settings: Settings, spoken: Language) -> None:
        """Links of `ring` are good for `last` from when their letter was written."""
        self._ring, self._last = ring, last
        self._settings, self._language = settings, spoken

    def since(self, tap: Tap) -> datetime:
        """When the letter that carries it was written, at the latest an hour before."""
        return tap.until - self._last - HOUR

    def reader(self, tap: Tap, readers: Iterable[Recipient]) -> Recipient:
        """Whose link it is, of those who were written to; raises BadTap."""
        for reader in readers:
            if is_of(self._ring, tap, reader):
                return reader
        raise BadTap("forged")

    def of(self, tx: Transaction, tap: Tap) -> Case:
        """What a link is about; raises BadTap where nobody was ever written to so."""
        if tap.button in OF_POSTS:
            return self._post(tx, tap)
        return self._request(tx, tap) if tap.button in OF_REQUESTS else self._matter(tx, tap)

    def _matter(self, tx: Transaction, tap: Tap) -> Case:
        story = tx.story(tap.matter)
        alert = _value(tx, "alert", tap.matter, Alert)
        if not story and (incident := _value(tx, "incident", tap.matter, Incident)) is not None:
            return self._incident(tx, tap, incident)
        if not story or alert is None:
            raise BadTap("forged")
        reader = self.reader(tap, self._told(tx, tap, alert))
        last = story[-1]
        said = said_of(tx, last.subject, tap.matter)
        return Case(
            tap=tap,
            reader=reader,
            id=last.id,
            rule=last.rule,
            title=masked(headline(self._board(tx, last), _standing(story), language())),
            level=alert.shown.value,
            closed_at=last.time if last.event is Event.CLOSES else None,
            said=said,
            mine=by_the_same(said, KINDS[tap.button], shown(reader), self.since(tap)),
        )

    def _incident(self, tx: Transaction, tap: Tap, incident: Incident) -> Case:
        """An incident of a collector, which may be acknowledged and nothing else."""
        if tap.button is not Button.ACK:
            raise BadTap("forged")
        reader = self.reader(tap, (Recipient(*name.split("\x1f", 1)) for name in sorted(incident.letters)))
        said = said_of(tx, DESK, tap.matter)
        return Case(
            tap=tap,
            reader=reader,
            id=incident.id,
            rule="OWN-INCIDENT",
            title=letter_say(language(), "what.incident.brief", collector=incident.collector),
            level=Grade.UNKNOWN.value,
            closed_at=incident.closed_at,
            said=said,
            mine=by_the_same(said, KINDS[tap.button], shown(reader), self.since(tap)),
        )

    def _post(self, tx: Transaction, tap: Tap) -> Case:
        """The question whether a post is still its holder's: good for the address and the quarter that it was asked."""
        question = _value(tx, "question", tap.matter, Question)
        if question is None or question.what != FactKind.CONTACT.value:
            raise BadTap("forged")
        reader = self.reader(tap, (Recipient(*name.split("\x1f", 1)) for name in question.asked))
        who = _value(tx, "who", question.subject, Who) or Who(question.subject)
        said = said_of(tx, DESK, tap.matter)
        return Case(
            tap=tap,
            reader=reader,
            id=tap.matter,
            rule=POST,
            title=masked(letter_say(language(), "post.holds", unit=who.unit or who.name)),
            level=Grade.NOTICE.value,
            said=said,
            mine=said[-1] if said and said[-1].kind == KINDS[tap.button].value else None,
            about=question.about,
        )

    def _request(self, tx: Transaction, tap: Tap) -> Case:
        """What somebody asks for, for those whom the desk has put it to."""
        question = _value(tx, "question", tap.matter, Question)
        story = tx.story(question.about) if question is not None and question.what in REQUESTS else []
        if question is None or not story:
            raise BadTap("forged")
        reader = self.reader(tap, (Recipient(*name.split("\x1f", 1)) for name in question.asked))
        last, alert = story[-1], _value(tx, "alert", question.about, Alert)
        said = said_of(tx, last.subject, question.about)
        answered = answer_to(said, question.what, question.at)
        title = headline(self._board(tx, last), _standing(story), language())
        return Case(
            tap=tap,
            reader=reader,
            id=question.about,
            rule=REQUEST,
            title=masked(letter_say(language(), f"request.{question.what}", title=title)),
            level=alert.shown.value if alert is not None else Grade.OK.value,
            closed_at=last.time if last.event is Event.CLOSES else None,
            said=said,
            mine=answered if answered is not None and answered.kind == KINDS[tap.button].value else None,
            about=question.about,
            request=question.what,
            asked_at=question.at,
            answered=answered,
            lines=(masked(who_asks(question, language())),),
        )

    def _told(self, tx: Transaction, tap: Tap, alert: Alert) -> Iterator[Recipient]:
        """Who was written to about the matter: as the desk remembers, and by letters of other kinds of that hour."""
        yield from (Recipient(*name.split("\x1f", 1)) for name in sorted(alert.letters))
        for channel, to, body in tx.letters_between(self.since(tap), tap.until - self._last):
            if tap.matter.encode() in body:
                yield Recipient(channel, to)

    def _board(self, tx: Transaction, finding: Finding) -> Board:
        """As much of the desk as a headline needs."""
        places = [("who", finding.subject), *([("what", finding.source)] if finding.source else [])]
        return Board(self._settings, self._language, tx.desk_values(places))


def question_of(tx: Transaction, key: str) -> Question | None:
    """What somebody was asked, as the desk remembers it."""
    return _value(tx, "question", key, Question)


def _value(tx: Transaction, kind: str, key: str, kept: type[V]) -> V | None:
    body = tx.desk_values([(kind, key)]).get((kind, key))
    return None if body is None else msgspec.json.decode(body, type=kept)


def _standing(story: list[Finding]) -> Finding:
    """What had stood, where it is over."""
    before = [finding for finding in story if finding.event is not Event.CLOSES]
    return before[-1] if before else story[-1]
