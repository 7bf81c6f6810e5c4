"""Lists that are not in a page's markup: 大汉's `<datastore>` records, and JSON, as an answer or inside a script."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from connectors._clocks import When
from connectors._dates import date_in_url, from_epoch, read_date
from connectors._links import absolute
from connectors._lists import Found, distinct
from connectors._rows import MOST_ITEMS
from connectors._tree import squeeze

_MOST_TRIES = 20  # places in scripts where a list of objects may begin
_MOST_VALUES = 200_000
_OPEN, _CLOSE = "<![CDATA[", "]]>"
_TOTAL = re.compile(r"<totalrecord>\s*(\d{1,9})\s*</totalrecord>", re.IGNORECASE)
_STORES = re.compile("<(?:datastore|recordset)", re.IGNORECASE)
_CELLS = re.compile(r"<(/?)(tr|td|th|tbody|table)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,300}>")
_LIST = re.compile(r"\[\s*\{")
_PADDING = re.compile(r"^\s*[\w.$]{1,80}\s*\(")
# What the platforms' endpoints call the three fields, lower case, the surest name first.
_TITLES = (
    "title",
    "doctitle",
    "articletitle",
    "subject",
    "name",
    "bt",
    "titlestring",
    "showtitle",
    "headline",
    "topic",
)
_ADDRESSES = (
    "url",
    "link",
    "href",
    "docpuburl",
    "docurl",
    "htmlurl",
    "linkurl",
    "pageurl",
    "contenturl",
    "path",
    "articleurl",
    "staticurl",
)
_TIMES = (
    "publishtime",
    "publishdate",
    "pubdate",
    "pubtime",
    "publish_time",
    "publish_date",
    "publishedtime",
    "docreltime",
    "docpubtime",
    "displaytime",
    "displaydate",
    "releasetime",
    "releasedate",
    "date",
    "time",
    "fbsj",
    "fbrq",
    "writetime",
    "createtime",
    "createdate",
    "create_time",
    "addtime",
    "inputtime",
    "crtime",
)


def records(text: str) -> str | None:
    """The records of every 大汉 datastore in `text` as one plain HTML list ("" where it has none); None without one."""
    if not _STORES.search(text):
        return None
    low = text.lower()
    if "<datastore" not in low and "<recordset" not in low:
        return None
    parts: list[str] = []
    at = low.find("<record>")
    while at >= 0 and len(parts) < MOST_ITEMS:
        start = text.find(_OPEN, at)
        end = text.find(_CLOSE, start) if start >= 0 else -1
        if end < 0:
            break
        # Rows of a table that is not there would lose their cells in an HTML parser.
        parts.append(f'<li class="record">{_CELLS.sub(_cell, text[start + len(_OPEN) : end])}</li>')
        at = low.find("<record>", end)
    return f'<ul class="records">{"".join(parts)}</ul>' if parts else ""


def _cell(found: re.Match[str]) -> str:
    return f"<{found[1]}{'span' if found[2].lower() in ('td', 'th') else 'div'}"


def says_none(text: str) -> bool:
    """Whether a datastore in `text` says by itself that it has no record at all."""
    totals = _TOTAL.findall(text)
    return bool(totals) and not any(int(total) for total in totals)


def answer(text: str, base: str, asked_at: datetime) -> list[Found] | None:
    """The items of a JSON (or JSONP) answer; None where it is not JSON or holds no list."""
    body = text.strip().lstrip("\ufeff").rstrip(";")
    if found := _PADDING.match(body):
        body = body[found.end() :].removesuffix(")")
    if not body.startswith(("{", "[")):
        return None
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return best(value, base, asked_at)


def scripted(text: str, base: str, asked_at: datetime) -> list[Found]:
    """The items of the best list of objects that a page's scripts hold as data."""
    decoder = json.JSONDecoder()
    top: list[Found] = []
    tries = 0
    for script in scripts(text):
        end = 0
        for found in _LIST.finditer(script):
            if found.start() < end or tries >= _MOST_TRIES:
                continue
            tries += 1
            try:
                value, end = decoder.raw_decode(script, found.start())
            except (ValueError, RecursionError):
                continue
            top = max(top, best(value, base, asked_at) or [], key=len)
    return top


def scripts(text: str) -> Iterator[str]:
    """The contents of the page's script elements."""
    low = text.lower()
    at = low.find("<script")
    while at >= 0:
        start = low.find(">", at)
        end = low.find("</script", start)
        if start < 0 or end < 0:
            return
        yield text[start + 1 : end]
        at = low.find("<script", end)


def best(value: Any, base: str, asked_at: datetime) -> list[Found] | None:
    """The longest list of objects with titles (and addresses or dates) within `value`; [] if all lists are empty."""
    top: list[Found] = []
    seen = False
    for entries in _lists(value):
        seen = seen or not entries
        found = [item for entry in entries[:MOST_ITEMS] if (item := _item(entry, base, asked_at))]
        if len(found) > len(top):
            top = found
    return distinct(top) if top or seen else None


def _lists(value: Any) -> Iterator[list[Any]]:
    queue = [value]
    for count, one in enumerate(queue):
        if count > _MOST_VALUES:
            return
        if isinstance(one, list):
            if not one or isinstance(one[0], dict):
                yield one
            queue.extend(child for child in one if isinstance(child, dict | list))
        elif isinstance(one, dict):
            queue.extend(child for child in one.values() if isinstance(child, dict | list))


def _item(entry: Any, base: str, asked_at: datetime) -> Found | None:
    if not isinstance(entry, dict):
        return None
    fields = {str(name).lower(): value for name, value in entry.items()}
    title = squeeze(html.unescape(_TAG.sub("", str(_first(fields, _TITLES) or "")[:2_000])))[:500]
    url = absolute(base, str(_first(fields, _ADDRESSES) or "")[:2_000])
    when = _time(_first(fields, _TIMES), asked_at)
    if not title or not (url or when):
        return None
    return Found(title, url, when.day, when.at, shown=True) if when else Found(title, url, date_in_url(url))


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if isinstance(value := fields.get(name), str | int | float) and value != "":
            return value
    return None


def _time(value: Any, asked_at: datetime) -> When | None:
    """The date of a field: text in any form, or seconds or milliseconds since 1970."""
    if isinstance(value, int | float) and 1e9 <= value < 1e14:
        return from_epoch(value)
    return read_date(str(value)[:40], asked_at) if value else None
