"""A feed: RSS, Atom, RDF or JSON Feed.

What it reads: the feed at the source's URL. Its items are keyed by guid, else link, else title, and dated by what they
say was their publication; by their last change only where the feed never says when anything was published.
When it fails: `not_a_feed` (an HTML page, other JSON), `malformed`, `truncated`, an HTTP status, `empty`.
When it is unknown: `challenge`, and `emptied` (no entries, where there were some).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from connectors._answers import failed, refusal
from connectors._feeds import ACCEPT, BOUND, FeedRead, read_feed
from connectors._levels import conditional, repeated, shown
from connectors._xml import Broken
from streams.connectors import Conversation, Cursor, Fetch, Reading, Response
from streams.subjects import Source

PARSER = 1  # raised when the same bytes would read differently


class Feed(msgspec.Struct, frozen=True):
    """Reads a feed; see the module."""

    bound: int = BOUND  # bytes
    seconds: float = 30.0

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Ask once, conditionally, and say what the feed shows."""
        headers = {"accept": ACCEPT} | conditional(cursor, PARSER)
        answer = yield Fetch(url=source.url, headers=headers, bound=self.bound, seconds=self.seconds)
        refused = refusal(answer)
        if refused or not isinstance(answer, Response):
            return refused or failed("protocol")
        known = repeated(cursor, PARSER, answer, asked_at)
        if known:
            return known
        read = read_feed(answer.body, answer.headers, asked_at, answer.url or source.url)
        return conclude(read, cursor, PARSER, answer, asked_at)


def conclude(
    read: FeedRead | Broken,
    cursor: Cursor,
    parser: int,
    answer: Response,
    asked_at: datetime,
    name: str | None = None,
) -> Reading:
    """The reading of a feed that was read; `name` replaces its title."""
    if isinstance(read, Broken):
        return failed(read.cause, read.detail)
    if read.cut:
        # What a cut feed does not show may stand in the part that is missing.
        return failed("truncated", f"{read.flaw}; {len(read.items)} entries before")
    title = read.title if name is None else name
    return shown(cursor, parser, answer, read.items, asked_at, name=title, detail=read.flaw)
