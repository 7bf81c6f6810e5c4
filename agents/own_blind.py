"""OWN-BLIND: a source that we could not see for too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from agents._rest import AWAKE, Rest, rest_of
from streams.findings import Grade, Verdict, ok
from streams.looks import Outcome
from streams.rules import Given, Revised, Seen, Told, Wake
from streams.subjects import Kind, Source, Status, Subject


class Sight(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: of when the last good look is evidence, how the last look ended and when it was asked, the horizon."""

    good: datetime
    horizon: timedelta
    turn: str = ""
    woken: bool = False
    asked: datetime | None = None
    rest: Rest = AWAKE


class OwnBlind(msgspec.Struct, frozen=True, gc=False):
    """A source had no good look for longer than its blindness horizon, so its verdicts are unknown.

    What it sees: how every look ended, and of what moment a good one is evidence (a frozen relay has old bytes).
    When it speaks: unknown at the horizon (48 hours, or three times the interval if that is longer), until a good look.
    What to do: see why it cannot be read (`zhiban looks`); if many fail together, one incident says so.
    """

    State = Sight

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every source that is looked at, of a subject that is in operation, at rest, or being closed."""
        over = subject.status in {Status.CANCELLED, Status.SHUT}
        looked_at = source is not None and not source.tells_itself
        return looked_at and subject.kind is not Kind.MONITOR and not over

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """The horizon is counted from when the source was added."""
        assert source is not None
        return Sight(at, source.horizon, rest=rest_of(subject, source))

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """A good look sees again; a wake says that there was none."""
        if isinstance(given, Seen):
            return self._see(state, given)
        if isinstance(given, Wake):
            return msgspec.structs.replace(state, woken=True), (_blind(state.good, "blind"),)
        if isinstance(given, (Told, Revised)) and given.source is not None:
            return self._told(state, given, given.source)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        """The end of the horizon, once; a rest puts it off by a horizon after its end."""
        if state.woken:
            return None
        due: datetime = state.good + state.horizon
        end = None if state.rest is AWAKE else state.rest.ends(due)
        return due if end is None else end + state.horizon

    def _told(self, state: Any, given: Told | Revised, source: Source) -> tuple[Any, Sequence[Verdict]]:
        rest = rest_of(given.subject, source)
        if rest.ends(given.at) is not None:
            return Sight(state.good, source.horizon, state.turn, asked=state.asked, rest=rest), (ok("suspended"),)
        # Whoever comes back before the announced end is not blind for the time that nobody looked at.
        good = state.good if state.rest.ends(given.at) is None else max(state.good, given.at)
        return Sight(good, source.horizon, state.turn, state.woken, state.asked, rest), ()

    def _see(self, state: Any, given: Seen) -> tuple[Any, Sequence[Verdict]]:
        look = given.look
        if state.asked is not None and look.asked_at <= state.asked and look.witnessed_at <= state.good:
            return state, ()  # the last good look, shown once more because of a fact
        asked = look.asked_at if state.asked is None else max(state.asked, look.asked_at)
        frozen = look.good and look.witnessed_at + state.horizon <= look.asked_at
        turn = "frozen" if frozen else look.outcome.value
        said: list[Verdict] = []
        if turn != state.turn:
            said.append(Verdict(level=_LEVELS.get(turn, Grade.UNKNOWN), why=turn, args=_cause(look.cause), signal=True))
        if given.new:
            said.append(Verdict(level=Grade.OK, why="new", args={"count": str(len(given.new))}, signal=True))
        if not look.good or look.witnessed_at < state.good:
            return msgspec.structs.replace(state, turn=turn, asked=asked), said
        resting = state.rest is not AWAKE and state.rest.ends(given.at) is not None
        said.append(ok("seen") if not frozen or resting else _blind(look.witnessed_at, "frozen"))
        return Sight(look.witnessed_at, state.horizon, turn, frozen and not resting, asked, state.rest), said


_LEVELS = {Outcome.GOOD.value: Grade.OK}


def _blind(since: datetime, why: str) -> Verdict:
    return Verdict(level=Grade.UNKNOWN, since=since, why=why)


def _cause(cause: str) -> dict[str, str]:
    return {"cause": cause} if cause else {}
