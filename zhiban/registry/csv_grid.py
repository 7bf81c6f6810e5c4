"""Rows of a CSV file: encodings, delimiters and quotes as spreadsheets and people leave them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterator
from itertools import islice
from typing import NamedTuple

from zhiban.registry.cells import Row
from zhiban.registry.remarks import Refusal, shown

MAX_ROWS = 500_000  # lines of a CSV file, rows of a sheet
MAX_QUOTE_FAULTS = 100
MAX_ROW_LINES = 200  # a quoted cell that runs on for longer was never closed

_DELIMITERS = ",\t;|"
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")
_HEAD_LINES = 20


def csv_rows(file: str, data: bytes) -> Iterator[Row | Refusal] | Refusal:
    """The rows of a CSV file, or one refusal where the bytes are no text."""
    text = decoded(data)
    if text is None or len(_NO_TEXT.findall(text)) > max(3, len(text) // 100):
        return Refusal(file=file, why="not_a_table")
    lines = list(io.StringIO(text, newline=""))
    return _rows(file, lines, _delimiter(lines))


def decoded(data: bytes) -> str | None:
    """Text of UTF-8, UTF-16 or GB18030; what a few damaged bytes stood for becomes U+FFFD; None: no text at all."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _mostly(data, "utf-16")
    half = len(data[:2000]) // 2
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half and data[offset:2000:2].count(0) * 3 > half:
            return _mostly(data, encoding)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            text = _mostly(data, encoding)
            if text is not None:
                return text
    return None


def _mostly(data: bytes, encoding: str) -> str | None:
    """The text, if at most one in twenty of its signs beyond ASCII is damaged: a wrong encoding damages far more."""
    text = data.decode(encoding, errors="replace")
    beyond = sum(count for sign, count in Counter(text).items() if sign > "\x7f")
    return text if text.count("\ufffd") * 20 <= max(beyond, 20) else None


def _delimiter(lines: list[str]) -> str:
    """The sign that cuts the first lines into most cells; a comma where none does."""
    head = [line for line in lines[:_HEAD_LINES] if not line.startswith("#")]
    return max(_DELIMITERS, key=lambda sign: max((line.count(sign) for line in head), default=0))


def _rows(file: str, lines: list[str], delimiter: str) -> Iterator[Row | Refusal]:
    start = faults = 0
    while start < len(lines) and start < MAX_ROWS and faults <= MAX_QUOTE_FAULTS:
        resume = yield from _until_fault(file, lines, start, delimiter)
        faults += resume.far
        start = resume.line
    if faults > MAX_QUOTE_FAULTS:
        yield Refusal(file=file, row=start + 1, why="too_many_quotes")
    elif start < len(lines):
        yield Refusal(file=file, row=start + 1, why="too_many_rows", args={"limit": f"{MAX_ROWS:,}"})


class _Resume(NamedTuple):
    """Where reading goes on, and whether the fault ran over many lines (which costs a second reading of them)."""

    line: int
    far: bool = False


def _until_fault(file: str, lines: list[str], start: int, delimiter: str) -> Generator[Row | Refusal, None, _Resume]:
    """The rows from line `start` on, up to the first quoting fault, which refuses its own row only."""
    reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
    while (begun := start + reader.line_num) < MAX_ROWS:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            far = start + reader.line_num - begun > 1
            yield _quoting(file, begun, lines[begun], "" if far or "unexpected end" in str(error) else str(error))
            return _Resume(begun + 1, far)
        if cells is None:
            return _Resume(len(lines))
        if start + reader.line_num - begun > MAX_ROW_LINES:
            yield _quoting(file, begun, lines[begun], "")
            return _Resume(begun + 1, far=True)
        yield Row(begun + 1, tuple(cells))
    return _Resume(begun)


def _quoting(file: str, line: int, text: str, detail: str) -> Refusal:
    if not detail:
        return Refusal(file=file, row=line + 1, found=shown(text), why="open_quote")
    return Refusal(file=file, row=line + 1, found=shown(text), why="quoting", args={"detail": detail})
