"""The connector's protocol: a pure conversation. It yields requests, is sent answers, and returns what it saw."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Generator
from datetime import datetime
from hashlib import sha256
from typing import Protocol, runtime_checkable

import msgspec

from streams.looks import Item, Level, Outcome
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


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """Ask whether a page opens within `seconds`, and at which stage (DNS, TCP, TLS, HTTP, redirect) it does not."""

    url: str
    seconds: float = 15.0
    redirects: int = 10


Request = Fetch | Probe


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


Answer = Response | Failure | Probed


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector concludes of its conversation: the look, less what only the poller knows, and the cursor."""

    outcome: Outcome
    cause: str = ""
    detail: str = ""  # for people: what was found and what was expected; never part of the record
    level: Level | None = None
    items: tuple[Item, ...] | None = None
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
