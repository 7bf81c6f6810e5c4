"""MED-NEVER: an account that has never posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from agents._accounts import is_watched_account
from agents._age import AgeRule, later
from agents._rest import AWAKE, Rest, rest_of
from streams.days import Limit, breach_at, start_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Revised, Told
from streams.subjects import Source, Subject


class Never(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: since when it is registered, whether it was empty when last seen, and whether it ever was not."""

    registered: date | None = None
    empty: bool = False
    posted: bool = False
    looked: datetime | None = None
    judged: datetime | None = None
    rest: Rest = AWAKE


class MedNever(AgeRule, frozen=True):
    """An account has never posted since it was registered (空壳账号：从开办至今未更新).

    What it sees: good looks that show no post at all, and the registry's date of registration.
    When it speaks: a veto once the limit has passed since registration; unknown where no date of registration is known.
    Where there were posts before, it is not for this rule.
    What to do: publish, or cancel the account; complete the registry's date of registration.
    """

    State = Never

    limit: Limit
    closing_must_update: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every account that is in operation."""
        return is_watched_account(subject, source, closing=self.closing_must_update)

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing seen yet."""
        return Never(subject.registered_on, rest=rest_of(subject, source))

    def learn(self, state: Any, given: Told | Revised) -> Any:
        """The date of registration may have been completed."""
        rest = rest_of(given.subject, given.source)
        return msgspec.structs.replace(state, registered=given.subject.registered_on, rest=rest)

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """Whether it was empty, and whether it ever was not."""
        posted = state.posted or shown.count > 0
        judged = later(state.judged, moment)
        return msgspec.structs.replace(state, empty=not shown.count, posted=posted, looked=moment, judged=judged)

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """The breach, counted from registration, as long as it is empty."""
        if not state.empty or state.posted or state.registered is None:
            return ()
        return (breach_at(state.registered, self.limit),)

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """Veto beyond the limit since registration."""
        if shown.count:
            return (ok("updated"),)
        if state.posted:  # all of its posts deleted, or a relay that has lost them: MED-STALE says unknown
            return ()
        if state.registered is None:
            return (Verdict(level=Grade.UNKNOWN, why="never", args={"registered": ""}),)
        due = breach_at(state.registered, self.limit)
        if moment < due:
            return (ok("new"),)
        args = {"registered": state.registered.isoformat(), "limit": str(self.limit)}
        return (Verdict(level=Grade.VETO, since=start_of(state.registered), due=due, why="never", args=args),)
