"""The morning on which questions are written about again: who else is told, and whom they are put to once more."""

from __future__ import annotations

from datetime import datetime

from alerts.board import Board
from alerts.contacts import report
from alerts.letter import Point, Reason
from alerts.questions import ripe, write_out
from alerts.requests import KINDS, put_on
from alerts.routing import Recipient


def settle(board: Board, _name: str, at: datetime) -> None:
    """Write about every question that is due."""
    told: dict[tuple[Recipient, Reason], list[Point]] = {}
    for key, question in ripe(board, at):
        write = put_on if question.what in KINDS else report
        for recipient, reason, point in write(board, key, question, at):
            told.setdefault((recipient, reason), []).append(point)
    write_out(board, told, at)
