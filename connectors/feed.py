"""A feed: RSS, Atom, RDF or JSON Feed.

What it reads: the feed at the source's URL. Its items are keyed by guid, else link, else title, and dated by what they
say was their publication; by their last change only where the feed never says when anything was published.
When it fails: `not_a_feed` (an HTML page, other JSON), `malformed`, an HTTP status, `empty`.
When it is unknown: `challenge`, `emptied` (no entries, where there were some), `truncated` (its end is missing: what it
does not show may stand there).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from connectors._answers import failed, refusal
from connectors._feeds import ACCEPT, BOUND, read_feed
from connectors._levels import conditional, cut_short, read_at, repeated, shown
from connectors._xml import Broken
from streams.connectors import Conversation, Cursor, Fetch, Reading, Response
from streams.subjects import Source

PARSER = 2  # raised when the same bytes would read differently


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
        reading = repeated(cursor, PARSER, answer, asked_at) or self._read(source, cursor, answer, asked_at)
        return msgspec.structs.replace(reading, as_of=read_at(answer.headers, asked_at))

    def _read(self, source: Source, cursor: Cursor, answer: Response, asked_at: datetime) -> Reading:
        read = read_feed(answer.body, answer.headers, asked_at, answer.url or source.url)
        if isinstance(read, Broken):
            return failed(read.cause, read.detail)
        if read.cut:
            return cut_short(cursor, answer, read.items, read.flaw)
        return shown(cursor, PARSER, answer, read.items, asked_at, name=read.title, detail=read.flaw)
