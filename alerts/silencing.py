"""Silences on the desk: what they cover is not written about; what still stands when they end is told then."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.board import Board
from alerts.damping import silence_of
from alerts.groups import Wake
from alerts.letter import Reason
from alerts.remembered import Mute
from alerts.telling import tell
from streams.findings import Finding
from streams.records import FactKind
from streams.silences import PLACES, Silence

MUTE = "mute/"


def announce(board: Board, finding: Finding) -> bool:
    """Take a silence, or its end before its time; whether it was either."""
    name = finding.args.get("matter", "")
    if finding.why == FactKind.SILENCED.value:
        args = {key: finding.args[key] for key in (*PLACES, "since", "until") if key in finding.args}
        silence = msgspec.convert(args, Silence, strict=False)
        if silence.until > finding.time:
            board.put(name, Mute(silence, finding.args.get("by", ""), finding.args.get("text", ""), finding.time))
            board.put(MUTE + name, Wake(silence.until))
        return True
    if finding.why == FactKind.UNSILENCED.value:
        board.take(Wake, MUTE + name)
        lift(board, name, finding.time)
        return True
    return False


def lift(board: Board, name: str, at: datetime) -> None:
    """A silence is over: what it kept back, and nothing else does, is told."""
    if board.take(Mute, name) is None:
        return
    for alert in board.standing():
        if alert.muted and silence_of(board, alert, at) is None:
            owed = alert.owed or (Reason.REMINDER.value if alert.told else "")
            begun = at if alert.climbs_from is not None else None
            free = msgspec.structs.replace(alert, muted=False, owed=owed, climbs_from=begun)
            board.put(free.id, free)
            tell(board, free, at)
