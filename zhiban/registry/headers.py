"""Finding the header row: below titles, on one level or two, in Chinese, English or the mapping file's words."""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence

import msgspec

from zhiban.registry.aliases import FIELDS, HEADERS, OF_REGISTRY, REQUIRED, SOURCES, plain_header
from zhiban.registry.cells import Row, Value, clean
from zhiban.registry.mapping import Mapping

SEARCHED = 20  # rows


class Header(msgspec.Struct, frozen=True):
    """Where a table's columns are. `kind` is one that was looked for; `columns` has the index of each field."""

    kind: str
    columns: dict[str, int]
    labels: tuple[str, ...]
    rows: int  # how many of the rows that were searched are header or stand above it
    unmapped: tuple[str, ...] = ()
    doubles: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # required fields without column or constant


def find_header(rows: Sequence[Row], mapping: Mapping, kinds: Sequence[str] = OF_REGISTRY) -> Header | None:
    """The best header of a table of these kinds among the first rows; None where no two headers in a row are known."""
    best: Header | None = None
    for start in range(min(len(rows), SEARCHED)):
        for depth in (1, 2):
            if start + depth > len(rows):
                continue
            labels = _labels([row.cells for row in rows[start : start + depth]])
            for kind in kinds:
                best = _better(best, _header(kind, labels, start + depth, mapping))
    return best


def _better(best: Header | None, other: Header) -> Header | None:
    if len(other.columns) < 2 and other.missing:
        return best
    if best is None:
        return other
    return other if _rank(other) > _rank(best) else best


def _rank(header: Header) -> tuple[bool, int, bool]:
    """Complete before incomplete, then by known columns; ties keep the earlier row and the single level."""
    return not header.missing, len(header.columns), header.kind == SOURCES and "connector" in header.columns


def _labels(levels: Sequence[Sequence[Value]]) -> list[tuple[str, ...]]:
    """Of each column the words that may name it, the most telling first."""
    width = max(len(level) for level in levels)
    texts = [[_text(level, index) for level in levels] for index in range(width)]
    return [_names(column) for column in texts]


def _text(level: Sequence[Value], index: int) -> str:
    value = level[index] if index < len(level) else None
    return clean(value) if isinstance(value, str) else ""


def _names(levels: Sequence[str]) -> tuple[str, ...]:
    if len(levels) == 1 or levels[0] == levels[1]:
        return (levels[0],)
    upper, lower = levels
    return (lower, upper + lower) if lower else (upper,)


def _header(kind: str, labels: Sequence[tuple[str, ...]], rows: int, mapping: Mapping) -> Header:
    present = {plain_header(name) for names in labels for name in names}
    theirs = {plain_header(name): ours for ours, name in mapping.columns.items() if ours in FIELDS[kind]}
    theirs = {name: ours for name, ours in theirs.items() if name in present}
    columns: dict[str, int] = {}
    unmapped, doubles = [], []
    for index, names in enumerate(labels):
        field = _field(names, theirs, kind)
        if field is None:
            unmapped.append(names[-1])
        elif field in columns:
            doubles.append(names[-1])
        else:
            columns[field] = index
    missing = tuple(field for field in REQUIRED[kind] if field not in columns and field not in mapping.constants)
    shown = tuple(dict.fromkeys(name for name in unmapped if name))
    return Header(
        kind, columns, tuple(names[0] for names in labels), rows, shown, tuple(dict.fromkeys(doubles)), missing
    )


def _field(names: Sequence[str], theirs: Table[str, str], kind: str) -> str | None:
    plain = [plain_header(name) for name in names]
    for table in (theirs, HEADERS[kind]):
        for name in plain:
            field = table.get(name) if name else None
            # A field that the mapping file takes from another column is not taken from this one.
            if field is not None and (table is theirs or field not in theirs.values()):
                return field
    return None
