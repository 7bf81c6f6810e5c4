"""Replies: whether one answers at all, and a fingerprint by which copies are known though no text is kept.

A reply is cut into clauses. Salutations, thanks, dates and signatures say nothing (`courtesies`); that a letter was
received or passed on is a receipt (`receipts`). What consists of nothing else is no answer. Both lists are the pack's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

MOST = 20_000  # characters that are read of one text
WORD = 3  # characters of a shingle
_BREAKS = re.compile(r"[，,。.！!；;：:？?、\s\n“”\"'()（）【】\[\]]+")
_BLANK = re.compile(r"\s+")


class Phrases:
    """The pack's two lists, as patterns over one clause; raises ValueError that names a pattern that is none."""

    def __init__(self, receipts: Sequence[str], courtesies: Sequence[str]) -> None:
        """Take both lists."""
        self._receipt = _any(receipts)
        self._courtesy = _any(courtesies)

    def answers(self, reply: str) -> bool:
        """Whether the reply says anything beyond courtesies and receipts."""
        return any(not self._says_nothing(clause) for clause in clauses(reply))

    def _says_nothing(self, clause: str) -> bool:
        return bool(self._courtesy.fullmatch(clause) or self._receipt.fullmatch(clause))


def clauses(text: str) -> list[str]:
    """The pieces of a text between its punctuation marks, full-width signs as half-width ones."""
    plain = unicodedata.normalize("NFKC", text[:MOST])
    return [piece for piece in _BREAKS.split(plain) if piece]


@lru_cache(maxsize=8)
def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"phrase {pattern!r}: {error}, expected a regular expression"
            raise ValueError(message) from None
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def fingerprint(text: str, key: bytes = b"") -> str:
    """64 bits as 16 hex digits (a simhash of keyed shingles): near copies differ in few bits; "" of an empty text.

    Keyed, so that nobody without the key can try texts against it.
    """
    plain = _BLANK.sub("", unicodedata.normalize("NFKC", text[:MOST]))
    if not plain:
        return ""
    words = {plain[at : at + WORD] for at in range(max(len(plain) - WORD + 1, 1))}
    begun = blake2b(digest_size=8, key=key[:64])
    digests = b"".join(_digest(begun, word) for word in words)
    return bytes(_majority(digests[place::8], len(words)) for place in range(8)).hex()


def _digest(begun: blake2b, word: str) -> bytes:
    one = begun.copy()  # the key's own block is taken in once
    one.update(word.encode())
    return one.digest()


_LANE = 16  # bits of a count; MOST shingles fit into it
_SPREAD = tuple(sum((byte >> bit & 1) << bit * _LANE for bit in range(8)) for byte in range(256))


def _majority(column: bytes, count: int) -> int:
    """The byte of those bits that more than half of the bytes have set: eight counts are added up at once."""
    counts = sum(map(_SPREAD.__getitem__, column))
    return sum(1 << bit for bit in range(8) if (counts >> bit * _LANE & 0xFFFF) * 2 > count)


def apart(one: str, other: str) -> int:
    """How many of the 64 bits two fingerprints differ in."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
