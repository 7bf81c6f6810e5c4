"""A mailbox of citizens' letters, read where it shows them: a public list, its JSON, or the mailbox itself (IMAP).

What it reads: which letters came when, and when each was answered; of titles and texts nothing is kept. A letter is
waiting where the list says so (a status, an answer's date that is expressly empty), or its own page. Own pages are
opened (at most `open_letters` a look, same site only) where the list lacks a time, and of letters that were waiting
and stand on none of the pages that are read any more: to have fallen off a list is neither an answer nor a withdrawal.

What the look vouches for is `Shown.waiting`: the letters that it saw unanswered. Of others it says nothing, and nobody
is accused by it. A status without a time (已受理, 已转办) tells that a letter waits, and is no event.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from connectors._answers import failed, refusal, unknown
from connectors._blank import Empty, gone, why_empty
from connectors._charset import decode
from connectors._letterdata import Listing, listed_letters
from connectors._letterpages import distinct, letters_of, next_page, same_site, with_own_page
from connectors._letters import Letter, State, Teller
from connectors._letterselector import LetterSelector, picked_letters
from connectors._levels import NEVER, conditional, repeated, shown
from connectors._posted import posted
from connectors._replies import Phrases
from connectors._tree import grow
from connectors._waiting import AGAIN, Memory, extra_of, remembered
from streams.connectors import (
    Answer,
    Conversation,
    Cursor,
    Envelopes,
    Failure,
    Fetch,
    Letters,
    Reading,
    Request,
    Response,
)
from streams.days import day_of
from streams.looks import Item, Outcome, Shown
from streams.messages import MessageEvent
from streams.secrets import Secret
from streams.subjects import Source

PARSER = 1  # goes up with every change of what is read from the same bytes
MOST_WAITING = 500  # letters that a level names


class Mailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reads letters. `selectors` (of pages) and `lists` (of JSON) by address or host; `states` are words or codes of a
    status that the usual ones lack: waiting, answered, withdrawn, duplicate, not_ours. `key` makes fingerprints of
    titles and replies; without one none are taken. `receipts`, `courtesies` and `uncategorised` are the rule pack's,
    unless they are given."""

    selectors: dict[str, LetterSelector] = {}
    lists: dict[str, Listing] = {}
    states: dict[str, State] = {}
    pages: int = 3  # of the list
    open_letters: int = 20  # own pages
    days: int = 120  # back from today, over IMAP
    letters: int = 2_000  # over IMAP, of each folder
    key: Secret | None = None
    receipts: tuple[str, ...] = ()
    courtesies: tuple[str, ...] = ()
    uncategorised: str = ""  # the category of a letter that shows none
    bound: int = 10_000_000  # bytes of a page
    seconds: float = 30.0

    def look(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """Read the list, further pages of it, and letters' own pages where they are needed."""
        if source.url.startswith(("imap://", "imaps://")):
            return (yield from self._posted(source, cursor, asked_at))
        # Where pages behind the first tell something, its bytes alone do not say that nothing changed.
        alone = AGAIN not in cursor.extra
        headers = conditional(cursor, PARSER) if alone else {}
        answer = yield Fetch(url=source.url, headers=headers, bound=self.bound, seconds=self.seconds)
        refused = refusal(answer)
        if refused or not isinstance(answer, Response):
            return refused or failed("protocol")
        known = repeated(cursor, PARSER, answer, asked_at) if alone else None
        if known:
            return known
        text = decode(answer.body, answer.headers).text
        first = self._read(source, text, answer.url or source.url, asked_at)
        if not first and (unclear := _unclear(text)):
            return unclear
        listed, pages = yield from self._further(source, first, text, answer, asked_at)
        return (yield from self._concluded(source, cursor, answer, listed, pages, asked_at))

    def _read(self, source: Source, text: str, url: str, asked_at: datetime) -> list[Letter]:
        listing = _fitting(self.lists, source.url) or Listing()
        listed = listed_letters(text, url, listing, asked_at, self.states)
        if listed is not None:
            return listed
        selector = _fitting(self.selectors, source.url)
        if selector is not None:
            return picked_letters(text, url, selector, asked_at, self.states)
        return letters_of(text, url, asked_at, self.states)

    def _further(
        self, source: Source, first: list[Letter], text: str, answer: Response, asked_at: datetime
    ) -> Generator[Request, Answer, tuple[list[Letter], int]]:
        """The letters of the first pages, and how many pages were read; what comes behind one that fails is not."""
        found, url, read = list(first), answer.url or source.url, {source.url, answer.url}
        for count in range(1, self.pages):
            url = next_page(text, url)
            if not first or not url or url in read or not same_site(url, source.url):
                return distinct(found), count
            read.add(url)
            page = yield Fetch(url=url, bound=self.bound, seconds=self.seconds, followed=True, beside=source.url)
            if refusal(page) is not None or not isinstance(page, Response):
                return distinct(found), count + 1
            text = decode(page.body, page.headers).text
            found += self._read(source, text, page.url or url, asked_at)
        return distinct(found), self.pages

    def _concluded(
        self, source: Source, cursor: Cursor, answer: Response, listed: list[Letter], pages: int, asked_at: datetime
    ) -> Conversation:
        memory = remembered(cursor, PARSER)
        names = {letter.id for letter in listed}
        lacking = [one for one in listed if not one.is_whole and one.url and one.id not in memory.settled]
        wanted = _shared(lacking, memory.away(names), self.open_letters)
        opened, lost = yield from self._opened(source, wanted, asked_at)
        letters = [opened.get(letter.id, letter) for letter in listed]
        letters += [_as_away(letter) for name, letter in opened.items() if name not in names]
        if listed and not memory.settled & names and all(one.state is State.UNSAID for one in letters):
            return unknown("no_state", "no letter shows whether it is answered; `selectors` or `states` may help")
        after = memory.after(letters, lost, frozenset(names & (opened.keys() | memory.settled)), asked_at)
        # The first page alone tells all where nothing else had to be read, now or the next time.
        again = pages > 1 or bool(lacking) or bool(after.away(names))
        reading = shown(cursor, PARSER, answer, _items(listed), asked_at, extra=extra_of(after, again=again))
        if reading.outcome is not Outcome.GOOD:
            return reading
        return _vouched(reading, letters, self._events(source, letters, memory))

    def _opened(
        self, source: Source, wanted: list[Letter], asked_at: datetime
    ) -> Generator[Request, Answer, tuple[dict[str, Letter], set[str]]]:
        """The letters whose own pages could be read, as those tell; and the ids of those that have none any more."""
        opened: dict[str, Letter] = {}
        lost: set[str] = set()
        for letter in wanted:
            if not same_site(letter.url, source.url):
                continue
            own = yield Fetch(
                url=letter.url,
                bound=2_000_000,
                seconds=self.seconds,
                followed=True,
                beside=source.url,
                private=True,
            )
            if isinstance(own, Response) and own.status == 200 and refusal(own) is None:
                text = decode(own.body, own.headers).text
                opened[letter.id] = with_own_page(letter, text, asked_at, self.states)
            elif isinstance(own, Response) and own.status in {404, 410}:
                lost.add(letter.id)
        return opened, lost

    def _posted(self, source: Source, cursor: Cursor, asked_at: datetime) -> Conversation:
        """What a mail server holds of the last `days`."""
        since = day_of(asked_at) - timedelta(days=self.days)
        answer = yield Letters(url=source.url, since=since, most=self.letters)
        if not isinstance(answer, Envelopes):
            return failed(answer.cause, answer.detail) if isinstance(answer, Failure) else failed("protocol")
        memory = remembered(cursor, PARSER)
        letters = posted(answer)
        after = memory.after(letters, (), frozenset(), asked_at)
        body = Response(status=200, body=msgspec.json.encode(answer))
        reading = shown(cursor, PARSER, body, _items(letters), asked_at, extra=extra_of(after, again=False))
        if reading.outcome is not Outcome.GOOD:
            return reading
        return _vouched(reading, letters, self._events(source, letters, memory))

    def _events(self, source: Source, letters: list[Letter], memory: Memory) -> tuple[MessageEvent, ...]:
        key = self.key.reveal().encode()[:64] if self.key else b""
        teller = Teller(Phrases(self.receipts, self.courtesies), source.name, self.uncategorised, key)
        return tuple(event for letter in letters for event in teller.events(letter, memory.seen(letter.id)))


def _shared(lacking: list[Letter], away: list[Letter], most: int) -> list[Letter]:
    """Which own pages to open: those of the list, the newest first, and up to half those that fell off it."""
    room = max(most, 0)
    first = lacking[: room - min(len(away), room // 2)]
    return [*first, *away[: room - len(first)]]


def _as_away(letter: Letter) -> Letter:
    """A letter that the list no longer shows: when it came was told while it did."""
    return msgspec.structs.replace(letter, asked=None, accepted=None, shown=None)


def _vouched(reading: Reading, letters: list[Letter], events: tuple[MessageEvent, ...]) -> Reading:
    """The reading with what it tells, and with the letters that it saw waiting."""
    assert reading.cursor is not None
    assert isinstance(reading.level, Shown)
    waiting = [one for one in letters if one.state is State.WAITING]
    named = tuple(sorted(one.id for one in waiting[:MOST_WAITING]))
    level = msgspec.structs.replace(reading.level, waiting=named)
    cursor = msgspec.structs.replace(reading.cursor, level=level)
    return msgspec.structs.replace(reading, level=level, cursor=cursor, events=events)


def _items(listed: list[Letter]) -> list[Item]:
    """The letters as the log may name them: by id, without titles or addresses."""
    return [
        Item(one.id, "", "", one.start.day if one.start else None, one.start.at if one.start else None)
        for one in listed
    ]


def _unclear(text: str) -> Reading | None:
    """What a page (or a JSON answer) without letters is, if it is not an empty list."""
    if listed_letters(text, "", Listing(), NEVER, {}) is not None:
        return None
    if gone(text):
        return failed("missing", "the page says that it does not exist")
    empty = why_empty(grow(text), text)
    return None if empty is Empty.EMPTY else unknown(str(empty), "no letter in the bytes of the page")


Setting = TypeVar("Setting")


def _fitting(settings: dict[str, Setting], url: str) -> Setting | None:
    """The setting of the longest key that is the URL's beginning, or is its host."""
    host = urlsplit(url).netloc
    fits = [key for key in settings if key and (url.startswith(key) or key == host)]
    return settings[max(fits, key=len)] if fits else None
