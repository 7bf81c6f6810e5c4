"""What the age rules of columns share: a limit by type or by declaration, due soon, breach, and the site's count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from agents._age import AgeRule
from agents._annual import deadlines, judge_annual
from agents._ladder import climb, lapse, scaled, steps, with_sweep
from agents._rest import AWAKE, Rest, rest_of
from streams.days import Limit
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Revised, Told
from streams.subjects import Source, Subject
from streams.workdays import STATUTORY, Workdays


class ColumnState(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: the newest shown date, and the limit and grade by which the column is judged."""

    limit: Limit
    newest: date | None = None
    looked: datetime | None = None
    judged: datetime | None = None
    rest: Rest = AWAKE
    mild: bool = False  # named in circulars, but no part of a veto
    annual: str = ""  # the day of the year by which a yearly column is due; its limit then says nothing


class ColumnAgeRule(AgeRule, frozen=True):
    """A column is judged by its newest shown date. The steps are ours; limits are the pack's or declared."""

    State = ColumnState

    amber: int = 10
    red: int = 12
    amber_before: int = 30  # days before the breach, for limits in months
    red_before: int = 14
    closing_must_update: bool = False
    workdays: Workdays = STATUTORY

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """The columns that the rule judges."""
        raise NotImplementedError

    def limit_of(self, source: Source) -> Limit | None:
        """The limit of this column, or None where it is not judged."""
        raise NotImplementedError

    def is_mild(self, source: Source) -> bool:
        """Whether a breach is a notice only."""
        return False

    def counts(self, subject: Subject, source: Source) -> bool:
        """Whether a breach of it counts for the veto."""
        return self.applies(subject, source) and not self.is_mild(source) and not self.annual_of(source)

    def annual_of(self, source: Source) -> str:
        """The day of the year by which this column is due, where it is judged by that and not by age."""
        return ""

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        assert source is not None
        limit = self.limit_of(source)
        assert limit is not None
        return ColumnState(
            limit, rest=rest_of(subject, source), mild=self.is_mild(source), annual=self.annual_of(source)
        )

    def learn(self, state: Any, given: Told | Revised) -> Any:
        """Limit, rest and grade may have changed."""
        if given.source is None:
            return state
        limit = self.limit_of(given.source) or state.limit
        rest = rest_of(given.subject, given.source)
        mild, annual = self.is_mild(given.source), self.annual_of(given.source)
        return msgspec.structs.replace(state, limit=limit, rest=rest, mild=mild, annual=annual)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """Amber, red, breach; or the due days of a yearly column."""
        if state.annual:
            return deadlines(state.annual, state.judged)
        if state.newest is None:
            return ()
        return with_sweep(steps(state.newest, state.limit, *self._days(state.limit)), self.workdays)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Where it stands on the ladder; a list without any date can be neither accused nor cleared."""
        if shown.newest is None:
            return (Verdict(level=Grade.UNKNOWN, why="undated") if shown.count else ok("empty"),)
        if state.annual:
            return (judge_annual(state.annual, shown.newest, moment),)
        worst = Grade.NOTICE if state.mild else Grade.BREACH
        verdict = climb(shown, moment, state.limit, self._days(state.limit), worst)
        if verdict.level is Grade.OK and not state.mild:
            return verdict, *lapse(shown, moment, state.limit, self.workdays)
        return (ok("updated"),) if state.mild and verdict.level is Grade.DUE_SOON else (verdict,)

    def _days(self, limit: Limit) -> tuple[int, int]:
        if limit.days == 14:
            return self.amber, self.red
        return scaled(limit, (self.amber_before, self.red_before))
