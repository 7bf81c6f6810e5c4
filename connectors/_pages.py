"""One page, opened: its items by whichever way finds them, and why there are none."""

from __future__ import annotations

from datetime import datetime

import msgspec

from connectors._blank import Empty, why_empty
from connectors._chosen import Selector, picked
from connectors._embedded import answer, records, says_none, scripted
from connectors._lists import Found, items
from connectors._tree import Tree, grow


class Page(msgspec.Struct, frozen=True):
    """What was found, what the page calls its column, and why nothing was found (`empty`)."""

    text: str
    found: list[Found]
    name: str = ""
    empty: Empty = Empty.NONE


def open_page(
    text: str, url: str, asked_at: datetime, everything: bool = False, selector: Selector | None = None
) -> Page:
    """Read a page (or a JSON answer) whose final address is `url`."""
    listed = answer(text, url, asked_at)
    if listed is not None:
        return Page(text, listed, "", Empty.NONE if listed else Empty.EMPTY)
    tree = grow(text)
    name = _name(tree)
    if selector is not None:
        found = picked(text, url, selector, asked_at)
    else:
        found = _recorded(text, url, asked_at) or items(tree, url, asked_at, everything)
        if not any(item.shown for item in found):
            found = scripted(text, url, asked_at) or found
    if found:
        return Page(text, found, name)
    return Page(text, [], name, Empty.EMPTY if says_none(text) else why_empty(tree, text))


def _recorded(text: str, url: str, asked_at: datetime) -> list[Found]:
    listed = records(text)
    return items(grow(listed), url, asked_at) if listed else []


def _name(tree: Tree) -> str:
    """The column's name as the page's own tag says it (ColumnName)."""
    for node, attributes in tree.attributes.items():
        if tree.tags[node] == "meta" and (attributes.get("name") or "").lower() == "columnname":
            return (attributes.get("content") or "").strip()[:200]
    return ""
