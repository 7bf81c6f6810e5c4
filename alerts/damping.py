"""What keeps letters back for a while: silences, nights and holidays, and places that come and go. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.directory import in_charge
from alerts.groups import Wake
from alerts.incidents import Incident
from alerts.letter import Reason
from alerts.officehours import working_morning
from alerts.planning import is_last_days, last_days
from alerts.remembered import Flap, Mute
from alerts.routing import end_of, is_within
from streams.days import day_of
from streams.findings import Grade
from streams.holidays import is_holiday

CALM = "calm/"
_DAMPED = frozenset({Reason.NEW, Reason.WORSE, Reason.DUE_SOON, Reason.RESOLVED})


def silence_of(board: Board, alert: Alert, at: datetime) -> str | None:
    """The silence that covers an alert at a moment: each of its units, where a message has several."""
    finding = alert.finding
    whose = in_charge(board.who_of(finding.subject), finding.args)
    place = {"subject": finding.subject, "rule": finding.rule, "level": finding.level.value, "source": finding.source}
    for name, mute in board.all(Mute):
        if mute.silence.since <= at < mute.silence.until and all(
            mute.silence.covers(place | {"unit": who.unit}) for who in whose
        ):
            return name
    return None


def quiet_until(board: Board, one: Alert | Incident, at: datetime) -> datetime | None:
    """Until when it waits for people to be at work; None where it does not: veto weight, the last days, incidents."""
    if isinstance(one, Incident) or (one.closed_at is None and _is_urgent(one, at)):
        return None
    settings, workdays = board.settings, board.language.workdays
    if settings.quiet and is_within(settings.quiet, at):
        return end_of(settings.quiet, at)
    if settings.holidays and is_holiday(day_of(at), workdays):
        morning = working_morning(at, settings.morning, workdays)
        last = last_days(one, settings.morning)
        return morning if last is None else min(morning, last)
    return None


def _is_urgent(alert: Alert, at: datetime) -> bool:
    return alert.finding.level is Grade.VETO or is_last_days(alert, at)


# -- places that come and go -----------------------------------------------------------------------------------------


def note_opening(board: Board, alert: Alert, at: datetime) -> None:
    """Remember that a place opened; it is calm when it does not for long enough."""
    settings = board.settings
    if not settings.flaps:
        return
    window = timedelta(hours=settings.flap_hours)
    known = board.get(Flap, alert.place) or Flap()
    flaps = is_flapping(board, alert.place)
    opened = (*(moment for moment in known.opened if flaps or at - moment < window), at)[-settings.flaps :]
    board.put(alert.place, Flap(opened, alert.id, known.told, known.count + 1))
    wait = timedelta(hours=settings.calm_hours) if len(opened) >= settings.flaps else window
    board.put(CALM + alert.place, Wake(at + wait))


def is_flapping(board: Board, place: str) -> bool:
    """Whether a place has opened so often that it is summed up."""
    known = board.get(Flap, place)
    return known is not None and 0 < board.settings.flaps <= len(known.opened)


def damped(board: Board, one: Alert | Incident, reason: Reason) -> Reason | None:
    """The reason to write of a place that comes and goes: once that it does so, then nothing until it is calm."""
    if isinstance(one, Incident) or reason not in _DAMPED or not is_flapping(board, one.place):
        return reason
    known = board.get(Flap, one.place)
    return Reason.FLAPPING if known is not None and not known.told and reason is not Reason.RESOLVED else None


def mark_flapping(board: Board, alert: Alert) -> None:
    """People know that the place comes and goes."""
    known = board.get(Flap, alert.place)
    if known is not None:
        board.put(alert.place, msgspec.structs.replace(known, told=alert.id))
