"""Masks: a breach or veto that opened on a look inside an incident of its collector is shown unknown, its letter held.

Findings are never rewritten. The mask is lifted where the matter still stands when the incident is over and its source
has been seen well again: at its turn to good, or, for a source that was good all the while, after two of its intervals
without a bad word, in which it was surely looked at. A due-soon stays shown; only its letter waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.directory import EVERY, What
from alerts.groups import Wake
from alerts.incidents import NETWORK, Collector, Incident, Sight, covering

FREE = "free/"
_INTERVALS = 2


def open_incident_of(board: Board, collector: str) -> Incident | None:
    """The incident of a collector that is open, our own network's before its own."""
    for name in (NETWORK, collector):
        entry = board.get(Collector, name)
        if entry is not None and entry.incident:
            return board.get(Incident, entry.incident)
    return None


def mask(board: Board, alert: Alert) -> Alert:
    """The alert as it is shown when it begins to accuse."""
    finding = alert.finding
    entries = [board.get(Collector, name) for name in (NETWORK, finding.collector)]
    last = [board.get(Incident, entry.last) for entry in entries if entry is not None]
    over = covering([one for one in last if one is not None], finding.collector, finding.witnessed_at, finding.time)
    folded = (board.get(Alert, one) for one in finding.folds)
    by = over.id if over is not None else next((one.masked_by for one in folded if one is not None), "")
    return put_under(board, alert, by, finding.time) if by else alert


def put_under(board: Board, alert: Alert, incident: str, at: datetime) -> Alert:
    """Mask an alert by an incident; the alert is returned, not put."""
    over = board.get(Incident, incident)
    if over is not None and alert.id not in over.masks:
        board.put(over.id, msgspec.structs.replace(over, masks=(*over.masks, alert.id)))
    if over is not None and over.closed_at is not None:
        set_free_later(board, alert, at)
    return msgspec.structs.replace(alert, masked_by=incident)


def set_free_later(board: Board, alert: Alert, at: datetime) -> None:
    """Ask to be woken when a source that was good all the while must have been seen again."""
    what = board.get(What, alert.finding.source)
    every = what.every if what is not None else EVERY
    board.put(FREE + alert.id, Wake(at + _INTERVALS * timedelta(seconds=every)))


def is_free(board: Board, alert: Alert, at: datetime) -> bool:
    """Whether nothing masks it any more; where another incident does by now, it is put under that one."""
    over = open_incident_of(board, board.collector_of(alert))
    if over is not None:
        if alert.masked_by != over.id:
            board.put(alert.id, put_under(board, alert, over.id, at))
        return False
    if any(folded.masked_by for one in alert.finding.folds if (folded := board.get(Alert, one)) is not None):
        return False
    sight = board.get(Sight, alert.finding.source)
    return sight is None or sight.good
