"""Reading a list by CSS selectors, for the page that the generic reading does not fit."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from connectors._dates import date_in_url, read_date
from connectors._links import absolute, whole
from connectors._lists import Found, distinct
from connectors._rows import MOST_ITEMS
from connectors._tree import shallow, squeeze

_MOST_TEXT = 300  # the end of a row's text, where its date is looked for


class Selector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CSS selectors of one list: `item` finds the rows; the others look within a row. Empty: the row's first link,
    that link's title and address, and any date in the row's text."""

    item: str
    title: str = ""
    link: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        """Refuse selectors that cannot be parsed, with their names."""
        page = LexborHTMLParser("<p>")
        for name in ("item", "title", "link", "date"):
            text = getattr(self, name)
            if not text and name != "item":
                continue
            try:
                page.css(text)
            except SelectolaxError as error:
                message = f"selector {name} = {text!r}: expected a CSS selector"
                raise ValueError(message) from error


def selector_for(selectors: dict[str, Selector], url: str) -> Selector | None:
    """The selector of the longest key that is the URL's beginning, or is its host."""
    host = urlsplit(url).netloc
    fits = [key for key in selectors if key and (url.startswith(key) or key == host)]
    return selectors[max(fits, key=len)] if fits else None


def picked(text: str, base: str, selector: Selector, asked_at: datetime) -> list[Found]:
    """The items that `selector` finds, in the page's order."""
    page = LexborHTMLParser(shallow(text))
    for node in page.css("base[href]")[:1]:
        base = absolute(base, node.attributes.get("href") or "") or base
    rows = page.css(selector.item)[:MOST_ITEMS]
    return distinct([item for row in rows if (item := _row(row, base, selector, asked_at))])


def _row(row: LexborNode, base: str, selector: Selector, asked_at: datetime) -> Found | None:
    link = row.css_first(selector.link or "a[href]") if row.tag != "a" or selector.link else row
    named = row.css_first(selector.title) if selector.title else link
    dated = row.css_first(selector.date) if selector.date else row
    title = _title(named) if named is not None else ""
    if not title:
        return None
    url = absolute(base, link.attributes.get("href") or "") if link is not None else ""
    value = read_date(squeeze(dated.text(separator=" "))[-_MOST_TEXT:], asked_at) if dated is not None else None
    if value:
        return Found(title, url, value.day, value.at, shown=True)
    return Found(title, url, date_in_url(url))


def _title(node: LexborNode) -> str:
    full = squeeze(node.attributes.get("title") or "")[:500]
    return whole(squeeze(node.text(separator=" "))[:500], full)
