"""Relays of accounts: which one answers, what its errors say, what it tells of its own reading, and its suffixes.

Known from their sources (2026): **RSSHub** stamps `lastBuildDate` and `Last-Modified` when it reads the upstream, and
keeps them while its cache holds. **we-mp-rss** renders the feed anew after each gathering of an account; its
`lastBuildDate` is the first reading after that, and stands still when gathering stops. **WeWe-RSS** gives the time at
which the account was added as the feed's date, and tells the real one (`syncTime`) only in its list, `GET /feeds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from connectors._charset import decode
from connectors._dates import from_epoch, read_date
from connectors._items import plain
from streams.connectors import Response

RSSHUB, WEWE, WEMP, PLAIN = "rsshub", "wewe-rss", "we-mp-rss", "plain"
_GENERATORS = (("rsshub", RSSHUB), ("wewe-rss", WEWE), ("mp-we-rss", WEMP), ("werss", WEMP))
_HEADERS = ("x-rsshub-route", "rsshub-node", "rsshub-cache-status")
_WEWE_PATH = re.compile(r"^(?P<root>.*/feeds)/(?P<id>[\w-]+)(?:\.(?:rss|atom|json))?$")
_WEMP_PATH = re.compile(r"/(?:rss|feed)/MP_WXS_\d+(?:\.\w+)?(?:/fresh)?$")


def relay_of(generator: str, headers: Mapping[str, str], url: str) -> str:
    """Which relay made this answer: by the feed's generator, else its headers, else the path."""
    for mark, relay in _GENERATORS:
        if mark in generator.lower():
            return relay
    if any(name in headers for name in _HEADERS):
        return RSSHUB
    path = _path(url)
    if _WEMP_PATH.search(path):
        return WEMP
    return WEWE if "/feeds/MP_WXS_" in path and _WEWE_PATH.match(path) else PLAIN


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def read_by_relay(relay: str, headers: Mapping[str, str], built: str, asked_at: datetime) -> datetime | None:
    """When this relay read its upstream, as it says in the answer itself; None where it does not say."""
    said = headers.get("last-modified", "") or built if relay == RSSHUB else built if relay == WEMP else ""
    when = read_date(said, asked_at)
    return when.at if when else None


# WeWe-RSS's list


def sync_list(url: str) -> tuple[str, str] | None:
    """The address of WeWe-RSS's list, and the account's id in it; None where `url` is not one of its feeds."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = _WEWE_PATH.match(parts.path)
    return (urlunsplit((parts.scheme, parts.netloc, found["root"], "", "")), found["id"]) if found else None


def synced_at(body: bytes, account: str) -> tuple[bool, datetime | None]:
    """Whether the list knows the account, and when that was last read upstream (None: never)."""
    try:
        listed: Any = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False, None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and entry.get("id") == account and isinstance(entry.get("syncTime"), int):
            when = from_epoch(entry["syncTime"]) if entry["syncTime"] > 0 else None
            return True, when.at if when else None
    return False, None


# Errors

_ROUTE_ERROR = re.compile(r"something went wrong|发生了一些意外|Error Message", re.IGNORECASE)
_MESSAGE = re.compile(
    r"Error Message:?(.{0,2000}?)(?:Route:|</code>)|<pre>(.{0,2000}?)</pre>", re.DOTALL | re.IGNORECASE
)


def route_error(answer: Response) -> tuple[str, str] | None:
    """The cause and the words of a relay's own error, whatever its status; None where this is no such error."""
    if answer.status == 304 or not answer.body:
        return None
    text = decode(answer.body[:65_536], answer.headers).text
    said = _json_error(text) if text.lstrip()[:1] == "{" else _page_error(text)
    if said is None:
        return None
    if "route is empty" in said:
        return "route_empty", said
    return (f"http_{answer.status}" if answer.status >= 400 else "route_error"), said


def _page_error(text: str) -> str | None:
    """RSSHub's error page."""
    if "RSSHub" not in text or not _ROUTE_ERROR.search(text) or "<rss" in text[:1000]:
        return None
    found = _MESSAGE.search(text)
    return plain((found[1] or found[2] or "") if found else "", 200) or "RSSHub's error page"


def _json_error(text: str) -> str | None:
    """An error told in JSON by any of them: `message` at the top, or in `detail` or `error`."""
    try:
        found: Any = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "items" in found:
        return None
    for inner in (found.get("error"), found.get("detail"), found):
        said = inner.get("message") if isinstance(inner, dict) else inner
        if isinstance(said, str) and said:
            return plain(said, 200)
    return None


# Names

_BRANDS = r"wechat-feeds|RSSHub|WeWe-RSS(?: All)?|WeRSS|Mp-We-Rss|Wechat2RSS|feeddd|微信公众号|公众号|RSS"
_SUFFIX = re.compile(rf"\s*[|\-–—_·:：]\s*(?:{_BRANDS})\s*$", re.IGNORECASE)
_PREFIX = re.compile(rf"^(?:{_BRANDS})\s*[|\-–—_·:：]\s*", re.IGNORECASE)
_OF = re.compile(
    r"\s*的\s*(?:微博|抖音|快手|头条号?|知乎动态|bilibili ?(?:空间|动态|视频)|b站(?:空间|动态))$", re.IGNORECASE
)
_NAMELESS = re.compile(rf"^(?:{_BRANDS}|RSS频道)$", re.IGNORECASE)


def account_name(title: str) -> str:
    """The account's name in a feed's title: less what the relay puts around it; "" where only that is there."""
    name = _OF.sub("", _PREFIX.sub("", _SUFFIX.sub("", title))).strip()
    return "" if _NAMELESS.match(name) else name
