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
    first, second, third = (_signs(key, place) for place in range(WORD))
    words = set(zip(plain.ljust(WORD), plain[1:].ljust(WORD - 1), plain[2:].ljust(1), strict=False))
    counts = sum(first[one] ^ second[two] ^ third[three] for one, two, three in words)
    half, lane = len(words) // 2, (1 << _LANE) - 1
    return f"{sum(1 << bit for bit in range(64) if counts >> bit * _LANE & lane > half):016x}"


_LANE = 16  # bits for the count of one of the 64: MOST shingles fit
_SIGNS = 50_000  # signs that are remembered of one place; there are no more in use


class _Signs(dict[str, int]):
    """64 keyed bits of a sign at one place of a shingle, each in a lane of its own, so that many add up at once. The
    bits of a shingle are those of its signs, one xor the other."""

    def __init__(self, key: bytes, place: int) -> None:
        super().__init__()
        self._begun = blake2b(digest_size=8, key=key[:64], person=bytes([place]))

    def __missing__(self, sign: str) -> int:
        if len(self) >= _SIGNS:
            self.clear()
        hashed = self._begun.copy()
        hashed.update(sign.encode("utf-8", "surrogatepass"))
        bits = int.from_bytes(hashed.digest(), "big")
        spread = sum((bits >> bit & 1) << bit * _LANE for bit in range(64))
        self[sign] = spread
        return spread


@lru_cache(maxsize=12)
def _signs(key: bytes, place: int) -> _Signs:
    return _Signs(key, place)


def apart(one: str, other: str) -> int:
    """How many of the 64 bits two fingerprints differ in."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
