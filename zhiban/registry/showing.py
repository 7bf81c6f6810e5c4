"""The import and its drift as tables for a terminal and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from zhiban.registry.difference import Change, Difference, Drift, Event
from zhiban.registry.importing import Import
from zhiban.registry.remarks import Remark, Unmapped
from zhiban.registry.words import in_words, translate

SHOWN_ALIKE = 10  # notices of one sort that are shown; refusals are shown all
_STYLES = {
    Event.ADDED: "green",
    Event.CHANGED: "yellow",
    Event.MOVED: "yellow",
    Event.VANISHED: "bold red",
    Event.RETURNED: "cyan",
    Event.RETIRED: "red",
}


def drift_tables(drift: Drift, language: str = "zh") -> Iterator[RenderableType]:
    """The drift report: a line for every change, then what did not change."""
    if drift.changes:
        table = Table(title=translate("drift", language), title_justify="left")
        for column in ("event", "what", "id", "name", "detail"):
            table.add_column(translate(column, language), overflow="fold")
        for change in drift.changes:
            table.add_row(*_cells(change, language), style=_STYLES[change.event])
        yield table
    else:
        yield translate("no_drift", language)
    if drift.of(Event.VANISHED):
        yield translate("vanished_note", language)
    if not drift.judged:
        yield f"[yellow]{translate('unjudged', language)}[/]"
    same = {"subjects": drift.unchanged_subjects, "sources": drift.unchanged_sources}
    yield translate("unchanged", language, **same)


def _cells(change: Change, language: str) -> Iterator[str]:
    yield translate(change.event.value, language)
    yield translate(change.what, language)
    yield escape(change.id)
    yield escape(change.name)
    fields = "; ".join(f"{field}: {old or '∅'} → {new or '∅'}" for field, old, new in change.fields)
    yield escape(fields) if change.fresh else translate("vanished_before", language)


def import_lines(imported: Import, language: str = "zh") -> Iterator[str]:
    """What was refused (all of it), what a person should know (alike ones cut), and which columns were not read."""
    yield from remark_lines(imported.refusals, imported.notices, imported.unmapped, language)
    counts = {"subjects": len(imported.subjects), "sources": len(imported.declared)}
    yield translate("taken", language, **counts)


def remark_lines(
    refusals: Sequence[Remark], notices: Sequence[Remark], unmapped: Iterable[Unmapped], language: str = "zh"
) -> Iterator[str]:
    """Refusals (all of them), notices (alike ones cut), and the columns that were not read."""
    if refusals:
        yield f"[bold red]{translate('refused', language, count=len(refusals))}[/]"
        yield from (f"  {escape(in_words(refusal, language))}" for refusal in refusals)
    if notices:
        yield f"[bold]{translate('notices', language, count=len(notices))}[/]"
        yield from _alike(notices, language)
    for one in unmapped:
        place = f"{one.file} [{one.sheet}]" if one.sheet else one.file
        yield f"{translate('unmapped', language)}: {escape(place)}: {escape(', '.join(one.headers))}"


def _alike(remarks: Iterable[Remark], language: str) -> Iterator[str]:
    for _, group in groupby(sorted(remarks, key=lambda remark: remark.why), key=lambda remark: remark.why):
        alike = list(group)
        yield from (f"  {escape(in_words(remark, language))}" for remark in alike[:SHOWN_ALIKE])
        if len(alike) > SHOWN_ALIKE:
            yield f"  {translate('more', language, count=len(alike) - SHOWN_ALIKE)}"


def as_json(imported: Import, found: Difference, written: int, language: str = "zh") -> dict[str, Any]:
    """One document: what was taken and refused, every remark with its text, and the drift."""
    return {
        "subjects": len(imported.subjects),
        "sources": len(imported.declared),
        "facts": len(found.facts),
        "written": written,
        "refusals": remarks_json(imported.refusals, language),
        "notices": remarks_json(imported.notices, language),
        "unmapped": msgspec.to_builtins(imported.unmapped),
        "drift": drift_json(found.drift),
    }


def drift_json(drift: Drift) -> dict[str, Any]:
    """The drift report for scripts: the changes by sort."""
    sorts: dict[str, list[Any]] = {event.value: [_change(change) for change in drift.of(event)] for event in Event}
    same = {"subjects": drift.unchanged_subjects, "sources": drift.unchanged_sources}
    return sorts | {"unchanged": same, "judged": drift.judged}


def _change(change: Change) -> dict[str, Any]:
    fields = {field: {"old": old, "new": new} for field, old, new in change.fields}
    return {"what": change.what, "id": change.id, "name": change.name, "fields": fields, "fresh": change.fresh}


def remarks_json(remarks: Sequence[Remark], language: str) -> list[dict[str, Any]]:
    """Remarks for scripts, each with its text."""
    return [
        {
            "file": remark.file,
            "sheet": remark.sheet,
            "row": remark.row,
            "field": remark.field,
            "found": remark.found,
            "why": remark.why,
            "text": in_words(remark, language),
        }
        for remark in remarks
    ]
