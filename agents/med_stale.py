"""MED-STALE: an account without any post within the limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents._accounts import AccountAgeRule
from agents._ladder import last_item
from streams.days import breach_at, start_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown


class MedStale(AccountAgeRule, frozen=True):
    """An account shows no post within the limit (监测时间点前2周内无更新).

    What it sees: good looks at the account's posts, by the date that each shows.
    When it speaks: a veto on the first good look after the last safe day; unknown where no post bears a date,
    or where there are none any more.
    What to do: publish, or ask for the account to be merged or closed.
    """

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """The breach."""
        return () if state.newest is None else (breach_at(state.newest, self.limit),)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Veto at or beyond the breach."""
        if not shown.count:  # without any newest date, MED-NEVER has the word
            return (Verdict(level=Grade.UNKNOWN, why="emptied"),) if state.newest is not None else ()
        if shown.newest is None:
            return (Verdict(level=Grade.UNKNOWN, why="undated"),)
        due = breach_at(shown.newest, self.limit)
        if moment < due:
            return (ok("updated"),)
        args = last_item(shown, self.limit)
        if shown.name:
            args["shown_name"] = shown.name
        if shown.notice:
            args["notice"] = shown.notice
        return (Verdict(level=Grade.VETO, since=start_of(shown.newest), due=due, why="stale", args=args),)
