"""One reading of a source: its outcome, and what the source showed (a level, never an edge)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """How a look ended. `good` is conclusive, also when it shows that a site does not open."""

    GOOD = "good"
    FAILED = "failed"  # we could not read it: 503, reset, time-out, broken bytes
    UNKNOWN = "unknown"  # read, but not conclusive: an anti-bot page, a script-built list, many items to none


class Item(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing that a source lists. `day` is the shown Shanghai date, `at` its clock time (UTC) where one is shown."""

    key: str  # stable identity within the source: guid, else canonical URL, else title
    title: str
    url: str = ""
    day: date | None = None
    at: datetime | None = None


class Shown(msgspec.Struct, frozen=True, gc=False, tag="shown", omit_defaults=True):
    """What a list (a feed, a sitemap, a column, an account) shows.

    `newest` is the latest date that is neither after the day of the look nor before 1990: a date in the future or in
    1970 is a finding, not an update; `title` is what that item is called. `future` has the distinct later days,
    ascending (at most 8), `ancient` counts the items before 1990.
    """

    count: int = 0
    newest: date | None = None
    title: str = ""
    undated: int = 0
    future: tuple[date, ...] = ()
    ancient: int = 0
    name: str = ""  # what the source calls itself, for name drift
    notice: str = ""  # a title that announces a closing, a move or a merger
    rendered: bool = True  # the list was in the bytes that we read, not left to a script
    # Of a mailbox: the messages that it shows as unanswered, sorted. None: it shows all that wait.
    waiting: tuple[str, ...] | None = None


class Opening(msgspec.Struct, frozen=True, gc=False, tag="opening", omit_defaults=True):
    """What a probe shows: whether the page opens within the limit, and if not, why not."""

    opens: bool
    cause: str = ""  # dns, tcp, tls, http, redirect, slow
    seconds: float = 0.0
    status: int = 0
    ipv4: bool | None = None  # None: not tried
    ipv6: bool | None = None
    certificate_days: int | None = None  # whole days left, None without TLS


Level = Shown | Opening


_GOOD = Outcome.GOOD  # an enumeration's member costs more to look up than all the rest of the question


class Look(msgspec.Struct, frozen=True, gc=False, tag="look", kw_only=True, omit_defaults=True):
    """One reading of one source: one record. Times are aware UTC.

    `asked_at` is the log's clock when the look was leased, never later than the record's time. `as_of` is what a
    relay says of its own freshness. `items` is None when the body was known already (304, or the same hash).
    """

    source: str
    asked_at: datetime
    outcome: Outcome
    cause: str = ""  # one word of the connector's or port's list, for what is not good
    level: Level | None = None  # what it shows; always there when the outcome is good
    items: tuple[Item, ...] | None = None
    as_of: datetime | None = None
    collector: str = ""  # connector and answering host, such as "account:rsshub.example.cn"
    evidence: str = ""  # the WARC record that holds the bytes

    @property
    def good(self) -> bool:
        """Whether it is conclusive."""
        return self.outcome is _GOOD

    @property
    def witnessed_at(self) -> datetime:
        """The moment of which it is evidence: our own request, or the relay's older reading."""
        return self.asked_at if self.as_of is None or self.as_of > self.asked_at else self.as_of
