"""A sitemap: urlset, index with its children, news, text, gzip, or a feed used as one.

What it reads: the addresses of the sitemap at the source's URL, dated by news publication, else by `lastmod`. An index
(or robots.txt) leads to its children, newest `lastmod` first, `most_files` in all and `deepest` levels deep.
When it fails: `not_a_sitemap`, `malformed` (nothing can be read), `too_large` (a zip bomb), an HTTP status of it or
of a child (a child that is gone, 404 or 410, is passed over). Unknown: `challenge`, `emptied`, `truncated` (the end is
missing) and `partial` (children without dates were left out): what is not shown may stand in the part not read.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import date, datetime
from hashlib import blake2b

import msgspec

from connectors._answers import failed, refusal, unknown
from connectors._levels import conditional, cut_short, repeated, shown
from connectors._sitemaps import Child, SitemapRead, read_sitemap
from connectors._xml import Broken
from streams.connectors import Answer, Conversation, Cursor, Fetch, Reading, Request, Response
from streams.looks import Item
from streams.subjects import Source

PARSER = 2  # raised when the same bytes would read differently
_KIND = "kind"
_GONE = frozenset({"http_404", "http_410"})


class Sitemap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads a sitemap; see the module."""

    most_files: int = 50  # children of an index that are read
    deepest: int = 3  # levels of indexes
    most_items: int = 5_000  # addresses kept, the newest
    dates_in_paths: bool = False  # date an address by its path where nothing else does
    bound: int = 10_000_000  # bytes of a file
    seconds: float = 30.0

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Read the sitemap and its children, and say what they show together."""
        # An index stays the same while its children change: it is asked for in full, and hashed with them.
        single = cursor.extra.get(_KIND) != "index"
        headers = conditional(cursor, PARSER) if single else {}
        answer = yield Fetch(url=source.url, headers=headers, bound=self.bound, seconds=self.seconds)
        refused = refusal(answer)
        if refused or not isinstance(answer, Response):
            return refused or failed("protocol")
        known = repeated(cursor, PARSER, answer, asked_at) if single else None
        if known:
            return known
        read = self._read(answer, asked_at, source.url)
        if isinstance(read, Broken):
            return failed(read.cause, read.detail)
        walk = Walk(self, asked_at, source.url, answer, read)
        if walk.waiting or read.kind in {"index", "robots"}:
            refused = yield from walk.children()
        return refused or walk.conclude(cursor)

    def _read(self, answer: Response, asked_at: datetime, url: str) -> SitemapRead | Broken:
        base = answer.url or url
        return read_sitemap(answer.body, answer.headers, asked_at, base, dates_in_paths=self.dates_in_paths)


class Walk:
    """One walk over a sitemap and its children."""

    def __init__(self, settings: Sitemap, asked_at: datetime, url: str, first: Response, read: SitemapRead) -> None:
        self._settings, self._asked_at, self._first = settings, asked_at, first
        self._index = read.kind in {"index", "robots"}
        self._hash = blake2b(first.body, digest_size=16)
        self._items: dict[str, Item] = {}
        self._notes: list[str] = []
        self._cut = ""
        self._seen = {url, first.url}
        self.waiting: list[tuple[Child, int]] = []
        self._take(read, 1)

    def _take(self, read: SitemapRead, depth: int) -> None:
        """Keep a file's addresses (the same one again only with a later date) and queue its children."""
        for item in read.items:
            old = self._items.get(item.key)
            if old is None or (item.day or date.min) > (old.day or date.min):
                self._items[item.key] = item
        if read.flaw:
            self._notes.append(read.flaw)
        if read.cut:
            self._cut = read.flaw or "cut off"
        for child in read.children:
            if child.url not in self._seen:
                self._seen.add(child.url)
                self.waiting.append((child, depth + 1))
            else:
                self._notes.append(f"{child.url}: listed again, a loop")
        self.waiting.sort(key=lambda entry: entry[0].changed or date.min, reverse=True)

    def children(self) -> Generator[Request, Answer, Reading | None]:
        """Read the children; a reading where one of them could not be read, so that nothing can be concluded."""
        settings = self._settings
        for _ in range(settings.most_files):
            if not self.waiting:
                return None
            child, depth = self.waiting.pop(0)
            if depth > settings.deepest:
                self._notes.append(f"{child.url}: deeper than {settings.deepest} levels")
                continue
            answer = yield Fetch(url=child.url, followed=True, bound=settings.bound, seconds=settings.seconds)
            refused = self._child(child, depth, answer)
            if refused:
                return refused
        return self._left_out()

    def _child(self, child: Child, depth: int, answer: Answer) -> Reading | None:
        refused = refusal(answer)
        if refused and refused.cause in _GONE:
            self._notes.append(f"{child.url}: {refused.detail}")
            return None
        if refused or not isinstance(answer, Response):
            refused = refused or failed("protocol")
            return msgspec.structs.replace(refused, detail=f"{child.url}: {refused.detail}")
        self._hash.update(answer.body)
        read = self._settings._read(answer, self._asked_at, child.url)  # noqa: SLF001 - its own walk
        if isinstance(read, Broken):
            return failed(read.cause, f"{child.url}: {read.detail}")
        self._take(read, depth)
        return None

    def _left_out(self) -> Reading | None:
        if not self.waiting:
            return None
        self._notes.append(f"{len(self.waiting)} sitemaps left out")
        undated = any(child.changed is None for child, _ in self.waiting)
        return unknown("partial", "; ".join(self._notes)) if undated else None

    def conclude(self, cursor: Cursor) -> Reading:
        """The reading of everything that was read."""
        items = sorted(self._items.values(), key=lambda item: item.day or date.min, reverse=True)
        if len(items) > self._settings.most_items:
            self._notes.append(f"the newest {self._settings.most_items} of {len(items)} addresses are kept")
        kept, extra = items[: self._settings.most_items], {_KIND: "index" if self._index else "urlset"}
        detail = "; ".join(self._notes)[:500]
        if self._index and not items:
            # An index that leads nowhere (to itself, to what is gone) proves no emptiness.
            return unknown("no_addresses", detail or "an index that leads to no address")
        if self._cut:
            return cut_short(cursor, self._first, kept, detail)
        reading = shown(cursor, PARSER, self._first, kept, self._asked_at, detail=detail, extra=extra)
        return self._of_index(reading, cursor) if self._index else reading

    def _of_index(self, reading: Reading, cursor: Cursor) -> Reading:
        """The same, with the joint hash; without items where nothing changed."""
        if reading.cursor is None:
            return reading
        joint = self._hash.hexdigest()
        same = joint == cursor.body_hash and cursor.parser == PARSER
        made = msgspec.structs.replace(reading.cursor, etag="", last_modified="", body_hash=joint)
        return msgspec.structs.replace(reading, cursor=made, items=None if same else reading.items)
