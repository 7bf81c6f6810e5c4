"""MED-ZOMBIE: an account asleep for months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents._accounts import AccountAgeRule
from agents._ladder import last_item
from streams.days import breach_at, start_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown


class MedZombie(AccountAgeRule, frozen=True):
    """An account shows no post for more than three calendar months (僵尸、睡眠账号).

    What it sees: good looks at the account's posts, by the date that each shows.
    When it speaks: a notice beside the veto, for such accounts are named and ordered to be closed.
    What to do: close an account that one cannot run (无力维护的坚决关停), or publish.
    """

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """The first moment beyond the months."""
        return () if state.newest is None else (breach_at(state.newest, self.limit),)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """A notice beyond the months."""
        if shown.newest is None:
            return (ok("undated" if shown.count else "empty"),)
        if moment < breach_at(shown.newest, self.limit):
            return (ok("updated"),)
        args = last_item(shown, self.limit)
        return (Verdict(level=Grade.NOTICE, since=start_of(shown.newest), why="zombie", args=args),)
