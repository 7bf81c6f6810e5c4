"""MSG-1WD: a simple question answered within one working day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from agents._messages import Pending, WorkdayRule
from streams.findings import Grade, Verdict, ok
from streams.messages import About, Case, Deed
from streams.rules import Told
from streams.workdays import UnknownYear


class Msg1wd(WorkdayRule, frozen=True, kw_only=True):
    """A simple, common question is answered within one working day (简单常见咨询1个工作日内准确答复, a bonus).

    What it sees: messages that are marked as simple.
    When it speaks: due soon on that day; nobody is late by it. Word of each that was answered in time, for the figures.
    What to do: answer today.
    """

    is_limit: ClassVar[bool] = False

    def concerns(self, about: About) -> bool:
        """Simple ones alone."""
        return about.simple and super().concerns(about)

    def _late(self, name: str, one: Pending, due: datetime) -> Verdict:
        return ok("missed", name)

    def _hear(self, state: Any, given: Told) -> tuple[Any, Sequence[Verdict]]:
        after, verdicts = super()._hear(state, given)
        answered = {event.message for event in given.fact.events if event.deed is Deed.ANSWERED}
        praised = [case for case in given.cases if case.id in answered and self._in_time(case)]
        return after, [*verdicts, *(_praise(case) for case in praised)]

    def _in_time(self, case: Case) -> bool:
        start, answered = self.term.starts(case), case.answered_at
        if start is None or answered is None or not self.concerns(case.about):
            return False
        try:
            return answered < self.term.due(start, self.workdays)
        except UnknownYear:
            return False


def _praise(case: Case) -> Verdict:
    return Verdict(level=Grade.OK, item=case.id, why="msg_in_a_day", args={"message": case.id}, signal=True)
