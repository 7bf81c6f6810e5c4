"""The reader of RSS, Atom, RDF and JSON Feed: bytes to items. It never fetches and never raises.

An ordinary feed is read by `_fastfeed.py`, any other by feedparser.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import feedparser
import msgspec

from connectors._charset import decode
from connectors._dates import read_date
from connectors._fastfeed import Entry, Told, read_fast
from connectors._items import make_item, plain
from connectors._xml import Begun, Broken, Document, begin_xml, mend
from streams.looks import Item

MOST = 2_000  # entries
BOUND = 5_000_000  # bytes of a feed that are fetched
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
ROOTS = frozenset({"rss", "feed", "rdf", "channel"})


class FeedRead(msgspec.Struct, frozen=True):
    """What a feed says: its items in its own order, its title and generator, and when it says that it was built."""

    items: tuple[Item, ...]
    title: str = ""
    generator: str = ""
    built: str = ""  # lastBuildDate as it stands
    flaw: str = ""  # where it was not well-formed, or what was left out
    cut: bool = False  # its end is missing: what it does not show says nothing


def read_feed(body: bytes, headers: Mapping[str, str], asked_at: datetime, base: str = "") -> FeedRead | Broken:
    """Read a feed of any kind; Broken (`not_a_feed`, `malformed`) where there is none. `base` resolves links."""
    if body[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _read_json(body, headers, asked_at, base)
    begun = begin_xml(body, headers, ROOTS, "not_a_feed")
    return begun if isinstance(begun, Broken) else _read_xml(begun, asked_at, base)


# RSS, Atom, RDF

_END = re.compile(r"</(?:item|entry)\s*>")
_CLOSING = {"rss": "</channel></rss>", "channel": "</channel>", "feed": "</feed>", "rdf": "</rdf:RDF>"}


def _bounded(document: Document) -> tuple[str, str]:
    """The text with at most MOST entries, and what to say of it."""
    for number, found in enumerate(_END.finditer(document.text), 1):
        if number == MOST and _END.search(document.text, found.end()):
            return document.text[: found.end()] + _CLOSING[document.root], f"only the first {MOST} entries are read"
    return document.text, ""


def _read_xml(begun: Begun, asked_at: datetime, base: str) -> FeedRead | Broken:
    fast = read_fast(begun.data, MOST)
    if fast is not None:
        return _read(fast, begun.root, asked_at, base)
    document = mend(begun)
    if isinstance(document, Broken):
        return document
    text, left_out = _bounded(document)
    try:
        told = read_slowly(text)
    except Exception as error:  # feedparser's own bugs on hostile text are many
        return Broken("malformed", f"feedparser: {type(error).__name__}: {error}"[:200])
    if document.flaw and not told.entries:
        return Broken("malformed", document.flaw)
    read = _read(told, document.root, asked_at, base)
    flaw = "; ".join(filter(None, (document.flaw, left_out)))
    return msgspec.structs.replace(read, flaw=flaw, cut=document.cut)


def _read(told: Told, root: str, asked_at: datetime, base: str) -> FeedRead:
    field = "published" if any(entry.published for entry in told.entries) else "updated"
    return FeedRead(
        items=tuple(_entry(entry, field, asked_at, base) for entry in told.entries),
        title=plain(told.title, 100),
        generator=plain(told.generator, 100),
        built=told.updated[:100] if root == "rss" else "",
    )


def read_slowly(text: str) -> Told:
    """What feedparser tells of well-formed text; raises whatever feedparser raises."""
    parsed = _feedparser(text)
    about = parsed.feed
    entries = [Entry(*(_get(entry, name) for name in Entry._fields)) for entry in parsed.entries[:MOST]]
    return Told(entries, *(_get(about, name) for name in Told._fields[1:]))


def _feedparser(text: str) -> Any:
    """Parse text that we decoded. A stream, never a string: feedparser opens strings as URLs and file names."""
    data = b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8")
    known = {"content-type": "application/xml; charset=utf-8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return feedparser.parse(
            io.BytesIO(data), response_headers=known, sanitize_html=False, resolve_relative_uris=False
        )


def _get(entry: Mapping[str, Any], name: str) -> str:
    """A text of feedparser's dictionary, past its magic: it gives `published` for a missing `updated`."""
    value = dict.get(entry, name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def _entry(entry: Entry, field: str, asked_at: datetime, base: str) -> Item:
    # Our own reading of the date's text: feedparser takes naive times for UTC, and makes days up (2026-11 is the 1st).
    when = read_date(entry.published if field == "published" else entry.updated, asked_at)
    return make_item(entry.id, entry.title, entry.link, when, base)


# JSON Feed

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1")


def _read_json(body: bytes, headers: Mapping[str, str], asked_at: datetime, base: str) -> FeedRead | Broken:
    try:
        found = msgspec.json.decode(decode(body, headers).text.lstrip("\ufeff \r\n\t").encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        return Broken("malformed", f"JSON: {error}"[:200])
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return Broken("not_a_feed", "expected a JSON Feed with `items`, found other JSON")
    if not _VERSION.match(str(found.get("version", ""))):
        return Broken("not_a_feed", f"expected JSON Feed version 1, found {str(found.get('version'))[:60]!r}")
    entries = [entry for entry in found["items"][:MOST] if isinstance(entry, dict)]
    field = "date_published" if any(entry.get("date_published") for entry in entries) else "date_modified"
    return FeedRead(
        items=tuple(_json_item(entry, field, asked_at, base) for entry in entries),
        title=plain(_text(found.get("title")), 100),
        flaw=f"only the first {MOST} entries are read" if len(found["items"]) > MOST else "",
    )


def _json_item(entry: dict[str, Any], field: str, asked_at: datetime, base: str) -> Item:
    link = _text(entry.get("url")) or _text(entry.get("external_url"))
    title = _text(entry.get("title")) or _text(entry.get("content_text"))[:200]
    return make_item(_text(entry.get("id")), title, link, read_date(_text(entry.get(field)), asked_at), base)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
