"""What the ledger tells of a week: the desk folded up to its end, and the story of every matter on the way.

The fold may stop at the end of any week and be taken up there (`keeping`): whoever comes to the next week's end reads
that week alone, and finds what whoever reads the whole ledger finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from alerts.alert import Alert
from alerts.board import Board, Key, Language, Settings
from alerts.desk import Desk
from alerts.digest.week import week_of
from alerts.telling import BLIND
from streams.days import DAY
from streams.findings import ACCUSING, REGISTRY, Event, Finding, Grade
from streams.records import FactKind

WEEKS = 8  # of the trend
WATCH = timedelta(hours=48)
AGAIN = 90 * DAY  # how long it is remembered what was over
PROBLEMS = ACCUSING | {Grade.NOTICE}
# Without routes: what is masked is asked of the desk, and no letter is written.
_SETTINGS = Settings(remind=False, sweep=False, flaps=0, most=0)


class Matter(msgspec.Struct, omit_defaults=True):
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

    def is_past(self, at: datetime) -> bool:
        """Whether it is over for so long that no digest speaks of it: messages alone ask who was ever accused."""
        if self.closed_at is None or self.closed_at >= at - AGAIN:
            return False
        return not (self.last.item and self.last.level in ACCUSING)


class Stood(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An alert as it stood at the end of a week, as far as the trend needs it: `level` is the one that people saw."""

    id: str
    subject: str
    level: Grade
    args: dict[str, str] = {}  # whose it is, where messages have units of their own
    folds: tuple[str, ...] = ()


class Told(msgspec.Struct):
    """What was known at `until`, by the ledger strictly before it; `standing` are the alerts at the end of each of the
    last weeks, the oldest first; `lost` says since when a source shows nothing good (None: it is seen well). At `awake`
    the watch was last on: that is `until`, unless it was off over that moment. `files` says up to when the exports of
    mailboxes tell everything: that is a fact, and in no ledger."""

    until: datetime
    awake: datetime
    board: Board
    matters: dict[str, Matter]
    standing: tuple[tuple[datetime, tuple[Stood, ...]], ...]
    lost: dict[str, datetime | None]
    files: Mapping[str, datetime] = {}

    @property
    def blind(self) -> set[str]:
        """The sources of which it was said that they cannot be seen."""
        return {one.last.source for one in self.matters.values() if one.last.rule == BLIND and one.closed_at is None}

    @property
    def dark(self) -> set[str]:
        """The sources that cannot be seen, or not well."""
        return {source for source, since in self.lost.items() if since is not None} | self.blind


class Folding:
    """The ledger, taken in its order; at the end of each week what stands is noted."""

    def __init__(self, state: Mapping[Key, bytes] | None = None) -> None:
        """Begin with nothing, or with the desk's `state` at the end of a week; the caller sets the rest."""
        self._desk = Desk(_SETTINGS, Language(), state or {})
        self.matters: dict[str, Matter] = {}
        self.standing: tuple[tuple[datetime, tuple[Stood, ...]], ...] = ()
        self.lost: dict[str, datetime | None] = {}
        self.until: datetime | None = None  # the end that was reached

    @property
    def board(self) -> Board:
        """The desk's."""
        return self._desk.board

    @property
    def place(self) -> tuple[datetime, str, int]:
        """The last finding that was taken: (time, subject, n)."""
        head = self.board.head
        return head.time, head.subject, head.n

    def take(self, findings: Iterable[Finding], until: datetime) -> None:
        """Take findings, in order and strictly before `until`; there may be more of them."""
        self._desk.fold(self._heard(findings), until, complete=False)

    def end(self, at: datetime) -> None:
        """All findings before `at` were taken, the end of a week or the moment of which is told."""
        self._desk.fold((), at, complete=True)
        if self.board.head.subject:  # before the first finding nothing was watched, and no zero is known
            stood = tuple(_stood(one) for one in self.board.standing() if _counts(one))
            self.standing = (*self.standing, (at, stood))[-WEEKS:]
        self.matters = {name: one for name, one in self.matters.items() if not one.is_past(at)}
        self.until = at

    def told(self, awake: datetime | None = None) -> Told:
        """What is known at the end that was reached."""
        assert self.until is not None
        for alert in self.board.standing():
            if alert.id in self.matters:
                self.matters[alert.id].masked = bool(alert.masked_by)
        return Told(self.until, awake or self.until, self.board, self.matters, self.standing, self.lost)

    def _heard(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings on their way to the desk, each noted before the desk takes it."""
        for finding in findings:
            if finding.event is Event.SIGNALS:
                self._note_signal(finding)
            elif finding.event is Event.CLOSES:
                self._note_end(finding)
            else:
                self._note(finding)
            yield finding

    def _note(self, finding: Finding) -> None:
        known = self.matters.get(finding.id)
        since = known.since if known is not None else None
        if since is None and finding.level in PROBLEMS:
            since = finding.time
        self.matters[finding.id] = Matter(finding, since, dismissed=known is not None and known.dismissed)

    def _note_end(self, finding: Finding) -> None:
        known, alert = self.matters.get(finding.id), self.board.get(Alert, finding.id)
        if known is not None:
            known.closed_at = finding.time
            known.masked = alert is not None and bool(alert.masked_by)

    def _note_signal(self, finding: Finding) -> None:
        if finding.rule == BLIND and finding.source and finding.why != "new":
            before = self.lost.get(finding.source, finding.time - WATCH)
            # Of a source that was never seen well, nothing was ever known: it is lost from the beginning.
            self.lost[finding.source] = None if finding.why == "good" else before or finding.time
        elif finding.rule == REGISTRY and finding.why in {FactKind.DISMISSED.value, FactKind.CONFIRMED.value}:
            known = self.matters.get(finding.args.get("matter", ""))
            if known is not None:  # a false alarm that is confirmed was none
                known.dismissed = finding.why == FactKind.DISMISSED.value


def fold(ledger: Iterable[Finding], until: datetime, awake: datetime | None = None) -> Told:
    """Read the ledger, in its order, up to `until`; what lies beyond is not looked at."""
    folding = Folding()
    reached: datetime | None = None
    for week, findings in groupby((one for one in ledger if one.time < until), lambda one: week_of(one.time)):
        for end in () if reached is None else ends(reached, week.since):
            folding.end(end)
        folding.take(findings, until)
        reached = week.since
    for end in ends(reached or until, until):
        folding.end(end)
    return folding.told(awake)


def ends(after: datetime, until: datetime) -> Iterator[datetime]:
    """The ends of weeks after a moment and before `until`, and `until` itself."""
    week = week_of(after)
    while week.until < until:
        yield week.until
        week = week.moved(1)
    yield until


def awake_at(offs: Iterable[Finding], until: datetime) -> datetime:
    """When the watch was last on at `until`, by the stops (OWN-OFF) that were told of afterwards: the tick that says so
    is the first one beyond, so that whoever may tell of the week knows of it."""
    sinces = (one.args.get("since") for one in offs if one.event in {Event.OPENS, Event.WORSENS, Event.MOVES})
    return min([until, *(datetime.fromisoformat(since) for since in sinces if since)])


def _counts(alert: Alert) -> bool:
    """Whether the trend needs it: it accuses somebody, or sums others up."""
    return not alert.finding.rule.startswith("OWN-") and (alert.shown in ACCUSING or bool(alert.finding.folds))


def _stood(alert: Alert) -> Stood:
    finding = alert.finding
    args = {name: text for name, text in finding.args.items() if name in {"message", "unit"}}
    return Stood(finding.id, finding.subject, alert.shown, args, finding.folds)
