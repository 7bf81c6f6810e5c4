"""What no rule may do, and what the engine keeps for it: asks, and older evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import msgspec
import pytest
from logs import START, source, subject
from toys import TOYS, Silent

from streams.advance import advance
from streams.findings import Event, Grade, Verdict
from streams.looks import Item, Look, Outcome, Shown
from streams.records import Body, Fact, FactKind, Position, Record, Tick
from streams.rows import Row
from streams.rules import Given, Rules, Seen, Wake


class Hasty(Silent, frozen=True):
    """Accuses at the wake, which no rule may."""

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.newest, given.due), (Verdict(level=Grade.BREACH, why="hasty"),)
        return super().step(state, given)


class Patient(Silent, frozen=True):
    """Older evidence takes back nothing of what it has judged, as the real rules have it."""

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        moved: Any
        moved, said = super().step(state, given)
        if state.judged is not None and moved.judged is not None and moved.judged < state.judged:
            moved = self.State(moved.newest, state.judged)
        return moved, said


class Stuck(Silent, frozen=True):
    """Wants to be woken at the moment at which it was woken, or before it; after fifty times it gives in."""

    back: timedelta = timedelta(0)

    class State(msgspec.Struct, frozen=True):
        newest: date | None = None
        judged: datetime | None = None
        woken: int = 0

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        if isinstance(given, Wake):
            return self.State(state.newest, given.due, state.woken + 1), ()
        return (self.State(judged=AMBER), ()) if isinstance(given, Seen) else (state, ())

    def due(self, state: Any) -> datetime | None:
        return None if state.judged is None or state.woken > 50 else state.judged - self.back * state.woken


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


def test_a_good_look_of_an_earlier_moment_takes_no_ask_back() -> None:
    story = Story(Rules("patient", [("PATIENT", 1, Patient())]))
    story.tell(START, look(START, NEWEST))
    story.tell(AMBER, Tick())
    story.tell(AMBER + HOUR, look(AMBER - HOUR, NEWEST))
    assert story.ask == AMBER


class Counter(Silent, frozen=True):
    """Says how many items it was told to be new."""

    steady: ClassVar[bool] = False

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        new = len(given.new) if isinstance(given, Seen) else 0
        return state, (Verdict(level=Grade.NOTICE, item=f"{new} new"),) if new else ()


def test_the_first_reading_fills_the_index_and_nothing_of_it_is_new() -> None:
    story = Story(Rules("counter", [("COUNTER", 1, Counter())]))
    one, two = Item(key="1", title="一"), Item(key="2", title="二")
    story.tell(START, msgspec.structs.replace(look(START, NEWEST), items=(one,)))
    assert story.said == []
    story.tell(START + HOUR, msgspec.structs.replace(look(START + HOUR, NEWEST), items=(one, two)))
    assert [rule for rule, _ in story.said] == ["COUNTER"]


def test_a_new_source_asks_for_a_look() -> None:
    assert Story(TOYS).ask == START


@pytest.mark.parametrize("back", [timedelta(0), HOUR])
def test_a_rule_that_wants_to_be_woken_no_later_is_set_aside(back: timedelta) -> None:
    story = Story(Rules("stuck", [("STUCK", 1, Stuck(back=back))]))
    story.tell(START, look(START, NEWEST))
    story.tell(AMBER, Tick())
    assert story.said == [("OWN-RULE", "unknown")]


def test_older_evidence_says_nothing() -> None:
    story = Story(TOYS)
    story.tell(START + 2 * HOUR, look(START + 2 * HOUR, NEWEST))
    before = list(story.said)
    story.tell(START + 3 * HOUR, look(START + HOUR, date(2026, 10, 1)))
    assert story.said == before
    last = story.row.bundles["甲/0"].last
    assert last is not None
    assert last.asked_at == START + 2 * HOUR
