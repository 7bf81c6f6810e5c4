"""The desk at work: reads the ledger up to the watermark, and writes what a turn made in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from agents._pack import Pack
from alerts.board import Board, Clause, Language, Settings
from alerts.desk import Desk, Turned
from alerts.letter import Letter
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.outbox import Draft
from streams.ports.store.state import Conflict

log = logging.getLogger(__name__)
CHUNK = 2000
SOON = timedelta(seconds=1)


class DeskWork:
    """One desk; a second one notices by compare-and-set that it is not alone, and takes up the state anew."""

    def __init__(self, store: Store, settings: Settings, language: Language) -> None:
        """Work on `store`; letters are written in `language`."""
        self._store = store
        self._settings = settings
        self._language = language
        self._desk: Desk | None = None
        self._turns = 0

    def turn(self) -> datetime | None:
        """Take what the watermark allows; return when the desk next waits for a tick, or None."""
        while True:
            try:
                more, wanted = self._take()
            except Conflict:
                self._desk = None
                continue
            if not more:
                return wanted

    def board(self) -> Board:
        """The desk's board as it stands."""
        return self._taken_up().board

    def _taken_up(self) -> Desk:
        if self._desk is None:
            with self._store.read() as tx:
                self._turns, state = tx.load_desk()
            self._desk = Desk(self._settings, self._language, state)
        return self._desk

    def _take(self) -> tuple[bool, datetime | None]:
        """One chunk; whether there may be more, and when the next tick is wanted."""
        desk = self._taken_up()
        head = desk.board.head
        with self._store.read() as tx:
            until = tx.watermark()
            place = (head.time, head.subject, head.n)
            findings = tx.findings_between(place, until, CHUNK) if until is not None else []
            waits = until is not None and tx.has_finding_since(until)
        complete = len(findings) < CHUNK
        due = desk.next_due()
        if until is None or (not findings and (due is None or due >= until)):
            return False, self._wanted(desk, until, waits=waits)
        try:
            turned = desk.turn(findings, until, complete=complete)
            with self._store.write() as tx:
                self._save(tx, turned)
        except BaseException:
            self._desk = None  # what was not committed was never true
            raise
        self._turns += 1
        for alert in turned.unrouted:
            log.error("alert %s: no route takes it, not even one to the operator; nobody was told", alert)
        return not complete, self._wanted(desk, until, waits=waits)

    def _wanted(self, desk: Desk, until: datetime | None, *, waits: bool) -> datetime | None:
        """A second beyond the watermark where findings wait at it, or just beyond the desk's own next due."""
        if waits and until is not None:
            return until + SOON
        due = desk.next_due()
        return None if due is None else due + timedelta(microseconds=1)

    def _save(self, tx: Transaction, turned: Turned) -> None:
        tx.save_desk(self._turns, turned.changes)
        tx.supersede(turned.superseded)
        tx.put_letters([draft(letter) for letter in turned.letters])


def draft(letter: Letter) -> Draft:
    """The letter as the outbox takes it."""
    return Draft(letter.key, letter.channel, letter.to, letter.written_at, msgspec.json.encode(letter))


def clauses_of(pack: Pack) -> dict[str, Clause]:
    """What a pack says of its rules, for letters and readers."""
    return {
        name: Clause(entry.title, entry.clause, entry.advice, entry.settings.get("veto", 0))
        for name, entry in pack.rules.items()
    }
