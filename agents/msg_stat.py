"""MSG-STAT: statistics of messages are not published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from agents._blankness import Blankness, BlankRule
from agents._ladder import climb, scaled, steps
from agents._letters import is_letters, is_statistics
from streams.days import Limit
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Revised, Told
from streams.subjects import Source, Subject


class Statistics(Blankness, frozen=True, gc=False, omit_defaults=True):
    """The state: that of blankness, the newest shown date, and the declared limit, if any."""

    newest: date | None = None
    limit: Limit | None = None


class MsgStat(BlankRule, frozen=True, kw_only=True):
    """The statistics of received and answered messages (受理反馈统计数据) are not published, or not any more.

    What it sees: good looks at columns of the type `letters` whose name says that they hold statistics.
    When it speaks: a breach where the column is blank twice, a day apart. How often statistics are due is not known
    from any official text: by age a column is judged only where a limit is declared for it, and otherwise not at all.
    What to do: publish the statistics; declare the column's limit once it is decided.
    """

    State = Statistics

    statistics: tuple[str, ...]

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Columns of statistics of messages."""
        return is_letters(subject, source) and source is not None and is_statistics(source, self.statistics)

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        begun = super().begin(subject, source, at)
        return Statistics(begun.began, rest=begun.rest, limit=source.limit if source is not None else None)

    def learn(self, state: Any, given: Told | Revised) -> Any:
        """The limit may have been declared, or taken back."""
        limit = given.source.limit if given.source is not None else state.limit
        return msgspec.structs.replace(super().learn(state, given), limit=limit)

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """Whether it is blank, and what is newest."""
        return msgspec.structs.replace(super().looked(state, shown, moment), newest=shown.newest)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """When a second look at a blank column is worth having; amber, red and breach where there is a limit."""
        second = super().boundaries(state)
        if state.limit is None or state.newest is None:
            return second
        return tuple(sorted((*second, *steps(state.newest, state.limit, *scaled(state.limit)))))

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Blank, or where it stands on the ladder of its declared limit."""
        if not shown.count:
            return super().judge(state, shown, moment)
        if state.limit is None:
            return (ok("updated"),)
        if shown.newest is None:
            return (Verdict(level=Grade.UNKNOWN, why="undated"),)
        return (climb(shown, moment, state.limit, scaled(state.limit), Grade.BREACH),)
