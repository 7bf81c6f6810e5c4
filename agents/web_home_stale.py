"""WEB-HOME-STALE: a home page on which nothing new appears for two weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents._age import Age, AgeRule
from agents._columns import is_watched_column
from agents._ladder import climb, steps
from streams.days import Limit, breach_at, day_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.subjects import ColumnType, Source, Subject


class WebHomeStale(AgeRule, frozen=True, kw_only=True):
    """The home page shows nothing dated within the window (监测2周，首页无信息更新).

    What it sees: good looks at the home page as a whole, by the newest date that any of its items shows.
    A home page that is only a way in shows what its second-level pages show together (the column connector reads them).
    When it speaks: due soon by the newest date; the veto looks forward, so it also needs a window of our own watch,
    from when the source was added. (A blind time in it takes nothing away: what appeared then would show its date.)
    What to do: update what the home page shows; undated blocks and banners do not count.
    """

    State = Age

    limit: Limit
    amber: int = 10
    red: int = 12
    closing_must_update: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """The column that is declared to be the home page."""
        watched = is_watched_column(subject, source, closing=self.closing_must_update)
        return watched and source is not None and source.column_type is ColumnType.HOME

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
        verdict = climb(shown, moment, self.limit, (self.amber, self.red), Grade.VETO)
        if verdict.level is Grade.VETO and moment < self._watched(state):
            args = verdict.args | {"watched_from": state.began.isoformat()}
            due = self._watched(state)
            verdict = Verdict(level=Grade.DUE_SOON, step="red", since=verdict.since, due=due, why="due_soon", args=args)
        return (verdict,)

    def _watched(self, state: Any) -> datetime:
        return breach_at(day_of(state.began), self.limit)
