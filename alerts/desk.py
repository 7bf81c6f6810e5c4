"""The desk: the ledger in the order (time, subject, n), folded into alerts, incidents and letters. Pure.

Findings up to a due of the desk's own are taken first, then the due fires: nothing depends on how the ledger is cut
into turns, nor on when the watermark moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from alerts.board import Board, Key, Language, Settings
from alerts.hearing import hear
from alerts.letter import Letter
from alerts.telling import first_due, send
from streams.findings import Finding


class Turned(msgspec.Struct, frozen=True):
    """What a turn did: values that changed (None: gone), letters that go out, and those that are overtaken."""

    changes: dict[Key, bytes | None]
    letters: tuple[Letter, ...]
    superseded: tuple[str, ...]


class Desk:
    """The desk's state, moved by turns. A crash loses nothing: it is the fold of the ledger."""

    def __init__(self, settings: Settings, language: Language, state: Mapping[Key, bytes]) -> None:
        """Take up `state` as the store kept it."""
        self.board = Board(settings, language, state)

    def turn(self, findings: Iterable[Finding], until: datetime, *, complete: bool) -> Turned:
        """Take `findings` (in order, beyond the head, strictly before `until`), then the dues before `until`.

        `complete` says that these are all of them; otherwise the last dues wait for the rest.
        """
        last: Finding | None = None
        for finding in findings:
            self._fire(before=finding.time)
            hear(self.board, finding)
            last = finding
        if last is not None:
            head = msgspec.structs.replace(self.board.head, time=last.time, subject=last.subject, n=last.n)
            self.board.put("", head)
        if complete:
            self._fire(before=until)
        turned = Turned(self.board.changes(), tuple(self.board.letters), tuple(self.board.superseded))
        self.board.letters.clear()
        self.board.superseded.clear()
        return turned

    def next_due(self) -> datetime | None:
        """When the desk has something of its own to do."""
        due = first_due(self.board)
        return None if due is None else due[0]

    def _fire(self, *, before: datetime) -> None:
        while (due := first_due(self.board)) is not None and due[0] < before:
            send(self.board, due[1], due[0])
