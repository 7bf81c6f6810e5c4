"""What the desk remembers beyond an alert: repeat offences of a place, and how often a rule is dismissed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.groups import Wake
from alerts.officehours import next_quarter, quarter_of
from alerts.remembered import Lesson, Offences
from streams.days import DAY

OFFENCE = "offence/"
QUARTERS = 8  # of a rule's lessons
SAME = DAY  # a breach that comes back within it is the same one: it flaps


def offend(board: Board, alert: Alert) -> Alert:
    """The alert with the how-manieth breach of its place in this quarter it is; what is masked is none."""
    if alert.offence or not alert.accuses or alert.masked_by or alert.state == "false_alarm":
        return alert
    at = alert.finding.time
    known = board.get(Offences, alert.place)
    if known is None or known.quarter != quarter_of(at):
        known = Offences(quarter_of(at))
        board.put(OFFENCE + alert.place, Wake(next_quarter(at)))
    if not known.at or at - max(known.at.values()) >= SAME:
        known = Offences(known.quarter, known.at | {alert.id: at})
        board.put(alert.place, known)
    return msgspec.structs.replace(alert, offence=len(known.at))


def forget_offence(board: Board, alert: Alert) -> None:
    """A false alarm was no offence."""
    known = board.get(Offences, alert.place)
    if known is not None and alert.id in known.at:
        board.put(alert.place, Offences(known.quarter, {key: at for key, at in known.at.items() if key != alert.id}))


def quarter_is_over(board: Board, place: str, at: datetime) -> None:
    """A new quarter begins with nothing."""
    known = board.get(Offences, place)
    if known is not None and known.quarter != quarter_of(at):
        board.take(Offences, place)


def learn(board: Board, alert: Alert, at: datetime, *, opened: int = 0, dismissed: int = 0) -> None:
    """Count what a rule opened, and what of it people called a false alarm, by quarter."""
    rule, quarter = alert.finding.rule, quarter_of(at)
    lesson = board.get(Lesson, rule) or Lesson()
    was = lesson.quarters.get(quarter, (0, 0))
    quarters = lesson.quarters | {quarter: (was[0] + opened, was[1] + dismissed)}
    if len(quarters) > len(lesson.quarters):
        quarters = {name: quarters[name] for name in sorted(quarters)[-QUARTERS:]}
    board.put(rule, Lesson(quarters))
