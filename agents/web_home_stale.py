"""WEB-HOME-STALE: a home page on which nothing new appears for two weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from agents._age import AgeRule, later
from agents._columns import is_watched_column
from agents._ladder import climb, steps
from agents._rest import Rest, rest_of
from streams.days import Limit, breach_at, day_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Revised, Told
from streams.subjects import ColumnType, Source, Subject


class Watched(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: the newest shown date, and since when we have watched without a gap longer than the horizon."""

    began: datetime
    horizon: timedelta
    newest: date | None = None
    looked: datetime | None = None
    judged: datetime | None = None
    vetoed: bool = False
    rest: Rest = Rest()


class WebHomeStale(AgeRule, frozen=True, kw_only=True):
    """The home page shows nothing dated within the window (监测2周，首页无信息更新).

    What it sees: good looks at the home page as a whole, by the newest date that any of its items shows.
    When it speaks: due soon by the newest date; the veto looks forward, so it also needs a window of our own good
    watch, which a blind time begins anew.
    What to do: update what the home page shows; undated blocks and banners do not count.
    """

    steady: ClassVar[bool] = False  # each good look carries the watch on
    State = Watched

    limit: Limit
    amber: int = 10
    red: int = 12
    closing_must_update: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """The column that is declared to be the home page."""
        watched = is_watched_column(subject, source, closing=self.closing_must_update)
        return watched and source is not None and source.column_type is ColumnType.HOME

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """The watch begins."""
        assert source is not None
        return Watched(at, source.horizon, rest=rest_of(subject, source))

    def told(self, state: Any, given: Told | Revised) -> Any:
        """Rest and horizon may have changed."""
        assert given.source is not None
        rest = rest_of(given.subject, given.source)
        return msgspec.structs.replace(state, horizon=given.source.horizon, rest=rest)

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """The watch goes on, or begins anew after a blind time or a rest; a veto that stands needs no second watch."""
        last = state.began if state.looked is None else state.looked
        broken = moment - last > state.horizon or state.rest.ends(moment) is not None
        began = moment if broken and not state.vetoed else state.began
        moved = msgspec.structs.replace(
            state, began=began, newest=shown.newest, looked=moment, judged=later(state.judged, moment)
        )
        return msgspec.structs.replace(moved, vetoed=self._is_veto(moved, moment))

    def rested(self, state: Any) -> Any:
        """A veto needs a new watch after a rest."""
        return msgspec.structs.replace(state, vetoed=False)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """Amber, red, and the veto."""
        if state.newest is None:
            return ()
        amber, red, breach = steps(state.newest, self.limit, self.amber, self.red)
        return amber, red, max(breach, self._watched(state))

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """A veto once both the shown dates and our own watch say so."""
        if shown.newest is None:
            return (Verdict(level=Grade.UNKNOWN, why="undated") if shown.count else ok("empty"),)
        verdict = climb(shown.newest, moment, self.limit, (self.amber, self.red), Grade.VETO)
        if verdict.level is Grade.VETO and not state.vetoed:
            args = verdict.args | {"watched_from": state.began.isoformat()}
            due = self._watched(state)
            verdict = Verdict(level=Grade.DUE_SOON, step="red", since=verdict.since, due=due, why="due_soon", args=args)
        return (verdict,)

    def _is_veto(self, state: Any, moment: datetime) -> bool:
        if state.newest is None or moment < breach_at(state.newest, self.limit):
            return False
        return state.vetoed or moment >= self._watched(state)

    def _watched(self, state: Any) -> datetime:
        return breach_at(day_of(state.began), self.limit)
