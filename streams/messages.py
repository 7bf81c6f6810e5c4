"""Citizens' messages: what happened to each, as events with times of their own, and the case that they make together.

A case is the sorted set of its events: told in any order, and told again, they make the same case. No text of a
citizen and no name is part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec


class Deed(StrEnum):
    """What happened to a message."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    RECEIPT = "receipt"  # a reply that only says that it was received or passed on: no answer
    ANSWERED = "answered"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    TRUE = "true"  # 找错: found to be so (属实)
    UNTRUE = "untrue"


LEAVES = frozenset({Deed.WITHDRAWN, Deed.DUPLICATE, Deed.NOT_OURS})  # it leaves the denominator, and stays listed
REPLIES = frozenset({Deed.RECEIPT, Deed.ANSWERED})


class About(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is known of a message besides its times. `simple`: a plain question (1 working day is praised); `test`: the
    office sent it to itself. Prints are keyed fingerprints of texts that are not kept."""

    channel: str = ""
    category: str = ""
    units: tuple[str, ...] = ()
    simple: bool = False
    test: bool = False
    print: str = ""


class MessageEvent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One deed at its own time (aware UTC); `day_only` where only the day was told: `at` is then 00:00 of a beginning
    and 23:59 of an answer, Shanghai. `about` comes with what was received; `print` with a reply."""

    message: str
    deed: Deed
    at: datetime
    day_only: bool = False
    about: About | None = None
    print: str = ""

    @property
    def key(self) -> tuple[str, str, datetime]:
        """What makes two events one."""
        return self.message, self.deed.value, self.at


class Case(msgspec.Struct, frozen=True, gc=False):
    """A message with all that is known of it, its events by (time, deed)."""

    id: str
    events: tuple[MessageEvent, ...] = ()

    def told(self, events: Iterable[MessageEvent]) -> Case:
        """The case with these events too; those that it has change nothing."""
        known = {event.key: event for event in self.events}
        for event in events:
            known.setdefault(event.key, event)
        return Case(self.id, tuple(sorted(known.values(), key=lambda event: (event.at, event.deed.value))))

    def until(self, at: datetime) -> Case:
        """The case as its events up to `at` make it."""
        return Case(self.id, tuple(event for event in self.events if event.at <= at))

    @property
    def about(self) -> About:
        """What was said of it first, in the order of time."""
        return next((event.about for event in self.events if event.about is not None), About())

    @property
    def received_at(self) -> datetime | None:
        """When it came."""
        return self._first(frozenset({Deed.RECEIVED}))

    @property
    def opened_at(self) -> datetime | None:
        """From when it waits: when it came, or was reopened last."""
        return self._last(Deed.REOPENED) or self.received_at

    def accepted_at(self) -> datetime | None:
        """When it was accepted, since it waits."""
        return self._first(frozenset({Deed.ACCEPTED}), self.opened_at)

    @property
    def first_reply_at(self) -> datetime | None:
        """The first reply of any kind, receipts included."""
        return self._first(REPLIES)

    @property
    def answered_at(self) -> datetime | None:
        """The first answer since it waits."""
        return self._first(frozenset({Deed.ANSWERED}), self.opened_at)

    @property
    def left(self) -> MessageEvent | None:
        """Why it is no longer in the denominator, if so: the last such event that no reopening followed."""
        opened = self.opened_at
        found = [event for event in self.events if event.deed in LEAVES and (opened is None or event.at >= opened)]
        return found[-1] if found else None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still waits for an answer."""
        return self.received_at is not None and self.answered_at is None and self.left is None

    @property
    def is_true(self) -> bool | None:
        """A 找错 report: whether it was found to be so; None as long as nobody said."""
        found = [event.deed for event in self.events if event.deed in {Deed.TRUE, Deed.UNTRUE}]
        return found[-1] is Deed.TRUE if found else None

    def _first(self, deeds: frozenset[Deed], since: datetime | None = None) -> datetime | None:
        times = (event.at for event in self.events if event.deed in deeds and (since is None or event.at >= since))
        return next(times, None)

    def _last(self, deed: Deed) -> datetime | None:
        return next((event.at for event in reversed(self.events) if event.deed is deed), None)
