"""The battery of rules: what every rule must stand, found by the catalogue, under random histories of its own kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from harness import mailbox_of
from hypothesis import given
from stories import stories, subject
from timeline import HANZHONG, NATIONAL, account, site

from streams.advance import advance
from streams.catalogue import catalogue, rule_id
from streams.codec import encode
from streams.findings import ACCUSING, Event, Finding, Grade
from streams.folding import OWN_RULE
from streams.looks import Look
from streams.messages import Case
from streams.records import Fact, FactKind, Position, Record, Tick
from streams.rows import Part, Row
from streams.rules import Rule, Rules, state_type
from streams.subjects import ColumnType, Kind, Source, Status

CLASSES = {rule_id(name): cls for name, cls in catalogue("agents").items()}
every_class = pytest.mark.parametrize("name", sorted(CLASSES))
LONG = timedelta(days=500)


def tell(story: Sequence[Record], until: timedelta = LONG, rules: Rules = HANZHONG) -> list[Finding]:
    """The ledger after the story and a long silence; whoever goes on from what the store keeps says the same."""
    row = stored = Row("甲")
    ledger: list[Finding] = []
    known: dict[str, set[str]] = {}
    cases: dict[str, dict[str, Case]] = {}
    for offset, record in enumerate((*story, Record(story[-1].time + until, "", Tick())), 1):
        keys = known.setdefault(record.body.source, set()) if isinstance(record.body, Look) else set()
        told = cases.setdefault(mailbox_of(record), {})
        done = advance(rules, row, record, Position(1, offset), None, keys, told)
        assert advance(rules, stored, record, Position(1, offset), None, keys, told).findings == done.findings
        keys.update(item.key for item in done.new)
        for event in done.events:
            told[event.message] = told.get(event.message, Case(event.message)).told([event])
        row = done.row
        ledger.extend(done.findings)
        stored = through_the_codec(row)
        assert stored == row
    return ledger


def through_the_codec(row: Row) -> Row:
    bundles = {name: bundle.copy() for name, bundle in row.bundles.items()}
    for bundle in bundles.values():
        bundle.parts = [msgspec.structs.replace(part, state=_state_through_the_codec(part)) for part in bundle.parts]
    return msgspec.structs.replace(row, bundles=bundles)


def _state_through_the_codec(part: Part) -> object:
    law = HANZHONG.laws[part.stage, part.rule]
    return msgspec.json.decode(encode(part.state), type=state_type(law))


@every_class
def test_its_docstring_is_its_documentation(name: str) -> None:
    text = CLASSES[name].__doc__ or ""
    for heading in ("What it sees:", "When it speaks:", "What to do:"):
        assert heading in text, name


@every_class
def test_it_plays_the_role_and_its_state_is_a_frozen_struct(name: str) -> None:
    law = NATIONAL.laws[1, name]
    assert isinstance(law, Rule)
    state = state_type(law)
    assert state.__struct_config__.frozen
    assert (2, name) not in NATIONAL.laws or state_type(NATIONAL.laws[2, name]).__struct_config__.frozen


@every_class
def test_official_numbers_have_no_default_in_code(name: str) -> None:
    """A rule that judges anybody but us cannot be made without its pack."""
    if not name.startswith("OWN-"):
        with pytest.raises(TypeError):
            CLASSES[name]()


@every_class
def test_it_applies_to_somebody_and_not_to_the_closed(name: str) -> None:
    law, plain = NATIONAL.laws[1, name], Source(id="s", subject="甲", connector="", url="u", top_level=True)
    kinds = [
        (kind, msgspec.structs.replace(plain, name=name, connector=connector, column_type=column))
        for name in ("", "留言统计")
        for kind in Kind
        for connector in ("account", "column", "probe", "self", "mailbox")
        for column in (None, *ColumnType)
    ]
    assert any(law.applies(subject(kind), source) for kind, source in kinds)
    for status in (Status.CANCELLED, Status.SHUT):
        assert not any(law.applies(subject(kind, status), source) for kind, source in kinds if kind is not Kind.MONITOR)


@given(stories())
def test_no_rule_breaks_and_every_state_is_kept_by_the_codec(story: list[Record]) -> None:
    """`advance` itself refuses accusing wakes and dues in the past: they would be OWN-RULE findings."""
    ledger = tell(story)
    assert [f.args for f in ledger if f.rule == OWN_RULE] == []


@given(stories())
def test_every_accusation_has_a_good_look_at_or_after_its_due(story: list[Record]) -> None:
    ledger = tell(story)
    for finding in ledger:
        if finding.level in ACCUSING and finding.source and finding.event is not Event.SIGNALS:
            assert finding.due is not None
            if "message" in finding.args and finding.witnessed_at is None:  # told by the mailbox itself, or by a file
                assert finding.time >= finding.due
            else:
                assert finding.witnessed_at is not None
                assert finding.witnessed_at >= finding.due


@given(stories())
def test_a_wake_says_unknown_or_that_it_is_over(story: list[Record]) -> None:
    before = tell(story, timedelta(0))
    for finding in tell(story)[len(before) :]:
        told = finding.rule == "OWN-OFF" or "message" in finding.args  # by whoever tells us by itself
        assert finding.level in {Grade.OK, Grade.UNKNOWN} or told or not finding.source


@given(stories())
def test_every_opening_can_close(story: list[Record]) -> None:
    """Whatever stands open is closed when its subject is."""
    closed = Fact(kind=FactKind.CHANGED, subject=subject(kind_of(story), Status.CANCELLED))
    ledger = tell([*story, Record(story[-1].time, "甲", closed)])
    standing: set[str] = set()
    for finding in ledger:
        if finding.event is Event.CLOSES:
            standing.discard(finding.id)
        elif finding.event is not Event.SIGNALS:
            standing.add(finding.id)
    assert standing == set()


def kind_of(story: list[Record]) -> Kind:
    first = story[0].body
    assert isinstance(first, Fact)
    assert first.subject is not None
    return first.subject.kind


@given(stories())
def test_a_steady_rule_would_have_said_nothing(story: list[Record]) -> None:
    """The promise of `steady`: the same ledger with every look stepped."""
    restless = Rules(HANZHONG.version, [(name, stage, rule) for (stage, name), rule in HANZHONG.laws.items()])
    restless.steady = frozenset()
    assert tell(story, rules=restless) == tell(story)


def test_a_healthy_fortnight_yields_no_finding() -> None:
    for story in (
        account("2026-03-01", registered_on=date(2020, 1, 1)),
        site("2026-03-01").columns(3, ColumnType.NEWS),
    ):
        for day in range(1, 29):
            for name in story.sources:
                story.shows(f"2026-03-{day:02} 09:00", f"2026-03-{day:02}", source=name)
        for rule in CLASSES:
            assert story.finds(rule) == []


def history() -> list[dict[str, Any]]:
    """A fixed history of a site and an account with much in it, as plain values."""
    story = site("2026-01-01").columns(6, ColumnType.NEWS).source("probe", "probe")
    for number in range(1, 7):
        story.shows("2026-01-20", "2026-01-01", source=f"c{number}")
    for hour in range(3):
        story.opens(f"2026-01-20 1{hour}:00", opens=False, source="probe")
    story.shows("2026-01-21", None, source="c3").ticks("2026-03-01").retires("2026-03-02", "c1")
    return [msgspec.to_builtins(finding) for rule in sorted(CLASSES) for finding in story.ledger(rule)]
