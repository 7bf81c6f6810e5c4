"""From grids to an import: what is in the files, what was refused, and what they can be trusted to be silent about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from streams.subjects import Kind, Source, Subject
from zhiban.registry.aliases import CONNECTORS, OF_REGISTRY, REGISTRY, SOURCES
from zhiban.registry.cells import Row
from zhiban.registry.entries import Cells, source_of, subject_of
from zhiban.registry.fields import address_key
from zhiban.registry.grids import Grid, grids_of
from zhiban.registry.headers import Header
from zhiban.registry.identity import by_subject, identified, implied_sources
from zhiban.registry.mapping import NO_MAPPING, Mapping
from zhiban.registry.remarks import Notice, Refusal, Unmapped
from zhiban.registry.tables import cells_of, table_of

Progress = Callable[[int], None]  # told how many rows have been read so far
_STEP = 500

DEFAULT_CONNECTORS = frozenset(CONNECTORS.values())


class Import(msgspec.Struct, frozen=True):
    """What the files hold. `sources` have ids as on a first import; `difference` gives those that are known theirs.

    `declared` are the rows of the lists of sources, without what is implied. `whole` has the kinds of table (registry,
    sources) that were read to the end with every row's id: only those may say that something is missing. `held` has
    ids and names of refused rows: such a row is there, though it was not taken.
    """

    subjects: tuple[Subject, ...] = ()
    sources: tuple[Source, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    declared: tuple[Source, ...] = ()
    tables: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    implied: bool = True
    rows: int = 0


def read_registry(
    paths: Sequence[Path],
    mapping: Mapping = NO_MAPPING,
    *,
    known_subjects: Collection[str] = (),
    connectors: frozenset[str] = DEFAULT_CONNECTORS,
    progress: Progress = lambda _: None,
) -> Import:
    """Read registries and lists of sources, in any order and mixture; told apart by their headers.

    `known_subjects` are ids that a list of sources may name though no registry among the files has them.
    """
    reading = _Reading(mapping, known_subjects, connectors, progress)
    for path in paths:
        for found in grids_of(path):
            reading.take(found)
    return reading.finish()


class _Reading:
    """The state of one import while its files are read."""

    def __init__(
        self, mapping: Mapping, known: Collection[str], connectors: frozenset[str], progress: Progress
    ) -> None:
        self._mapping, self._known, self._connectors, self._progress = mapping, known, connectors, progress
        self._subjects: dict[str, tuple[Subject, Cells]] = {}
        self._waiting: list[tuple[Source, Cells]] = []  # sources, until every registry has been read
        self._refusals: list[Refusal] = []
        self._notices: list[Notice] = []
        self._unmapped: list[Unmapped] = []
        self._tables: set[str] = set()
        self._torn: set[str] = set()
        self._held: set[str] = set()
        self._rows = 0

    def take(self, found: Grid | Refusal | Notice) -> None:
        """Take one table, or what is said instead of it."""
        if isinstance(found, Notice):
            self._notices.append(found)
        elif isinstance(found, Refusal):
            self._tear(found, REGISTRY, SOURCES)
        else:
            self._table(found)

    def _tear(self, refusal: Refusal, *kinds: str) -> None:
        self._refusals.append(refusal)
        self._torn.update(kinds)

    def _table(self, grid: Grid) -> None:
        table = table_of(grid, self._mapping)
        self._notices += table.notices
        self._unmapped += table.unmapped
        for refusal in table.refusals:
            self._tear(refusal, *(OF_REGISTRY if table.kind is None else (table.kind,)))
        if table.header is None:
            return
        self._tables.add(table.header.kind)
        for row in table.rows:
            self._row(grid, table.header, row)

    def _row(self, grid: Grid, header: Header, row: Row | Refusal) -> None:
        if isinstance(row, Refusal):
            self._tear(row, header.kind)
            return
        self._rows += 1
        if self._rows % _STEP == 0:
            self._progress(self._rows)
        cells = Cells(grid.file, grid.sheet, row.number, cells_of(header, row, self._mapping))
        if row.title:
            cells.note("", "title_row")
            self._notices += cells.notices
        elif header.kind == REGISTRY:
            self._subject(cells)
        else:
            self._source(cells)

    def _subject(self, cells: Cells) -> None:
        subject = subject_of(cells)
        earlier = self._subjects.get(subject.id) if subject is not None else None
        if earlier is not None:
            cells.refuse("id", "duplicate_id", row=str(earlier[1].row), file=earlier[1].file)
        elif subject is not None:
            self._subjects[subject.id] = subject, cells
        self._close(cells, REGISTRY, "id", "name")

    def _source(self, cells: Cells) -> None:
        source = source_of(cells, self._connectors)
        if source is not None:
            self._waiting.append((source, cells))
        else:
            self._close(cells, SOURCES, "subject")

    def _close(self, cells: Cells, kind: str, *fields: str) -> None:
        """Keep what was said of a row. A refused one is held: who is named in it is not missing."""
        self._notices += cells.notices
        self._refusals += cells.refusals
        if cells.refusals:
            names = {cells.readable(field) for field in fields} - {""}
            self._held |= {f"{kind}:{name}" for name in names}
            if not names:
                self._torn.add(kind)

    def finish(self) -> Import:
        """Everything that was read, with the sources that are implied."""
        self._same_addresses()
        declared = list(self._declared())
        subjects = tuple(subject for subject, _ in self._subjects.values())
        sources, implied = self._sources(subjects, declared)
        if self._rows:
            self._progress(self._rows)
        return Import(
            subjects,
            tuple(sources),
            tuple(self._refusals),
            (*self._notices, *implied),
            tuple(self._unmapped),
            tuple(declared),
            frozenset(self._tables),
            frozenset(self._tables - self._torn),
            frozenset(self._held),
            self._mapping.implied,
            self._rows,
        )

    def _same_addresses(self) -> None:
        first: dict[str, tuple[Subject, Cells]] = {}
        for subject, cells in self._subjects.values():
            if subject.kind is not Kind.SITE or not subject.url:
                continue
            other = first.setdefault(address_key(subject.url), (subject, cells))
            if other[0] is not subject:
                said = Cells(cells.file, cells.sheet, cells.row, cells.cells)
                said.note("url", "same_address", row=str(other[1].row), file=other[1].file, id=other[0].id)
                self._notices += said.notices

    def _declared(self) -> Iterator[Source]:
        """The sources of known subjects, each once."""
        seen: dict[tuple[str, ...], Cells] = {}
        for source, cells in self._waiting:
            key = (source.subject, source.connector, source.name, address_key(source.url))
            first = seen.setdefault(key, cells)
            if first is not cells:
                cells.refuse("url", "duplicate_source", row=str(first.row), file=first.file)
            if source.subject not in self._subjects and source.subject not in self._known:
                cells.refuse("subject", "unknown_subject")
            self._close(cells, SOURCES, "subject")
            if not cells.refusals:
                yield source

    def _sources(self, subjects: Iterable[Subject], declared: Sequence[Source]) -> tuple[list[Source], list[Notice]]:
        lists = by_subject(declared)
        sources = [source for subject, own in lists.items() for source in identified(own, [])]
        notices: list[Notice] = []
        for subject in subjects if self._mapping.implied else ():
            for source in implied_sources(subject, lists.get(subject.id, ())):
                sources.append(source)
                cells = self._subjects[subject.id][1]
                why = "implied_probe" if source.connector == "probe" else "implied_home"
                notices.append(
                    Notice(file=cells.file, sheet=cells.sheet, row=cells.row, field="id", found=subject.id, why=why)
                )
        return sources, notices
