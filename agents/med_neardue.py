"""MED-NEARDUE: an account about to go stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents._accounts import AccountAgeRule
from agents._ladder import climb, lapse, steps, with_sweep
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.workdays import STATUTORY, Workdays


class MedNeardue(AccountAgeRule, frozen=True):
    """An account's last post is ten to fourteen days old (临期更新).

    What it sees: good looks at the account's posts, by the date that each shows.
    When it speaks: due soon, amber from day `amber` and red from day `red` after the last post; it closes when a look
    shows a newer post, or that the limit has passed (MED-STALE then speaks). Three working days before a holiday it
    names to the desk what lapses in it.
    What to do: publish before the last safe day.
    """

    amber: int = 10
    red: int = 12
    workdays: Workdays = STATUTORY

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """Amber, red, and the breach, which ends it."""
        if state.newest is None:
            return ()
        return with_sweep(steps(state.newest, self.limit, self.amber, self.red), self.workdays)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Amber or red before the breach."""
        if shown.newest is None:
            return (ok("undated" if shown.count else "empty"),)
        verdict = climb(shown, moment, self.limit, (self.amber, self.red), Grade.VETO)
        if verdict.level is Grade.OK:
            return verdict, *lapse(shown, moment, self.limit, self.workdays)
        return (ok("overdue") if verdict.level is Grade.VETO else verdict,)
