"""When people are told of an alert: grouping, calm mornings, what is held back, and no floods."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.alert import ACKNOWLEDGED, FALSE_ALARM, GRANTED, OPEN, Alert, Step, heaviness
from alerts.board import Board
from alerts.damping import damped, quiet_until, silence_of
from alerts.groups import Group, Times, Wake, morning_after
from alerts.incidents import LEAST, Collector, Incident
from alerts.letter import Reason
from alerts.mailing import mail_out
from alerts.masks import open_incident_of
from alerts.planning import plan
from alerts.remembered import Lapse
from streams.findings import Grade

BLIND = "OWN-BLIND"
OURS = frozenset({BLIND, "OWN-OFF", "OWN-RULE", "OWN-DATE", "OWN-INCIDENT", "OWN-STALL"})
SUSPECT, ACK = "suspect/", "ack/"
MORNING = "morning/"
CALM = timedelta(minutes=10)  # an incident's end is told when it has lasted that long
PATIENCE = timedelta(hours=12)  # a suspicion that is never borne out must not become silence
_QUIET = frozenset({Grade.NOTICE, Grade.UNKNOWN, Grade.DUE_SOON})


def reason_of(one: Alert | Incident) -> Reason | None:
    """Why it would be written about, as it stands now; None where people know all there is to know."""
    if isinstance(one, Incident):
        return _of_incident(one)
    if one.state != FALSE_ALARM and one.closed_at is not None:
        return Reason.RESOLVED if one.rung and one.told != Reason.RESOLVED.value else None
    if one.in_hand or one.state == FALSE_ALARM:
        return None
    return _of_standing(one)


def _of_standing(one: Alert) -> Reason | None:
    if heaviness(one.finding) <= one.said or one.owed == Reason.ACK_BROKEN.value:
        return Reason(one.owed) if one.owed else None
    if one.finding.level is Grade.DUE_SOON:
        return Reason.DUE_SOON
    return Reason.WORSE if one.told not in {"", Reason.FLAPPING.value} else Reason.NEW


def _of_incident(incident: Incident) -> Reason | None:
    if incident.in_hand:
        return None
    if incident.closed_at is None:
        owed = Reason(incident.owed) if incident.owed else None
        return owed if incident.told else Reason.INCIDENT
    return Reason.RESOLVED if incident.told else None


def tell(board: Board, one: Alert | Incident, at: datetime) -> None:
    """Put it into the group in which it will be told, and out of any other; and plan what is written of it later."""
    if isinstance(one, Alert):
        one = _broken(board, one, at)
        plan(board, one, at)
    reason = reason_of(one)
    if reason is None:
        leave(board, one)
    elif isinstance(one, Incident):
        ends = reason is Reason.RESOLVED
        name, wait = (f"calm/{one.id}", CALM) if ends else ("now/@ours", timedelta(seconds=board.settings.group_wait))
        join(board, one, name, at + wait)
    elif _is_quiet(one):
        join(board, one, MORNING + unit_of(board, one), morning_after(at, board.settings.morning))
    else:
        join(board, one, f"now/{unit_of(board, one)}", at + timedelta(seconds=board.settings.group_wait))


def _broken(board: Board, alert: Alert, at: datetime) -> Alert:
    """The alert out of the hands in which it was, if it is a veto now and was none when it was taken in hand."""
    taken = alert.state in {ACKNOWLEDGED, GRANTED} and alert.closed_at is None and not alert.masked_by
    if not taken or alert.finding.level is not Grade.VETO or alert.taken_at in {"", Grade.VETO.value}:
        return alert
    board.take(Wake, ACK + alert.id)
    climbs = at if alert.climbs_from is not None else None
    step = Step(at, Reason.ACK_BROKEN.value)
    owed = {"owed": Reason.ACK_BROKEN.value, "climbs_from": climbs, "audience": 0, "loud": False}
    free = alert.after(step, state=OPEN, until=None, **owed)
    board.put(free.id, free)
    return free


def join(board: Board, one: Alert | Incident, name: str, at: datetime) -> None:
    """Put it into a group by name; a group that is there already keeps its moment."""
    if one.group == name:
        return
    _out_of(board, one)
    gather(board, name, one.id, at)
    waits = {"held": False} if isinstance(one, Alert) else {}
    board.put(one.id, msgspec.structs.replace(one, group=name, **waits))


def gather(board: Board, name: str, key: str, at: datetime) -> None:
    """Put a key into a group."""
    group = board.get(Group, name)
    if group is None:
        board.put(name, Group(at, {key: True}))
    else:
        group.keys[key] = True
        board.touch(Group, name)


def leave(board: Board, one: Alert | Incident) -> None:
    """Take it out of the group in which it waits: there is nothing to say."""
    if one.group:
        _out_of(board, one)
        board.put(one.id, msgspec.structs.replace(one, group=""))


def _out_of(board: Board, one: Alert | Incident) -> None:
    group = board.get(Group, one.group)
    if group is None:
        return
    group.keys.pop(one.id, None)
    if group.keys:
        board.touch(Group, one.group)
    else:
        board.take(Group, one.group)


def _is_quiet(alert: Alert) -> bool:
    """Whether it is a matter for the morning letter. A page that does not open now is not."""
    if alert.finding.rule in OURS or "message" in alert.finding.args:  # a term ends at midnight; nobody is at work
        return True
    return alert.finding.level in _QUIET and alert.finding.why != "down"


def unit_of(board: Board, one: Alert | Incident) -> str:
    """The group of a unit's letters; what is about ourselves has its own."""
    return "@ours" if isinstance(one, Incident) or one.finding.rule in OURS else board.unit_of(one)


# -- a group's moment has come -------------------------------------------------------------------------------------


def send(board: Board, name: str, at: datetime) -> None:
    """Tell one group, each alert as it stands now; what must wait is left out."""
    group = board.take(Group, name)
    ready: dict[str, Reason] = {}
    for key in sorted(group.keys) if group is not None else ():
        one = board.get(Alert, key) or board.get(Incident, key)
        if one is None:
            ready |= _lapse(board, key, at)
            continue
        one = msgspec.structs.replace(one, group="")
        board.put(key, one)
        reason = reason_of(one)
        if reason is None or _is_held(board, one, at) or _is_muted(board, one, at):
            continue
        reason = damped(board, one, reason)
        if reason is None:
            continue
        later = _later(board, one, reason, at)
        if later is None:
            ready[key] = reason
        else:
            join(board, one, *later)
    mail_out(board, ready, at, one_letter=name.startswith(MORNING))
    for key in ready:
        board.take(Lapse, key)


def _lapse(board: Board, key: str, at: datetime) -> dict[str, Reason]:
    """What is not due soon yet, if it may be written about; it is written about once, or never."""
    lapse = board.get(Lapse, key)
    if lapse is None:
        return {}
    if board.head.off or silence_of(board, lapse.as_alert(), at) is not None:
        board.take(Lapse, key)
        return {}
    return {key: Reason.SWEEP}


def _is_held(board: Board, one: Alert | Incident, at: datetime) -> bool:
    if isinstance(one, Incident):
        return board.head.off != ""  # told when we are on again, if there is still something to tell
    held = bool(board.head.off) or (one.closed_at is None and (_is_masked(board, one) or _is_suspect(board, one, at)))
    if held:
        board.put(one.id, msgspec.structs.replace(one, held=True))
    return held


def _is_muted(board: Board, one: Alert | Incident, at: datetime) -> bool:
    """Whether a silence covers it: then it is told when that ends, if it still stands."""
    if isinstance(one, Incident) or silence_of(board, one, at) is None:
        return False
    board.put(one.id, msgspec.structs.replace(one, muted=True))
    return True


def _is_masked(board: Board, alert: Alert) -> bool:
    """Masked, or inside an incident of its collector; word about ourselves waits only if it is about blindness."""
    if alert.masked_by:
        return True
    if alert.finding.rule in OURS and alert.finding.rule != BLIND:
        return False
    return open_incident_of(board, board.collector_of(alert)) is not None


def _is_suspect(board: Board, alert: Alert, at: datetime) -> bool:
    """Whether an accusation waits, because nothing new came through its collector for unusually long."""
    if not alert.accuses or alert.believed:
        return False
    name = board.collector_of(alert)
    collector = board.get(Collector, name)
    if collector is None or board.census.of(name).known < LEAST or not collector.rhythm.is_suspect(at):
        return False
    if board.get(Wake, SUSPECT + alert.id) is None:
        board.put(SUSPECT + alert.id, Wake(at + PATIENCE))
    return True


def _later(board: Board, one: Alert | Incident, reason: Reason, at: datetime) -> tuple[str, datetime] | None:
    """The group in which it waits longer: no floods, quiet nights and holidays."""
    times = board.get(Times, one.place)
    last = times.at.get(reason.value) if times is not None else None
    again = timedelta(seconds=board.settings.again)
    if last is not None and at < last + again:
        return f"again/{one.id}", last + again
    quiet = quiet_until(board, one, at)
    return None if quiet is None else (f"dawn/{unit_of(board, one)}", quiet)


# -- what was held -------------------------------------------------------------------------------------------------


def release(board: Board, at: datetime, collector: str | None = None) -> None:
    """Tell what was held and is not masked: of one collector, or of all."""
    for alert in board.held():
        if not alert.masked_by and collector in {None, board.collector_of(alert)}:
            unhold(board, alert, at)


def unhold(board: Board, alert: Alert, at: datetime) -> None:
    """Tell an alert that was held, if it is still worth a letter."""
    free = msgspec.structs.replace(alert, held=False)
    board.put(free.id, free)
    board.take(Wake, SUSPECT + free.id)
    tell(board, free, at)
