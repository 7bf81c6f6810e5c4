"""A column's list page: what it lists, with titles, addresses and dates.

The list is found without any setting: the block of links with dates that looks most like a list. Also read: 大汉's
datastores, lists in JSON (as the answer itself, or as data in the page's scripts), and a home page as the sum of all
its dated items (column type `home`). Where the generic reading goes astray, `selectors` names the rows, by the
beginning of the page's address or by its host:

    [connectors.column.selectors."www.example.gov.cn"]
    item = "ul.list > li"
    date = "span"

A page without items is *empty* (a good look of count 0) where it says so or its list stands there with nothing in it;
it is unknown (`script`) where a script fills the list, and unknown (`no_list`) where nothing looks like one. From items
to none is unknown (`emptied`) until a second look, a day later, shows the same.

An undated list is believed undated only after its newest items' own pages were opened and show no date either
(`open_undated` of them, same site only; 0 trusts the list).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from connectors._answers import challenged, gone, worth, worth_of_failure
from connectors._article import published
from connectors._blank import Empty
from connectors._chosen import Selector, selector_for
from connectors._decoding import text_of
from connectors._lists import Found
from connectors._pages import Page, open_page
from connectors._shown import ahead, level_of, repeated, to_items
from streams.connectors import Answer, Conversation, Cursor, Failure, Fetch, Reading, Request, Response
from streams.looks import Outcome, Shown
from streams.subjects import ColumnType, Source

PARSER = 1  # goes up with every change of what is read from the same bytes
_CONFIRMED = timedelta(hours=24)
_EMPTIED = "emptied"


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads list pages. `selectors` by address or host; `open_undated` own pages are opened where no item is dated."""

    selectors: dict[str, Selector] = {}
    open_undated: int = 3
    bound: int = 10_000_000  # bytes of a page
    seconds: float = 30.0

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Read the page, and the newest items' own pages where the list shows no date at all."""
        request = Fetch(url=source.url, headers=_conditions(cursor), bound=self.bound, seconds=self.seconds)
        answer = yield request
        if not isinstance(answer, Response):
            return _unread(answer)
        if known := _known(cursor, answer, asked_at):
            return known
        outcome, cause = worth(answer)
        if outcome is not Outcome.GOOD:
            return Reading(outcome=outcome, cause=cause, detail=f"HTTP {answer.status}", host=_host(source, answer))
        page = self._read(source, answer, asked_at)
        if not page.found:
            return _nothing(source, cursor, answer, page, asked_at)
        found, opened = yield from self._dated(page.found, answer, asked_at)
        if not opened:
            detail = "the list shows no date, and none of its items' own pages could be opened"
            return Reading(outcome=Outcome.UNKNOWN, cause="undated", detail=detail, host=_host(source, answer))
        return _shows(source, answer, msgspec.structs.replace(page, found=found), asked_at)

    def _read(self, source: Source, answer: Response, asked_at: datetime) -> Page:
        url = answer.url or source.url
        text = text_of(answer.body, answer.headers.get("content-type", ""))
        everything = source.column_type is ColumnType.HOME
        return open_page(text, url, asked_at, everything, selector_for(self.selectors, source.url))

    def _dated(
        self, found: list[Found], answer: Response, asked_at: datetime
    ) -> Generator[Request, Answer, tuple[list[Found], bool]]:
        """The items, dated by their own pages where the list has no date; and whether that can be relied upon."""
        if self.open_undated <= 0 or any(item.day for item in found):
            return found, True
        opened = 0
        found = list(found)
        for index, item in enumerate(found[: self.open_undated]):
            if not item.url or _site(item.url) != _site(answer.url):
                continue
            own = yield Fetch(url=item.url, bound=2_000_000, seconds=self.seconds, followed=True)
            if isinstance(own, Response) and worth(own)[0] is Outcome.GOOD:
                opened += 1
                found[index] = _with_date(item, own, asked_at)
        return found, opened > 0


def _conditions(cursor: Cursor) -> dict[str, str]:
    """Conditional headers, if this very parser read the body that they speak of."""
    if cursor.parser != PARSER or cursor.level is None:
        return {}
    named = {"If-None-Match": cursor.etag, "If-Modified-Since": cursor.last_modified}
    return {name: value for name, value in named.items() if value}


def _unread(answer: Answer) -> Reading:
    if isinstance(answer, Failure):
        return Reading(outcome=worth_of_failure(answer), cause=answer.cause, detail=answer.detail)
    return Reading(outcome=Outcome.UNKNOWN, cause="protocol", detail="a fetch was answered by a probe")


def _known(cursor: Cursor, answer: Response, asked_at: datetime) -> Reading | None:
    """The repeated level where the body is one that this parser has read."""
    same = answer.status == 304 or (answer.status == 200 and cursor.body_hash == _digest(answer.body))
    if not same:
        return None
    if cursor.parser != PARSER or cursor.level is None:
        return None if answer.status == 200 else Reading(outcome=Outcome.FAILED, cause="http", detail="304 unasked for")
    level = repeated(cursor.level, cursor.items, asked_at)
    return Reading(outcome=Outcome.GOOD, level=level, cursor=msgspec.structs.replace(cursor, level=level))


def _nothing(source: Source, cursor: Cursor, answer: Response, page: Page, asked_at: datetime) -> Reading:
    """A page without items: empty for good, emptied just now, or not to be told."""
    host = _host(source, answer)
    if cause := _unclear(answer, page):
        outcome = Outcome.FAILED if cause == "missing" else Outcome.UNKNOWN
        return Reading(outcome=outcome, cause=cause, detail="no item in the bytes of the page", host=host)
    if isinstance(cursor.level, Shown) and cursor.level.count and not _confirmed(cursor, asked_at):
        since = cursor.extra.get(_EMPTIED) or asked_at.isoformat()
        # Without validators and hash, so that the next look reads the page again and does not repeat the old level.
        kept = msgspec.structs.replace(cursor, etag="", last_modified="", body_hash="", extra={_EMPTIED: since})
        detail = f"{cursor.level.count} items before, none now: to be seen again after 24 h"
        return Reading(outcome=Outcome.UNKNOWN, cause=_EMPTIED, detail=detail, host=host, cursor=kept)
    return _shows(source, answer, page, asked_at)


def _unclear(answer: Response, page: Page) -> str:
    """Why a page without items shows nothing conclusive; "" where it is empty."""
    if challenged(answer.status, answer.body):
        return "challenge"
    if gone(page.text):
        return "missing"
    return "" if page.empty is Empty.EMPTY else str(page.empty)


def _confirmed(cursor: Cursor, asked_at: datetime) -> bool:
    """Whether a look at least a day ago saw the list emptied already."""
    since = cursor.extra.get(_EMPTIED)
    return since is not None and asked_at - datetime.fromisoformat(since) >= _CONFIRMED


def _shows(source: Source, answer: Response, page: Page, asked_at: datetime) -> Reading:
    items = to_items(page.found)
    level = level_of(items, asked_at, page.name)
    cursor = Cursor(
        parser=PARSER,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        body_hash=_digest(answer.body),
        level=level,
        items=ahead(items, asked_at),
    )
    return Reading(
        outcome=Outcome.GOOD, detail=_moved(source, answer), level=level, items=items, cursor=cursor,
        host=_host(source, answer),
    )  # fmt: skip


def _with_date(item: Found, own: Response, asked_at: datetime) -> Found:
    value = published(text_of(own.body, own.headers.get("content-type", "")), asked_at)
    return msgspec.structs.replace(item, day=value[0], at=value[1], shown=True) if value else item


def _moved(source: Source, answer: Response) -> str:
    """For people: the column answers under another address now."""
    if not answer.moved or not answer.url or answer.url.rstrip("/") == source.url.rstrip("/"):
        return ""
    return f"moved: {source.url} leads to {answer.url}"


def _host(source: Source, answer: Response) -> str:
    host = urlsplit(answer.url).netloc
    return "" if host == urlsplit(source.url).netloc else host


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()
