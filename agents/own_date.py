"""OWN-DATE: dates that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Given, Seen
from streams.subjects import Source, Status, Subject


class Plain(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: the moment of the last good look."""

    looked: datetime | None = None


class OwnDate(msgspec.Struct, frozen=True, gc=False):
    """A source lists items dated in the future, or before 1990 (1970 is a computer's zero).

    What it sees: good looks.
    When it speaks: a notice, as long as such a date is shown; it never counts as an update.
    What to do: correct the date on the page, or tell the operator of the feed.
    """

    steady: ClassVar[bool] = True
    State = Plain

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every source of a subject that has not been closed."""
        return source is not None and subject.status not in {Status.CANCELLED, Status.SHUT}

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        return Plain()

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Every good look says it anew."""
        if not isinstance(given, Seen) or not given.look.good or not isinstance(given.look.level, Shown):
            return state, ()
        moment, shown = given.look.witnessed_at, given.look.level
        if state.looked is not None and moment < state.looked:
            return state, ()
        if not shown.future and not shown.ancient:
            return Plain(moment), (ok("corrected"),)
        args = {"future": ",".join(day.isoformat() for day in shown.future), "ancient": str(shown.ancient)}
        return Plain(moment), (Verdict(level=Grade.NOTICE, why="odd_dates", args=args),)

    def due(self, state: Any) -> datetime | None:
        """Never: only a look can tell."""
        return None
