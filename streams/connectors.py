"""The connector's protocol: a pure conversation. It yields requests, is sent answers, and returns what it saw."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Generator
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol, runtime_checkable

import msgspec

from streams.looks import Item, Level, Outcome
from streams.messages import MessageEvent
from streams.subjects import Source


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a connector keeps between looks: a hint, never the truth. Kept only after parse and append succeeded.

    A 304 or an equal hash is good only if `parser` is still the connector's own version; it repeats `level`.
    """

    parser: int = 0
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    level: Level | None = None
    items: tuple[Item, ...] = ()  # those of the last level that may still matter: dated in the future
    extra: dict[str, str] = {}  # the connector's own


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for one HTTP GET. `bound` is the most decoded bytes that are read, `seconds` the whole time allowed."""

    url: str
    headers: dict[str, str] = {}
    bound: int = 10_000_000
    seconds: float = 30.0
    redirects: int = 5
    followed: bool = False  # found in a page's content: must not lead into private networks
    beside: str = ""  # the source's address: a followed link to that very host may be private if that may
    private: bool = False  # the answer holds personal data: of its body only the digest is kept


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """Ask whether a page opens within `seconds`, and at which stage (DNS, TCP, TLS, HTTP, redirect) it does not."""

    url: str
    seconds: float = 15.0
    redirects: int = 10


class Letters(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a mail server, at `url` (`imaps://HOST/FOLDER`), for the headers of what came into a folder since a day, and
    of what was sent in reply; at most `most` letters of each, the newest, and `bound` bytes in all. Never for texts."""

    url: str
    since: date
    most: int = 2_000
    bound: int = 20_000_000
    seconds: float = 60.0


Request = Fetch | Probe | Letters


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer. `headers` have lower-case names; `body` is decompressed; `url` is the last of all."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
    url: str = ""
    seconds: float = 0.0
    moved: tuple[str, ...] = ()  # the URLs passed through on the way
    evidence: str = ""
    note: str = ""  # for people: what was let pass, such as a broken certificate that the configuration accepts
    digest: str = ""  # of the body, by `digest_of`; "" where whoever made the answer took none


def digest_of(body: bytes) -> str:
    """The body's SHA-256 in base32, as WARC writes it: the hash by which unchanged bytes are known, and kept once."""
    return b32encode(sha256(body).digest()).decode()


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """No answer could be had. `cause` is one of dns, tcp, tls, timeout, reset, redirect, too_large, encoding, blocked,
    robots, protocol, backoff (the host asked for patience); `detail` is for people and logs and holds no secret."""

    cause: str
    detail: str = ""
    seconds: float = 0.0
    evidence: str = ""


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe met. `stage` is where it ended: dns, tcp, tls, http, redirect or done; `status` 0 without HTTP.

    `local` says that our own network was at fault (nothing at all could be reached), so that nobody is blamed.
    `body` has the first 64 kB, to tell an anti-bot page.
    """

    stage: str
    detail: str = ""
    status: int = 0
    seconds: float = 0.0  # from the start to the last byte of the page, or to the failure
    ipv4: bool | None = None
    ipv6: bool | None = None
    certificate_days: int | None = None
    headers: dict[str, str] = {}
    body: bytes = b""
    url: str = ""
    local: bool = False
    evidence: str = ""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A letter's headers: hashes of its Message-ID and of those that it replies to; when the server got it (UTC)."""

    id: str
    at: datetime
    answered: bool = False  # the server's flag
    replies_to: tuple[str, ...] = ()
    bulk: bool = False  # sent by a machine or to a list: nobody waits for an answer


class Envelopes(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail server holds: what came, and what was sent. Where there is more than the bounds allow, the newest,
    and nothing that came before the oldest of the sent that were read: its answer may be among the others."""

    came: tuple[Envelope, ...] = ()
    sent: tuple[Envelope, ...] = ()
    url: str = ""
    evidence: str = ""


Met = Response | Failure | Probed  # what evidence is of
Answer = Met | Envelopes


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector concludes of its conversation: the look, less what only the poller knows, and the cursor."""

    outcome: Outcome
    cause: str = ""
    detail: str = ""  # for people: what was found and what was expected; never part of the record
    level: Level | None = None
    items: tuple[Item, ...] | None = None
    events: tuple[MessageEvent, ...] = ()  # of a mailbox: all that it tells, also what was told before
    as_of: datetime | None = None
    host: str = ""  # the answering host, where it is not the URL's (a relay behind a redirect)
    cursor: Cursor | None = None  # None: keep the old one


Conversation = Generator[Request, Answer, Reading]


@runtime_checkable
class Connector(Protocol):
    """Knows how to read one kind of source. A frozen Struct: its fields are its settings. Pure."""

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Converse: yield each request, receive its answer, return the reading."""
        ...
