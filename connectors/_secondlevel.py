"""A home page that is only a way in (V3: 首页仅为网站栏目导航入口): its second-level pages, read as one.

They are judged together: the home page counts as updated where any of them is. What could not be read, or bears no
date, may hold the update: then the whole is unknown, unless what was read shows one of the last days already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from connectors._answers import refusal
from connectors._blank import Empty
from connectors._charset import decode
from connectors._links import base_of, links
from connectors._lists import Found, distinct
from connectors._pages import Page
from connectors._tree import grow
from streams.connectors import Answer, Fetch, Request, Response
from streams.days import day_of

LEAST = 2  # ways that a page must offer to be a way in
_GONE = frozenset({"http_404", "http_410"})
_PAGE = re.compile(r"/[^.]*|.*\.(?:s?html?|jspx?|php|aspx?|do|action)", re.IGNORECASE)


class Together(msgspec.Struct, frozen=True):
    """What the second-level pages list together; `unread` says of which pages nothing is known, and why."""

    found: list[Found]
    pages: int
    unread: list[str]

    def is_conclusive(self, asked_at: datetime, fresh: int) -> bool:
        """Whether nothing that was not read could change the verdict: all was read, or something is new anyway."""
        today = day_of(asked_at)
        return not self.unread or any(
            item.day is not None and today - timedelta(fresh) <= item.day <= today for item in self.found
        )


def ways(text: str, url: str) -> list[str]:
    """The second-level pages that a home page leads to: pages of its own host that are no articles, as listed."""
    tree = grow(text)
    home = urlsplit(url)
    found: dict[str, None] = {}
    for link in links(tree, base_of(tree, url), []):
        parts = urlsplit(link.url)
        beyond = (parts.path.rstrip("/"), parts.query) != (home.path.rstrip("/"), home.query)
        if parts.netloc == home.netloc and beyond and not link.article and _PAGE.fullmatch(parts.path):
            found.setdefault(link.url)
    return list(found)


def read_together(
    addresses: list[str], most: int, seconds: float, read: Callable[[str, str], Page]
) -> Generator[Request, Answer, Together]:
    """Ask for at most `most` pages, and `read` each (its text and final address)."""
    found: list[Found] = []
    unread = [f"{address}: left out" for address in addresses[most:]]
    for address in addresses[:most]:
        answer = yield Fetch(url=address, bound=2_000_000, seconds=seconds, followed=True)
        refused = refusal(answer)
        if refused or not isinstance(answer, Response):
            if refused is None or refused.cause not in _GONE:
                unread.append(f"{address}: {refused.cause if refused else 'protocol'}")
            continue
        page = read(decode(answer.body, answer.headers).text, answer.url or address)
        found += page.found
        if why := _unread(page):
            unread.append(f"{address}: {why}")
    newest_first = sorted(found, key=lambda item: item.day or date.min, reverse=True)
    return Together(distinct(newest_first), min(len(addresses), most), unread)


def _unread(page: Page) -> str:
    """Why this page may hold more than what was read of it, or ""."""
    if page.found:
        return "" if any(item.day for item in page.found) else "undated"
    return "script" if page.empty is Empty.SCRIPT else ""
