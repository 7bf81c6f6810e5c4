"""The desk: the ledger in the order (time, subject, n), folded into alerts, incidents and letters. Pure.

Findings up to a due of the desk's own are taken first, then the due fires: nothing depends on how the ledger is cut
into turns, nor on when the watermark moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from alerts.alert import Alert
from alerts.board import Board, Key, Language, Settings
from alerts.contacts import ASK, ask_contacts
from alerts.damping import CALM
from alerts.groups import Wake
from alerts.hearing import hear
from alerts.letter import Letter
from alerts.life import CLAIM, HAND, ack_over, out_of_hand, unseen
from alerts.limits import QUOTA
from alerts.mailing import sum_up
from alerts.masks import FREE
from alerts.planning import REMIND
from alerts.questions import DUE
from alerts.records import OFFENCE, quarter_is_over
from alerts.reminding import calm_down, remind
from alerts.settling import settle
from alerts.silencing import MUTE, lift
from alerts.sweeping import SWEEP, sweep
from alerts.telling import ACK, SUSPECT, send, unhold
from alerts.watching import FORGET, HOUR, check_hour, forget_over, free
from streams.findings import Finding


class Turned(msgspec.Struct, frozen=True):
    """What a turn did: values that changed (None: gone), letters that go out, those that are overtaken, and the alerts
    that no route takes, not even one to the operator."""

    changes: dict[Key, bytes | None]
    letters: tuple[Letter, ...]
    superseded: tuple[str, ...]
    unrouted: tuple[str, ...] = ()


class Desk:
    """The desk's state, moved by turns. A crash loses nothing: it is the fold of the ledger."""

    def __init__(self, settings: Settings, language: Language, state: Mapping[Key, bytes]) -> None:
        """Take up `state` as the store kept it."""
        self.board = Board(settings, language, state)

    def turn(self, findings: Iterable[Finding], until: datetime, *, complete: bool) -> Turned:
        """Take `findings` (in order, beyond the head, strictly before `until`), then the dues before `until`.

        `complete` says that these are all of them; otherwise the last dues wait for the rest.
        """
        self._take(findings, until, complete=complete)
        return self._turned()

    def fold(self, findings: Iterable[Finding], until: datetime, *, complete: bool) -> None:
        """The same for a reader, who sends no letters and saves nothing."""
        self._take(findings, until, complete=complete)
        self.board.settle()

    def next_due(self) -> datetime | None:
        """When the desk has something of its own to do."""
        due = self.board.first_due()
        return None if due is None else due[0]

    def _take(self, findings: Iterable[Finding], until: datetime, *, complete: bool) -> None:
        last: Finding | None = None
        for finding in findings:
            self._fire(before=finding.time)
            hear(self.board, finding)
            last = finding
        if last is not None:
            self.board.head_to(time=last.time, subject=last.subject, n=last.n)
        if complete:
            self._fire(before=until)

    def _turned(self) -> Turned:
        board = self.board
        turned = Turned(board.changes(), tuple(board.letters), tuple(board.superseded), tuple(board.unrouted))
        board.settle()
        return turned

    def _fire(self, *, before: datetime) -> None:
        while (due := self.board.first_due()) is not None and due[0] < before:
            at, kind, key = due
            if kind == "group":
                send(self.board, key, at)
            else:
                _wake(self.board, key, at)


def _wake(board: Board, key: str, at: datetime) -> None:
    """Do what a wake is for."""
    board.take(Wake, key)
    what, _, name = key.partition("/")
    alert = board.get(Alert, name)
    if what + "/" in _OF_ALERTS and alert is not None:
        _OF_ALERTS[what + "/"](board, alert, at)
    elif what + "/" in _OTHERS:
        _OTHERS[what + "/"](board, name, at)


def _believe(board: Board, alert: Alert, at: datetime) -> None:
    unhold(board, msgspec.structs.replace(alert, believed=True), at)


_OF_ALERTS: Mapping[str, Callable[[Board, Alert, datetime], None]] = {
    FREE: free,
    SUSPECT: _believe,
    REMIND: remind,
    ACK: ack_over,
    CLAIM: unseen,
}
_OTHERS: Mapping[str, Callable[[Board, str, datetime], None]] = {
    HOUR: check_hour,
    FORGET: forget_over,
    MUTE: lift,
    OFFENCE: quarter_is_over,
    CALM: calm_down,
    QUOTA: sum_up,
    SWEEP: sweep,
    ASK: ask_contacts,
    DUE: settle,
    HAND: out_of_hand,
}
