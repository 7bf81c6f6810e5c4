"""What was taken, as WARC records (ISO 28500, version 1.1), one gzip member each."""

from __future__ import annotations

import re
import uuid
import zlib
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from streams.connectors import Failure, Met, Probed, Response, digest_of

ANSWER = "Zhiban-Answer"  # ours: what the answer was, less headers and body, so that replay loses nothing
REFERS = "Zhiban-Refers-To"  # ours: the evidence id of the record with the body
VERSION = "1.1"
SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
# An old body is written anew after this, so that old files can go.
FRESH = timedelta(days=7)
KINDS: dict[type[Met], str] = {Response: "response", Failure: "failure", Probed: "probed"}
FRAMING = frozenset({"content-encoding", "transfer-encoding", "content-length"})
NAMES = "!#$%&'*+^`|"  # beside letters, digits and -._~; WARC's HTTP headers are ASCII, all else is percent-encoded
VALUES = " " + "".join(map(chr, range(33, 127)))
UNSAFE = re.compile(r"[\x00-\x20\x7f]")


class Taken(msgspec.Struct, frozen=True):
    """One request and what came of it. `asked_at` is aware UTC; `url` is the one that was asked for."""

    asked_at: datetime
    url: str
    answer: Met


class Origin(msgspec.Struct, frozen=True):
    """A record that holds a body: what later ones with the same body point at."""

    id: str
    urn: str
    digest: str
    asked_at: datetime


class Packed(msgspec.Struct, frozen=True):
    """A record as bytes for the file. `digest` is "" without a body; `refers` says that it points at another."""

    data: bytes
    urn: str
    digest: str
    refers: bool


class Origins:
    """The last record with a body of each (kind, URL): bounded, and forgotten with the process at no harm."""

    def __init__(self, most: int) -> None:
        """Remember at most `most`."""
        self._most = most
        self._known: OrderedDict[tuple[type[Met], str], Origin] = OrderedDict()

    def put(self, taken: Taken, origin: Origin) -> None:
        """Remember a record that is safe on disk; an error page is nothing that a 304 could mean."""
        if _status(taken.answer) >= 300:
            return
        self._known[type(taken.answer), taken.url] = origin
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def of(self, taken: Taken, digest: str) -> Origin | None:
        """The record that this one may point at: of the same bytes and not too old, or whatever a 304 means."""
        origin = self._known.get((type(taken.answer), taken.url))
        if origin is None or _status(taken.answer) == 304:
            return origin
        fresh = taken.asked_at - origin.asked_at < FRESH
        return origin if fresh and digest == origin.digest else None

    def files(self) -> set[str]:
        """The names of the files that are pointed at now."""
        return {origin.id.partition("@")[0] for origin in list(self._known.values())}


def _status(answer: Met) -> int:
    return 0 if isinstance(answer, Failure) else answer.status


def payload_digest(answer: Met) -> str:
    """The body's digest as WARC writes it; "" without a body."""
    if isinstance(answer, Failure) or not answer.body:
        return ""
    taken = answer.digest if isinstance(answer, Response) else ""
    return f"sha256:{taken or digest_of(answer.body)}"


def warc_date(moment: datetime) -> str:
    """A moment as WARC-Date, to the microsecond."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def packed(taken: Taken, digest: str, origin: Origin | None, level: int) -> Packed:
    """The record of what was taken: a response, a `revisit` of `origin`, or metadata where there was no answer."""
    answer = taken.answer
    kind = "metadata" if not _status(answer) else "revisit" if origin is not None else "response"
    block = _cause(answer) if kind == "metadata" else _http(answer)
    body = answer.body if kind == "response" and not isinstance(answer, Failure) else b""
    urn = f"<urn:uuid:{uuid.uuid4()}>"
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": urn,
        "WARC-Date": warc_date(taken.asked_at),
        "WARC-Target-URI": _uri(taken.url),
        "Content-Type": "application/warc-fields" if kind == "metadata" else "application/http; msgtype=response",
        "Content-Length": str(len(block) + len(body)),
        ANSWER: _told(answer),
    }
    if digest:
        fields["WARC-Payload-Digest"] = digest
    if origin is not None:
        fields |= _pointing(taken, origin)
    return Packed(squeezed(_record(fields, block, body), level), urn, digest, origin is not None)


def _pointing(taken: Taken, origin: Origin) -> dict[str, str]:
    return {
        "WARC-Profile": NOT_MODIFIED if _status(taken.answer) == 304 else SAME,
        "WARC-Refers-To": origin.urn,
        "WARC-Refers-To-Target-URI": _uri(taken.url),
        "WARC-Refers-To-Date": warc_date(origin.asked_at),
        REFERS: origin.id,
    }


_BARE: dict[str, Any] = {"evidence": "", "body": b"", "headers": {}}
_WITHOUT: dict[type[Met], dict[str, Any]] = {
    Failure: {"evidence": ""},
    Response: _BARE | {"digest": ""},
    Probed: _BARE,
}


def _told(answer: Met) -> str:
    bare = msgspec.structs.replace(answer, **_WITHOUT[type(answer)])
    return f"{KINDS[type(answer)]} {msgspec.json.encode(bare).decode()}"


def _uri(url: str) -> str:
    return UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", url)


def _record(fields: dict[str, str], *block: bytes) -> bytes:
    # Written by hand, a third of warcio's time; warcio reads it back, in the tests with its digests checked.
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"".join((f"WARC/{VERSION}\r\n{head}\r\n".encode(), *block, b"\r\n\r\n"))


def _cause(answer: Met) -> bytes:
    cause = answer.cause if isinstance(answer, Failure) else getattr(answer, "stage", "")
    detail = " ".join(getattr(answer, "detail", "").split())
    return f"cause: {cause}\r\ndetail: {detail}\r\n".encode()


def _http(answer: Any) -> bytes:
    """The answer's HTTP headers; those of framing give way, as the body is kept decoded."""
    lines = [f"HTTP/1.1 {answer.status} -", f"Content-Length: {len(answer.body)}"]
    for name, value in answer.headers.items():
        shown = quote(f"X-Archive-Orig-{name}" if name in FRAMING else name, safe=NAMES)
        lines += [f"{shown}: {_plain(line)}" for line in value.split("\n")]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _plain(value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    return quote(" ".join(value.split()), safe=VALUES)


def squeezed(data: bytes, level: int) -> bytes:
    """One gzip member."""
    squeezer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return squeezer.compress(data) + squeezer.flush()


def warcinfo(name: str, moment: datetime) -> bytes:
    """The first record of a file: who wrote it."""
    block = b"software: Zhiban\r\nformat: WARC File Format 1.1\r\n"
    fields = {
        "WARC-Type": "warcinfo",
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>",
        "WARC-Date": warc_date(moment),
        "WARC-Filename": name,
        "Content-Type": "application/warc-fields",
        "Content-Length": str(len(block)),
    }
    return squeezed(_record(fields, block), 6)
