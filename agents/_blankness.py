"""What the rules about blank columns share: seen without content twice, far enough apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from agents._age import AgeRule, later
from agents._columns import is_watched_column
from agents._rest import AWAKE, Rest, rest_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Given, Seen
from streams.subjects import ColumnType, Source, Subject

EMPTIED = "emptied"  # the cause of a look that shows none where there were some
_NEVER = frozenset({ColumnType.LINK, ColumnType.SYSTEM, ColumnType.ALIAS, ColumnType.HOME})


class Blankness(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: when it was added, since when it has been seen blank, and the last good look or wake."""

    began: datetime
    since: datetime | None = None
    looked: datetime | None = None
    judged: datetime | None = None
    rest: Rest = AWAKE


class BlankRule(AgeRule, frozen=True, kw_only=True):
    """A column is blank on the second look without content at least `apart` after the first, and not before it has been
    with us for `grace`."""

    steady: ClassVar[bool] = False  # an emptied list between two equal looks must be taken back at the second
    State = Blankness
    closing_must_update: ClassVar[bool] = False

    apart: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(0)  # for a new column; most are not new when they are added

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Columns that should hold something of their own."""
        watched = is_watched_column(subject, source)
        return watched and source is not None and source.column_type not in _NEVER

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        return Blankness(at, rest=rest_of(subject, source))

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """As for all rules about age; but an emptied list, which is not conclusive, is the first of the two looks."""
        if not isinstance(given, Seen) or given.look.good:
            return super().step(state, given)
        if given.look.cause != EMPTIED or state.since is not None or state.rest.ends(given.look.asked_at) is not None:
            return state, ()
        at = given.look.asked_at
        return msgspec.structs.replace(state, since=at, looked=at, judged=later(state.judged, at)), ()

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """Since when it is blank: what a script would fill proves nothing."""
        since = state.since if state.since is not None or not shown.rendered else moment
        since = None if shown.count else since
        return msgspec.structs.replace(state, since=since, looked=moment, judged=later(state.judged, moment))

    def rested(self, state: Any) -> Any:
        """What was blank before a rest says nothing after it."""
        return msgspec.structs.replace(state, since=None)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """When a second look is worth having."""
        return () if state.since is None else (self._second(state),)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Blank twice, far enough apart."""
        if shown.count:
            return (ok("updated"),)
        if not shown.rendered or moment < self._second(state):
            return ()
        return (Verdict(level=Grade.BREACH, since=state.since, due=self._second(state), why="blank"),)

    def _second(self, state: Any) -> datetime:
        second: datetime = max(state.since + self.apart, state.began + self.grace)
        return second
