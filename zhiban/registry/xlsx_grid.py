"""Rows of an .xlsx workbook, streamed: merged cells filled, formulas and errors told apart, bounds held."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from zhiban.registry.cells import Lost, Row, Value
from zhiban.registry.csv_grid import MAX_ROWS
from zhiban.registry.remarks import Notice, Refusal, shown

MAX_UNPACKED = 400_000_000  # bytes of all parts together
MAX_STRINGS = 100_000_000  # bytes of the shared strings, which are held in memory
MAX_COLUMNS = 100
MAX_MERGES = 20_000
MAX_SHEETS = 200
_CHUNK_ROWS = 500

Sheet = tuple[str, Iterator[Row | Refusal]]


def sheets(file: str, data: bytes) -> Iterator[Sheet | Refusal | Notice]:
    """The visible sheets of a workbook with their rows; one refusal where it cannot be opened."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        too_large = _too_large(file, archive)
        if too_large:
            yield too_large
            return
        book = _open(data)
    except Exception as error:  # openpyxl raises whatever a broken part makes it raise
        yield Refusal(file=file, why="broken_xlsx", args={"detail": shown(f"{type(error).__name__}: {error}")})
        return
    found = False
    for index, sheet in enumerate(book.worksheets[:MAX_SHEETS]):
        if sheet.sheet_state != "visible":
            yield Notice(file=file, sheet=sheet.title, why="hidden_sheet")
            continue
        found = True
        yield sheet.title, _rows(file, data, archive, sheet, index)
    if not found:
        yield Refusal(file=file, why="no_sheets")


def _too_large(file: str, archive: zipfile.ZipFile) -> Refusal | None:
    """Sizes as declared; the zip reader stops at the declared size, so that a lie only breaks the part."""
    parts = archive.infolist()
    whole = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    for size, limit in ((whole, MAX_UNPACKED), (strings, MAX_STRINGS)):
        if size > limit:
            return Refusal(file=file, why="too_large_inside", args={"size": f"{size:,} B", "limit": f"{limit:,} B"})
    return None


def _open(data: bytes, *, saved: bool = False) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that no registry needs
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=saved)


def _rows(file: str, data: bytes, archive: zipfile.ZipFile, sheet: Any, index: int) -> Iterator[Row | Refusal]:
    number = 0
    try:
        # The merges stand behind the rows in the file, and openpyxl's streaming reader does not tell them.
        filler = _Filler(_merges(archive, sheet._worksheet_path))  # noqa: SLF001 - there is no public name
        saved = _Saved(data, index)
        for number, cells in enumerate(_raw(sheet), start=1):
            if number > MAX_ROWS:
                yield Refusal(
                    file=file, sheet=sheet.title, row=number, why="too_many_rows", args={"limit": f"{MAX_ROWS:,}"}
                )
                return
            values = tuple(_value(cell, number, saved) for cell in cells)
            yield from filler.filled(number, values)
    except Exception as error:  # a broken sheet: what was read before it is good
        detail = shown(f"{type(error).__name__}: {error}")
        yield Refusal(file=file, sheet=sheet.title, row=number + 1, why="broken_sheet", args={"detail": detail})


def _raw(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The declared dimension is not believed: some programs write A1, and a hostile one a billion rows.
    sheet.reset_dimensions()
    rows = iter(sheet.iter_rows(max_row=MAX_ROWS + 1))
    while True:
        chunk, error = _chunk(rows)
        yield from (cells[:MAX_COLUMNS] for cells in chunk)
        if error is not None:
            raise error
        if not chunk:
            return


def _chunk(rows: Iterator[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], Exception | None]:
    """Some rows, and what broke the reading after them. Warnings are silenced here, and not across a yield."""
    chunk: list[tuple[Any, ...]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            chunk.extend(islice(rows, _CHUNK_ROWS))  # keeps what came before an error
        except Exception as error:
            return chunk, error
    return chunk, None


class _Saved:
    """The results that were saved with formulas; the workbook is opened a second time only if there is a formula."""

    def __init__(self, data: bytes, index: int) -> None:
        self._data = data
        self._index = index
        self._rows: Iterator[tuple[Any, ...]] | None = None
        self._number = 0
        self._cells: tuple[Any, ...] = ()

    def value(self, row: int, column: int) -> Any:
        """The saved cell; rows are asked for in ascending order."""
        if self._rows is None:
            self._rows = _raw(_open(self._data, saved=True).worksheets[self._index])
        while self._number < row:
            self._cells = next(self._rows)
            self._number += 1
        return self._cells[column - 1]


_ZEROS = re.compile(r"0{2,}")


def _value(cell: Any, row: int, saved: _Saved) -> Value:
    value, kind = cell.value, cell.data_type
    if value is None:
        return None
    if kind == "f":
        cell = saved.value(row, cell.column)
        if cell.value is None:
            return Lost(str(getattr(value, "text", value)), "formula")
        value, kind = cell.value, cell.data_type
    if kind == "e":
        return Lost(str(value), "error_value")
    if isinstance(value, int) and not isinstance(value, bool) and _ZEROS.fullmatch(str(cell.number_format)):
        return str(value).zfill(len(cell.number_format))  # shown with its leading zeros, so meant with them
    return value if isinstance(value, str | int | float | bool | datetime | date | time) else str(value)


_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref=[\"']([A-Za-z0-9:$]{1,40})[\"']")
_CHUNK = 1 << 20
_OVERLAP = 200


def _merges(archive: zipfile.ZipFile, part: str) -> list[tuple[int, int, int, int]]:
    """The merged areas as (first row, first column, last column, last row), ascending, at most MAX_MERGES."""
    found: list[tuple[int, int, int, int]] = []
    tail = b""
    with archive.open(part.lstrip("/")) as stream:
        while (chunk := stream.read(_CHUNK)) and len(found) < MAX_MERGES:
            text = tail + chunk
            end = 0
            for match in _MERGE.finditer(text):
                left, top, right, bottom = range_boundaries(match[1].decode())
                found.append((top or 1, left or 1, right or 1, bottom or 1))
                end = match.end()
            tail = text[max(end, len(text) - _OVERLAP) :]
    return sorted(found[:MAX_MERGES])


class _Filler:
    """Gives every cell of a merged area the value of its first one, row by row."""

    def __init__(self, merges: list[tuple[int, int, int, int]]) -> None:
        self._waiting = merges[::-1]
        self._down: dict[int, tuple[int, Value]] = {}  # column index -> last row and value

    def filled(self, number: int, values: tuple[Value, ...]) -> Iterator[Row]:
        """The row, filled; nothing where it is empty."""
        across: list[tuple[int, int]] = []
        while self._waiting and self._waiting[-1][0] <= number:
            _, left, right, bottom = self._waiting.pop()
            value = values[left - 1] if left <= len(values) else None
            if value is not None and bottom >= number:
                across.append((left, right))
                self._down |= dict.fromkeys(range(left - 1, min(right, MAX_COLUMNS)), (bottom, value))
        if self._down:
            values = self._over(number, values)
        if any(value is not None for value in values):
            yield Row(number, values, _is_title(values, across))

    def _over(self, number: int, values: tuple[Value, ...]) -> tuple[Value, ...]:
        whole = [*values, *[None] * (max(self._down) + 1 - len(values))]
        for column, (bottom, value) in tuple(self._down.items()):
            whole[column] = value
            if bottom <= number:
                del self._down[column]
        return tuple(whole)


def _is_title(values: tuple[Value, ...], across: list[tuple[int, int]]) -> bool:
    """Whether one merge of at least three columns holds all that the row shows."""
    used = [index + 1 for index, value in enumerate(values) if value is not None]
    return any(right - left >= 2 and left <= used[0] and used[-1] <= right for left, right in across)
