"""Items from what feeds and pages hold: titles as plain text, links in one form, keys that stay."""

from __future__ import annotations

import html
import re
import unicodedata
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from connectors._clocks import When
from streams.looks import Item

TITLE = 300  # characters
KEY = 500
URL = 2000

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|<!--.{0,2000}?-->", re.DOTALL)
_SPACE = re.compile(r"\s+")
_MARKED = re.compile("[<&]|  ")


def plain(text: str, bound: int = TITLE) -> str:
    """Text without markup, entities, control and direction characters, in single spaces, cut to `bound`."""
    if len(text) <= bound and text.isprintable() and not _MARKED.search(text):
        return text.strip()
    short = text[: bound * 20]
    bare = _TAG.sub("", html.unescape(_TAG.sub("", short)))
    # Cs would break the codec, Cf would let a title run backwards over the rest of a letter.
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} else " " * c.isspace() for c in bare)
    return _SPACE.sub(" ", kept).strip()[:bound]


_VOLATILE = frozenset({"chksm", "scene", "spm", "from", "isappinstalled", "sessionid", "jsessionid", "timestamp"})
_MAYBE_VOLATILE = re.compile("|".join(sorted(_VOLATILE)) + "|utm_", re.IGNORECASE)


# An address in its one form already, but for its query and fragment: most are, and parsing is dear.
_USUAL = re.compile(r"(https?://[a-z0-9.-]+/[\w.~%/-]*)(?:\?([\w.~%=&/-]*))?(?:#[!-~]*)?", re.ASCII)


def canonical(url: str, base: str = "") -> str:
    """An absolute http(s) URL in the form under which it is the same each time, or "" where it is none."""
    usual = _USUAL.fullmatch(url) if len(url) <= URL else None
    if usual:
        query = _query(usual[2]) if usual[2] else ""
        return f"{usual[1]}?{query}" if query else usual[1]
    try:
        joined = urlsplit(urljoin(base, _SPACE.sub("", url[:URL])) if base else _SPACE.sub("", url[:URL]))
        host, port = joined.hostname or "", joined.port
    except ValueError:
        return ""
    if joined.scheme not in {"http", "https"} or not host:
        return ""
    name = f"[{host}]" if ":" in host else host
    standard = port in {None, 80 if joined.scheme == "http" else 443}
    made = urlunsplit(
        (joined.scheme, name if standard else f"{name}:{port}", joined.path or "/", _query(joined.query), "")
    )
    return plain(made, URL) if made.isascii() else made.encode("utf-8", "replace").decode()


def _query(query: str) -> str:
    """The query without what changes from reading to reading."""
    if "%" not in query and not _MAYBE_VOLATILE.search(query):
        return query
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return query
    kept = [(name, value) for name, value in pairs if not _volatile(name)]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _volatile(name: str) -> bool:
    return name.lower() in _VOLATILE or name.lower().startswith("utm_")


def make_item(guid: str, title: str, link: str, when: When | None, base: str = "") -> Item:
    """An item with its key: the guid, else the canonical URL, else the title."""
    name = plain(title)
    url = canonical(link, base) if link.strip() else ""
    key = plain(guid, KEY * 2) or url or name
    if not key or len(key) > KEY:
        # A key that is too long is cut, but must stay one of its own.
        key = (
            f"{key[: KEY - 40]}#{blake2b((guid + link + title).encode('utf-8', 'replace'), digest_size=16).hexdigest()}"
        )
    return Item(key=key, title=name, url=url, day=when.day if when else None, at=when.at if when else None)
