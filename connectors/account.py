"""A new-media account, through its feed from RSSHub, WeWe-RSS, we-mp-rss, or a plain feed of the same form.

What it reads: the account's posts, and how fresh the relay's own reading is (`as_of`), where the relay tells: see
`_relays.py`. Of a plain feed only the `Age` header counts; its dates say when content changed, not when anybody looked.
The feed's title less the relay's suffix is the account's name, for name drift; a closing notice among the posts is
kept. An empty feed is good and shows that there are no posts.
When it fails: `route_empty` (RSSHub found nothing where it expected something), `route_error` (an error page with
status 200), `http_...` with the relay's words, `not_a_feed`, `malformed`.
When it is unknown: `unsynced` (WeWe-RSS has never read this account), `challenge`, `emptied`, `truncated`.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

import msgspec

from connectors._answers import failed, refusal, unknown
from connectors._feeds import ACCEPT, BOUND, read_feed
from connectors._levels import conditional, cut_short, read_at, repeated, shown
from connectors._relays import (
    PLAIN,
    WEMP,
    WEWE,
    account_name,
    read_by_relay,
    relay_of,
    route_error,
    sync_list,
    synced_at,
)
from connectors._xml import Broken
from streams.connectors import Answer, Conversation, Cursor, Fetch, Reading, Request, Response
from streams.looks import Outcome
from streams.subjects import Source

PARSER = 2  # raised when the same bytes would read differently
_RELAY, _BUILT = "relay", "built"


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads an account's feed; `ask_sync` asks WeWe-RSS for the time of its own reading, a request more per look."""

    ask_sync: bool = True
    bound: int = BOUND  # bytes
    seconds: float = 60.0  # RSSHub reads the upstream while we wait

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Ask the relay once, conditionally, and say what the account shows."""
        headers = {"accept": ACCEPT} | conditional(cursor, PARSER)
        answer = yield Fetch(url=source.url, headers=headers, bound=self.bound, seconds=self.seconds)
        refused = _refused(answer)
        if refused or not isinstance(answer, Response):
            return refused or failed("protocol")
        reading = repeated(cursor, PARSER, answer, asked_at) or _read(source, cursor, answer, asked_at)
        if reading.outcome is not Outcome.GOOD:
            return reading
        kept = reading.cursor.extra if reading.cursor else {}
        said = read_by_relay(kept.get(_RELAY, PLAIN), answer.headers, _built(kept, answer), asked_at)
        reading = msgspec.structs.replace(reading, as_of=read_at(answer.headers, asked_at, said))
        if self.ask_sync and kept.get(_RELAY) == WEWE:
            return (yield from self._synced(source, reading, asked_at))
        return reading

    def _synced(self, source: Source, reading: Reading, asked_at: datetime) -> Generator[Request, Answer, Reading]:
        """The same reading, with the time at which WeWe-RSS last read the account, if its list can be had."""
        listed = sync_list(source.url)
        if listed is None:
            return reading
        answer = yield Fetch(url=listed[0], bound=self.bound, seconds=self.seconds)
        if not isinstance(answer, Response) or answer.status != 200:
            return reading
        known, at = synced_at(answer.body, listed[1])
        if known and at is None:
            return unknown("unsynced", "WeWe-RSS has never read this account")
        moments = [moment for moment in (reading.as_of, at) if moment is not None]
        return msgspec.structs.replace(reading, as_of=min(moments, default=None))


def _refused(answer: Answer) -> Reading | None:
    """A relay's own errors first: its 403 is no wall, and its error page no feed."""
    error = route_error(answer) if isinstance(answer, Response) else None
    return failed(*error) if error else refusal(answer)


def _built(kept: dict[str, str], answer: Response) -> str:
    """The relay's own date; not with a 304, by which RSSHub says that it looked just now and found the same."""
    return "" if answer.status == 304 and kept.get(_RELAY) != WEMP else kept.get(_BUILT, "")


def _read(source: Source, cursor: Cursor, answer: Response, asked_at: datetime) -> Reading:
    url = answer.url or source.url
    read = read_feed(answer.body, answer.headers, asked_at, url)
    if isinstance(read, Broken):
        return failed(read.cause, read.detail)
    if read.cut:
        return cut_short(cursor, answer, read.items, read.flaw)
    relay = relay_of(read.generator, answer.headers, url)
    # we-mp-rss renders an account without posts once, and not again: its date then says nothing.
    built = read.built if read.items or relay != WEMP else ""
    extra = {_RELAY: relay, _BUILT: built}
    name = account_name(read.title)
    return shown(cursor, PARSER, answer, read.items, asked_at, name=name, detail=read.flaw, extra=extra)
