"""The reader of RSS, Atom, RDF (by feedparser) and JSON Feed: bytes to items. It never fetches and never raises."""

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
from connectors._items import make_item, plain
from connectors._xml import Broken, Document, open_xml
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
    document = open_xml(body, headers, ROOTS, "not_a_feed")
    return document if isinstance(document, Broken) else _read_xml(document, asked_at, base)


# RSS, Atom, RDF

_END = re.compile(r"</(?:item|entry)\s*>")
_CLOSING = {"rss": "</channel></rss>", "channel": "</channel>", "feed": "</feed>", "rdf": "</rdf:RDF>"}


def _bounded(document: Document) -> tuple[str, str]:
    """The text with at most MOST entries, and what to say of it."""
    for number, found in enumerate(_END.finditer(document.text), 1):
        if number == MOST and _END.search(document.text, found.end()):
            return document.text[: found.end()] + _CLOSING[document.root], f"only the first {MOST} entries are read"
    return document.text, ""


def _read_xml(document: Document, asked_at: datetime, base: str) -> FeedRead | Broken:
    text, left_out = _bounded(document)
    try:
        parsed = _feedparser(text)
    except Exception as error:  # feedparser's own bugs on hostile text are many
        return Broken("malformed", f"feedparser: {type(error).__name__}: {error}"[:200])
    entries: list[Mapping[str, Any]] = parsed.entries[:MOST]
    if document.flaw and not entries:
        return Broken("malformed", document.flaw)
    field = "published" if any(_get(entry, "published") for entry in entries) else "updated"
    about: Mapping[str, Any] = parsed.feed
    return FeedRead(
        items=tuple(_entry(entry, field, asked_at, base) for entry in entries),
        title=plain(_get(about, "title"), 100),
        generator=plain(_get(about, "generator"), 100),
        built=_get(about, "updated")[:100] if document.root == "rss" else "",
        flaw="; ".join(filter(None, (document.flaw, left_out))),
        cut=document.cut,
    )


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


def _entry(entry: Mapping[str, Any], field: str, asked_at: datetime, base: str) -> Item:
    # Our own reading of the date's text: feedparser takes naive times for UTC, and makes days up (2026-11 is the 1st).
    when = read_date(_get(entry, field), asked_at)
    return make_item(_get(entry, "id"), _get(entry, "title"), _get(entry, "link"), when, base)


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
