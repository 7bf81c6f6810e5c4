"""Where each answer's rows come from: the same functions that the reading commands print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from alerts.board import Board
from alerts.directory import Who
from alerts.view import alerts_about, alerts_view, findings_view
from streams.looks import Look, Outcome
from streams.subjects import Source
from streams.thinning import Kept
from zhiban.api.folded import Folded
from zhiban.commands.showing import look_row, look_rows, subject_rows, totals_of
from zhiban.reading import Standing


class Row(msgspec.Struct, frozen=True):
    """A row with what it is chosen and ordered by."""

    key: str
    subject: str | None
    unit: str
    body: Any


class Reader(msgspec.Struct, frozen=True):
    """`rows` makes every row of a state; `body` the document's own part from a page of them, and from all chosen."""

    rows: Callable[[Folded, Standing, str], list[Row]]
    body: Callable[[Folded, Standing, Sequence[Row], Sequence[Row]], dict[str, Any]]


def _finding_rows(folded: Folded, standing: Standing, state: str) -> list[Row]:
    chosen = {"open": standing.open, "closed": standing.closed, "all": standing.open + standing.closed}[state]
    views = findings_view(standing.board, chosen, folded.language.clauses, folded.language.name)
    return [Row(view["id"], view["subject"], _unit(standing.board, view["subject"]), view) for view in views]


def _findings(folded: Folded, standing: Standing, page: Sequence[Row], _chosen: Sequence[Row]) -> dict[str, Any]:
    alerts = alerts_about(standing.board, {row.key for row in page})
    looks, records = folded.counts()
    return {"findings": [row.body for row in page], "looks": looks, "records": records, "alerts": alerts}


def _alert_rows(_folded: Folded, standing: Standing, state: str) -> list[Row]:
    views = alerts_view(standing.board, state=state)
    return [Row(view["id"], view["subject"], view["unit"], view) for view in views]


def _subject_rows(folded: Folded, standing: Standing, _state: str) -> list[Row]:
    views = subject_rows(standing.board, standing.open, folded.language)
    return [Row(view["id"], view["id"], view["unit"], view) for view in views]


def _subjects(_folded: Folded, _standing: Standing, page: Sequence[Row], chosen: Sequence[Row]) -> dict[str, Any]:
    return {"subjects": [row.body for row in page], "totals": totals_of([row.body for row in chosen])}


def _look_rows(folded: Folded, standing: Standing, _state: str) -> list[Row]:
    """The sources alone: their looks are read for a page only, each by a question of its own."""
    with folded.store.read() as tx:
        sources = tx.sources()
    return [Row(one.id, one.subject, _unit(standing.board, one.subject), one) for one in sources]


def _looks(folded: Folded, standing: Standing, page: Sequence[Row], _chosen: Sequence[Row]) -> dict[str, Any]:
    sources = [row.body for row in page]
    with folded.store.read() as tx:
        rows = look_rows(tx, sources, standing.at)
        kept = tx.kept([one.id for one in sources]) if standing.is_now else {}
    return {"looks": [_from_kept(*both, kept) for both in zip(sources, rows, strict=True)]}


def _from_kept(source: Source, row: dict[str, Any], kept: Mapping[str, Kept]) -> dict[str, Any]:
    """Where Kafka is the log, the database has no looks but what the appender last wrote of each source."""
    last = kept.get(source.id)
    if row["outcome"] is not None or last is None or last.outcome is None:
        return row
    made = last.seen_at or last.written_at
    if made is None:
        return row | {"outcome": last.outcome.value, "cause": last.cause}
    level = last.level if last.outcome is Outcome.GOOD else None
    look = Look(
        source=source.id, asked_at=made, outcome=last.outcome, cause=last.cause, level=level, evidence=last.seen_in
    )
    return look_row(source, look)


def _unit(board: Board, subject: str) -> str:
    who = board.get(Who, subject)
    return who.unit if who is not None else ""


READERS: Mapping[str, Reader] = {
    "findings": Reader(_finding_rows, _findings),
    "alerts": Reader(_alert_rows, lambda _folded, _standing, page, _chosen: {"alerts": [row.body for row in page]}),
    "looks": Reader(_look_rows, _looks),
    "subjects": Reader(_subject_rows, _subjects),
}
