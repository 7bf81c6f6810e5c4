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

A home page that lists nothing and only leads to other pages of its host is read as those pages together (at most
`second_level`; 0: not at all). Unknown (`partial`) where one of them could not be read, unless another shows something
of the last `fresh` days.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import msgspec

from connectors._answers import failed, refusal, unknown
from connectors._article import published
from connectors._blank import Empty, gone
from connectors._charset import decode
from connectors._chosen import Selector, selector_for
from connectors._levels import conditional, repeated, shown
from connectors._lists import Found
from connectors._pages import Page, open_page
from connectors._secondlevel import LEAST, read_together, ways
from streams.connectors import Answer, Conversation, Cursor, Fetch, Reading, Request, Response
from streams.looks import Item, Shown
from streams.subjects import ColumnType, Source

_BEHIND = "behind"  # how many pages behind a way in were read, in the cursor
PARSER = 2  # goes up with every change of what is read from the same bytes


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads list pages. `selectors` by address or host; `open_undated` own pages are opened where no item is dated."""

    selectors: dict[str, Selector] = {}
    open_undated: int = 3
    second_level: int = 30  # pages behind a home page that is only a way in
    fresh: int = 7  # days
    bound: int = 10_000_000  # bytes of a page
    seconds: float = 30.0

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Read the page, and the newest items' own pages where the list shows no date at all."""
        # A way in stays the same while the pages behind it change.
        alone = _BEHIND not in cursor.extra
        headers = conditional(cursor, PARSER) if alone else {}
        answer = yield Fetch(url=source.url, headers=headers, bound=self.bound, seconds=self.seconds)
        refused = refusal(answer)
        if refused or not isinstance(answer, Response):
            return refused or failed("protocol")
        known = repeated(cursor, PARSER, answer, asked_at) if alone else None
        if known:
            return known
        page = self._read(source, answer, asked_at)
        if behind := self._behind(source, page, answer):
            return (yield from self._together(source, cursor, answer, behind, asked_at))
        if not page.found and (unclear := _unclear(page)):
            return _from(source, answer, unclear)
        found, opened = yield from self._dated(page.found, answer, asked_at)
        if not opened:
            detail = "the list shows no date, and none of its items' own pages could be opened"
            return _from(source, answer, unknown("undated", detail))
        reading = shown(cursor, PARSER, answer, _items(found), asked_at, name=page.name, column=True)
        return _from(source, answer, reading)

    def _read(self, source: Source, answer: Response, asked_at: datetime) -> Page:
        text = decode(answer.body, answer.headers).text
        return self._open(source, text, answer.url or source.url, asked_at)

    def _open(self, source: Source, text: str, url: str, asked_at: datetime) -> Page:
        everything = source.column_type is ColumnType.HOME
        return open_page(text, url, asked_at, everything, selector_for(self.selectors, source.url))

    def _behind(self, source: Source, page: Page, answer: Response) -> list[str]:
        """The pages behind a home page that lists nothing of its own; none where it is no mere way in."""
        if source.column_type is not ColumnType.HOME or self.second_level <= 0:
            return []
        if page.found or page.empty is not Empty.NONE or gone(page.text):
            return []
        found = ways(page.text, answer.url or source.url)
        return found if len(found) >= LEAST else []

    def _together(
        self, source: Source, cursor: Cursor, answer: Response, behind: list[str], asked_at: datetime
    ) -> Conversation:
        """What the pages behind a way in show as one list."""
        read = partial(self._open, source, asked_at=asked_at)
        whole = yield from read_together(behind, self.second_level, self.seconds, read)
        detail = f"only a way in: {whole.pages} second-level pages; {'; '.join(whole.unread)}"[:500].rstrip("; ")
        if not whole.is_conclusive(asked_at, self.fresh):
            return _from(source, answer, unknown("partial", detail))
        extra = {_BEHIND: str(whole.pages)}
        found = _items(whole.found)
        reading = shown(cursor, PARSER, answer, found, asked_at, column=True, detail=detail, extra=extra)
        return _from(source, answer, reading)

    def _dated(
        self, found: list[Found], answer: Response, asked_at: datetime
    ) -> Generator[Request, Answer, tuple[list[Found], bool]]:
        """The items, dated by their own pages where the list has no date; and whether that can be relied upon."""
        if self.open_undated <= 0 or not found or any(item.day for item in found):
            return found, True
        opened = 0
        found = list(found)
        for index, item in enumerate(found[: self.open_undated]):
            if not item.url or _site(item.url) != _site(answer.url):
                continue
            own = yield Fetch(url=item.url, bound=2_000_000, seconds=self.seconds, followed=True)
            if isinstance(own, Response) and own.status == 200 and refusal(own) is None:
                opened += 1
                found[index] = _with_date(item, own, asked_at)
        return found, opened > 0


def _unclear(page: Page) -> Reading | None:
    """What a page without items is, if it is not an empty list."""
    if gone(page.text):
        return failed("missing", "the page says that it does not exist")
    if page.empty is Empty.EMPTY:
        return None
    reading = unknown(str(page.empty), "no item in the bytes of the page")
    if page.empty is Empty.SCRIPT:
        return msgspec.structs.replace(reading, level=Shown(rendered=False))
    return reading


def _items(found: list[Found]) -> tuple[Item, ...]:
    """The items with their keys: the address, else title and day (one title may come back every month)."""
    return tuple(
        Item(item.url or f"{item.title} {item.day or ''}".strip(), item.title, item.url, item.day, item.at)
        for item in found
    )


def _with_date(item: Found, own: Response, asked_at: datetime) -> Found:
    value = published(decode(own.body, own.headers).text, asked_at)
    return msgspec.structs.replace(item, day=value.day, at=value.at, shown=True) if value else item


def _from(source: Source, answer: Response, reading: Reading) -> Reading:
    """The reading with the host that answered, and with word of a column that moved."""
    host = urlsplit(answer.url).netloc
    if answer.moved and answer.url and answer.url.rstrip("/") != source.url.rstrip("/"):
        moved = f"moved: {source.url} leads to {answer.url}"
        reading = msgspec.structs.replace(reading, detail=f"{reading.detail}; {moved}" if reading.detail else moved)
    return reading if host == urlsplit(source.url).netloc else msgspec.structs.replace(reading, host=host)


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
