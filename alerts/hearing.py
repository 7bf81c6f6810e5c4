"""What each finding of the ledger does to the desk."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import CLOSED, CONFIRMED, FALSE_ALARM, Alert
from alerts.board import Board
from alerts.directory import what_of, who_of
from alerts.incidents import Collector, Incident, open_incident
from alerts.letter import Reason
from alerts.telling import join, tell
from streams.findings import ACCUSING, Event, Finding, Grade
from streams.records import FactKind

BLIND, OFF, REGISTRY = "OWN-BLIND", "OWN-OFF", "REGISTRY"


def hear(board: Board, finding: Finding) -> None:
    """Take one finding."""
    if finding.rule == REGISTRY:
        _register(board, finding)
    elif finding.event is Event.SIGNALS:
        if finding.rule == BLIND and finding.collector:
            _signal(board, finding)
    elif finding.event is Event.CLOSES:
        _close(board, finding)
    else:
        _stand(board, finding)


def _register(board: Board, finding: Finding) -> None:
    if finding.why in {FactKind.CONFIRMED.value, FactKind.DISMISSED.value}:
        _decide(board, finding)
    elif finding.source:
        board.put(finding.source, what_of(finding.args))
        if finding.why == FactKind.SOURCE_RETIRED.value:
            _forget(board, finding.source)
    elif "name" in finding.args:
        board.put(finding.subject, who_of(finding.args))


def _decide(board: Board, finding: Finding) -> None:
    alert = board.get(Alert, finding.args.get("matter", ""))
    if alert is not None and alert.state != CLOSED:
        state = CONFIRMED if finding.why == FactKind.CONFIRMED.value else FALSE_ALARM
        board.put(alert.id, msgspec.structs.replace(alert, state=state, by=finding.args.get("by", "")))


def _stand(board: Board, finding: Finding) -> None:
    """A matter opened or moved: keep it, mask it where it opened inside an incident, and tell."""
    if finding.rule == OFF:
        board.put("", msgspec.structs.replace(board.head, off=finding.id))
    known = board.get(Alert, finding.id)
    alert = Alert(finding=finding) if known is None else msgspec.structs.replace(known, finding=finding)
    accuses = known is None or known.finding.level not in ACCUSING
    if accuses and finding.level in ACCUSING and (incident := _incident_of(board, finding.collector)) is not None:
        alert = msgspec.structs.replace(alert, masked_by=incident.id)
        board.put(incident.id, msgspec.structs.replace(incident, masks=(*incident.masks, alert.id)))
    board.put(alert.id, alert)
    if finding.rule != OFF and (known is None or finding.event is Event.WORSENS):
        tell(board, alert, _reason(finding, new=known is None), finding.time)


def _reason(finding: Finding, *, new: bool) -> Reason:
    if finding.level is Grade.DUE_SOON:
        return Reason.DUE_SOON
    return Reason.NEW if new else Reason.WORSE


def _close(board: Board, finding: Finding) -> None:
    alert = board.get(Alert, finding.id)
    if alert is None:
        return
    tellable = alert.told and alert.state != FALSE_ALARM and finding.rule != OFF
    if tellable:
        # The finding that stood is kept: a letter that says "resolved" says what was.
        board.put(alert.id, msgspec.structs.replace(alert, state=CLOSED, closed_at=finding.time, held=""))
        tell(board, alert, Reason.RESOLVED, finding.time)
    else:
        board.take(Alert, alert.id)  # nobody was told of it: the ledger remembers
    if finding.rule == OFF:
        board.put("", msgspec.structs.replace(board.head, off=""))
        _release(board, finding.time)


def _release(board: Board, at: datetime) -> None:
    """What was held while we were off is told, if it still stands."""
    for alert in board.standing():
        if alert.held and not alert.masked_by:
            board.put(alert.id, msgspec.structs.replace(alert, held=""))
            tell(board, alert, Reason(alert.held), at)


# -- incidents ---------------------------------------------------------------------------------------------------


def _signal(board: Board, finding: Finding) -> None:
    collector = board.get(Collector, finding.collector) or Collector()
    if finding.why == "new":
        board.put(finding.collector, collector.refreshed(finding.time))
        return
    before = board.way(finding.source)
    if before is not None and before[0] != finding.collector:
        _forget(board, finding.source)
    moved = collector.turned(finding.source, finding.subject, finding.why)
    board.put(finding.collector, _weigh(board, finding, moved))
    if finding.why == "good":
        _unmask(board, finding)


def _weigh(board: Board, finding: Finding, moved: Collector) -> Collector:
    """Open or close the collector's incident as its subjects fail or recover."""
    incident = board.get(Incident, moved.incident)
    if incident is None and moved.is_down():
        incident = open_incident(finding.collector, finding.time, moved.why())
        board.put(incident.id, incident)
        join(board, incident.id, Reason.INCIDENT, finding.time, morning=False)
        return msgspec.structs.replace(moved, incident=incident.id)
    if incident is not None and moved.is_up():
        board.put(incident.id, msgspec.structs.replace(incident, closed_at=finding.time))
        if incident.told:
            join(board, incident.id, Reason.RESOLVED, finding.time, morning=False)
        return msgspec.structs.replace(moved, incident="")
    return moved


def _forget(board: Board, source: str) -> None:
    """A source that is read by another way, or no more, counts here no longer."""
    way = board.way(source)
    if way is not None:
        name, collector = way
        left = {one: outcome for one, outcome in collector.outcomes.items() if one != source}
        board.put(name, msgspec.structs.replace(collector, outcomes=left))


def _unmask(board: Board, finding: Finding) -> None:
    """A good look after the incident still shows it: it is shown and told after all."""
    for alert in board.standing():
        if not alert.masked_by or alert.finding.source != finding.source:
            continue
        incident = board.get(Incident, alert.masked_by)
        if incident is None or incident.closed_at is not None or incident.collector != finding.collector:
            free = msgspec.structs.replace(alert, masked_by="", held="")
            board.put(alert.id, free)
            tell(board, free, Reason(alert.held or Reason.NEW), finding.time)


def _incident_of(board: Board, collector: str) -> Incident | None:
    found = board.get(Collector, collector)
    return None if found is None else board.get(Incident, found.incident)
