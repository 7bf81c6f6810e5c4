"""The workings of `advance`: one subject's row while it moves. Nothing here is kept between two records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from streams.findings import ACCUSING, Event, Finding, Grade, Verdict, matter_id
from streams.looks import Look
from streams.records import Position
from streams.rows import SUBJECT_BUNDLE, Aside, Bundle, Open, Part, Row
from streams.rules import Counted, Given, Rule, Rules, Seen, Wake, is_told
from streams.turning import close, closed_by, restate, said, turn

OWN_RULE = "OWN-RULE"
_OK = Grade.OK
HOUR = timedelta(hours=1)


class RuleBroke(Exception):
    """A rule did what no rule may do: it accused at a wake, or asked to be woken in the past."""


class Alibi(msgspec.Struct, frozen=True):
    """The evidence that speaks now: a good look, or an hour's tally of probes."""

    witnessed_at: datetime
    evidence: str = ""
    collector: str = ""


class Unborn(msgspec.Struct, frozen=True, tag="unborn"):
    """The state of a part whose rule failed before it could begin, or cannot read what another version left."""


class Fold:
    """A row in motion: its bundles, its clock, and the findings made so far."""

    def __init__(self, rules: Rules, row: Row, position: Position | None, now: datetime) -> None:
        """Take up `row` at log time `now`."""
        self.rules = rules
        self.now = now
        self.clock = row.clock if row.clock is not None else now
        self.subject = row.subject
        self.version = row.version or rules.version
        self.bundles = dict(row.bundles)
        self.touched: set[str] = set()  # bundles of our own, or taken away: what the store must write
        self.findings: list[Finding] = []
        self.alibi: Alibi | None = None
        self.collector = ""  # of the look that is being stepped, good or not
        self._row = row
        self._position = position if position is not None else row.position

    def row(self) -> Row:
        """The row as it stands now."""
        count = self._row.count + len(self.findings)
        return Row(self._row.id, self.subject, self._position, self.now, count, self.version, self.bundles)

    def own(self, source: str) -> Bundle:
        """The source's bundle, as a copy that may be changed."""
        bundle = self.bundles[source]
        if source not in self.touched:
            self.touched.add(source)
            bundle = self.bundles[source] = bundle.copy()
        return bundle

    def drop(self, source: str) -> None:
        """Take a source's bundle away."""
        self.touched.add(source)
        del self.bundles[source]

    def order(self) -> list[tuple[int, str, str]]:
        """Every part as (stage, rule, source), in order."""
        return sorted((p.stage, p.rule, source) for source, b in self.bundles.items() for p in b.parts)

    # -- settling ------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Fire what is due at or before now, the earliest first."""
        self.alibi = None
        while (first := self._first()) is not None:
            due, stage, rule, source = first
            self.clock = max(self.clock, due)
            if source != SUBJECT_BUNDLE:
                self.ask(source, due)
            self.step(source, stage, rule, Wake(due, self.clock))
        self.clock = self.now

    def _first(self) -> tuple[datetime, int, str, str] | None:
        first: tuple[datetime, int, str, str] | None = None
        for source, bundle in self.bundles.items():
            if bundle.due is None or bundle.due > self.now:
                continue
            for part in bundle.parts:
                if part.due == bundle.due and part.aside is None:
                    key = (part.due, part.stage, part.rule, source)
                    first = key if first is None or key < first else first
        return first

    def ask(self, source: str, due: datetime) -> None:
        """Want a good look at the source at or after `due`."""
        bundle = self.own(source)
        if bundle.ask is None or bundle.ask < due:
            bundle.ask = due

    # -- stepping ------------------------------------------------------------------------------------------------

    def step_source(self, source: str, given: Given, *, same: bool = False) -> None:
        """Give a look or a tally to the parts of its source; a source unknown here has none.

        With `same`, a look shows nothing that the last did not: steady rules before their due are passed over.
        """
        bundle = self.bundles.get(source)
        if bundle is None:
            return
        self.alibi = alibi_of(given)
        self.collector = given.look.collector if isinstance(given, Seen) else ""
        steady = self.rules.steady if same else ()
        for index, part in enumerate(tuple(bundle.parts)):
            if same and (part.stage, part.rule) in steady and (part.due is None or part.due > self.now):
                continue
            self._step_at(source, index, given)

    def step_all(self, given: Given) -> None:
        """Give something to every part, in the order (stage, rule, source)."""
        self.alibi = None
        for stage, rule, source in self.order():
            self.step(source, stage, rule, given)

    def remember(self, look: Look) -> None:
        """Keep a good look as its source's last, and take back the ask that it answers."""
        if not look.good:
            return
        bundle = self.own(look.source)
        bundle.last = look if look.items is None else restate(look)
        if bundle.ask is not None and look.witnessed_at >= bundle.ask:
            bundle.ask = None

    def step(self, source: str, stage: int, name: str, given: Given) -> None:
        """Step one part, where there is one."""
        bundle = self.bundles.get(source)
        index = bundle.find(stage, name) if bundle is not None else None
        if index is not None:
            self._step_at(source, index, given)

    def _step_at(self, source: str, index: int, given: Given) -> None:
        """Step the part that stands there; its findings go to stage 2 before anything else happens."""
        part = self.bundles[source].parts[index]
        if part.aside is not None:
            return
        before = len(self.findings)
        moved = self._try(self.rules.laws[part.stage, part.rule], part, source, given)
        if moved is not part:
            own = self.bundles[source] if source in self.touched else self.own(source)
            own.parts[index] = moved
            if moved.due != part.due or moved.aside is not None:
                own.set_due()
        if part.stage == 1 and len(self.findings) > before:
            self.hand_on(before)

    def _try(self, rule: Rule, part: Part, source: str, given: Given) -> Part:
        """The unit of failure is the step: a bug sets the part aside and is said aloud, and the others go on."""
        try:
            state, verdicts = rule.step(part.state, given)
            due = rule.due(state)
            if type(given) is Wake:
                _check_wake(rule, state, given, due, verdicts)
        except MemoryError:
            raise
        except Exception as error:
            return self.set_aside(part, source, error)
        if verdicts:
            return Part(part.stage, part.rule, state, due, self.conclude(part, source, verdicts))
        if state is part.state and due == part.due:
            return part
        return Part(part.stage, part.rule, state, due, part.opens)

    def hand_on(self, before: int) -> None:
        """Give stage 2 the findings made since there were `before` of them."""
        upper = self.bundles.get(SUBJECT_BUNDLE)
        if upper is None:
            return
        for finding in self.findings[before:]:
            for part in tuple(upper.parts):
                self.step(SUBJECT_BUNDLE, part.stage, part.rule, finding)

    # -- findings ------------------------------------------------------------------------------------------------

    def conclude(self, part: Part, source: str, verdicts: Sequence[Verdict]) -> tuple[Open, ...]:
        """Turn the levels that a rule spoke into events, and return what is open after them."""
        opens = part.opens
        for verdict in verdicts:
            if not opens and verdict.level is _OK and not verdict.signal:
                continue  # nothing is open, and nothing is to be: by far the most common case
            matter = next((one for one in opens if one.item == verdict.item), None)
            if verdict.signal or matter is None:
                if verdict.level is Grade.OK and not verdict.signal:
                    continue
                matter = self._coin(part.rule, source, verdict.item)
            event, after = turn(matter, verdict)
            if event is None:
                continue
            if event is not Event.SIGNALS:
                others = tuple(one for one in opens if one.item != verdict.item)
                opens = others if event is Event.CLOSES else (*others, after)
            self.emit(event, part.rule, source, after)
        return opens

    def _coin(self, rule: str, source: str, item: str) -> Open:
        coined = matter_id(rule, self._row.id, source, item, self.clock)
        return Open(coined, self.clock, Grade.OK, item)

    def signal(self, rule: str, source: str, verdict: Verdict) -> None:
        """Append word for the desk that is about no matter."""
        self.emit(Event.SIGNALS, rule, source, said(self._coin(rule, source, verdict.item), verdict))

    def emit(self, event: Event, rule: str, source: str, matter: Open) -> None:
        """Append a finding about `matter` at the row's clock."""
        number = self._row.count + len(self.findings) + 1
        self.findings.append(self.say(number, event, rule, source, matter))

    def say(self, number: int, event: Event, rule: str, source: str, matter: Open) -> Finding:
        """The finding that says `event` of `matter`, with the look that speaks now as its alibi."""
        alibi = self.alibi
        return Finding(
            subject=self._row.id,
            n=number,
            time=self.clock,
            event=event,
            id=matter.id if event is not Event.SIGNALS else "",
            rule=rule,
            source=source,
            item=matter.item,
            level=matter.level,
            step=matter.step,
            opened_at=matter.opened_at,
            since=matter.since,
            due=matter.due,
            why=matter.why,
            args=matter.args,
            folds=matter.folds,
            candidate=matter.candidate,
            witnessed_at=alibi.witnessed_at if alibi is not None else None,
            evidence=alibi.evidence if alibi is not None else "",
            collector=alibi.collector if alibi is not None else self.collector,
            version=self.version,
        )

    def set_aside(self, part: Part, source: str, error: Exception) -> Part:
        """The part as it waits for a new version, after its OWN-RULE finding was appended."""
        text = f"{type(error).__name__}: {error}"[:500]
        args = {"rule": part.rule, "stage": str(part.stage), "error": text}
        verdict = Verdict(level=Grade.UNKNOWN, item=f"{part.rule}/{part.stage}", why="set_aside", args=args)
        matter = said(self._coin(OWN_RULE, source, verdict.item), verdict)
        self.emit(Event.OPENS, OWN_RULE, source, matter)  # a part that is aside is not stepped, so none is open yet
        aside = Aside(self.version, self._position, text, matter)
        return Part(part.stage, part.rule, part.state, None, part.opens, aside)

    def take_up(self, part: Part, source: str, why: str) -> Part:
        """Take a part up again that was set aside: its OWN-RULE matter closes."""
        if part.aside is None:
            return part
        self.emit(Event.CLOSES, OWN_RULE, source, close(part.aside.matter, why))
        return Part(part.stage, part.rule, part.state, None, part.opens)

    def close_all(self, part: Part, source: str, why: str) -> None:
        """Close whatever `part` holds open, before it is dropped."""
        self.take_up(part, source, why)
        self.conclude(part, source, closed_by(part, why))


def _check_wake(rule: Rule, state: Any, wake: Wake, due: datetime | None, verdicts: Sequence[Verdict]) -> None:
    if due is not None and due <= wake.due:
        message = (
            f"woken at {wake.due.isoformat()}, it wants to be woken at {due.isoformat()}: expected later, or never"
        )
        raise RuleBroke(message)
    for verdict in verdicts:
        if (verdict.level in ACCUSING or verdict.level is Grade.DUE_SOON) and not is_told(rule, state):
            message = f"woken at {wake.due.isoformat()}, it said {verdict.level}: a wake accuses nobody"
            raise RuleBroke(message)


def alibi_of(given: Given) -> Alibi | None:
    """What a given thing is evidence of; None where it is none (a fact, a wake, a look that is not good)."""
    if isinstance(given, Seen) and given.look.good:
        return Alibi(given.look.witnessed_at, given.look.evidence, given.look.collector)
    if isinstance(given, Counted):
        return Alibi(given.tally.hour + HOUR, "", given.tally.collector)
    return None
