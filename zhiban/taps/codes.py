"""Codes of texts: a few digits that acknowledge all of a letter, good for its number alone and for its time.

They are kept beside the store's named values, a book for each number: what is open, and the ids of replies that came.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from alerts.letter import Letter
from alerts.taps import matters_of
from streams.partitions import partition_of
from streams.ports.store.opening import Transaction

LENGTHS = (4, 5, 6)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What a code acknowledges, and for how long."""

    code: str
    letter: str
    channel: str
    to: str
    matters: tuple[str, ...]
    since: datetime
    until: datetime


class Book(msgspec.Struct, frozen=True):
    """What one number may answer, and which replies came already."""

    codes: tuple[Code, ...] = ()
    ids: tuple[str, ...] = ()


def give(tx: Transaction, letter: Letter, last: timedelta, now: datetime) -> str:
    """The code of a letter, the same at each attempt; empty where it has nothing to acknowledge, or is too old."""
    matters, until, number = matters_of(letter), letter.written_at + last, plain_number(letter.to)
    if not matters or until <= now or not number:
        return ""
    lock_book(tx, number)
    book = book_of(tx, number)
    standing = tuple(one for one in book.codes if one.until > now)
    known = next((one.code for one in standing if one.letter == letter.key), None)
    if known is not None:
        return known
    code = _free({one.code for one in standing})
    fresh = Code(
        code=code,
        letter=letter.key,
        channel=letter.channel,
        to=letter.to,
        matters=matters,
        since=letter.written_at,
        until=until,
    )
    keep(tx, number, Book((*standing, fresh), book.ids))
    return code


def _free(taken: set[str]) -> str:
    """Digits that nobody was given, the shortest that leave most of them free."""
    for length in LENGTHS:
        if sum(len(one) == length for one in taken) < 10**length // 20:
            while (code := f"{secrets.randbelow(9 * 10 ** (length - 1)) + 10 ** (length - 1)}") in taken:
                pass
            return code
    return ""


def plain_number(number: str) -> str:
    """A number's digits, a mobile phone's of the mainland without 86: gateways write it in each way."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", number))
    return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)


def book_of(tx: Transaction, number: str) -> Book:
    """The book of a number, as `plain_number` writes it."""
    known = tx.get_meta(f"codes/{number}")
    return Book() if known is None else msgspec.json.decode(known, type=Book)


def lock_book(tx: Transaction, number: str, subjects: Iterable[str] = ()) -> None:
    """Let nobody else write in the book of a number until the transaction ends, nor tell of these subjects: all at
    once, in their order, so that two never wait for each other in a circle."""
    count = tx.partition_count()
    if count:
        tx.lock_progress({partition_of(name, count) for name in (f"codes/{number}", *subjects)})


def keep(tx: Transaction, number: str, book: Book) -> None:
    """Write the book of a number."""
    tx.set_meta(f"codes/{number}", msgspec.json.encode(book).decode())
