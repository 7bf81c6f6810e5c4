"""What is written though nothing new was found: reminders, the ladder, and what is left when a place is calm again."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.alert import Alert, Step
from alerts.board import Board
from alerts.damping import silence_of
from alerts.letter import Reason
from alerts.planning import planned
from alerts.remembered import Flap
from alerts.telling import MORNING, join, reason_of, tell, unit_of


def remind(board: Board, alert: Alert, at: datetime) -> None:
    """It was woken for a letter to come: owe it, in the unit's letter of that morning."""
    found = planned(board, alert, at)
    if found is None:
        return
    if silence_of(board, alert, found.at) is not None:  # the ladder waits, too
        board.put(alert.id, msgspec.structs.replace(alert, muted=True))
        return
    owed = msgspec.structs.replace(alert, owed=found.reason.value, audience=found.audience, loud=found.loud)
    if found.reason is Reason.ESCALATED:
        owed = owed.after(Step(found.at, found.reason.value, text=str(found.audience)), height=found.audience)
    board.put(owed.id, owed)
    join(board, owed, ("last/" if found.loud else MORNING) + unit_of(board, owed), found.at)


def calm_down(board: Board, place: str, at: datetime) -> None:
    """A place has not opened for long enough: tell how it stands, if people know that it came and went."""
    known = board.take(Flap, place)
    if known is None or not known.told:
        return
    for name in (known.last, known.told):
        alert = board.get(Alert, name)
        if alert is not None and reason_of(alert) is not None:
            counted = msgspec.structs.replace(alert, flapped=known.count)
            board.put(counted.id, counted)
            tell(board, counted, at)
            return
