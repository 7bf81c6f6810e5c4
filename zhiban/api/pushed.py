"""What may be pushed: the declared shape of a message, and the events that it tells; no text of a citizen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from streams.days import SHANGHAI, day_of
from streams.messages import About, Deed, MessageEvent
from zhiban.api.problems import Problem

MESSAGES = 500  # in one request
EVENTS = 50  # of one message
SKEW = timedelta(minutes=10)  # by which the sender's clock may be before ours
_SINCE = 2000
_WHEN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$"  # or a day
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
WHEN = "2026-03-02T09:30:00+08:00, or 2026-03-02"

Word = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
When = Annotated[str, Meta(pattern=_WHEN, max_length=40, examples=["2026-03-02T09:30:00+08:00", "2026-03-02"])]


class Happening(Struct, frozen=True, forbid_unknown_fields=True):
    """A deed and when it was done."""

    deed: Deed
    at: When


class Message(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message: what it is about, and what happened to it, each at its own time (ISO 8601 with an offset; a day
    alone is 00:00 of what begins and 23:59 of what ends). `answer` only tells a receipt from an answer, and is not
    kept. A citizen's text and name have no place here: a field that is not declared is refused."""

    id: Name
    mailbox: Word = ""
    channel: Word = ""
    category: Word = ""
    unit: Word | Annotated[list[Name], Meta(max_length=20)] = ""
    simple: bool = False
    test: bool = False
    asked_at: When | None = None
    accepted_at: When | None = None
    transferred_at: When | None = None
    receipt_at: When | None = None
    answered_at: When | None = None
    withdrawn_at: When | None = None
    reopened_at: When | None = None
    events: Annotated[list[Happening], Meta(max_length=EVENTS)] = []
    true: bool | None = None
    answer: Annotated[str, Meta(max_length=20_000)] = ""

    @property
    def units(self) -> tuple[str, ...]:
        """The units in charge, each once."""
        given = [self.unit] if isinstance(self.unit, str) else self.unit
        return tuple(dict.fromkeys(unit for unit in given if unit))


Body = Message | Annotated[list[Message], Meta(min_length=1, max_length=MESSAGES)]
TIMES = {
    "asked_at": Deed.RECEIVED,
    "accepted_at": Deed.ACCEPTED,
    "transferred_at": Deed.TRANSFERRED,
    "receipt_at": Deed.RECEIPT,
    "answered_at": Deed.ANSWERED,
    "withdrawn_at": Deed.WITHDRAWN,
    "reopened_at": Deed.REOPENED,
}
_BEGINS = frozenset({Deed.RECEIVED, Deed.ACCEPTED, Deed.TRANSFERRED, Deed.REOPENED})


class Told(msgspec.Struct, frozen=True):
    """A message with the events that it tells, the question first; `fields` says where each was found."""

    index: int
    message: Message
    events: tuple[MessageEvent, ...]
    fields: tuple[str, ...]


class Manner(msgspec.Struct, frozen=True):
    """How it is read: which replies answer, the fingerprint of a text, and the category of what has none."""

    answers: Callable[[str], bool]
    print_of: Callable[[str], str]
    uncategorised: str


def messages_of(given: Any) -> list[Message]:
    """The messages of a decoded body; raises Problem that names index, field, what was found and expected."""
    many = given if isinstance(given, list) else [given]
    if not 1 <= len(many) <= MESSAGES:
        raise Problem("too_many", 422, found=len(many), expected=f"1-{MESSAGES}")
    return [_message(index, one) for index, one in enumerate(many)]


def told_of(index: int, message: Message, manner: Manner, now: datetime) -> Told:
    """What a message tells at `now`; raises Problem."""
    found = sorted(_happened(index, message, now), key=lambda one: (one[1].at, one[1].deed is not Deed.RECEIVED))
    found.sort(key=lambda one: one[1].deed is not Deed.RECEIVED)
    asked = next((event.at for _, event in found if event.deed is Deed.RECEIVED), None)
    events = [_finished(message, event, asked, manner) for _, event in found]
    fields = [field for field, _ in found]
    if message.true is not None:
        if not events:
            raise _bad(index, "true", "—", "asked_at, answered_at, …")
        deed = Deed.TRUE if message.true else Deed.UNTRUE
        events.append(MessageEvent(message.id, deed, max(event.at for event in events)))
        fields.append("true")
    return Told(index, message, tuple(events), tuple(fields))


def _message(index: int, given: Any) -> Message:
    try:
        message = msgspec.convert(given, Message)
    except msgspec.ValidationError as error:
        raise _refused(index, given, str(error)) from None
    for field in ("id", "mailbox", "channel", "category", "unit"):
        value = getattr(message, field)
        for text in [value] if isinstance(value, str) else value:
            if _CONTROL.search(text) or text != text.strip():
                raise _bad(index, field, repr(text), "text without control characters and outer blanks")
    return message


_UNKNOWN = re.compile("Object contains unknown field `(.*)`")
_MISSING = re.compile("Object missing required field `(.*)`")


def _refused(index: int, given: Any, said: str) -> Problem:
    """What msgspec said, with the place of the field; nothing that may be a citizen's text is said back."""
    text, _, place = said.partition(" - at `$")
    field = place.strip("`.")
    if unknown := _UNKNOWN.fullmatch(text):
        name = f"{field}.{unknown[1]}".strip(".")
        return Problem("unknown_field", 422, index=index, field=name, found=name, expected=", ".join(_declared(field)))
    if missing := _MISSING.fullmatch(text):
        name = f"{field}.{missing[1]}".strip(".")
        return _bad(index, name, "—", "required")
    if "regex" in text:
        return _bad(index, field, _shown(given, field), WHEN)
    expected, _, found = text.removeprefix("Expected ").partition(", got ")
    if text.startswith("Invalid enum value"):
        expected = ", ".join(Deed)
    return _bad(index, field, found.strip("`") or _shown(given, field), expected.replace("`", ""))


def _declared(field: str) -> tuple[str, ...]:
    return (Happening if field else Message).__struct_fields__


def _shown(given: Any, field: str) -> str:
    """A time or a deed as it was given; of any other text its length."""
    value = given
    for part in re.findall(r"\w+", field):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (LookupError, TypeError, ValueError):
            return "?"
    if isinstance(value, str) and (field.endswith(("_at", ".at", ".deed"))) and len(value) <= 40:
        return value
    return f"{len(value)}" if isinstance(value, str | list) else type(value).__name__


def _happened(index: int, message: Message, now: datetime) -> Iterator[tuple[str, MessageEvent]]:
    for field, deed in TIMES.items():
        given = getattr(message, field)
        if given is not None:
            yield field, _event(index, field, message.id, deed, given, now)
    for number, one in enumerate(message.events):
        field = f"events[{number}].at"
        yield field, _event(index, field, message.id, one.deed, one.at, now)


def _event(index: int, field: str, name: str, deed: Deed, given: str, now: datetime) -> MessageEvent:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise _bad(index, field, given, WHEN) from None
    if moment.year < _SINCE:
        raise _bad(index, field, given, f"{_SINCE}-…")
    if moment.year > now.year + 1:  # here and not by comparison: no offset can be applied to the end of time
        raise Problem("future", 422, index=index, field=field, found=given, expected=now.isoformat(timespec="minutes"))
    day_only = "T" not in given
    at = (moment.replace(tzinfo=SHANGHAI) if day_only else moment).astimezone(UTC)
    if at > now + SKEW:
        raise Problem("future", 422, index=index, field=field, found=given, expected=now.isoformat(timespec="minutes"))
    if day_only and deed not in _BEGINS:
        at += timedelta(hours=23, minutes=59)
    return MessageEvent(name, deed, at, day_only)


def _finished(message: Message, event: MessageEvent, asked: datetime | None, manner: Manner) -> MessageEvent:
    """The event with what is known of the question, or of the reply."""
    if event.deed is Deed.RECEIVED:
        category = message.category or manner.uncategorised
        about = About(message.channel, category, message.units, message.simple, message.test)
        return msgspec.structs.replace(event, about=about)
    if asked is not None and event.day_only and event.at < asked and day_of(event.at) == day_of(asked):
        event = msgspec.structs.replace(event, at=asked)  # of a day alone: not before the question of that day
    if event.deed is Deed.ANSWERED and message.answer.strip():
        deed = Deed.ANSWERED if manner.answers(message.answer) else Deed.RECEIPT
        return msgspec.structs.replace(event, deed=deed, print=manner.print_of(message.answer))
    return event


def _bad(index: int, field: str, found: str, expected: str) -> Problem:
    return Problem("bad_field", 422, index=index, field=field, found=found, expected=expected)
