"""What no rule may do, and what the engine keeps for it: asks, and older evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from logs import START, source, subject
from toys import TOYS, Silent

from streams.advance import advance
from streams.findings import Event, Grade, Verdict
from streams.looks import Look, Outcome, Shown
from streams.records import Body, Fact, FactKind, Position, Record, Tick
from streams.rows import Row
from streams.rules import Given, Rules, Wake


class Hasty(Silent, frozen=True):
    """Accuses at the wake, which no rule may."""

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.newest, given.due), (Verdict(level=Grade.BREACH, why="hasty"),)
        return super().step(state, given)


def look(at: datetime, newest: date) -> Look:
    return Look(source="甲/0", asked_at=at, outcome=Outcome.GOOD, level=Shown(count=1, newest=newest))


class Story:
    """One subject with one source."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.row, self.offset = rules, Row("甲"), 0
        self.said: list[tuple[str, str]] = []
        self.tell(START, Fact(kind=FactKind.REGISTERED, subject=subject("甲")))
        self.tell(START, Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", 0)))

    def tell(self, at: datetime, body: Body) -> None:
        self.offset += 1
        done = advance(self.rules, self.row, Record(at, "甲", body), Position(1, self.offset), None)
        self.row = done.row
        self.said += [(one.rule, one.level.value) for one in done.findings if one.event is not Event.SIGNALS]

    @property
    def ask(self) -> datetime | None:
        return self.row.bundles["甲/0"].ask


NEWEST = date(2026, 11, 1)
AMBER = datetime.fromisoformat("2026-11-04T00:00:00+08:00")  # a day before the breach of a three-day limit
HOUR = timedelta(hours=1)


def test_a_rule_that_accuses_at_a_wake_is_set_aside_and_said_aloud() -> None:
    story = Story(Rules("hasty", [("HASTY", 1, Hasty())]))
    story.tell(START, look(START, NEWEST))
    story.tell(AMBER, Tick())
    assert story.said == [("OWN-RULE", "unknown")]


def test_an_ask_stands_until_a_good_look_witnesses_the_moment() -> None:
    story = Story(TOYS)
    story.tell(START, look(START, NEWEST))
    assert story.ask is None
    story.tell(AMBER, Tick())
    assert story.ask == AMBER
    story.tell(AMBER + HOUR, look(AMBER - HOUR, NEWEST))
    assert story.ask == AMBER
    story.tell(AMBER + 2 * HOUR, look(AMBER, NEWEST))
    assert story.ask is None


def test_older_evidence_says_nothing() -> None:
    story = Story(TOYS)
    story.tell(START + 2 * HOUR, look(START + 2 * HOUR, NEWEST))
    before = list(story.said)
    story.tell(START + 3 * HOUR, look(START + HOUR, date(2026, 10, 1)))
    assert story.said == before
    last = story.row.bundles["甲/0"].last
    assert last is not None
    assert last.asked_at == START + 2 * HOUR
