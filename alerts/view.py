"""What readers print: open findings as the desk shows them, masked and folded, in the stable JSON shapes."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from alerts.alert import ACKNOWLEDGED, Alert, Step
from alerts.board import Board, Clause, Clauses
from alerts.directory import UNITS, in_charge
from alerts.incidents import NETWORK, Incident
from alerts.remembered import Lesson, Mute, Question
from alerts.wording import masked
from alerts.writing import summary
from streams.days import SHANGHAI
from streams.findings import ACCUSING, Event, Finding, Grade
from streams.silences import PLACES

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
    whose = in_charge(board.who_of(alert.finding.subject), alert.finding.args)
    return {
        "id": alert.id,
        "kind": "matter",
        "rule": alert.finding.rule,
        "state": alert.state,
        "level": alert.shown.value,
        "unit": UNITS.join(one.unit for one in whose),
        "subject": alert.finding.subject,
        "findings": [alert.id],
        "opened_at": iso(alert.finding.opened_at),
        "closed_at": iso(alert.closed_at),
        "told": alert.told or None,
        "told_at": iso(alert.told_at),
        "masked_by": alert.masked_by or None,
        "by": masked(alert.by) or None,
        "note": masked(alert.note) or None,
        "until": iso(alert.until) if alert.in_hand else None,
        "assignee": masked(alert.assignee) or None,
        "deadline": iso(alert.deadline),
        "rung": alert.height,
        "offence": alert.offence,
        "silenced": alert.muted,
        "requests": [_request_row(one) for key in alert.asked.values() if (one := board.get(Question, key))],
        "history": [_step_row(step) for step in alert.history],
    }


def _request_row(question: Question) -> dict[str, Any]:
    """What somebody asked for, and what was answered, each with its time."""
    return {
        "kind": question.what,
        "by": masked(question.asker) or None,
        "text": masked(question.text),
        "at": iso(question.at),
        "told": question.count,
        "answer": question.answer or None,
        "answered_by": masked(question.by) or None,
        "answered_at": iso(question.answered_at),
    }


def _step_row(step: Step) -> dict[str, Any]:
    """Who did what, when: the desk's own doing has nobody."""
    return {
        "at": iso(step.at),
        "what": step.what,
        "by": masked(step.by) or None,
        "text": masked(step.text),
        "until": iso(step.until),
        "about": step.about or None,
    }


def silences_view(board: Board) -> list[dict[str, Any]]:
    """The silences that have not ended, the first to end first."""
    mutes = sorted(board.all(Mute), key=lambda pair: (pair[1].silence.until, pair[0]))
    return [
        {
            "id": name,
            "since": iso(mute.silence.since),
            "until": iso(mute.silence.until),
            "by": masked(mute.by),
            "reason": masked(mute.text),
            **{place: getattr(mute.silence, place) or None for place in PLACES},
            "alerts": sum(alert.muted for alert in board.standing() if _covers(board, alert, mute)),
        }
        for name, mute in mutes
    ]


def _covers(board: Board, alert: Alert, mute: Mute) -> bool:
    finding = alert.finding
    place = {"subject": finding.subject, "rule": finding.rule, "level": finding.level.value, "source": finding.source}
    return mute.silence.covers(place | {"unit": board.unit_of(alert)})


def lessons_view(board: Board) -> list[dict[str, Any]]:
    """Of each rule that people called a false alarm: how many of what it opened, by quarter."""
    return [
        {"rule": rule, "quarter": quarter, "opened": opened, "dismissed": dismissed}
        for rule, lesson in board.all(Lesson)
        for quarter, (opened, dismissed) in lesson.quarters.items()
        if dismissed
    ]


def _incident_row(board: Board, incident: Incident) -> dict[str, Any]:
    """An incident with what it masks: breaches that opened inside it, and the blindness of its sources."""
    return {
        "id": incident.id,
        "kind": "incident",
        "rule": "OWN-INCIDENT",
        "state": ACKNOWLEDGED if incident.in_hand else "open" if incident.closed_at is None else "closed",
        "unit": "",
        "subject": None,
        "findings": [*incident.masks, *(_blind(board, incident) if incident.closed_at is None else [])],
        "collector": incident.collector,
        "opened_at": iso(incident.opened_at),
        "since": iso(incident.since),
        "closed_at": iso(incident.closed_at),
        "why": incident.why,
        "part_of": incident.part_of or None,
        "by": masked(incident.by) or None,
        "note": masked(incident.note) or None,
        "until": iso(incident.until) if incident.in_hand else None,
        "history": [_step_row(step) for step in incident.history],
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
