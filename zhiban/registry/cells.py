"""Cells: what a table holds, and the cleaning that every cell gets before a field reads it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Protocol

import msgspec

from zhiban.registry.remarks import Bad

MAX_CELL = 10_000  # characters


class Lost(msgspec.Struct, frozen=True):
    """A cell whose value is not in the file: a formula that was never calculated, or an error such as #REF!."""

    text: str
    why: str

    def __str__(self) -> str:
        return self.text


Value = str | int | float | bool | date | datetime | time | Lost | None


class Row(msgspec.Struct, frozen=True):
    """One row of a table: its number as a spreadsheet shows it (from 1), and its cells.

    `title` says that one merged cell is all there is: a heading between the rows.
    """

    number: int
    cells: tuple[Value, ...]
    title: bool = False


class Note(Protocol):
    """Takes a notice about the cell that is being read."""

    def __call__(self, why: str, **args: str) -> None:
        """`why` is a key of `zhiban.registry.words`, `args` fill its text."""
        ...


# Zero-width and direction marks, byte order marks, soft hyphens: they come with text copied from web pages and chats.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_FULL_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_WIDE_WORDS = {code: half for code, half in _FULL_TO_HALF.items() if chr(half).isalnum()}
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')


def clean(text: str) -> str:
    """Text without invisible signs, every run of white space (NBSP and line breaks too) one space, none at the ends."""
    return " ".join(_INVISIBLE.sub("", text).split())


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs (the Chinese input method's) as ASCII."""
    return text.translate(_FULL_TO_HALF)


def text_of(value: Value) -> str:
    """A cell as clean text, "" when empty; full-width letters and digits are ASCII, Chinese punctuation stays."""
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise Bad("too_long", limit=str(MAX_CELL))
        if "\ufffd" in value:
            raise Bad("damaged")
        return clean(value).translate(_WIDE_WORDS)
    if isinstance(value, Lost):
        raise Bad(value.why)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else str(value)


def word_of(value: Value) -> str:
    """A cell as one word to be looked up in a table: half-width, lower case, without spaces and signs."""
    return re.sub(r"[\s()/+.]+", "", halfwidth(text_of(value)).lower())


def is_empty(value: Value) -> bool:
    """Whether a cell shows nothing."""
    return value is None or (isinstance(value, str) and not clean(value))


_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d{1,3})")
_POINT_ZERO = re.compile(r"(\d+)\.0+")
_SPREADSHEET_DIGITS = 15  # a spreadsheet keeps no more of a number


def code_of(value: Value, note: Note) -> str:
    """A 标识码 as text, "" when empty.

    A code that a spreadsheet turned into a number is repaired where every digit is still there, else refused.
    """
    if isinstance(value, bool | date | time):
        raise Bad("code_type")
    if isinstance(value, int | float):
        return _code_of_number(value)
    text = halfwidth(text_of(value)).replace(" ", "")
    quoted = _QUOTED_FORMULA.fullmatch(text)
    text = (quoted[1] if quoted else text).lstrip("'")
    exact = _exact_digits(text)
    if exact != text:
        note("code_repaired", code=exact)
    return exact


def _code_of_number(value: float) -> str:
    if not float(value).is_integer() or abs(value) >= 10**_SPREADSHEET_DIGITS or value < 0:
        raise Bad("code_digits_lost")
    return str(int(value))


def _exact_digits(text: str) -> str:
    whole = _POINT_ZERO.fullmatch(text)
    if whole:
        return whole[1]
    scientific = _SCIENTIFIC.fullmatch(text)
    if not scientific:
        return text
    digits, length = scientific[1] + (scientific[2] or ""), int(scientific[3]) + 1
    # 1.30400E+09 shows six digits of ten: the other four are gone, and zeros would be somebody else's code.
    if len(digits) < length or digits[length:].strip("0"):
        raise Bad("code_digits_lost")
    return digits[:length]
