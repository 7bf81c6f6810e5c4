"""Stage 2 of the column rules: so many breaches at once are the site's veto, three-valued (DESIGN section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from streams.findings import Event, Finding, Grade, Verdict, ok
from streams.records import FactKind
from streams.rules import Given, Rule, Told
from streams.subjects import Kind, Source, Status, Subject

BLIND, AVAIL = "OWN-BLIND", "WEB-AVAIL"


class Tallied(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state: which sources are judged, which of them are in breach (and by which matter), which are blind."""

    judged: tuple[str, ...] = ()
    breached: dict[str, str] = {}
    blind: tuple[str, ...] = ()
    down: tuple[str, ...] = ()  # open matters of the site's own availability
    vetoed: bool = False


class Count(msgspec.Struct, frozen=True):
    """`n` of the site's columns in breach of one rule are a veto; a blind column is neither in breach nor not."""

    State = Tallied

    rule_id: str
    rule: Rule  # of stage 1: it says which sources are judged
    n: int

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Every site in operation, and one being closed where its columns must still be updated."""
        closing = subject.status is Status.CLOSING and bool(getattr(self.rule, "closing_must_update", False))
        return subject.kind is Kind.SITE and (closing or subject.status in {Status.RUNNING, Status.SUSPENDED})

    def begin(self, subject: Subject, source: Source | None, at: datetime) -> Any:
        """Nothing counted; what stands is told next."""
        return Tallied()

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """Every finding of stage 1 and every change of a source may move the count."""
        if isinstance(given, Finding):
            moved = self._hear(state, given)
        elif isinstance(given, Told) and given.fact.source is not None:
            moved = self._told(state, given, given.fact.source)
        else:
            return state, ()
        if moved == state:
            return state, ()
        verdict = self._verdict(moved)
        return msgspec.structs.replace(moved, vetoed=verdict.level is Grade.VETO), (verdict,)

    def due(self, state: Any) -> datetime | None:
        """Never: it moves with the findings below it."""
        return None

    def _told(self, state: Tallied, given: Told, source: Source) -> Tallied:
        retired = given.fact.kind is FactKind.SOURCE_RETIRED
        judged = not retired and self.rule.applies(given.subject, source)
        others = tuple(one for one in state.judged if one != source.id)
        return msgspec.structs.replace(state, judged=tuple(sorted((*others, source.id))) if judged else others)

    def _hear(self, state: Tallied, finding: Finding) -> Tallied:
        if finding.event is Event.SIGNALS:
            return state
        if finding.rule == self.rule_id:
            others = {source: one for source, one in state.breached.items() if source != finding.source}
            held = {finding.source: finding.id} if finding.level is Grade.BREACH else {}
            return msgspec.structs.replace(state, breached=others | held)
        closed = finding.event is Event.CLOSES
        if finding.rule == BLIND:
            return msgspec.structs.replace(state, blind=_with(state.blind, finding.source, there=not closed))
        if finding.rule == AVAIL and finding.level is not Grade.UNKNOWN:
            return msgspec.structs.replace(state, down=_with(state.down, finding.id, there=not closed))
        return state

    def _verdict(self, state: Tallied) -> Verdict:
        certain = {s: one for s, one in state.breached.items() if s not in state.blind}
        unknown = [source for source in state.judged if source in state.blind]
        folds = tuple(sorted(state.breached.values()))
        args = {"certain": str(len(certain)), "unknown": str(len(unknown)), "n": str(self.n)}
        if len(certain) + len(unknown) < self.n:
            return ok("fewer")
        # A site that is down shows nothing new anywhere: its columns open no second veto beside that one.
        if state.vetoed or (len(certain) >= self.n and not state.down):
            return Verdict(level=Grade.VETO, why="columns", args=args, folds=folds)
        return Verdict(level=Grade.UNKNOWN, why="columns", args=args, folds=folds)


def _with(names: tuple[str, ...], name: str, *, there: bool) -> tuple[str, ...]:
    others = {one for one in names if one != name}
    return tuple(sorted(others | {name} if there else others))
