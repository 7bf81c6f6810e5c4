"""Rules under a stopwatch conclude the same, and are counted by name and stage."""

from __future__ import annotations

import pytest
from examples import costly
from harness import deliver, ledger, memory_store, spread
from hypothesis import given
from logs import START, logs
from prometheus_client import CollectorRegistry
from stores import renew
from timeline import NATIONAL

from streams.agent import Agent
from streams.findings import Finding
from streams.records import Record
from streams.rules import Rules, is_told, state_type
from streams.subjects import Kind, Source, Subject
from zhiban.ruletime import ONE_IN, RuleTime

STORE = memory_store()


def through_an_agent(log: list[Record], one_in: int | None) -> list[Finding]:
    renew(STORE)
    with STORE.write() as tx:
        tx.set_partitions(2)
    pick = RuleTime(one_in).sampling(NATIONAL) if one_in else None
    agent = Agent(STORE, NATIONAL, pick=pick)
    for partition, entries in enumerate(spread(log, 2)):
        assert deliver(agent, partition, entries)
    return ledger(STORE)


@costly()
@given(log=logs(size=12))
def test_a_rule_that_is_watched_concludes_the_same(log: list[Record]) -> None:
    plain = through_an_agent(log, None)
    assert through_an_agent(log, 1) == plain
    assert through_an_agent(log, 2) == plain


def test_a_watched_rule_promises_what_the_rule_does() -> None:
    watched = RuleTime(1).sampling(NATIONAL)()
    assert watched is not NATIONAL
    assert (watched.version, watched.laws.keys(), watched.steady) == (
        NATIONAL.version, NATIONAL.laws.keys(), NATIONAL.steady,
    )  # fmt: skip
    for key, rule in NATIONAL.laws.items():
        assert state_type(watched.laws[key]) is state_type(rule)
    box = Source(id="m", subject="S", connector="mailbox", url="push:")
    law = NATIONAL.laws[1, "MSG-5WD"]
    state = law.begin(Subject(id="S", name="信箱", kind=Kind.MAILBOX), box, START)
    assert is_told(watched.laws[1, "MSG-5WD"], state)
    assert is_told(law, state)


def test_one_record_in_so_many_is_measured() -> None:
    pick = RuleTime().sampling(NATIONAL)
    taken = [pick() is NATIONAL for _ in range(5 * ONE_IN)]
    assert taken.count(False) == 5


class Broken:
    """Fails at every step."""

    def step(self, _state: object, _given: object) -> tuple[object, list[object]]:
        raise ValueError("broken")

    def due(self, _state: object) -> None:
        return None


def test_steps_and_seconds_are_counted_by_rule_and_stage_also_where_a_rule_fails() -> None:
    registry, rule_time = CollectorRegistry(), RuleTime(1)
    registry.register(rule_time)
    laws = Rules("v", [("A", 1, Broken()), ("A", 2, Broken())])  # type: ignore[list-item]
    watched = rule_time.sampling(laws)().laws[1, "A"]
    with pytest.raises(ValueError, match="broken"):
        watched.step(None, None)  # type: ignore[arg-type]
    watched.due(None)
    labels = {"rule": "A", "stage": "1"}
    assert registry.get_sample_value("zhiban_rule_steps_total", labels) == 1
    assert 0 < (registry.get_sample_value("zhiban_rule_seconds_total", labels) or 0) < 1
    assert registry.get_sample_value("zhiban_rule_steps_total", labels | {"stage": "2"}) == 0
