"""Tables for tests: CSV and XLSX files of plain rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

HEAD = ("标识码", "名称", "类型", "网址", "状态")
SOURCE_HEAD = ("检查对象标识码", "连接器", "网址", "栏目名称", "栏目类型")


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], touch: Callable[[Any], None] = lambda _: None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    touch(sheet)
    book.save(path)
    return path
