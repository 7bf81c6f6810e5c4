"""The sweep before a holiday: three working days ahead, one letter about all that lapses until offices open again."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from alerts.alert import Alert, heaviness
from alerts.board import Board
from alerts.groups import Wake
from alerts.letter import Reason
from alerts.officehours import at_hour
from alerts.planning import LEAD
from alerts.remembered import Lapse
from alerts.telling import MORNING, gather, join, unit_of
from streams.days import DAY, day_of, start_of
from streams.findings import Finding, Grade
from streams.holidays import AHEAD, holiday_after, workday_before

SWEEP = "sweep/"
LAPSES = "lapses"  # the word of a rule for what is not due soon yet, and will be late before offices open again
_AGAIN = 30 * DAY


def plan_sweep(board: Board, at: datetime) -> None:
    """Ask to be woken before the next holiday that is known."""
    head = board.head
    if not board.settings.sweep or board.get(Wake, SWEEP) is not None:
        return
    if head.no_sweep_before is not None and day_of(at) < head.no_sweep_before:
        return
    moment = _next_sweep(board, at)
    if moment is None:
        board.head_to(no_sweep_before=day_of(at) + _AGAIN)
    else:
        board.put(SWEEP, Wake(moment))


def keep_lapse(board: Board, finding: Finding) -> None:
    """A rule says that something will be late before offices open again."""
    if board.settings.sweep and finding.due is not None:
        lapse = Lapse(finding)
        board.put(lapse.id, lapse)


def sweep(board: Board, _name: str, at: datetime) -> None:
    """Gather what lapses into the morning's letters: what was found to, and what is due soon already, told or not."""
    holiday = holiday_after(day_of(at), board.language.workdays)
    until = start_of(holiday[1] + DAY) if holiday is not None else at
    known: set[tuple[str, str]] = set()
    for alert in board.standing():
        known.add((alert.finding.rule, alert.finding.source))
        if alert.finding.level is Grade.DUE_SOON and _lapses(alert.finding, at, until) and _is_free(alert):
            swept = msgspec.structs.replace(alert, said=heaviness(alert.finding), owed=Reason.SWEEP.value)
            board.put(swept.id, swept)
            join(board, swept, MORNING + unit_of(board, swept), at + LEAD)
    for key, lapse in list(board.all(Lapse)):
        if _lapses(lapse.finding, at, until) and (lapse.finding.rule, lapse.finding.source) not in known:
            gather(board, MORNING + unit_of(board, lapse.as_alert()), key, at + LEAD)
        else:
            board.take(Lapse, key)
    plan_sweep(board, at)


def _is_free(alert: Alert) -> bool:
    return not (alert.in_hand or alert.masked_by or alert.held)


def _lapses(finding: Finding, at: datetime, until: datetime) -> bool:
    return finding.due is not None and at < finding.due <= until


def _next_sweep(board: Board, at: datetime) -> datetime | None:
    workdays = board.language.workdays
    day: date = day_of(at)
    while (found := holiday_after(day, workdays)) is not None:
        moment = at_hour(workday_before(found[0], AHEAD, workdays), board.settings.morning) - LEAD
        if moment > at:
            return moment
        day = found[0]
    return None
