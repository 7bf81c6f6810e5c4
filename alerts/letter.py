"""The letter: one alert (or several of one unit) told to one person through one channel, with its reason."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from alerts.digest.value import Digest
from streams.outgoing import Answer, Outgoing, Pace


class Reason(StrEnum):
    """Why somebody is written to; every letter has exactly one."""

    NEW = "new"
    WORSE = "worse"
    DUE_SOON = "due_soon"
    REMINDER = "reminder"
    ESCALATED = "escalated"  # it stands, and goes to the next rung
    ACK_BROKEN = "ack_broken"  # it has grown worse since it was acknowledged: a veto now, which it was not then
    ACK_OVER = "ack_over"  # an acknowledgement has ended, and it stands
    REOPENED = "reopened"  # somebody said that it was put right, and it stands
    FLAPPING = "flapping"  # it comes and goes: told once, and again when it is calm
    SWEEP = "sweep"  # what lapses before offices open again
    SUMMARY = "summary"  # more than one person can read: what came beyond the limit, in one
    RESOLVED = "resolved"
    INCIDENT = "incident"
    TEST = "test"
    STALLED = "stalled"  # to the operator: a partition of the log stands still
    CONFIRM_CONTACT = "confirm_contact"  # once a quarter: is this still your post?
    CONTACT_LEFT = "contact_left"  # to whoever names another: a contact says that it is not their post any more
    CONTACT_SILENT = "contact_silent"  # to the next rung: a contact has not answered
    REQUEST = "request"  # to whoever decides: somebody asks for an exemption, a closure, or says that it is not theirs
    ANSWERED = "answered"  # to whoever asked: it was granted or refused
    UNDELIVERED = "undelivered"  # to the operator, about another letter
    DIGEST = "digest"  # the week, to whoever subscribed to it


class Action(msgspec.Struct, frozen=True):
    """What the reader may do at once: a link, shown as a button where the channel has buttons."""

    label: str  # "已发布"
    url: str  # http or https; anything else is not shown


class Press(msgspec.Struct, frozen=True):
    """A button of a chat that answers by itself, and the token that it sends."""

    label: str
    token: str


class Point(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alert inside a letter, every text already in the reader's language."""

    alert: str  # the matter's id
    title: str  # "南充数字人社：14 天未更新（已超期）"
    level: str
    rule: str
    subject: str
    lines: tuple[str, ...] = ()  # last item, days, last safe date, what to do ...
    clause: str = ""
    url: str = ""
    actions: tuple[Action, ...] = ()
    presses: tuple[Press, ...] = ()
    reason: str = ""  # why it stands in the letter: a letter about several has the first of their reasons


class Letter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a channel renders. Pure text: no markup, nothing escaped yet, personal data already masked."""

    key: str  # stable for ever: the same letter sent twice bears the same key
    channel: str  # the configured channel's name
    to: str  # the channel's own address form: mail address, chat id, URL name ...
    reason: Reason
    thread: str  # what it belongs to (an alert's id): mails of one thread stand together
    subject: str
    intro: str = ""
    points: tuple[Point, ...] = ()
    more: int = 0  # how many further ones it is about, which are not written out
    heads: tuple[tuple[str, str], ...] = ()  # (channel, address) of who is told where this one reaches nobody, twice
    outro: str = ""
    language: str = "zh"
    written_at: datetime
    digest: Digest | None = None  # the whole week, for channels that can show it; the texts above are its short form
    code: str = ""  # a reply with it acknowledges every point; given when the letter is sent


class Fate(StrEnum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    AGAIN = "again"  # a passing failure
    NEVER = "never"  # refused for good: trying again would not help


@runtime_checkable
class Channel(Protocol):
    """One way to people. A frozen Struct: its fields are its settings, secrets are `Secret`. Pure."""

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """The letter in this channel's form, for an attempt made at `at`."""
        ...

    def fate(self, answer: Answer) -> Fate:
        """What the answer means here."""
        ...


class Meaning(msgspec.Struct, frozen=True):
    """What an answer means, where a channel knows more than the fate: what the operator is to do, and how long to wait.

    `remedy` is a key of `alerts.remedies`; `retry_after` is in seconds; `said` is the service's own code and words.
    Delivered with a remedy: not to `who`, masked.
    """

    fate: Fate
    remedy: str = ""
    retry_after: float | None = None
    said: str = ""
    who: str = ""


@runtime_checkable
class Explains(Protocol):
    """A channel that says what to do where an answer is no success."""

    def meaning(self, answer: Answer) -> Meaning:
        """What the answer means here; its fate is what `fate` says."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A channel whose service takes only so many messages in a while: senders never send faster."""

    @property
    def paces(self) -> tuple[Pace, ...]:
        """All of them are kept."""
        ...
