"""The commands of a chat: /status, /due, /ack, /mute, /week. What is answered is HTML, whatever was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from html import escape

import msgspec

from alerts.alert import Alert
from alerts.calendar import in_words
from alerts.incidents import Incident
from alerts.wording import local, masked
from alerts.words import say as letter_say
from alerts.writing import headline
from streams.days import DAY, MOMENT, day_of
from streams.findings import SEVERITY, Grade
from streams.ports.store.opening import Transaction
from streams.records import FactKind
from streams.silences import Silence
from zhiban.chats.room import Room
from zhiban.config import parse_span
from zhiban.deeds import NotDone, add_silence_within
from zhiban.taps.pressing import note
from zhiban.words import language, say

MOST = 10  # alerts of one answer
ROOM = 3500  # characters of their lines, as HTML; Telegram takes 4,096 in all
SHORT = 8  # characters of an id: enough to name one
LEAST, LONGEST = timedelta(hours=1), 30 * DAY  # of a silence
WEEK = 7 * DAY


class Asked(msgspec.Struct, frozen=True):
    """A command in a chat: what stands after it, who typed it, and the transaction in which it is done."""

    tx: Transaction
    now: datetime
    room: Room
    by: str
    rest: str


def answer(tx: Transaction, now: datetime, room: Room, by: str, text: str) -> str:
    """Do what a text says, and what is answered; empty where it is no command."""
    word, _, rest = text.strip().partition(" ")
    if not word.startswith("/"):
        return ""
    command = _COMMANDS.get(word.partition("@")[0].lower(), _help)
    return command(Asked(tx, now, room, by, rest.strip()))


def _help(_asked: Asked) -> str:
    return escape(say("chat.help"))


def _status(asked: Asked) -> str:
    alerts = asked.room.told_of()
    counts = Counter(alert.shown for alert in alerts)
    told = [
        say("chat.count", level=_level(grade), count=counts[grade])
        for grade in sorted(counts, key=SEVERITY.__getitem__, reverse=True)
    ]
    head = say("chat.status", at=local(asked.now), counts="，".join(told) if told else say("chat.clear"))
    lines = (
        say("chat.line", level=_level(one.shown), title=_title(asked.room, one), id=one.id[:SHORT])
        for one in alerts[:MOST]
    )
    return _lines(head, lines, len(alerts))


def _due(asked: Asked) -> str:
    found = [one for one in asked.room.told_of() if one.shown is Grade.DUE_SOON and one.finding.due is not None]
    found.sort(key=lambda one: (one.finding.due or asked.now, one.id))
    head = say("chat.due", count=len(found)) if found else say("chat.due.none")
    lines = (
        say("chat.due.line", title=_title(asked.room, one), day=_last_day(one), id=one.id[:SHORT])
        for one in found[:MOST]
    )
    return _lines(head, lines, len(found))


def _ack(asked: Asked) -> str:
    one = asked.room.one(asked.rest) or asked.room.incident(asked.rest)
    if one is None:
        return escape(say("chat.which", found=asked.rest[:40]))
    try:
        # Typed twice within the hour, it is the same.
        since = asked.now - timedelta(hours=1)
        _, fresh = note(asked.tx, asked.now, FactKind.ACKNOWLEDGED, one.id, asked.by, since)
    except NotDone as refused:
        return escape(say("chat.no", detail=str(refused)))
    return escape(say("chat.done" if fresh else "chat.again", what=_title(asked.room, one)))


def _mute(asked: Asked) -> str:
    name, _, rest = asked.rest.partition(" ")
    span_text, _, reason = rest.strip().partition(" ")
    try:
        span = parse_span(span_text)
    except (ValueError, OverflowError):
        span = timedelta(0)
    if not LEAST <= span <= LONGEST or not reason.strip():
        return escape(say("chat.mute.how"))
    alert = asked.room.one(name)
    if alert is None:
        return escape(say("chat.which", found=name[:40]))
    finding, until = alert.finding, asked.now + span
    subject, source = _literal(finding.subject), _literal(finding.source)
    silence = Silence(since=asked.now, until=until, subject=subject, rule=finding.rule, source=source)
    try:
        add_silence_within(asked.tx, asked.now, silence, asked.by, reason)
    except NotDone as refused:
        return escape(say("chat.no", detail=str(refused)))
    return escape(say("chat.muted", until=local(until), title=_title(asked.room, alert)))


def _week(asked: Asked) -> str:
    since, until = asked.now - WEEK, asked.now + WEEK
    ever, standing = asked.room.ever_told_of(), asked.room.told_of()
    return escape(
        say(
            "chat.week",
            opened=sum(one.finding.opened_at >= since for one in ever),
            closed=sum(one.closed_at is not None and one.closed_at >= since for one in ever),
            open=len(standing),
            due=sum(
                one.shown is Grade.DUE_SOON and one.finding.due is not None and one.finding.due <= until
                for one in standing
            ),
        )
    )


_COMMANDS: Mapping[str, Callable[[Asked], str]] = {
    "/status": _status,
    "/due": _due,
    "/ack": _ack,
    "/mute": _mute,
    "/week": _week,
}


def _lines(head: str, lines: Iterable[str], count: int) -> str:
    shown = [escape(line) for line in lines]
    while sum(map(len, shown)) > ROOM:  # never cut within a line: half an entity, and Telegram takes none of it
        shown.pop()
    more = [escape(say("chat.more", count=count - len(shown)))] if count > len(shown) else []
    return "\n".join([f"<b>{escape(head)}</b>", *shown, *more])


def _title(room: Room, alert: Alert | Incident) -> str:
    if isinstance(alert, Incident):
        return letter_say(language(), "what.incident.brief", collector=alert.collector)
    return masked(headline(room.board, alert.finding, language()))[:160]


def _level(grade: Grade) -> str:
    return letter_say(language(), f"level.{grade.value}")


def _last_day(alert: Alert) -> str:
    assert alert.finding.due is not None
    return in_words(day_of(alert.finding.due - MOMENT), language())


def _literal(text: str) -> str:
    """A pattern that means nothing but this text."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)
