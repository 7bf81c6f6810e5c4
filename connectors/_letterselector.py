"""Reading a list of letters by CSS selectors, for the page that the generic reading does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from connectors._letterpages import MOST, distinct
from connectors._letters import Letter, letter_of
from connectors._links import absolute
from connectors._tree import shallow, squeeze


class LetterSelector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CSS selectors of one list: `item` finds the rows, the others look within a row. Empty: the row's first link and
    its text; without a selector a field is not read."""

    item: str
    title: str = ""
    link: str = ""
    id: str = ""
    asked: str = ""
    accepted: str = ""
    answered: str = ""
    state: str = ""
    unit: str = ""
    channel: str = ""
    category: str = ""

    def __post_init__(self) -> None:
        """Refuse selectors that cannot be parsed, with their names."""
        page = LexborHTMLParser("<p>")
        for name in self.__struct_fields__:
            text = getattr(self, name)
            if not text and name != "item":
                continue
            try:
                page.css(text)
            except SelectolaxError as error:
                message = f"selector {name} = {text!r}: expected a CSS selector"
                raise ValueError(message) from error


_PICKED = ("id", "title", "asked", "accepted", "answered", "state", "unit", "channel", "category")


def picked_letters(
    text: str, url: str, selector: LetterSelector, asked_at: datetime, known: Mapping[str, str]
) -> list[Letter]:
    """The letters that `selector` finds, in the page's order."""
    page = LexborHTMLParser(shallow(text))
    for node in page.css("base[href]")[:1]:
        url = absolute(url, node.attributes.get("href") or "") or url
    return distinct(_picked(row, url, selector, asked_at, known) for row in page.css(selector.item)[:MOST])


def _picked(
    row: LexborNode, base: str, selector: LetterSelector, asked_at: datetime, known: Mapping[str, str]
) -> Letter | None:
    link = row if row.tag == "a" and not selector.link else row.css_first(selector.link or "a[href]")
    told = {}
    for name in _PICKED:
        wanted = getattr(selector, name)
        node = row.css_first(wanted) if wanted else link if name == "title" else None
        if node is not None:
            told[name] = squeeze(node.text(separator=" "))[:300]
    url = absolute(base, link.attributes.get("href") or "") if link is not None else ""
    return letter_of(told, url, asked_at, known=known)
