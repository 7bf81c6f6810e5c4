"""Values that the desk keeps beside alerts and incidents: silences, offences, lessons, flapping, posts, questions, and
quotas."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import Alert
from streams.findings import Finding, Grade
from streams.silences import Silence


class Offences(msgspec.Struct, frozen=True, omit_defaults=True):
    """The breaches of one place in a quarter: by alert, when each began."""

    quarter: str
    at: dict[str, datetime] = {}


class Lesson(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one rule, by quarter: how many matters it opened, and how many of them people dismissed."""

    quarters: dict[str, tuple[int, int]] = {}


class Mute(msgspec.Struct, frozen=True, omit_defaults=True):
    """A silence that was announced and has not ended, who said it, why, and when."""

    silence: Silence
    by: str
    text: str
    at: datetime


class Flap(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place that opens again and again: when it opened within the window, and the alert that was told, if it was."""

    opened: tuple[datetime, ...] = ()
    last: str = ""  # the alert that opened last
    told: str = ""
    count: int = 0  # openings in all


class Lapse(msgspec.Struct, frozen=True):
    """What a rule said will be late before offices open again, though it is not due soon yet."""

    finding: Finding

    @property
    def id(self) -> str:
        """Of what it is about."""
        return f"lapse/{self.finding.rule}/{self.finding.source}"

    def as_alert(self) -> Alert:
        """As if it were due soon: it is written about once, and no alert comes of it."""
        stands = msgspec.structs.replace(self.finding, id=self.id, level=Grade.DUE_SOON)
        return Alert(finding=stands)


class Post(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address that somebody answers for: when that was last confirmed or given up, by whom, when we last asked, and
    when others were last told that it was given up, or never answered."""

    confirmed_at: datetime | None = None
    by: str = ""
    asked_at: datetime | None = None
    left_at: datetime | None = None
    told_at: datetime | None = None


class Question(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that somebody is asked and answers with one tap: whether a post is still theirs (`what` is CONTACT), or
    whether a request is granted (its kind). Its key stands in their links."""

    what: str
    about: str  # an address, or an alert
    subject: str  # whose contact it is, the first of several; or the alert's
    at: datetime  # since when it is asked
    asker: str = ""  # of a request: who asks
    text: str = ""  # and why
    count: int = 0  # letters to whoever decides
    asked: tuple[str, ...] = ()  # who was written to, and may answer
    due: datetime | None = None  # when it is next written about
    told: tuple[str, ...] = ()  # the reasons for which others were told of it: each once
    answer: str = ""  # a fact's kind
    by: str = ""  # who answered
    said: str = ""  # and why
    answered_at: datetime | None = None
    over: bool = False  # nobody need answer it any more


class Quota(msgspec.Struct, omit_defaults=True):
    """The letters to one recipient within the last window: when it began, and how many have gone out in it. Changed in
    place: a storm leaves thousands for one summary."""

    since: datetime
    count: int = 1
    keys: dict[str, str] = {}  # what waits for the summary, by alert: the reason
