"""A table in a grid: its header found, its rows without blanks, comments and repeated headers; what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from zhiban.registry.aliases import FIELDS, OF_REGISTRY, plain_header
from zhiban.registry.cells import Row, Value, clean, is_empty
from zhiban.registry.grids import Grid
from zhiban.registry.headers import SEARCHED, Header, find_header
from zhiban.registry.mapping import Mapping
from zhiban.registry.remarks import Notice, Refusal, Unmapped, shown


class Table(NamedTuple):
    """`header` is None where no rows can be taken; `refusals` say why then, and are of the table of `kind` (None: of
    nobody knows which). Rows come as they are read."""

    header: Header | None
    rows: Iterable[Row | Refusal] = ()
    kind: str | None = None
    refusals: Sequence[Refusal] = ()
    notices: Sequence[Notice] = ()
    unmapped: Sequence[Unmapped] = ()


def table_of(grid: Grid, mapping: Mapping, kinds: Sequence[str] = OF_REGISTRY) -> Table:
    """The table of one of these kinds that the grid holds."""
    rows = (row for row in grid.rows if isinstance(row, Refusal) or not (_is_empty(row) or _is_comment(row)))
    head = list(islice(rows, SEARCHED + 1))
    refused = [row for row in head if isinstance(row, Refusal)]
    plain = [row for row in head if isinstance(row, Row)]
    header = find_header(plain, mapping, kinds)
    if header is None:
        return _headless(grid, plain, refused)
    if header.missing:
        labels = ", ".join(label for label in header.labels if label)
        missing = _refusal(grid, labels, "missing_columns", columns=", ".join(header.missing))
        return Table(None, kind=header.kind, refusals=[*refused, missing])
    unmapped = [Unmapped(grid.file, grid.sheet, header.unmapped)] if header.unmapped else []
    notices = list(_announced(grid, header, mapping))
    return Table(header, _taken(header, chain(refused, plain[header.rows :], rows)), header.kind, (), notices, unmapped)


def cells_of(header: Header, row: Row, mapping: Mapping) -> dict[str, Value]:
    """The row's cells by field of ours; a constant of the mapping where a cell is empty."""
    cells: dict[str, Value] = {}
    for field in FIELDS[header.kind]:
        index = header.columns.get(field, len(row.cells))
        value = row.cells[index] if index < len(row.cells) else None
        cells[field] = mapping.constants.get(field) if is_empty(value) else value
    return cells


def _headless(grid: Grid, plain: Sequence[Row], refused: Sequence[Refusal]) -> Table:
    if not plain:
        return Table(None, refusals=refused, notices=[Notice(file=grid.file, sheet=grid.sheet, why="empty_sheet")])
    cells = ", ".join(str(cell) for cell in plain[0].cells if cell is not None)
    return Table(None, refusals=[*refused, _refusal(grid, cells, "no_header", rows=str(SEARCHED))])


def _announced(grid: Grid, header: Header, mapping: Mapping) -> Iterator[Notice]:
    present = {plain_header(label) for label in header.labels}
    for label in header.doubles:
        yield _about(grid, "double_column", "", label)
    for ours, theirs in mapping.columns.items():
        if ours in FIELDS[header.kind] and plain_header(theirs) not in present:
            yield _about(grid, "mapping_column", ours, theirs)


def _taken(header: Header, rows: Iterable[Row | Refusal]) -> Iterator[Row | Refusal]:
    return (row for row in rows if isinstance(row, Refusal) or not _repeats(row, header))


def _about(grid: Grid, why: str, field: str, header: str) -> Notice:
    return Notice(file=grid.file, sheet=grid.sheet, field=field, why=why, args={"header": header})


def _refusal(grid: Grid, found: str, why: str, **args: str) -> Refusal:
    return Refusal(file=grid.file, sheet=grid.sheet, found=shown(found), why=why, args=args)


def _is_empty(row: Row) -> bool:
    return all(map(is_empty, row.cells))


def _is_comment(row: Row) -> bool:
    first = row.cells[0] if row.cells else None
    return isinstance(first, str) and clean(first).startswith("#")


def _repeats(row: Row, header: Header) -> bool:
    """Whether the row is the header again, as on every printed page."""
    return all(
        index < len(row.cells)
        and isinstance(row.cells[index], str)
        and clean(str(row.cells[index])) == header.labels[index]
        for index in header.columns.values()
    )
