"""`findings`, `alerts`, `looks`, `inspect`, `forecast`, `rules`: what is known, for people and for scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alerts.board import Board, Language
from alerts.directory import Who
from alerts.view import alerts_view, findings_view, iso
from alerts.wording import masked
from alerts.words import say as grade_in_words
from alerts.writing import headline
from streams.days import DAY, start_of
from streams.findings import Finding
from streams.looks import Look, Opening, Shown
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.rules import Rules
from streams.subjects import Kind, Source
from zhiban.commands.screen import cause_in_words, outcome_in_words, table
from zhiban.reading import Standing, forecast, standing_at
from zhiban.words import say

QUALIFIED, UNQUALIFIED, UNKNOWN = "qualified", "unqualified", "unknown"
_COLOURS = {"veto": "bold red", "breach": "red", "due_soon": "yellow", "unknown": "magenta", "notice": "cyan"}


# -- findings ------------------------------------------------------------------------------------------------------


def findings_document(standing: Standing, language: Language, store: Store, state: str = "open") -> dict[str, Any]:
    """The document of `findings --json` and `replay --json`."""
    chosen = {"open": standing.open, "closed": standing.closed, "all": standing.open + standing.closed}[state]
    with store.read() as tx:
        records, looks = tx.record_count(), tx.record_count("look")
    return {
        "at": iso(standing.at),
        "findings": findings_view(standing.board, chosen, language.clauses, language.name),
        "looks": looks,
        "records": records,
        "alerts": alerts_view(standing.board, state=state),
    }


def print_findings(standing: Standing, rows: Sequence[Mapping[str, Any]], language: Language, console: Console) -> None:
    """The findings as a table, the gravest first."""
    found = (*standing.open, *standing.closed)
    console.print(_findings(standing.board, found, rows, language))
    console.print(say("findings", count=len(rows), at=_local(standing.at)), style="dim", highlight=False)


def _findings(
    board: Board,
    found: Iterable[Finding],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    known: Collection[str] | None = None,
) -> Table:
    """A table of rows; where some are `known`, the others are marked as new."""
    by_id = {finding.id: finding for finding in found}
    shown = table("", "rule", "subject", "due", "unit", "id")
    for row in sorted(rows, key=lambda one: (_ORDER.index(one["level"]), one["subject"])):
        finding = by_id[row["id"]]
        who = board.get(Who, finding.subject)
        level = f"[{_COLOURS.get(row['level'], 'none')}]{grade_in_words(language.name, 'level.' + row['level'])}[/]"
        is_new = known is not None and row["id"] not in known  # a matter of that day: nothing here knows its id
        level += f" [dim]{say('new')}[/]" if is_new else ""
        text = masked(headline(board, finding, language.name))
        if "blind_since" in row:
            text += say("blind", since=row["blind_since"][:16].replace("T", " "))
        due = (row["due"] or "")[:10]
        name = "" if is_new else row["id"][:SHORT]
        shown.add_row(level, row["rule"], escape(text), due, escape(who.unit if who else ""), name)
    return shown


SHORT = 8  # characters of an id that a table shows: `evidence` takes them
_ORDER = ("veto", "breach", "due_soon", "unknown", "notice", "ok")


# -- looks ---------------------------------------------------------------------------------------------------------


def looks_document(store: Store, at: datetime) -> list[dict[str, Any]]:
    """The last look of every source that was logged at or before `at`."""
    with store.read() as tx:
        return look_rows(tx, tx.sources(), at)


def look_rows(tx: Transaction, sources: Iterable[Source], at: datetime) -> list[dict[str, Any]]:
    """The last look of each of these sources that was logged at or before `at`."""
    pairs = [(source, tx.last_record(source.id, "look", at)) for source in sources]
    return [look_row(source, record.body if record else None) for source, record in pairs]


def look_row(source: Source, look: object) -> dict[str, Any]:
    """A look as documents show it; None where there is none."""
    row: dict[str, Any] = {"source": source.id, "subject": source.subject, "connector": source.connector}
    row |= {"url": source.url, "outcome": None, "cause": "", "newest": None, "asked_at": None, "evidence": None}
    if isinstance(look, Look):
        row |= {"outcome": look.outcome.value, "cause": look.cause, "asked_at": iso(look.asked_at)}
        row |= {"as_of": iso(look.as_of), "collector": look.collector, "evidence": look.evidence or None}
        if isinstance(look.level, Shown):
            row |= {"newest": look.level.newest.isoformat() if look.level.newest else None, "count": look.level.count}
        if isinstance(look.level, Opening):
            row |= {"opens": look.level.opens, "seconds": look.level.seconds, "opening_cause": look.level.cause}
    return row


def print_looks(rows: Iterable[Mapping[str, Any]], console: Console) -> None:
    """The looks as a table."""
    shown = table("source", "outcome", "newest", "time", "url")
    for row in rows:
        outcome = outcome_in_words(row["outcome"], row["cause"])
        opens = say("opens") if row.get("opens") else cause_in_words(row.get("opening_cause") or "—")
        when = (row["asked_at"] or "—")[:16].replace("T", " ")
        shown.add_row(escape(row["source"]), outcome, row["newest"] or opens, when, escape(row["url"]))
    console.print(shown)


# -- inspect and forecast ------------------------------------------------------------------------------------------


def inspect_document(
    store: Store, rules: Rules, language: Language, settings: Any, at: datetime, window: tuple[date, date] | None
) -> dict[str, Any]:
    """The mock inspection at `at`, or the worst day of a window for every subject."""
    now = standing_at(store, at, settings, language)
    days = [at] if window is None else [start_of(day + DAY) - timedelta(seconds=1) for day in _days(*window)]
    worst: dict[str, dict[str, Any]] = {}
    for moment in days:
        for row in _judged(store, rules, language, settings, now, moment):
            known = worst.get(row["id"])
            if known is None or _BAD.index(row["verdict"]) > _BAD.index(known["verdict"]):
                worst[row["id"]] = row if window is None else row | {"worst_day": iso(moment)}
    subjects = [worst[key] for key in sorted(worst)]
    return {"at": iso(at), "subjects": subjects, "totals": totals_of(subjects)}


def totals_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many subjects have which verdict."""
    return {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in _BAD} | {"subjects": len(rows)}


_BAD = (QUALIFIED, UNKNOWN, UNQUALIFIED)


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _judged(
    store: Store, rules: Rules, language: Language, settings: Any, now: Standing, moment: datetime
) -> list[dict[str, Any]]:
    if moment <= now.at:
        standing = now if moment == now.at else standing_at(store, moment, settings, language)
        return subject_rows(standing.board, standing.open, language)
    return subject_rows(now.board, forecast(store, rules, moment), language)


def subject_rows(board: Board, findings: Sequence[Finding], language: Language) -> list[dict[str, Any]]:
    """Every subject's verdict from what stands open: a veto is unqualified; else anything unknown is unknown."""
    views = findings_view(board, findings, language.clauses, language.name)
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for view in views:
        by_subject.setdefault(view["subject"], []).append(view)
    rows = []
    for key, who in board.all(Who):
        if who.kind != Kind.MONITOR.value and who.status not in {"cancelled", "shut"}:
            rows.append(_subject_row(key, who, by_subject.get(key, [])))
    return rows


def _subject_row(key: str, who: Who, views: list[dict[str, Any]]) -> dict[str, Any]:
    vetoes = [view for view in views if view["level"] == "veto" and not view["candidate"]]
    unknowns = [view for view in views if view["level"] == "unknown"]
    rest = [view for view in views if view["level"] in {"breach", "notice"}]
    verdict = UNQUALIFIED if vetoes else UNKNOWN if unknowns else QUALIFIED
    return {
        "id": key,
        "name": who.name,
        "unit": who.unit,
        "verdict": verdict,
        "vetoes": [_brief(view) for view in vetoes],
        "deductions": [_brief(view) for view in rest],
        "unknowns": [_brief(view) for view in unknowns],
        "score": None,  # points that nobody has confirmed make no score
    }


def _brief(view: Mapping[str, Any]) -> dict[str, Any]:
    return {name: view[name] for name in ("id", "rule", "source", "level", "text", "since", "due")}


_VERDICTS = {QUALIFIED: "green", UNKNOWN: "magenta", UNQUALIFIED: "bold red"}


def print_inspection(document: Mapping[str, Any], console: Console) -> None:
    """The inspection as a table, the worst first."""
    shown = table("verdict", "subject", "unit", "why")
    for row in sorted(document["subjects"], key=lambda one: (-_BAD.index(one["verdict"]), one["id"])):
        colour = _VERDICTS[row["verdict"]]
        why = say("; ").join(f"{one['rule']} {one['text']}" for one in (row["vetoes"] or row["unknowns"])[:3])
        shown.add_row(f"[{colour}]{say(row['verdict'])}[/]", escape(row["name"]), escape(row["unit"]), escape(why))
    console.print(shown)
    console.print(say("totals", **document["totals"]), style="dim", highlight=False)


def forecast_document(board: Board, found: Sequence[Finding], language: Language, on: datetime) -> dict[str, Any]:
    """What would be judged at `on` if nothing changes."""
    return {"on": iso(on), "findings": findings_view(board, found, language.clauses, language.name)}


def print_forecast(
    standing: Standing, found: Sequence[Finding], document: Mapping[str, Any], language: Language, console: Console
) -> None:
    """What would be judged as a table, the gravest first; what does not stand today is marked as new."""
    known = {finding.id for finding in standing.open}
    rows = document["findings"]
    console.print(_findings(standing.board, found, rows, language, known))
    until = document["on"][:16].replace("T", " ")
    console.print(say("findings", count=len(rows), at=until), style="dim", highlight=False)


def _local(moment: datetime) -> str:
    text = iso(moment)
    return "" if text is None else text[:16].replace("T", " ")
