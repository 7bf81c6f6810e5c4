"""Rules about age share this: what was shown last, until when it is judged, and when to be woken next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

import msgspec

from agents._rest import AWAKE, Rest, rest_of
from streams.findings import Verdict, ok
from streams.looks import Shown
from streams.rules import Given, Revised, Seen, Told, Wake
from streams.subjects import Source, Subject


class Age(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The state: starts, never dues. `looked` is the moment of the last good look, `judged` that or a later wake."""

    newest: date | None = None
    looked: datetime | None = None
    judged: datetime | None = None
    began: datetime | None = None
    rest: Rest = AWAKE


class AgeRule(msgspec.Struct, frozen=True, gc=False):
    """A rule that judges by the newest shown date. The boundaries are moments at which its verdict may change."""

    steady: ClassVar[bool] = True

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Age:
        """Nothing seen yet."""
        return Age(began=at, rest=rest_of(subject, source))

    def boundaries(self, state: Any) -> tuple[datetime, ...]:
        """Ascending moments at which a good look may open, worsen or close."""
        raise NotImplementedError

    def judge(self, state: Any, shown: Shown, moment: datetime) -> Sequence[Verdict]:
        """What a good look at `moment` that shows `shown` means."""
        raise NotImplementedError

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Good looks judge; wakes only move on; facts may bring a rest."""
        if isinstance(given, Seen):
            return self._see(state, given)
        if isinstance(given, Wake):
            moved = msgspec.structs.replace(state, judged=later(state.judged, given.due))
            return self._rest(moved, given.due) or (moved, ())
        if isinstance(given, (Told, Revised)):
            moved = self.learn(state, given)
            return self._rest(moved, given.at) or (moved, ())
        return state, ()

    def learn(self, state: Any, given: Told | Revised) -> Any:
        """The state after the registry, the source or the rules changed."""
        rest = rest_of(given.subject, given.source)
        return state if rest == state.rest else msgspec.structs.replace(state, rest=rest)

    def rested(self, state: Any) -> Any:
        """The state in a rest: what a look after it must not lean on is forgotten."""
        return state

    def due(self, state: Any) -> datetime | None:
        """The first boundary, or turn of a rest, beyond what has been judged."""
        judged = state.judged
        if judged is None:
            return None
        rest: Rest = state.rest
        turn = None
        if rest is not AWAKE:
            resting = rest.ends(judged)
            if resting is not None:
                return resting
            turn = rest.begins(judged)
        for boundary in self.boundaries(state):
            if boundary > judged:
                return boundary if turn is None else min(boundary, turn)
        return turn

    def _see(self, state: Any, given: Seen) -> tuple[Any, Sequence[Verdict]]:
        look = given.look
        moment = look.witnessed_at
        if not look.good or not isinstance(look.level, Shown) or (state.looked is not None and moment < state.looked):
            return state, ()
        moved = self.looked(state, look.level, moment)
        if moved.rest is not AWAKE and (resting := self._rest(moved, moment)) is not None:
            return resting
        return moved, self.judge(moved, look.level, moment)

    def _rest(self, state: Any, moment: datetime) -> tuple[Any, Sequence[Verdict]] | None:
        if state.rest.ends(moment) is None:
            return None
        return self.rested(state), (ok("suspended"),)

    def looked(self, state: Any, shown: Shown, moment: datetime) -> Any:
        """The state after a good look."""
        return msgspec.structs.replace(state, newest=shown.newest, looked=moment, judged=later(state.judged, moment))


def later(one: datetime | None, other: datetime) -> datetime:
    """The later of the two moments."""
    return other if one is None or other > one else one
