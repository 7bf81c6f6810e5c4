"""What people say of an alert, and what comes of it when its time is over or a second look has been made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alerts.alert import ACKNOWLEDGED, CLOSED, CONFIRMED, FALSE_ALARM, FIXED, GRANTED, OPEN, Alert, Step
from alerts.board import Board
from alerts.groups import Wake
from alerts.incidents import Incident
from alerts.letter import Reason
from alerts.officehours import at_hour
from alerts.records import forget_offence, learn
from alerts.requests import answer, let_go, request
from alerts.telling import ACK, tell
from streams.days import day_of
from streams.findings import Finding
from streams.holidays import workday_after
from streams.records import REQUESTS, FactKind
from streams.secondlook import STILL

CLAIM, HAND = "claim/", "hand/"
ACK_OVER, UNSEEN = "ack_over", "unseen"  # steps of the desk's own in a history


def decide(board: Board, finding: Finding) -> bool:
    """Take what was said of an alert; whether it was about one. What is not open (any more) is passed over."""
    deed = _DEEDS.get(finding.why)
    if deed is None:
        return False
    alert = board.get(Alert, finding.args.get("matter", ""))
    incident = board.get(Incident, finding.args.get("matter", "")) if deed is _acknowledge else None
    if incident is not None and incident.closed_at is None:
        _take_in_hand(board, incident, finding)
    taken_back = deed in {_confirm, _dismiss}
    if alert is not None and alert.closed_at is None and (alert.state != FALSE_ALARM or taken_back):
        done = deed(board, alert, finding)
        if done is not None:
            board.put(done.id, done)
            tell(board, done, finding.time)
    return True


def ended(board: Board, alert: Alert, finding: Finding) -> Alert:
    """The alert as it is when its matter is over: a claim was right, by a second look."""
    _out_of_hand(board, alert)
    let_go(board, alert)
    if alert.state == FIXED and finding.witnessed_at is not None:  # and not that it is judged no more
        alert = alert.after(Step(finding.time, "second_look", text=finding.why))
    state = alert.state if alert.state == FALSE_ALARM else CLOSED
    closing = Step(finding.time, CLOSED, text=finding.why)
    return alert.after(closing, state=state, closed_at=finding.time, held=False)


def ack_over(board: Board, alert: Alert, at: datetime) -> None:
    """Nobody has it in hand any more: what still stands is told again."""
    if alert.state in {ACKNOWLEDGED, GRANTED}:
        _reopen(board, alert.after(Step(at, ACK_OVER)), Reason.ACK_OVER, at)


def unseen(board: Board, alert: Alert, at: datetime) -> None:
    """A claim that no look has borne out within the patience is none."""
    if alert.state == FIXED:
        _reopen(board, alert.after(Step(at, UNSEEN)), Reason.REOPENED, at)


def _reopen(board: Board, alert: Alert, reason: Reason, at: datetime) -> None:
    owed = reason.value if alert.told else ""  # of what was never told, its level speaks
    stands = msgspec.structs.replace(alert, state=OPEN, until=None, owed=owed, climbs_from=at, audience=0, loud=False)
    board.put(stands.id, stands)
    tell(board, stands, at)


def _acknowledge(board: Board, alert: Alert, finding: Finding) -> Alert:
    until = _until(finding) or _morning(board, finding.time, board.settings.ack)
    board.take(Wake, CLAIM + alert.id)
    board.put(ACK + alert.id, Wake(max(until, finding.time)))
    return _said(alert, finding, until, state=ACKNOWLEDGED, until=until, taken_at=alert.finding.level.value)


def _take_in_hand(board: Board, incident: Incident, finding: Finding) -> None:
    """Somebody has an incident in hand: nothing is written of it before that ends, but that it is over."""
    until = _until(finding) or _morning(board, finding.time, board.settings.ack)
    by, text = finding.args.get("by", ""), finding.args.get("text", "")
    step = Step(finding.time, finding.why, by, text, until)
    held = incident.after(step, by=by, note=text, until=until, owed="")
    board.put(held.id, held)
    board.put(HAND + held.id, Wake(max(until, finding.time)))
    tell(board, held, finding.time)


def out_of_hand(board: Board, name: str, at: datetime) -> None:
    """Nobody has an incident in hand any more: one that lasts is told again."""
    incident = board.get(Incident, name)
    if incident is None or incident.until is None:
        return
    owed = Reason.ACK_OVER.value if incident.closed_at is None else ""
    free = incident.after(Step(at, ACK_OVER), until=None, owed=owed)
    board.put(name, free)
    tell(board, free, at)


def _assign(board: Board, alert: Alert, finding: Finding) -> Alert:
    deadline = _until(finding) or alert.deadline or _morning(board, finding.time, board.settings.rectify)
    return _said(alert, finding, deadline, assignee=finding.args.get("text", ""), deadline=deadline)


def _claim(board: Board, alert: Alert, finding: Finding) -> Alert:
    until = finding.time + timedelta(hours=board.settings.second_look)
    board.take(Wake, ACK + alert.id)
    board.put(CLAIM + alert.id, Wake(until))
    return _said(alert, finding, None, state=FIXED, until=until)


def _confirm(board: Board, alert: Alert, finding: Finding) -> Alert:
    _out_of_hand(board, alert)
    if alert.state == FALSE_ALARM:
        learn(board, alert, finding.time, dismissed=-1)
    return _said(alert, finding, None, state=CONFIRMED, until=None)


def _dismiss(board: Board, alert: Alert, finding: Finding) -> Alert:
    _out_of_hand(board, alert)
    let_go(board, alert)
    if alert.state != FALSE_ALARM:
        learn(board, alert, finding.time, dismissed=1)
        forget_offence(board, alert)
    return _said(alert, finding, None, state=FALSE_ALARM, until=None)


def _grant(board: Board, alert: Alert, finding: Finding) -> Alert | None:
    """A request is granted: no letter about it while it stands. That it is another unit's must show in the registry."""
    kind = answer(board, alert, finding)
    if not kind:
        return None
    _out_of_hand(board, alert)
    until = _until(finding)
    if until is None and kind == FactKind.NOT_OURS.value:
        until = _morning(board, finding.time, board.settings.ack)
    if until is not None:
        board.put(ACK + alert.id, Wake(max(until, finding.time)))
    return _said(alert, finding, until, kind, state=GRANTED, until=until, taken_at=alert.finding.level.value)


def _refuse(board: Board, alert: Alert, finding: Finding) -> Alert | None:
    """A request is refused: it stands as it did."""
    kind, args = answer(board, alert, finding), finding.args
    if not kind:
        return None
    return alert.after(Step(finding.time, finding.why, args.get("by", ""), args.get("text", ""), about=kind))


def _still(board: Board, alert: Alert, finding: Finding) -> Alert | None:
    """A second look still shows it: the claim was wrong."""
    if alert.state != FIXED:
        return None
    board.take(Wake, CLAIM + alert.id)
    _reopen(board, alert.after(Step(finding.time, STILL)), Reason.REOPENED, finding.time)
    return None


def _out_of_hand(board: Board, alert: Alert) -> None:
    for wake in (ACK, CLAIM):
        board.take(Wake, wake + alert.id)


def _said(alert: Alert, finding: Finding, ends: datetime | None, about: str = "", **fields: Any) -> Alert:
    args = finding.args
    by, text = args.get("by", ""), args.get("text", "")
    noted = fields if finding.why == FactKind.ASSIGNED.value else fields | {"by": by, "note": text}
    return alert.after(Step(finding.time, finding.why, by, text, ends, about), **noted)


def _until(finding: Finding) -> datetime | None:
    text = finding.args.get("until", "")
    return datetime.fromisoformat(text) if text else None


def _morning(board: Board, at: datetime, days: int) -> datetime:
    """The morning of the `days`-th working day after."""
    return at_hour(workday_after(day_of(at), days, board.language.workdays), board.settings.morning)


_DEEDS: dict[str, Callable[[Board, Alert, Finding], Alert | None]] = {
    FactKind.ACKNOWLEDGED.value: _acknowledge,
    FactKind.ASSIGNED.value: _assign,
    FactKind.FIXED.value: _claim,
    FactKind.CONFIRMED.value: _confirm,
    FactKind.DISMISSED.value: _dismiss,
    **{kind.value: request for kind in REQUESTS},
    FactKind.GRANTED.value: _grant,
    FactKind.REFUSED.value: _refuse,
    STILL: _still,
}
