"""Replies to texts: the code that one names acknowledges all of its letter, once."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

import msgspec

from alerts.questions import shown
from alerts.routing import Recipient
from streams.ports.store.opening import Transaction
from streams.records import DESK, FactKind
from zhiban.deeds import NotDone
from zhiban.taps.cases import question_of
from zhiban.taps.codes import Book, Code, book_of, keep, lock_book, plain_number
from zhiban.taps.pressing import answer_post, note

IDS = 50  # replies of one number that are remembered
_DIGITS = re.compile(r"(?<!\d)\d{4,6}(?!\d)")


class Taken(msgspec.Struct, frozen=True):
    """What came of a reply: how many matters were acknowledged by it, and how many were before or are over."""

    acknowledged: int = 0
    known: int = 0


def take(tx: Transaction, number: str, text: str, name: str, now: datetime) -> Taken | None:
    """Acknowledge what a reply names; None where it names nothing that is open. `name` is the reply's own id."""
    number = plain_number(number)
    found = _named(book_of(tx, number), text, now)
    if found is None:
        return None
    stories = [tx.story(matter) for matter in found.matters]
    lock_book(tx, number, {story[-1].subject if story else DESK for story in stories})
    book = book_of(tx, number)  # as it is now that it is ours
    if name and name in book.ids:
        return Taken(known=len(found.matters))
    if name:
        keep(tx, number, Book(book.codes, (*book.ids, name)[-IDS:]))
    fresh = [_acknowledged(tx, found, matter, now) for matter in found.matters]
    return Taken(fresh.count(True), fresh.count(False))


def _named(book: Book, text: str, now: datetime) -> Code | None:
    """The one open code that a text names."""
    digits = set(_DIGITS.findall(unicodedata.normalize("NFKC", text)))
    found = [one for one in book.codes if one.code in digits and one.until > now]
    return found[0] if len(found) == 1 else None


def _acknowledged(tx: Transaction, code: Code, matter: str, now: datetime) -> bool:
    by, asked = shown(Recipient(code.channel, code.to)), question_of(tx, matter)
    try:
        if asked is not None and asked.what == FactKind.CONTACT.value:
            return answer_post(tx, now, FactKind.CONTACT, matter, asked.about, by)[1]
        return note(tx, now, FactKind.ACKNOWLEDGED, matter, by, code.since)[1]
    except NotDone:  # it is over meanwhile
        return False
