"""What reading a changed body costs: CPU milliseconds from the answer's bytes to the look and its cursor.

The connectors of a real run read the bodies of `benchmarks/servers.py`, which differ each time. Beside a feed stands
feedparser with the switches that we give it, and beside a page selectolax's parse, without a walk over the tree; a
whole reading also judges the answer, decodes, finds the list, reads dates, makes keys and a level, and hashes.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import feedparser
from selectolax.lexbor import LexborHTMLParser

from benchmarks.figures import Figure, tell
from benchmarks.servers import FEED_ITEMS, Sites, feed_of
from connectors.account import Account
from connectors.column import Column
from connectors.feed import Feed
from streams.connectors import Connector, Cursor, Reading, Response
from streams.subjects import Source

COUNT = 100
ASKED = datetime(2026, 11, 25, tzinfo=UTC)
URL = "http://127.1.0.1/1"
HTML, XML = "text/html; charset=utf-8", "application/rss+xml; charset=utf-8"


def figures() -> Iterator[Figure]:
    """Feeds by both connectors that read them, then pages."""
    feeds = [feed_of(number) for number in range(COUNT)]
    yield _figure("a changed feed, 45 kB", _cost(feeds, _reader(Feed(), XML)), "feedparser", _cost(feeds, _feedparser))
    ours = _cost(feeds, _reader(Account(), XML))
    yield _figure("a changed account, 45 kB", ours, "feedparser", _cost(feeds, _feedparser))
    sites = Sites()
    pages = [sites.listed(number) for number in range(COUNT)]
    ours = _cost(pages, _reader(Column(), HTML))
    yield _figure("a changed column page, 160 kB", ours, "selectolax", _cost(pages, _selectolax))


def _figure(what: str, ours: float, beside: str, theirs: float) -> Figure:
    return Figure(what=what, value=ours, unit="ms CPU", beside=f"{beside} alone", other=theirs)


def _cost(bodies: Sequence[bytes], read: Callable[[bytes], object]) -> float:
    """CPU milliseconds for each of the bodies, after one that warmed up."""
    read(bodies[0])
    begin = time.process_time()
    for body in bodies:
        read(body)
    return (time.process_time() - begin) * 1000 / len(bodies)


def _reader(connector: Connector, kind: str) -> Callable[[bytes], Reading]:
    return lambda body: _read(connector, body, kind)


def _read(connector: Connector, body: bytes, kind: str) -> Reading:
    """A look at a source that was never seen, with `body` as the answer."""
    source = Source(id="bm/1", subject="bm", connector="", url=URL)
    conversation = connector.look(source, Cursor(), ASKED)
    next(conversation)
    try:
        conversation.send(Response(status=200, headers={"content-type": kind}, body=body, url=URL))
    except StopIteration as ended:
        reading: Reading = ended.value
        assert reading.items is not None
        assert len(reading.items) == FEED_ITEMS
        return reading
    raise AssertionError("expected a reading after one answer")


def _feedparser(body: bytes) -> object:
    return feedparser.parse(
        io.BytesIO(body), response_headers={"content-type": XML}, sanitize_html=False, resolve_relative_uris=False
    )


def _selectolax(body: bytes) -> object:
    return LexborHTMLParser(body.decode())


if __name__ == "__main__":
    tell(figures)
