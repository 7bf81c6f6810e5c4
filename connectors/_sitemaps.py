"""The reader of sitemaps: urlset, index, news, text, robots.txt, gzip, and feeds used as sitemaps."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec
from lxml import etree

from connectors._charset import decode
from connectors._clocks import When
from connectors._dates import date_in_url, read_date
from connectors._feeds import read_feed
from connectors._items import canonical, make_item
from connectors._xml import Broken, Document, open_xml, parse_tree
from streams.looks import Item

MOST = 50_000  # addresses of one file, the protocol's own limit
UNPACKED = 50_000_000  # bytes, the protocol's own limit
ROOTS = frozenset({"urlset", "sitemapindex", "rss", "feed", "rdf"})


class Child(NamedTuple):
    """A sitemap that an index names."""

    url: str
    changed: date | None = None


class SitemapRead(msgspec.Struct, frozen=True):
    """What one file says: addresses as items, and further sitemaps."""

    kind: str  # urlset, index, text, robots or feed
    items: tuple[Item, ...] = ()
    children: tuple[Child, ...] = ()
    flaw: str = ""  # where it was broken
    cut: bool = False  # its end is missing


def read_sitemap(
    body: bytes, headers: Mapping[str, str], asked_at: datetime, base: str = "", *, dates_in_paths: bool = False
) -> SitemapRead | Broken:
    """Read one file of any kind; Broken `not_a_sitemap`, `malformed` or `too_large` where nothing can be read."""
    unpacked = _unpacked(body)
    if isinstance(unpacked, Broken):
        return unpacked
    body, torn = unpacked
    if not _like_xml(body):
        read = _read_text(decode(body, headers).text, base)
    else:
        document = open_xml(body, headers, ROOTS, "not_a_sitemap", 20 * MOST)
        if isinstance(document, Broken):
            return document
        read = _read_document(document, body, headers, asked_at, base)
    if isinstance(read, Broken):
        return read
    if dates_in_paths:
        read = msgspec.structs.replace(read, items=tuple(_dated_by_path(item) for item in read.items))
    return msgspec.structs.replace(read, flaw=read.flaw or torn, cut=read.cut or bool(torn))


def _like_xml(body: bytes) -> bool:
    head = body[:256].lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0")
    return head.startswith(b"<")


def _unpacked(body: bytes) -> tuple[bytes, str] | Broken:
    """The body, gunzipped where it is gzip, within bounds; with a word where the stream ended early."""
    parts: list[bytes] = []
    room = UNPACKED
    while body.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(31)
        try:
            parts.append(unpacker.decompress(body, room))
        except zlib.error as error:
            return Broken("malformed", f"gzip: {error}")
        room -= len(parts[-1])
        if unpacker.unconsumed_tail or room <= 0:
            return Broken("too_large", f"gzip: over {UNPACKED:,} bytes unpacked")
        if not unpacker.eof:
            return b"".join(parts), "the gzip stream ends early"
        body = unpacker.unused_data
    return (b"".join(parts) or body), ""


def _dated_by_path(item: Item) -> Item:
    day = None if item.day else date_in_url(item.url)
    return msgspec.structs.replace(item, day=day) if day else item


# Text and robots.txt

_ADDRESS = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)
_ROBOTS = re.compile(r"^\s*site-?map\s*:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_AGENT = re.compile(r"^\s*(?:user-agent|disallow|allow)\s*:", re.IGNORECASE | re.MULTILINE)


def _read_text(text: str, base: str) -> SitemapRead | Broken:
    named = [canonical(found[1], base) for found in _ROBOTS.finditer(text)]
    if named or _AGENT.search(text):
        return SitemapRead("robots", children=tuple(Child(url) for url in dict.fromkeys(named) if url))
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()[:MOST]]
    urls = [canonical(line) for line in lines if _ADDRESS.fullmatch(line)]
    # Random words may stand among the addresses, but a table with some addresses in it is none.
    if sum(map(bool, urls)) * 2 <= sum(map(bool, lines)):
        return Broken("not_a_sitemap", f"expected a sitemap, found text that begins with {text[:40].strip()!r}")
    return SitemapRead("text", tuple(make_item("", "", url, None) for url in dict.fromkeys(urls) if url))


# XML


def _read_document(
    document: Document, body: bytes, headers: Mapping[str, str], asked_at: datetime, base: str
) -> SitemapRead | Broken:
    if document.root not in {"urlset", "sitemapindex"}:
        feed = read_feed(body, headers, asked_at, base)
        return feed if isinstance(feed, Broken) else SitemapRead("feed", feed.items, flaw=feed.flaw, cut=feed.cut)
    try:
        root = parse_tree(document.text)
    except (etree.XMLSyntaxError, ValueError) as error:
        return Broken("malformed", document.flaw or f"{error}"[:200])
    if document.root == "urlset":
        found = (_item(node, asked_at, base) for node in _named(root, "url"))
        items = tuple(item for item in found if item is not None)[:MOST]
        read = SitemapRead("urlset", items, flaw=document.flaw, cut=document.cut)
    else:
        named = (_child(node, asked_at, base) for node in _named(root, "sitemap"))
        children = tuple(child for child in named if child is not None)[:MOST]
        read = SitemapRead("index", children=children, flaw=document.flaw, cut=document.cut)
    return Broken("malformed", read.flaw) if read.flaw and not (read.items or read.children) else read


def _local(node: etree._Element) -> str:
    tag: object = node.tag
    # Comments have a function for a tag; a prefix that is bound to nothing stays in the name.
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _named(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    return (node for node in parent if _local(node) == name)


def _text(parent: etree._Element, name: str) -> str:
    for node in _named(parent, name):
        return "".join(map(str, node.itertext())).strip()
    return ""


def _item(node: etree._Element, asked_at: datetime, base: str) -> Item | None:
    """The address, dated by its news publication where it has one, else by `lastmod`."""
    url = canonical(_text(node, "loc"), base) if _text(node, "loc") else ""
    if not url:
        return None
    news = next(_named(node, "news"), None)
    published = read_date(_text(news, "publication_date"), asked_at) if news is not None else None
    when: When | None = published or read_date(_text(node, "lastmod"), asked_at)
    return make_item("", _text(news, "title") if news is not None else "", url, when)


def _child(node: etree._Element, asked_at: datetime, base: str) -> Child | None:
    # Some write the address into <sitemap> itself.
    url = canonical(_text(node, "loc") or (node.text or "").strip(), base)
    when = read_date(_text(node, "lastmod"), asked_at)
    return Child(url, when.day if when else None) if url else None
