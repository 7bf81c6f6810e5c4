"""What the log holds: records. Nothing else may change a verdict (DESIGN section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from streams.looks import Look
from streams.messages import MessageEvent
from streams.silences import Silence
from streams.subjects import Source, Subject


class Position(msgspec.Struct, frozen=True, gc=False, order=True, array_like=True):
    """Where a record stands in its partition; a new epoch begins at a cut (DESIGN section 6)."""

    epoch: int
    offset: int


class Tally(msgspec.Struct, frozen=True, gc=False, tag="tally", kw_only=True, omit_defaults=True):
    """The probes of one hour, counted: every conclusive probe, also those whose looks were logged by themselves."""

    source: str
    hour: datetime  # aware UTC, minute 0: the hour in which the probes were asked
    probes: int  # conclusive ones
    failures: int  # of them, those that showed that the page does not open in time
    unknown: int = 0  # inconclusive ones, beside `probes`
    collector: str = ""


class FactKind(StrEnum):
    """What people or imports tell us."""

    REGISTERED = "registered"
    CHANGED = "changed"  # a field of the subject, its status included
    VANISHED = "vanished"  # no longer in the registry file; never dropped in silence
    SOURCE_ADDED = "source_added"
    SOURCE_CHANGED = "source_changed"
    SOURCE_RETIRED = "source_retired"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    ACKNOWLEDGED = "acknowledged"  # somebody has it in hand, until `until`
    ASSIGNED = "assigned"  # to `text`, to be done by `until`
    FIXED = "fixed"  # somebody says so: the next look will tell
    NOT_OURS = "not_ours"  # 不归我管: somebody else is to say whose it is
    EXEMPT = "exempt"  # 申请豁免: asked for, not granted
    SHUTDOWN = "shutdown"  # 申请整合关停: asked for, not granted
    GRANTED = "granted"  # what was asked for, `about` says which; until `until`
    REFUSED = "refused"
    SILENCED = "silenced"  # `silence` holds; `matter` is its id
    UNSILENCED = "unsilenced"  # it ends now
    CONTACT = "contact"  # `by` says that the post is still theirs; `text` is their address, `matter` what asked them
    CONTACT_LEFT = "contact_left"  # `by` says that it is theirs no more
    UNSUBSCRIBED = "unsubscribed"  # no more digests by the channel `matter` to the address `text`
    SUBSCRIBED = "subscribed"  # digests again
    MESSAGES = "messages"  # what happened to citizens' messages, and until when that is all


REQUESTS = frozenset({FactKind.NOT_OURS, FactKind.EXEMPT, FactKind.SHUTDOWN})  # which somebody else decides
ANSWERS = frozenset({FactKind.GRANTED, FactKind.REFUSED})  # to them
# Of people, about one alert.
DEEDS = frozenset({FactKind.ACKNOWLEDGED, FactKind.ASSIGNED, FactKind.FIXED}) | REQUESTS | ANSWERS
# What crosses subjects: of the desk.
ACROSS = frozenset(
    {
        FactKind.SILENCED,
        FactKind.UNSILENCED,
        FactKind.CONTACT,
        FactKind.CONTACT_LEFT,
        FactKind.UNSUBSCRIBED,
        FactKind.SUBSCRIBED,
    }
)
DESK = "desk"  # the subject in whose log the latter stand


class Fact(msgspec.Struct, frozen=True, gc=False, tag="fact", kw_only=True, omit_defaults=True):
    """Something told, in the log of the subject that it is about; what crosses subjects stands in that of `desk`."""

    kind: FactKind
    subject: Subject | None = None
    source: Source | None = None
    matter: str = ""  # the alert that a deed is about, or the silence
    mailbox: str = ""  # the source whose messages `events` are about
    events: tuple[MessageEvent, ...] = ()
    as_of: datetime | None = None  # up to when the mailbox has been told of in full
    by: str = ""
    text: str = ""  # the reason, or to whom it is assigned
    until: datetime | None = None  # an acknowledgement's end, or the day by which it is to be done; aware
    silence: Silence | None = None
    about: str = ""  # of an answer: the kind of the request


class Tick(msgspec.Struct, frozen=True, gc=False, tag="tick"):
    """Time passes; goes to every partition."""


class Off(msgspec.Struct, frozen=True, gc=False, tag="off"):
    """The ticker was silent from `since` to `until`; goes to every partition before the next tick."""

    since: datetime
    until: datetime


class Changed(msgspec.Struct, frozen=True, gc=False, tag="changed", omit_defaults=True):
    """A new version of rules, pack, calendar or routes is in force; goes to every partition."""

    version: str
    what: str = "pack"


Body = Look | Tally | Fact | Tick | Off | Changed


class Record(msgspec.Struct, frozen=True, gc=False):
    """`time` is log time, aware UTC: stamped once, when the record was appended. `subject` is "" on broadcasts."""

    time: datetime
    subject: str
    body: Body


Entries = Mapping[int, Sequence[tuple[str, Body]]]  # what is to be appended: (subject, body) by partition
BROADCAST = (Tick, Off, Changed)
