"""What a mailbox's cursor remembers of its letters: who waits and since when that was last seen, and whose own page
told all. A hint, as every cursor: without it letters are opened once more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from connectors._letters import Letter, State
from streams.connectors import Cursor

MOST_WAITING = 200
MOST_SETTLED = 1_000
AGAIN = "again"  # the list's bytes do not tell everything: they must be read though they are the same
_MEMORY = "letters"


class Waits(msgspec.Struct, frozen=True, array_like=True):
    """A letter that waits: where its own page is, and when it was last seen waiting."""

    id: str
    url: str
    seen: datetime


class Memory(msgspec.Struct, frozen=True):
    """The letters that waited, those not looked after for longest first; and those whose own page told all."""

    waits: tuple[Waits, ...] = ()
    settled: frozenset[str] = frozenset()

    def seen(self, letter: str) -> datetime | None:
        """When it was last seen waiting."""
        return next((one.seen for one in self.waits if one.id == letter), None)

    def away(self, listed: Collection[str]) -> list[Letter]:
        """Those that wait, have a page, and are not among the listed."""
        return [Letter(id=one.id, url=one.url) for one in self.waits if one.url and one.id not in listed]

    def after(self, seen: Iterable[Letter], gone: Collection[str], opened: frozenset[str], at: datetime) -> Memory:
        """The memory once these letters were read; those that are `gone` have no page any more, `opened` ones told all
        by theirs."""
        letters = {letter.id: letter for letter in seen}
        kept = [one for one in self.waits if one.id not in letters and one.id not in gone]
        kept += [Waits(one.id, one.url, at) for one in letters.values() if one.state is State.WAITING]
        settled = {one.id for one in letters.values() if one.is_whole and one.state is not State.WAITING}
        return Memory(
            tuple(kept[-MOST_WAITING:]), frozenset(sorted(self.settled & opened | settled & opened)[-MOST_SETTLED:])
        )


def remembered(cursor: Cursor, parser: int) -> Memory:
    """The memory in a cursor; an empty one where another version wrote it."""
    text = cursor.extra.get(_MEMORY, "")
    if cursor.parser != parser or not text:
        return Memory()
    try:
        return msgspec.json.decode(text, type=Memory)
    except msgspec.DecodeError:
        return Memory()


def extra_of(memory: Memory, *, again: bool) -> dict[str, str]:
    """The cursor's own part."""
    told = {_MEMORY: msgspec.json.encode(memory).decode()} if memory != Memory() else {}
    return told | ({AGAIN: "1"} if again else {})
