"""What IMAP answers look like (RFC 3501): folders' names, and letters' headers as envelopes, ids as hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from email.parser import BytesHeaderParser
from hashlib import sha256
from typing import Any

from streams.connectors import Envelope

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_LISTED = re.compile(rb'\((?P<marks>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.+)')


def folders_in(lines: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """(marks in lower case, name) of each folder in an answer to LIST."""
    for line in lines:
        found = _LISTED.fullmatch(line) if isinstance(line, bytes) else None
        if found:
            yield found["marks"].decode("latin-1").lower(), found["name"].decode("latin-1").strip('"')


def wire_name(folder: str) -> str:
    """A folder's name as IMAP writes it (modified UTF-7, RFC 3501 5.1.3), unless it is in that form already."""
    if folder.isascii():
        return folder
    return re.sub(r"[^\x20-\x7e]+", lambda run: f"&{_base64(run[0])}-", folder.replace("&", "&-"))


def _base64(run: str) -> str:
    return run.encode("utf-7").decode("ascii").removeprefix("+").removesuffix("-").replace("/", ",")


def search_day(day: date) -> str:
    """A day as SEARCH takes it."""
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"


def letters_in(told: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """(what stands around it, header) of each letter in an answer to FETCH."""
    meta, head = b"", b""
    for part in told:
        if isinstance(part, tuple):
            if meta:
                yield meta, head
            meta, head = part[0], part[1]
        elif isinstance(part, bytes):
            meta += b" " + part
    if meta:
        yield meta, head


_UID = re.compile(rb"\bUID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d:\d\d:\d\d) ([+-]\d{4})"')
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_ID = re.compile(r"<[^<>\s]{1,900}>")


def envelope(meta: bytes, head: bytes, folder: str) -> Envelope | None:
    """A letter in `folder`; None for what the server gives no time of."""
    at, uid, flags = _DATE.search(meta), _UID.search(meta), _FLAGS.search(meta)
    if at is None or uid is None or at[2].decode() not in MONTHS:
        return None
    month = MONTHS.index(at[2].decode()) + 1
    text = f"{int(at[3])}-{month}-{int(at[1])} {at[4].decode()} {at[5].decode()}"
    fields = BytesHeaderParser().parsebytes(head)
    ids = _ID.findall(str(fields.get("Message-ID", ""))) or [f"{folder}/{uid[1].decode()}"]
    replies = _ID.findall(f"{fields.get('In-Reply-To', '')} {fields.get('References', '')}")
    return Envelope(
        id=_hash(ids[0]),
        at=datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC),
        answered=flags is not None and b"\\answered" in flags[1].lower(),
        replies_to=tuple(dict.fromkeys(map(_hash, replies[-50:]))),
        bulk=_is_bulk(fields),
    )


def _is_bulk(fields: Any) -> bool:
    automatic = str(fields.get("Auto-Submitted", "no")).strip().lower() not in {"no", ""}
    listed_ = bool(fields.get("List-Id")) or str(fields.get("Precedence", "")).strip().lower() in {
        "bulk",
        "list",
        "junk",
    }
    return automatic or listed_


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
