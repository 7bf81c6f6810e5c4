"""What reading commands share: the ledger and the desk as they stood at a moment, and the forecast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain

import msgspec

from alerts.board import Board, Language, Settings
from alerts.desk import Desk
from streams.advance import advance
from streams.days import day_of
from streams.findings import Event, Finding, Grade
from streams.looks import Level, Look, Shown
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.ports.store.tables import EPOCH
from streams.records import Position, Record, Tick
from streams.rows import Bundle, Row
from streams.rules import Rules

CHUNK = 2000  # findings in one reading
FORECAST = 1 << 40  # the epoch of assumed records: beyond every real one
BLIND = "OWN-BLIND"


class Standing(msgspec.Struct, frozen=True):
    """What stands open at a moment, what was closed by then, and the desk's board as of then."""

    at: datetime
    open: tuple[Finding, ...]
    closed: tuple[Finding, ...]
    board: Board
    is_now: bool = False  # as far as the watermark allows


def standing_at(store: Store, at: datetime, settings: Settings, language: Language) -> Standing:
    """What we knew at `at`: the ledger up to then, and the desk folded from it."""
    desk, until = Desk(settings, language, {}), at + timedelta(microseconds=1)
    last: dict[str, Finding] = {}
    with store.read() as tx:
        for findings in _ledger(tx, until):
            note(last, findings)
            desk.fold(findings, until, complete=False)
    desk.fold((), until, complete=True)
    return Standing(at, *parted(last), desk.board)


def standing_now(
    store: Store, at: datetime, settings: Settings, language: Language, *, closed: bool = False
) -> Standing:
    """What stands open at `at`, the log's own now: the desk's state as it was saved, and what the ledger has beyond it.

    Nothing of the past is read again, unless what is `closed` is wanted; the desk is never folded anew.
    """
    until = at + timedelta(microseconds=1)
    with store.read() as tx:
        desk = Desk(settings, language, tx.load_desk()[1])
        while True:
            head = desk.board.head
            found = tx.findings_between((head.time, head.subject, head.n), until, CHUNK)
            desk.fold(found, until, complete=len(found) < CHUNK)
            if len(found) < CHUNK:
                break
        if not closed:
            return Standing(at, tuple(tx.open_findings()), (), desk.board)
        return Standing(at, *by_state(chain.from_iterable(_ledger(tx, until))), desk.board)


def _ledger(tx: Transaction, until: datetime) -> Iterator[list[Finding]]:
    """The whole of it strictly before `until`, a chunk at a time."""
    place = (EPOCH, "", 0)
    while found := tx.findings_between(place, until, CHUNK):
        yield found
        place = found[-1].time, found[-1].subject, found[-1].n


def by_state(ledger: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The last finding of every open matter and of every closed one, by subject and number.

    A closed one says what had stood, and when it was closed.
    """
    last: dict[str, Finding] = {}
    note(last, ledger)
    return parted(last)


def note(last: dict[str, Finding], ledger: Iterable[Finding]) -> None:
    """Bring the last finding of every matter up to these, which follow in the ledger."""
    for finding in ledger:
        if finding.event is Event.CLOSES and finding.id in last:
            last[finding.id] = msgspec.structs.replace(last[finding.id], event=Event.CLOSES, time=finding.time)
        elif finding.event is not Event.SIGNALS:
            last[finding.id] = finding


def parted(last: Mapping[str, Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The last findings of the matters that are open, and of those that are closed."""
    ordered = sorted(last.values(), key=lambda finding: (finding.subject, finding.n))
    closed = tuple(finding for finding in ordered if finding.event is Event.CLOSES)
    return tuple(finding for finding in ordered if finding.event is not Event.CLOSES), closed


# -- forecast ------------------------------------------------------------------------------------------------------


def forecast(store: Store, rules: Rules, on: datetime) -> tuple[Finding, ...]:
    """What would be open at `on` if nothing changes: the log continued by good looks that show the same, at each due
    and at `on`. What is blind today stays unknown."""
    with store.read() as tx:
        names = [name for partition in range(tx.partition_count()) for name in _names(tx, partition)]
        rows = tx.load(rules, dict.fromkeys(names), on)
        standing = {finding.id: finding for finding in tx.open_findings()}
    for row in rows.values():
        for finding in continued(rules, row, on):
            if finding.event is Event.CLOSES:
                standing.pop(finding.id, None)
            elif finding.event is not Event.SIGNALS:
                standing[finding.id] = finding
    return tuple(sorted(standing.values(), key=lambda finding: (finding.subject, finding.n)))


def _names(tx: Transaction, partition: int) -> list[str]:
    names: list[str] = []
    while more := tx.all_subjects(partition, names[-1] if names else "", 500):
        names.extend(more)
    return names


def continued(rules: Rules, row: Row, on: datetime) -> list[Finding]:
    """The findings of one subject's row, continued to `on`."""
    findings: list[Finding] = []
    offset = 0
    blind = {name for name, bundle in row.bundles.items() if _is_blind(bundle)}
    while True:
        due = min((b.due for b in row.bundles.values() if b.due is not None), default=None)
        moment = on if due is None or due > on else due
        result = advance(rules, row, Record(moment, row.id, Tick()), None, None)
        row = result.row
        findings.extend(result.findings)
        for look in _assumed(row, moment, blind):
            offset += 1
            result = advance(rules, row, Record(moment, row.id, look), Position(FORECAST, offset), None)
            row = result.row
            findings.extend(result.findings)
        if moment == on:
            return findings


def _is_blind(bundle: Bundle) -> bool:
    return any(m.level is Grade.UNKNOWN for part in bundle.parts if part.rule == BLIND for m in part.opens)


def _assumed(row: Row, moment: datetime, blind: set[str]) -> Iterable[Look]:
    for name, bundle in sorted(row.bundles.items()):
        last = bundle.last
        if last is not None and name not in blind and last.witnessed_at < moment:
            yield msgspec.structs.replace(last, asked_at=moment, as_of=None, level=_later(last, moment))


def _later(last: Look, moment: datetime) -> Level | None:
    """The same level on a later day: a date that lay in the future may have come."""
    level = last.level
    if not isinstance(level, Shown) or not level.future:
        return level
    come = [day for day in level.future if day <= day_of(moment)]
    left = msgspec.structs.replace(level, future=tuple(d for d in level.future if d not in come))
    if not come or (level.newest is not None and max(come) <= level.newest):
        return left
    return msgspec.structs.replace(left, newest=max(come), title="")  # whose date has come is not known here
