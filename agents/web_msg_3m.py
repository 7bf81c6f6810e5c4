"""WEB-MSG-3M: a valid message that waits for more than three months."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from agents._messages import MessageRule
from streams.findings import Grade
from streams.terms import Term


class WebMsg3m(MessageRule, frozen=True, kw_only=True):
    """A valid message has not been answered for more than three months (存在超过3个月未回应有效留言的现象).

    What it sees: what happened to each message; what is withdrawn, a duplicate or not ours is no valid one.
    When it speaks: due soon `amber` and `red` days before, then a veto from the day after the three months.
    What to do: answer at once.
    """

    worst: ClassVar[Grade] = Grade.VETO
    is_limit: ClassVar[bool] = False

    months: int
    amber: int = 30
    red: int = 14

    @property
    def term(self) -> Term:
        """Calendar months, from receipt."""
        return _term(self.months)

    def steps(self) -> tuple[int, int]:
        """Calendar days."""
        return self.amber, self.red


@lru_cache(maxsize=16)
def _term(months: int) -> Term:
    return Term(months=months)
