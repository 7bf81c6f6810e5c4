"""Reading files into grids of rows, within bounds: size, rows, columns, what a workbook unpacks to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from zhiban.registry.cells import Row
from zhiban.registry.csv_grid import csv_rows
from zhiban.registry.remarks import Notice, Refusal
from zhiban.registry.xlsx_grid import sheets

MAX_FILE = 50_000_000  # bytes; a file of that size is not read

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # an old .xls, or any Office file with a password
_PAGE_STARTS = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")


class Grid(msgspec.Struct, frozen=True):
    """One table as it stands in a file. Its rows come as they are read, with refusals for those that cannot be."""

    file: str
    sheet: str
    rows: Iterator[Row | Refusal]


def grids_of(path: Path) -> Iterator[Grid | Refusal | Notice]:
    """The tables of one file, told by its bytes and not by its name; a file that is none gives one refusal."""
    name = path.name
    try:
        size = path.stat().st_size
        if size >= MAX_FILE:
            yield Refusal(file=name, found=f"{size:,} B", why="too_large", args={"limit": f"{MAX_FILE:,} B"})
            return
        data = path.read_bytes()
    except OSError as error:
        yield Refusal(file=name, found=error.strerror or "", why="missing")
        return
    yield from _tables(name, data)


def _tables(name: str, data: bytes) -> Iterator[Grid | Refusal | Notice]:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(_ZIP):
        for sheet in sheets(name, data):
            yield sheet if isinstance(sheet, Remarks) else Grid(name, *sheet)
    elif data.startswith(_OLE):
        yield Refusal(file=name, why="old_excel")
    elif start.startswith(_PAGE_STARTS):
        yield Refusal(file=name, why="web_page")
    else:
        rows = csv_rows(name, data)
        yield rows if isinstance(rows, Refusal) else Grid(name, "", rows)


Remarks = (Refusal, Notice)
