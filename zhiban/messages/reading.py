"""Reading one export: its rows as what they tell, what was refused, and what of it goes into quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from streams.days import SHANGHAI
from zhiban.messages.rows import Manner, Told, kept_fields, told_of
from zhiban.registry.aliases import MESSAGES
from zhiban.registry.cells import Row
from zhiban.registry.entries import Cells
from zhiban.registry.grids import Grid, grids_of
from zhiban.registry.headers import Header
from zhiban.registry.mapping import Mapping
from zhiban.registry.remarks import Notice, Refusal, Unmapped
from zhiban.registry.tables import cells_of, table_of

STEP = 200  # rows between two words of progress
MOST = 2000  # remarks of one sort that are kept

Progress = Callable[[int], None]


class Piece(msgspec.Struct, frozen=True):
    """A bad piece for the quarantine: where it stands, the keys of what was wrong, and what may be kept of it."""

    place: str
    refusals: tuple[Refusal, ...]
    body: bytes = b""


class Reading(msgspec.Struct):
    """What an export tells, by message. `held` are ids of refused rows; `whole` says that it was read to its end."""

    told: dict[str, Told] = {}
    refusals: list[Refusal] = []
    notices: list[Notice] = []
    unmapped: list[Unmapped] = []
    pieces: list[Piece] = []
    held: set[str] = set()
    tables: int = 0
    whole: bool = True
    rows: int = 0


def read_messages(path: Path, mapping: Mapping, manner: Manner, progress: Progress = lambda _: None) -> Reading:
    """Read the file within bounds; what is bad in it is named, the rest is taken. Texts are not held."""
    reader = _Reader(mapping, manner, progress)
    for found in grids_of(path):
        reader.take(found)
    progress(reader.reading.rows)
    return reader.finish()


class _Reader:
    def __init__(self, mapping: Mapping, manner: Manner, progress: Progress) -> None:
        self._mapping, self._manner, self._progress = mapping, manner, progress
        self.reading = Reading()
        self._counts: Counter[tuple[type, str]] = Counter()

    def take(self, found: Grid | Refusal | Notice) -> None:
        """One table, or what is said instead of it."""
        if isinstance(found, Grid):
            self._table(found)
        elif isinstance(found, Refusal):
            self._tear(found)
        else:
            self._note(found)

    def finish(self) -> Reading:
        """All of it, with a word on what was too much to keep."""
        for (sort, _), count in self._counts.items():
            if count > MOST and sort is Notice:
                file = self.reading.notices[0].file
                self.reading.notices.append(Notice(file=file, why="more_remarks", args={"count": str(count - MOST)}))
        return self.reading

    def _table(self, grid: Grid) -> None:
        table = table_of(grid, self._mapping, (MESSAGES,))
        for notice in table.notices:
            self._note(notice)
        for refusal in table.refusals:
            self._tear(refusal)
        self.reading.unmapped += table.unmapped
        if table.header is None:
            return
        self.reading.tables += 1
        for row in table.rows:
            if isinstance(row, Refusal):
                self._tear(row)
            else:
                self._row(grid, table.header, row)

    def _row(self, grid: Grid, header: Header, row: Row) -> None:
        self.reading.rows += 1
        if self.reading.rows % STEP == 0:
            self._progress(self.reading.rows)
        cells = Cells(grid.file, grid.sheet, row.number, cells_of(header, row, self._mapping))
        if row.title:
            cells.note("", "title_row")
        else:
            told = told_of(cells, self._manner)
            if told is not None:
                self._keep(told, cells)
        for notice in cells.notices:
            self._note(notice)
        if cells.refusals:
            self._refuse(cells)

    def _keep(self, told: Told, cells: Cells) -> None:
        """Once for each message; another row of it may bring another reply, and nothing else."""
        first = self.reading.told.setdefault(told.id, told)
        if first is told:
            return
        place = str(first.place[2])
        if first.about.print != told.about.print:
            cells.refuse("id", "id_other_text", row=place)
        elif first.asked_at != told.asked_at:
            local = first.asked_at.astimezone(SHANGHAI)
            cells.refuse("id", "id_other_time", row=place, asked=local.isoformat(" ", "minutes"))
        else:
            self._again(first, told, cells)

    def _again(self, first: Told, told: Told, cells: Cells) -> None:
        if told.replies - first.replies and first.replies:
            cells.note("answered_at", "two_replies", row=str(first.place[2]))
        known = {event.key for event in first.events}
        more = tuple(event for event in told.events if event.key not in known)
        whole = {
            "events": first.events + more,
            "assumed": first.assumed | told.assumed,
            "texts": first.texts + told.texts,
        }
        self.reading.told[told.id] = msgspec.structs.replace(first, **whole)

    def _refuse(self, cells: Cells) -> None:
        name = cells.readable("id")
        if name:
            self.reading.held.add(name)
        body = msgspec.json.encode(dict(kept_fields(cells)))
        refusals = tuple(map(_wordless, cells.refusals))
        self._aside(f"{cells.file}/{cells.sheet}/{cells.row}", refusals, body)
        for refusal in refusals:
            self._say(refusal)

    def _tear(self, refusal: Refusal) -> None:
        """Something that was not read to its end."""
        self.reading.whole = False
        self._aside(f"{refusal.file}/{refusal.sheet}/{refusal.row}", (_wordless(refusal),))
        self._say(refusal)

    def _aside(self, place: str, refusals: tuple[Refusal, ...], body: bytes = b"") -> None:
        if len(self.reading.pieces) < MOST:
            self.reading.pieces.append(Piece(place, refusals, body))

    def _say(self, refusal: Refusal) -> None:
        self._counts[Refusal, refusal.why] += 1
        if self._counts[Refusal, refusal.why] <= MOST:
            self.reading.refusals.append(refusal)
        elif self._counts[Refusal, refusal.why] == MOST + 1:
            self.reading.refusals.append(Refusal(file=refusal.file, why="more_remarks", args={"count": "…"}))

    def _note(self, notice: Notice) -> None:
        self._counts[Notice, notice.why] += 1
        if self._counts[Notice, notice.why] <= MOST:
            self.reading.notices.append(notice)


def _wordless(refusal: Refusal) -> Refusal:
    """The refusal without what was found, where that may be a citizen's text."""
    is_text = refusal.why in _LINES or refusal.field in _TEXTS
    return msgspec.structs.replace(refusal, found="") if is_text else refusal


_LINES = frozenset({"open_quote", "quoting", "no_header"})
_TEXTS = frozenset({"title", "text", "answer"})


def seen_at(moment: datetime) -> str:
    """A moment as people of Shanghai read it."""
    return moment.astimezone(SHANGHAI).isoformat(" ", "minutes")
