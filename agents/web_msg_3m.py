"""WEB-MSG-3M: a valid message that waits for more than three months."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from agents._messages import MessageRule, Pending
from streams.findings import Grade, Verdict, ok
from streams.terms import Term


class WebMsg3m(MessageRule, frozen=True, kw_only=True):
    """A valid message has not been answered for more than three months (存在超过3个月未回应有效留言的现象).

    What it sees: what happened to each message; what is withdrawn, a duplicate or not ours is no valid one.
    When it speaks: due soon `amber` and `red` days before, then a veto from the day after the three months, as long as
    the message is of the last `look_back` months (监测时间点前1年内).
    What to do: answer at once.
    """

    worst: ClassVar[Grade] = Grade.VETO
    is_limit: ClassVar[bool] = False

    months: int
    look_back: int  # months
    amber: int = 30
    red: int = 14

    @property
    def term(self) -> Term:
        """Calendar months, from receipt."""
        return _term(self.months)

    def steps(self) -> tuple[int, int]:
        """Calendar days."""
        return self.amber, self.red

    def due(self, state: Any) -> datetime | None:
        """The next step of a message, or the end of its year."""
        ends = (self._ends(one) for one in state.open.values())
        moments = [super().due(state), *(end for end in ends if end > state.judged)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _verdict(self, state: Any, name: str, one: Pending, at: datetime) -> Verdict | None:
        return ok("beyond_year", name) if at >= self._ends(one) else super()._verdict(state, name, one, at)

    def _ends(self, one: Pending) -> datetime:
        """From when no inspection looks back to it."""
        return _term(self.look_back).due(one.start, self.workdays)


@lru_cache(maxsize=16)
def _term(months: int) -> Term:
    return Term(months=months)
