"""Which connector reads an answer: told from its first bytes, and from its content type where the bytes are mute."""

from __future__ import annotations

import re

from streams.connectors import Response

_HEAD = 4_096
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>/]", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>/]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|ul|datastore|script)[\s>/]", re.IGNORECASE)
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org', re.IGNORECASE)
_GZIP = b"\x1f\x8b"


def sniff(response: Response) -> str:
    """`feed` (RSS, Atom, RDF, JSON Feed), `sitemap` (XML or gzip) or `column` (HTML and lists in JSON): never fails."""
    kind = response.headers.get("content-type", "").lower()
    body = response.body
    if body.startswith(_GZIP):
        return "sitemap"
    head = _ascii(body[:_HEAD])
    places = {name: found.start() for name, found in _marks(head).items() if found}
    if places:
        return min(places, key=lambda name: places[name])
    if head.lstrip().startswith((b"{", b"[")):
        return "feed" if _JSON_FEED.search(head) or "feed+json" in kind else "column"
    return _by_type(kind, response.url)


def _marks(head: bytes) -> dict[str, re.Match[bytes] | None]:
    return {"feed": _FEED.search(head), "sitemap": _SITEMAP.search(head), "column": _PAGE.search(head)}


def _ascii(head: bytes) -> bytes:
    """The head with what UTF-16 puts between ASCII letters, and any mark before them, taken out."""
    return head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def _by_type(kind: str, url: str) -> str:
    if "rss" in kind or "atom" in kind or "feed+json" in kind:
        return "feed"
    path = url.split("?", 1)[0].lower()
    return "sitemap" if "sitemap" in path and path.endswith((".xml", ".xml.gz", ".gz", ".txt")) else "column"
