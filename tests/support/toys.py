"""Small rules that exercise every path of the engine: a limit, its sum at stage 2, blindness, a message's
term, and one that fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from agents.msg_5wd import Msg5wd
from streams.days import DAY, Limit, breach_at, start_of
from streams.findings import Event, Finding, Grade, Verdict, ok
from streams.looks import Shown
from streams.rules import Given, Rule, Rules, Seen, Told, Wake
from streams.subjects import Source, Subject

LIMIT = Limit(3)


class Silent(msgspec.Struct, frozen=True):
    """Nothing newer than three days: amber a day before, then a breach."""

    steady: ClassVar[bool] = True

    class State(msgspec.Struct, frozen=True):
        newest: date | None = None
        judged: datetime | None = None

    def applies(self, subject: Subject, source: Source | None) -> bool:
        return source is not None and source.declared_none == ""

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> msgspec.Struct:
        return self.State()

    def step(self, state: Any, given: Given) -> tuple[msgspec.Struct, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.newest, given.due), ()
        if not isinstance(given, Seen) or not given.look.good or not isinstance(given.look.level, Shown):
            return state, ()
        moment = given.look.witnessed_at
        newest = given.look.level.newest
        if newest is None:
            return self.State(None, moment), (ok("empty"),)
        return self.State(newest, moment), (self.verdict(newest, moment),)

    def verdict(self, newest: date, moment: datetime) -> Verdict:
        breach = breach_at(newest, LIMIT)
        if moment >= breach:
            return Verdict(level=Grade.BREACH, since=start_of(newest), due=breach, why="stale")
        if moment >= breach - DAY:
            return Verdict(level=Grade.DUE_SOON, step="amber", since=start_of(newest), due=breach, why="soon")
        return ok("updated")

    def due(self, state: Any) -> datetime | None:
        if state.newest is None:
            return None
        breach = breach_at(state.newest, LIMIT)
        moments = [m for m in (breach - DAY, breach) if state.judged is None or m > state.judged]
        return min(moments, default=None)


class Blind(msgspec.Struct, frozen=True):
    """No good look for two days."""

    class State(msgspec.Struct, frozen=True):
        good: datetime
        woken: bool = False

    def applies(self, subject: Subject, source: Source | None) -> bool:
        return source is not None

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> msgspec.Struct:
        return self.State(at)

    def step(self, state: Any, given: Given) -> tuple[msgspec.Struct, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.good, woken=True), (Verdict(level=Grade.UNKNOWN, since=state.good, why="blind"),)
        if isinstance(given, Seen) and given.look.good and given.look.witnessed_at >= state.good:
            signal = Verdict(level=Grade.OK, why="new", args={"count": str(len(given.new))}, signal=True)
            return self.State(given.look.witnessed_at), (ok("seen"), *((signal,) if given.new else ()))
        return state, ()

    def due(self, state: Any) -> datetime | None:
        return None if state.woken else state.good + timedelta(days=2)


class Sum(msgspec.Struct, frozen=True):
    """Stage 2: two breaches at once are a veto, and the veto looks again after a day of standing."""

    class State(msgspec.Struct, frozen=True):
        stale: tuple[str, ...] = ()
        blind: tuple[str, ...] = ()
        again: datetime | None = None

    def applies(self, subject: Subject, source: Source | None) -> bool:
        return True

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> msgspec.Struct:
        return self.State()

    def step(self, state: Any, given: Given) -> tuple[msgspec.Struct, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.stale, state.blind), ()
        if not isinstance(given, Finding) or given.rule not in {"SILENT", "BLIND"} or given.event is Event.SIGNALS:
            return state, ()
        state = self.count(state, given)
        if len(state.stale) >= 2:
            return state, (Verdict(level=Grade.VETO, why="sum", folds=state.stale),)
        if len(state.stale) + len(state.blind) >= 2:
            return state, (Verdict(level=Grade.UNKNOWN, why="sum", folds=state.stale),)
        return state, (ok("sum"),)

    def count(self, state: Any, given: Finding) -> Any:
        name = "stale" if given.rule == "SILENT" else "blind"
        counts = given.level in {Grade.BREACH, Grade.UNKNOWN}
        held = {*getattr(state, name), given.id} if counts else {*getattr(state, name)} - {given.id}
        return msgspec.structs.replace(state, **{name: tuple(sorted(held))}, again=given.time + DAY)

    def due(self, state: Any) -> datetime | None:
        again: datetime | None = state.again
        return again


class Clumsy(msgspec.Struct, frozen=True):
    """Fails on a look that shows exactly seven items, and on a source named so: a bug must be heard."""

    class State(msgspec.Struct, frozen=True):
        pass

    def applies(self, subject: Subject, source: Source | None) -> bool:
        return source is not None

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> msgspec.Struct:
        if source is not None and source.name == "unlucky":
            raise KeyError(source.name)
        return self.State()

    def step(self, state: Any, given: Given) -> tuple[msgspec.Struct, Sequence[Verdict]]:
        if isinstance(given, Seen) and isinstance(given.look.level, Shown) and given.look.level.count == 7:
            raise ZeroDivisionError
        if isinstance(given, Told) and given.fact.text == "trip":
            raise LookupError(given.fact.text)
        return state, ()

    def due(self, state: Any) -> datetime | None:
        return None


class Restless(Silent, frozen=True):
    """The same law without the promise to be steady."""

    steady: ClassVar[bool] = False


LETTER = Msg5wd(days=2, categories=("*咨询*", "投诉"))
_OTHERS: list[tuple[str, int, Rule]] = [
    ("BLIND", 1, Blind()),
    ("CLUMSY", 1, Clumsy()),
    ("LETTER", 1, LETTER),
    ("SUM", 2, Sum()),
]
RESTLESS = Rules("toys-1", [("SILENT", 1, Restless()), *_OTHERS])
TOYS = Rules("toys-1", [("SILENT", 1, Silent()), *_OTHERS])
