"""What the age rules of accounts share: which accounts they judge, and what an empty list means to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from agents._age import Age, AgeRule, later
from streams.days import Limit
from streams.looks import Shown
from streams.subjects import Kind, Source, Status, Subject

READERS = frozenset({"account", "feed", "column"})


def is_watched_account(subject: Subject, source: Source | None, *, closing: bool) -> bool:
    """A source that shows an account's posts. 注销中 is judged only where `closing` says that it must still update."""
    if source is None or subject.kind is not Kind.ACCOUNT or source.connector not in READERS or source.declared_none:
        return False
    return subject.status in {Status.RUNNING, Status.SUSPENDED} or (closing and subject.status is Status.CLOSING)


class AccountAgeRule(AgeRule, frozen=True):
    """An account is judged by its newest shown date. The limit is the pack's."""

    State = Age

    limit: Limit
    closing_must_update: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every account that is in operation."""
        return is_watched_account(subject, source, closing=self.closing_must_update)

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """The state after a good look. An empty list takes nothing back: a relay may have lost what it held."""
        newest = shown.newest if shown.count else state.newest
        return msgspec.structs.replace(state, newest=newest, looked=moment, judged=later(state.judged, moment))
