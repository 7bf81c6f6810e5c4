"""MED-STALE: an account without any post within the limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents._accounts import is_watched_account
from agents._age import Age, AgeRule
from streams.days import Limit, breach_at, start_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.subjects import Source, Subject


class MedStale(AgeRule, frozen=True):
    """An account shows no post within the limit (监测时间点前2周内无更新).

    What it sees: good looks at the account's posts, by the date that each shows.
    When it speaks: a veto on the first good look after the last safe day; unknown where no post bears a date.
    What to do: publish, or ask for the account to be merged or closed.
    """

    State = Age

    limit: Limit
    closing_must_update: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every account that is in operation."""
        return is_watched_account(subject, source, closing=self.closing_must_update)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """The breach."""
        return () if state.newest is None else (breach_at(state.newest, self.limit),)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Veto at or beyond the breach."""
        if shown.newest is None:
            undated = Verdict(level=Grade.UNKNOWN, why="undated")
            return (undated if shown.count else ok("empty"),)
        due = breach_at(shown.newest, self.limit)
        if moment < due:
            return (ok("updated"),)
        args = {"newest": shown.newest.isoformat(), "limit": str(self.limit)}
        if shown.name:
            args["shown_name"] = shown.name
        if shown.notice:
            args["notice"] = shown.notice
        return (Verdict(level=Grade.VETO, since=start_of(shown.newest), due=due, why="stale", args=args),)
