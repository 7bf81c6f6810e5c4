"""The engine's laws, over random logs (DESIGN section 2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from examples import costly
from harness import fold, hostile, memory_store, steps
from hypothesis import given
from hypothesis import strategies as st
from logs import ending, logs
from toys import RESTLESS, TOYS

from streams.findings import ACCUSING, Event, Finding, Grade
from streams.messages import Case
from streams.ports.store import Store
from streams.records import Fact, Record, Tick

FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> Store:
    """One store in memory, emptied for each example."""
    return memory_store()


@given(log=logs(), data=st.data())
def test_ticks_added_or_removed_change_nothing(log: list[Record], data: st.DataObject) -> None:
    log = [*log, ending(log)]
    without = [r for r in log[:-1] if not isinstance(r.body, Tick)] + log[-1:]
    places = data.draw(st.lists(st.tuples(st.integers(0, len(without) - 1), st.integers(0, 100)), max_size=6))
    ticked = list(without)
    for place, share in sorted(places, reverse=True):
        since = ticked[place - 1].time if place else ticked[0].time
        time = since + (ticked[place].time - since) * share / 100
        ticked.insert(place, Record(time, "", Tick()))
    assert fold(TOYS, ticked) == fold(TOYS, log) == fold(TOYS, without)


@costly(1)
@given(log=logs(late=True), count=st.sampled_from([1, 3, 8]), seed=st.integers(0, 2**32))
def test_partitions_crashes_redelivery_and_zombies_change_nothing(
    log: list[Record], count: int, seed: int, store: Store
) -> None:
    log = [*log, ending(log)]
    assert hostile(store, TOYS, log, count, seed) == fold(TOYS, log)


@costly(1)
@given(log=logs(late=True), count=st.sampled_from([1, 3, 8]), seed=st.integers(0, 2**32))
def test_every_event_of_a_message_is_kept_once(log: list[Record], count: int, seed: int, store: Store) -> None:
    hostile(store, TOYS, log, count, seed)
    told: dict[tuple[str, str, str], Case] = {}
    for subject, fact in ((record.subject, record.body) for record in log if isinstance(record.body, Fact)):
        for event in fact.events:
            place = (subject, fact.mailbox, event.message)
            told[place] = told.get(place, Case(event.message)).told([event])
    with store.read() as tx:
        assert {(subject, source, case.id): case for subject, source, case in tx.cases(FAR)} == told
        assert tx.mailboxes() == sorted({place[:2] for place in told})


@given(log=logs(late=True))
def test_nothing_is_said_of_a_time_that_a_tick_has_passed(log: list[Record]) -> None:
    """The desk takes what is strictly before the oldest last tick: no late record may add to that any more."""
    for tick, findings in steps(TOYS, [*log, ending(log)]):
        assert all(tick is None or finding.time >= tick for finding in findings)


@given(log=logs(late=True))
def test_passing_over_steady_rules_changes_nothing(log: list[Record]) -> None:
    log = [*log, ending(log)]
    assert fold(TOYS, log) == fold(RESTLESS, log)


@given(log=logs(late=True))
def test_every_accusation_has_its_alibi(log: list[Record]) -> None:
    for finding in fold(TOYS, [*log, ending(log)]):
        if finding.rule == "SILENT" and finding.event is Event.OPENS and finding.level in ACCUSING:
            assert finding.due is not None
            assert finding.witnessed_at is not None
            assert finding.witnessed_at >= finding.due


@given(log=logs(late=True))
def test_a_matter_is_open_at_most_once_and_numbers_have_no_gap(log: list[Record]) -> None:
    findings = fold(TOYS, [*log, ending(log)])
    for subject in {finding.subject for finding in findings}:
        mine = sorted((f for f in findings if f.subject == subject), key=lambda f: f.n)
        assert [f.n for f in mine] == list(range(1, len(mine) + 1))
        assert [f.time for f in mine] == sorted(f.time for f in mine)
        _check_stories([f for f in mine if f.event is not Event.SIGNALS])


def _check_stories(findings: list[Finding]) -> None:
    standing: dict[tuple[str, str, str], str] = {}
    for finding in findings:
        matter = (finding.rule, finding.source, finding.item)
        if finding.event is Event.OPENS:
            assert matter not in standing
            assert finding.opened_at == finding.time
            standing[matter] = finding.id
        else:
            assert standing[matter] == finding.id
        if finding.event is Event.CLOSES:
            assert finding.level is Grade.OK
            del standing[matter]


@given(log=logs())
def test_a_bug_is_heard_and_the_others_go_on(log: list[Record]) -> None:
    findings = fold(TOYS, [*log, ending(log)])
    broken = [f for f in findings if f.rule == "OWN-RULE"]
    assert {f.item for f in broken} <= {"CLUMSY/1"}
    tripped = [r for r in log if getattr(r.body, "text", "") == "trip"]
    if tripped and not broken:
        # Nobody was there to be told: every source of the subject had been retired.
        assert not any(f.source and f.time >= tripped[0].time and f.subject == tripped[0].subject for f in findings)
