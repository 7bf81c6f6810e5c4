"""OWN-OFF: the monitor itself was off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from streams.findings import Grade, Verdict, ok
from streams.rules import Given, Paused, Wake
from streams.subjects import Kind, Source, Subject


class Gap(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state: when the round of looks after the last gap is done."""

    done: datetime | None = None


class OwnOff(msgspec.Struct, frozen=True):
    """Zhiban itself was off for more than ten minutes.

    What it sees: the ticker's own word that it was silent.
    When it speaks: a notice that closes once a round of looks is done; letters wait until then.
    What to do: nothing, if the stop was meant; else see why it stopped.
    """

    State = Gap

    round: timedelta = timedelta(hours=4)

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Only Zhiban's own subject."""
        return source is not None and subject.kind is Kind.MONITOR

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Never off so far."""
        return Gap()

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """An Off opens it, the wake a round later closes it."""
        if isinstance(given, Paused):
            off = given.off
            args = {"since": off.since.isoformat(), "until": off.until.isoformat()}
            return Gap(given.at + self.round), (Verdict(level=Grade.NOTICE, since=off.since, why="off", args=args),)
        if isinstance(given, Wake):
            return Gap(), (ok("seen"),)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        """When the round is done."""
        done: datetime | None = state.done
        return done
