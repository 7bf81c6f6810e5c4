"""What the ledger tells of a week: the desk folded up to its end, and the story of every matter on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from alerts.alert import Alert
from alerts.board import Board, Language, Settings
from alerts.desk import Desk
from alerts.digest.week import SEVEN
from alerts.telling import BLIND
from streams.findings import ACCUSING, REGISTRY, Event, Finding, Grade
from streams.records import FactKind

WEEKS = 8  # of the trend
WATCH = timedelta(hours=48)
PROBLEMS = ACCUSING | {Grade.NOTICE}


class Matter(msgspec.Struct):
    """One matter: its last finding that stood, since when it is a problem (log time), and when it was over."""

    last: Finding
    since: datetime | None = None
    closed_at: datetime | None = None
    masked: bool = False  # when it closed, or at the end
    dismissed: bool = False

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What it is about, whichever time it opened."""
        return self.last.rule, self.last.subject, self.last.source, self.last.item

    @property
    def is_problem(self) -> bool:
        """Whether it ever was a fault of somebody's: not about ourselves, not withheld, not a false alarm."""
        ours = self.last.rule.startswith("OWN-")
        return self.since is not None and not (ours or self.masked or self.dismissed)

    @property
    def stands(self) -> bool:
        """Whether it is one at the end."""
        return self.is_problem and self.closed_at is None and self.last.level in PROBLEMS


class Told(msgspec.Struct):
    """What was known at `until`, by the ledger strictly before it; `standing` are the alerts at the end of each of the
    last weeks, the oldest first; `lost` says since when a source shows nothing good (None: it is seen well). At `awake`
    the watch was last on: that is `until`, unless it was off over that moment."""

    until: datetime
    awake: datetime
    board: Board
    matters: dict[str, Matter]
    standing: tuple[tuple[datetime, tuple[Alert, ...]], ...]
    lost: dict[str, datetime | None]

    @property
    def blind(self) -> set[str]:
        """The sources of which it was said that they cannot be seen."""
        return {one.last.source for one in self.matters.values() if one.last.rule == BLIND and one.closed_at is None}

    @property
    def dark(self) -> set[str]:
        """The sources that cannot be seen, or not well."""
        return {source for source, since in self.lost.items() if since is not None} | self.blind


def fold(ledger: Iterable[Finding], until: datetime, awake: datetime | None = None) -> Told:
    """Read the ledger, in its order, up to `until`; what lies beyond is not looked at."""
    desk = Desk(Settings(), Language(), {})  # without routes: what is masked is asked of it, and no letter is written
    told = Told(until, awake or until, desk.board, {}, (), {})
    ends = [until - n * SEVEN for n in reversed(range(WEEKS))]
    kept: list[tuple[datetime, tuple[Alert, ...]]] = []
    parts = _parted((one for one in ledger if one.time < until), ends)
    for end in ends:
        desk.turn(_heard(told, desk, parts.get(end, ())), end, complete=True)
        if desk.board.head.subject:  # before the first finding nothing was watched, and no zero is known
            kept.append((end, tuple(desk.board.standing())))
    for alert in desk.board.standing():
        if alert.id in told.matters:
            told.matters[alert.id].masked = bool(alert.masked_by)
    return msgspec.structs.replace(told, standing=tuple(kept))


def _parted(ledger: Iterable[Finding], ends: Sequence[datetime]) -> dict[datetime, list[Finding]]:
    """The findings before the first end, and between each two of them."""
    return {end: list(group) for end, group in groupby(ledger, lambda one: next(end for end in ends if one.time < end))}


def _heard(told: Told, desk: Desk, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings on their way to the desk, each noted before the desk takes it."""
    for finding in findings:
        if finding.event is Event.SIGNALS:
            _note_signal(told, finding)
        elif finding.event is Event.CLOSES:
            _note_end(told, desk.board, finding)
        else:
            _note(told, finding)
        yield finding


def _note(told: Told, finding: Finding) -> None:
    known = told.matters.get(finding.id)
    since = known.since if known is not None else None
    if since is None and finding.level in PROBLEMS:
        since = finding.time
    told.matters[finding.id] = Matter(finding, since, dismissed=known is not None and known.dismissed)


def _note_end(told: Told, board: Board, finding: Finding) -> None:
    known, alert = told.matters.get(finding.id), board.get(Alert, finding.id)
    if known is not None:
        known.closed_at = finding.time
        known.masked = alert is not None and bool(alert.masked_by)


def _note_signal(told: Told, finding: Finding) -> None:
    if finding.rule == BLIND and finding.source and finding.why != "new":
        before = told.lost.get(finding.source, finding.time - WATCH)
        # Of a source that was never seen well, nothing was ever known: it is lost from the beginning.
        told.lost[finding.source] = None if finding.why == "good" else before or finding.time
    elif finding.rule == REGISTRY and finding.why in {FactKind.DISMISSED.value, FactKind.CONFIRMED.value}:
        known = told.matters.get(finding.args.get("matter", ""))
        if known is not None:  # a false alarm that is confirmed was none
            known.dismissed = finding.why == FactKind.DISMISSED.value


def awake_at(offs: Iterable[Finding], until: datetime) -> datetime:
    """When the watch was last on at `until`, by the stops (OWN-OFF) that were told of afterwards: the tick that says so
    is the first one beyond, so that whoever may tell of the week knows of it."""
    sinces = (one.args.get("since") for one in offs if one.event in {Event.OPENS, Event.WORSENS, Event.MOVES})
    return min([until, *(datetime.fromisoformat(since) for since in sinces if since)])
