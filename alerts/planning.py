"""When an alert is next written about though nothing new is found: the last days, mornings, and the ladder. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.groups import Wake
from alerts.letter import Reason
from alerts.officehours import at_hour, working_morning
from streams.days import DAY, MOMENT, day_of, start_of
from streams.findings import Grade
from streams.holidays import workday_after, workday_before

REMIND = "remind/"
LEAD = timedelta(minutes=1)  # before the morning's letters go: what is due is gathered, so that there is one letter


class Plan(msgspec.Struct, frozen=True):
    """A letter to come: when, why, up to which rung, and whether through the loudest channel."""

    at: datetime
    reason: Reason
    audience: int = 0
    loud: bool = False


def plan(board: Board, alert: Alert, at: datetime) -> None:
    """Ask to be woken for the next letter about an alert, or not at all."""
    key = REMIND + alert.id
    found = min((one.at for one in plans(board, alert, at + LEAD)), default=None)
    if found is None:
        board.take(Wake, key)
        return
    known = board.get(Wake, key)
    if known is None or known.at != found - LEAD:
        board.put(key, Wake(found - LEAD))


def planned(board: Board, alert: Alert, at: datetime) -> Plan | None:
    """What an alert was woken for at `at`: of several letters, the one that goes furthest."""
    due = [one for one in plans(board, alert, at + LEAD - MOMENT) if one.at == at + LEAD]
    return max(due, key=lambda one: (one.audience, one.loud), default=None)


def plans(board: Board, alert: Alert, after: datetime) -> Iterator[Plan]:
    """The letters after a moment; of those that repeat, the next one."""
    if alert.closed_at is not None or alert.in_hand or alert.masked_by:
        return
    if alert.accuses and alert.told_at is not None:
        yield from _ladder(board, alert, after)
        if board.settings.remind:
            tomorrow = start_of(day_of(alert.told_at) + DAY) - MOMENT
            yield Plan(_morning(board, max(after, tomorrow)), Reason.REMINDER)
    elif alert.finding.level is Grade.DUE_SOON and board.settings.remind:
        yield from (one for one in _last_days(board, alert, after) if one.at > after)


def _ladder(board: Board, alert: Alert, after: datetime) -> Iterator[Plan]:
    """The next rung that leads to anybody."""
    begun = alert.climbs_from
    for number, rung in enumerate(board.settings.rungs, 1):
        if number > alert.height and number in board.led and begun is not None:
            day = workday_after(day_of(begun), rung.days, board.language.workdays)
            moment = at_hour(day, board.settings.morning)
            yield Plan(moment if moment > after else _morning(board, after), Reason.ESCALATED, number)
            return


def _last_days(board: Board, alert: Alert, after: datetime) -> Iterator[Plan]:
    finding, settings, workdays = alert.finding, board.settings, board.language.workdays
    if finding.due is None:
        return
    last = day_of(finding.due - MOMENT)
    if "message" in finding.args:  # the working day before, and the last day itself
        first = at_hour(workday_before(last, 1, workdays), settings.morning) - MOMENT
        moment = _morning(board, max(after, first))
        if moment < finding.due:
            yield Plan(moment, Reason.REMINDER)
    elif finding.why == "due_soon":
        if finding.args.get("limit", "").endswith("mo"):
            yield Plan(at_hour(workday_before(last + DAY, 3, workdays), settings.morning), Reason.REMINDER)
        yield Plan(at_hour(last - DAY, settings.morning), Reason.REMINDER, 1)
        yield Plan(at_hour(last, settings.last_day), Reason.REMINDER, 1, loud=True)


def _morning(board: Board, after: datetime) -> datetime:
    return working_morning(after, board.settings.morning, board.language.workdays)


def last_days(alert: Alert, hour: int) -> datetime | None:
    """The morning of the day before its last safe day, if it is due soon: from then on it waits for no holiday."""
    due = alert.finding.due
    if alert.finding.level is not Grade.DUE_SOON or due is None:
        return None
    return at_hour(day_of(due - MOMENT) - DAY, hour)


def is_last_days(alert: Alert, at: datetime) -> bool:
    """Whether it is due soon, and its last two days have begun: that waits for no holiday and no dawn."""
    begun = last_days(alert, 0)
    return begun is not None and begun <= at
