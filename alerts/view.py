"""What readers print: open findings as the desk shows them, masked and folded, in the stable JSON shapes."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from alerts.alert import Alert
from alerts.board import Board, Clause, Clauses
from alerts.directory import Who
from alerts.incidents import NETWORK, Incident
from alerts.wording import masked
from alerts.writing import summary
from streams.days import SHANGHAI
from streams.findings import ACCUSING, Event, Finding, Grade

BLIND = "OWN-BLIND"


def findings_view(
    board: Board, findings: Iterable[Finding], clauses: Clauses, language: str = "zh"
) -> list[dict[str, Any]]:
    """The open findings: a breach that opened inside an incident is shown unknown; blindness beside an open breach of
    the same source is folded into it, which is marked `blind_since`."""
    standing = list(findings)
    accused = {
        (f.subject, f.source) for f in standing if f.level in ACCUSING and f.source and f.event is not Event.CLOSES
    }
    blind = {(f.subject, f.source): f for f in standing if f.rule == BLIND}
    rows = []
    for finding in standing:
        place = (finding.subject, finding.source)
        if finding.rule == BLIND and place in accused:
            continue
        row = _row(board, finding, clauses, language)
        if place in accused and finding.level in ACCUSING and place in blind:
            row["blind_since"] = iso(blind[place].since)
        rows.append(row)
    return rows


def _row(board: Board, finding: Finding, clauses: Clauses, language: str) -> dict[str, Any]:
    alert = board.get(Alert, finding.id)
    # The finding's own level, which may be of another day than the desk's: only the mask is the alert's.
    is_under = alert is not None and alert.masked_by and finding.level in ACCUSING
    level = Grade.UNKNOWN if is_under else finding.level
    return {
        "id": finding.id,
        "rule": finding.rule,
        "subject": finding.subject,
        "source": finding.source or None,
        "level": level.value,
        "step": finding.step or None,
        "opened_at": iso(finding.opened_at),
        "since": iso(finding.since),
        "due": iso(finding.due),
        "closed_at": iso(finding.time) if finding.event is Event.CLOSES else None,
        "clause": clauses.get(finding.rule, Clause()).text,
        "text": masked(summary(finding, language)),
        "evidence": finding.evidence or None,
        "item": finding.item or None,
        "args": {name: masked(value) for name, value in finding.args.items()},
        "folds": list(finding.folds),
        "candidate": finding.candidate,
        "masked_by": alert.masked_by or None if alert is not None else None,
    }


def alerts_view(board: Board, *, state: str = "open") -> list[dict[str, Any]]:
    """The alerts and incidents; `state` is open, closed or all."""
    rows = [_alert_row(board, alert) for _, alert in board.all(Alert) if alert.finding.rule != BLIND]
    rows += [_incident_row(board, incident) for _, incident in board.all(Incident)]
    return [row for row in rows if state == "all" or (row["closed_at"] is not None) == (state == "closed")]


def alerts_about(board: Board, findings: AbstractSet[str]) -> list[dict[str, Any]]:
    """The alerts of these findings, and the incidents that mask any of them; open or closed."""
    known = [alert for key in sorted(findings) if (alert := board.get(Alert, key)) is not None]
    rows = [_alert_row(board, alert) for alert in known if alert.finding.rule != BLIND]
    incidents = [_incident_row(board, incident) for _, incident in board.all(Incident)]
    return rows + [row for row in incidents if not findings.isdisjoint(row["findings"])]


def _alert_row(board: Board, alert: Alert) -> dict[str, Any]:
    who = board.get(Who, alert.finding.subject)
    return {
        "id": alert.id,
        "kind": "matter",
        "rule": alert.finding.rule,
        "state": alert.state,
        "level": alert.shown.value,
        "unit": who.unit if who is not None else "",
        "subject": alert.finding.subject,
        "findings": [alert.id],
        "opened_at": iso(alert.finding.opened_at),
        "closed_at": iso(alert.closed_at),
        "told": alert.told or None,
        "told_at": iso(alert.told_at),
        "masked_by": alert.masked_by or None,
    }


def _incident_row(board: Board, incident: Incident) -> dict[str, Any]:
    """An incident with what it masks: breaches that opened inside it, and the blindness of its sources."""
    return {
        "id": incident.id,
        "kind": "incident",
        "rule": "OWN-INCIDENT",
        "state": "open" if incident.closed_at is None else "closed",
        "unit": "",
        "subject": None,
        "findings": [*incident.masks, *(_blind(board, incident) if incident.closed_at is None else [])],
        "collector": incident.collector,
        "opened_at": iso(incident.opened_at),
        "since": iso(incident.since),
        "closed_at": iso(incident.closed_at),
        "why": incident.why,
        "part_of": incident.part_of or None,
    }


def _blind(board: Board, incident: Incident) -> list[str]:
    """The blindness of its sources, as far as it is shown: not beside an open breach of the same source."""
    standing = board.standing()
    accused = {alert.finding.source for alert in standing if alert.accuses}
    return [
        alert.id
        for alert in standing
        if alert.finding.rule == BLIND
        and alert.finding.source not in accused
        and incident.collector in {NETWORK, board.collector_of(alert)}
    ]


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with Shanghai's offset."""
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat()
