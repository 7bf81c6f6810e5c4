"""What people say of alerts, silences and themselves, from the command line, the API or a chat: facts of the log.

Every way in comes through here, so that all refuse the same and the ledger knows who said what, and when. What opens
a transaction of its own raises Refused where the city has moved away.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from alerts.incidents import Incident
from alerts.wording import local
from streams.findings import Event
from streams.ports.store import Store
from streams.ports.store.marks import refuse_left
from streams.ports.store.opening import Transaction
from streams.records import ANSWERS, DESK, Fact, FactKind
from streams.silences import Silence
from zhiban.said import OF_ALERTS, OF_POSTS, hold, said_of, waiting
from zhiban.telling import tell_within
from zhiban.words import say

LONGEST = 500  # characters of a reason or a name
FAR, FAR_ACK = 366, 31  # days: peace must not be for ever


class NotDone(ValueError):
    """A deed is refused. `key` says why: unknown, ambiguous, closed, no_reason, no_author, no_assignee, past, far,
    endless, long, kind, incident, no_request, which_request or decided; `fields` what was found. Its text is in the
    language of our screens."""

    def __init__(self, key: str, **fields: object) -> None:
        """Refuse for the reason `key`."""
        super().__init__(key)
        self.key, self.fields = key, fields

    def __str__(self) -> str:
        shown = {name: local(one) if isinstance(one, datetime) else one for name, one in self.fields.items()}
        return say(f"deed.{self.key}", **shown)


class Done(msgspec.Struct, frozen=True):
    """What was said: of which alert or silence (its whole id), in whose log, and its log time."""

    id: str
    subject: str
    at: datetime


def say_of_alert(
    store: Store,
    now: datetime,
    kind: FactKind,
    matter: str,
    by: str,
    text: str = "",
    until: datetime | None = None,
    about: str = "",
) -> Done:
    """Say that an alert is acknowledged, assigned, fixed, confirmed or dismissed, that something is asked for, or that
    it is granted or refused; raises NotDone.

    `matter` may be cut as long as it names one. A dismissal needs a reason (`text`), an assignment a name (`text`).
    `until` is the end of an acknowledgement or the moment by which it is to be done; without one, the desk's settings
    say it. `by` is whoever speaks, as they are to be shown. `about` is the kind of the request that is answered, where
    several wait.
    """
    with store.write() as tx:
        refuse_left(tx)
        return say_of_alert_within(tx, now, kind, matter, by, text, until, about)


def say_of_alert_within(
    tx: Transaction,
    now: datetime,
    kind: FactKind,
    matter: str,
    by: str,
    text: str = "",
    until: datetime | None = None,
    about: str = "",
) -> Done:
    """As `say_of_alert`, in the caller's transaction."""
    if kind not in OF_ALERTS:
        raise NotDone("kind", found=kind.value, expected=", ".join(sorted(one.value for one in OF_ALERTS)))
    _check(by, text)
    if kind is FactKind.DISMISSED and not text.strip():
        raise NotDone("no_reason")
    if kind is FactKind.ASSIGNED and not text.strip():
        raise NotDone("no_assignee")
    _ahead(until, tx.log_time(now))
    if kind is FactKind.ACKNOWLEDGED:
        _within(FAR_ACK, until, tx.log_time(now))
    name, subject = _standing(tx, matter)
    if subject == DESK and kind is not FactKind.ACKNOWLEDGED:
        raise NotDone("incident", found=name, expected="zhiban alerts ack")
    about = _waiting_request(tx, subject, name, about) if kind in ANSWERS else ""
    fact = Fact(kind=kind, matter=name, by=by.strip(), text=text.strip(), until=until, about=about)
    return Done(name, subject, tell_within(tx, [fact], now, subject))


def add_silence(store: Store, now: datetime, silence: Silence, by: str, text: str) -> Done:
    """Announce that what `silence` covers is not written about; raises NotDone. It needs a reason, and ends."""
    with store.write() as tx:
        refuse_left(tx)
        return add_silence_within(tx, now, silence, by, text)


def add_silence_within(tx: Transaction, now: datetime, silence: Silence, by: str, text: str) -> Done:
    """As `add_silence`, in the caller's transaction."""
    _check(by, text)
    if not text.strip():
        raise NotDone("no_reason")
    if silence.until <= silence.since:
        raise NotDone("endless", since=silence.since, until=silence.until)
    at = tx.log_time(now)
    _ahead(silence.until, at)
    name = hashlib.blake2b(msgspec.json.encode((silence, by, text, at)), digest_size=10).hexdigest()
    fact = Fact(kind=FactKind.SILENCED, matter=name, by=by.strip(), text=text.strip(), silence=silence)
    return Done(name, DESK, tell_within(tx, [fact], now, DESK))


def end_silence(store: Store, now: datetime, name: str, by: str, text: str = "") -> Done:
    """End a silence now; `name` may be cut. Raises NotDone where it is unknown, or ended already."""
    _check(by, text)
    with store.write() as tx:
        refuse_left(tx)
        whole = _standing_silence(tx, name, tx.log_time(now))
        fact = Fact(kind=FactKind.UNSILENCED, matter=whole, by=by.strip(), text=text.strip())
        return Done(whole, DESK, tell_within(tx, [fact], now, DESK))


def answer_contact(store: Store, now: datetime, kind: FactKind, address: str, by: str = "") -> Done:
    """A contact says that the post at `address` is still theirs, or is not any more; raises NotDone where either is
    empty. Whoever speaks for themselves need not be named."""
    with store.write() as tx:
        refuse_left(tx)
        return answer_contact_within(tx, now, kind, address, by or address)


def answer_contact_within(
    tx: Transaction, now: datetime, kind: FactKind, address: str, by: str, question: str = ""
) -> Done:
    """As `answer_contact`, in the caller's transaction; `question` is what was asked."""
    if kind not in OF_POSTS:
        raise NotDone("kind", found=kind.value, expected=", ".join(sorted(one.value for one in OF_POSTS)))
    _check(by, address)
    if not address.strip():
        raise NotDone("no_author")
    fact = Fact(kind=kind, matter=question, by=by.strip(), text=address.strip())
    return Done(question, DESK, tell_within(tx, [fact], now, DESK))


def _check(by: str, text: str) -> None:
    if not by.strip():
        raise NotDone("no_author")
    for found in (by, text):
        if len(found) > LONGEST:
            raise NotDone("long", found=len(found), expected=LONGEST)


def _ahead(until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        raise NotDone("past", until=until, now=now)
    _within(FAR, until, now)


def _within(days: int, until: datetime | None, now: datetime) -> None:
    if until is not None and until > now + timedelta(days=days):
        raise NotDone("far", until=until, expected=days)


def _standing(tx: Transaction, matter: str) -> tuple[str, str]:
    """The whole id of an alert or incident that stands, and in whose log is told of it."""
    incidents = tx.desk_keys("incident", matter) if matter else []
    named = [*tx.matters_named(matter), *incidents] if matter else []
    if not named:
        raise NotDone("unknown", found=matter)
    if len(named) > 1:
        raise NotDone("ambiguous", found=matter)
    if incidents:
        return _open_incident(tx, incidents[0]), DESK
    last = tx.story(named[0])[-1]
    if last.event is Event.CLOSES:
        raise NotDone("closed", found=named[0], at=last.time)
    return named[0], last.subject


def _open_incident(tx: Transaction, name: str) -> str:
    """An incident that lasts, as the desk knows it: it crosses subjects, and stands in nobody's ledger."""
    incident = msgspec.json.decode(tx.desk_values([("incident", name)])["incident", name], type=Incident)
    if incident.closed_at is not None:
        raise NotDone("closed", found=name, at=incident.closed_at)
    return name


def _waiting_request(tx: Transaction, subject: str, matter: str, about: str) -> str:
    """The kind of the one request that waits for an answer, or of that which is named."""
    hold(tx, subject)  # of two answers at once, the second finds the first
    found = [kind for kind in waiting(said_of(tx, subject, matter)) if about in {"", kind}]
    if not found:
        raise NotDone("no_request", found=matter)
    if len(found) > 1:
        raise NotDone("which_request", found=matter, expected=", ".join(found))
    return found[0]


def _standing_silence(tx: Transaction, name: str, at: datetime) -> str:
    ends: dict[str, datetime] = {}
    for finding in tx.findings_of(DESK):
        known = finding.args.get("matter", "")
        if finding.why == FactKind.SILENCED.value:
            ends[known] = datetime.fromisoformat(finding.args["until"])
        elif finding.why == FactKind.UNSILENCED.value and known in ends:
            ends[known] = min(ends[known], finding.time)
    found = [one for one in ends if name and one.startswith(name)]
    if len(found) > 1:
        raise NotDone("ambiguous", found=name)
    if not found:
        raise NotDone("no_silence", found=name)
    if ends[found[0]] <= at:
        raise NotDone("ended", found=found[0], at=ends[found[0]])
    return found[0]
