"""What each finding of the ledger does to the desk."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import FALSE_ALARM, Alert, heaviness
from alerts.board import Board
from alerts.contacts import confirm, plan_asking
from alerts.damping import note_opening
from alerts.directory import OVER, What, what_of, who_of
from alerts.groups import Wake
from alerts.incidents import Incident, Sight
from alerts.life import decide, ended
from alerts.masks import FREE, mask
from alerts.planning import REMIND
from alerts.records import learn, offend
from alerts.silencing import announce
from alerts.sweeping import LAPSES, keep_lapse, plan_sweep
from alerts.telling import BLIND, OURS, SUSPECT, leave, release, tell
from alerts.watching import FORGET, KEPT, forget, see, skip_days
from streams.findings import REGISTRY, Event, Finding
from streams.records import FactKind

OFF = "OWN-OFF"


def hear(board: Board, finding: Finding) -> None:
    """Take one finding."""
    plan_sweep(board, finding.time)
    plan_asking(board, finding.time)
    if finding.rule == REGISTRY:
        _register(board, finding)
    elif finding.event is Event.SIGNALS:
        if finding.rule == BLIND:
            see(board, finding)
        elif finding.why == LAPSES:
            keep_lapse(board, finding)
    elif finding.rule == OFF:
        _pause(board, finding)
    elif finding.event is Event.CLOSES:
        _close(board, finding)
    else:
        _stand(board, finding)


def _register(board: Board, finding: Finding) -> None:
    if decide(board, finding) or announce(board, finding) or confirm(board, finding):
        return
    if finding.source:
        retired = finding.why == FactKind.SOURCE_RETIRED.value
        board.put(finding.source, what_of(finding.args, retired=retired))
        if retired:
            forget(board, finding.source, finding.time)
    elif "name" in finding.args:
        board.put(finding.subject, who_of(finding.args))
        if finding.args.get("status") in OVER:
            _forget_all(board, finding)


def _forget_all(board: Board, finding: Finding) -> None:
    sources = [key for key, what in board.all(What) if what.subject == finding.subject]
    for source in sources:
        if board.get(Sight, source) is not None:
            forget(board, source, finding.time)


def _stand(board: Board, finding: Finding) -> None:
    """A matter opened or moved: keep it, mask it where it began to accuse inside an incident, and tell."""
    known = board.get(Alert, finding.id)
    alert = Alert(finding=finding) if known is None else msgspec.structs.replace(known, finding=finding)
    if not alert.accuses:
        alert = msgspec.structs.replace(alert, accused_at=None, masked_by="")
    elif alert.accused_at is None:
        alert = mask(board, msgspec.structs.replace(alert, accused_at=finding.witnessed_at or finding.time))
    if known is None and finding.rule not in OURS:
        learn(board, alert, finding.time, opened=1)
        note_opening(board, alert, finding.time)
    alert = offend(board, alert)
    # What eased and grows worse again is news once more.
    alert = msgspec.structs.replace(alert, said=min(alert.said, heaviness(finding)))
    board.put(alert.id, alert)
    if not (alert.held and alert.masked_by):
        tell(board, alert, finding.time)


def _close(board: Board, finding: Finding) -> None:
    """A matter is over. If nobody heard of it, the ledger remembers it and the desk does not."""
    alert = board.get(Alert, finding.id)
    if alert is None:
        return
    for wake in (FREE, SUSPECT, REMIND):
        board.take(Wake, wake + alert.id)
    if not alert.told and not alert.history and alert.state != FALSE_ALARM:
        leave(board, alert)
        board.take(Alert, alert.id)
        return
    # The finding that stood is kept: a letter that says "resolved" says what was.
    closed = ended(board, alert, finding)
    board.put(alert.id, closed)
    board.put(FORGET + alert.id, Wake(finding.time + KEPT))
    tell(board, closed, finding.time)


def _pause(board: Board, finding: Finding) -> None:
    """We were off: nothing is told until a round of looks is done."""
    if finding.event is not Event.CLOSES:
        board.put(finding.id, Alert(finding=finding))
        board.head_to(off=finding.id)
        return
    board.take(Alert, finding.id)
    board.head_to(off="", on_since=finding.time)
    skip_days(board, _moment(finding.args.get("since", ""), finding.opened_at), finding.time)
    release(board, finding.time)
    for _, incident in board.all(Incident):
        tell(board, incident, finding.time)


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return otherwise
