"""How long each rule takes, measured on a sample: rules are pure and read no clock, so they are watched from outside.

One record in `ONE_IN` is judged by a second version of the same laws, each inside a stopwatch; all others by the laws
themselves, which so cost nothing more. What is concluded is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, cycle, repeat
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from streams.findings import Verdict
from streams.rules import Given, Rule, Rules

ONE_IN = 61  # a prime: it keeps no step with a city whose sources come round and round


class RuleTime:
    """Counters of a sample of steps and the seconds they took, by rule and stage."""

    def __init__(self, registry: CollectorRegistry, one_in: int = ONE_IN) -> None:
        """Count into `registry`; one record in `one_in` is measured."""
        labels, sample = ["rule", "stage"], f"of one record in {one_in}"
        self._steps = Counter("zhiban_rule_steps", f"Steps of rules, {sample}", labels, registry=registry)
        self._seconds = Counter("zhiban_rule_seconds", f"Seconds in rules, {sample}", labels, registry=registry)
        self._one_in = one_in

    def sampling(self, rules: Rules) -> Callable[[], Rules]:
        """What gives the rules for the next record: `rules`, and now and then the same ones under a stopwatch."""
        laws = [(name, stage, self._timed(rule, name, stage)) for (stage, name), rule in rules.laws.items()]
        return cycle(chain([Rules(rules.version, laws)], repeat(rules, self._one_in - 1))).__next__

    def _timed(self, rule: Rule, name: str, stage: int) -> Rule:
        return Timed(rule, self._steps.labels(name, str(stage)), self._seconds.labels(name, str(stage)))


class Timed:
    """A rule under a stopwatch; whatever else it promises (its state, `steady`, `told`) is the rule's own."""

    def __init__(self, rule: Rule, steps: Counter, seconds: Counter) -> None:
        """Watch `rule`."""
        self._rule, self._steps, self._seconds = rule, steps, seconds

    def __getattr__(self, name: str) -> Any:
        """What is not timed is the rule's own."""
        return getattr(self._rule, name)

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """The rule's own step, measured also where it fails."""
        begin = time.perf_counter()
        try:
            return self._rule.step(state, given)
        finally:
            self._seconds.inc(time.perf_counter() - begin)
            self._steps.inc()

    def applies(self, subject: Any, source: Any) -> bool:
        """The rule's own answer."""
        return self._rule.applies(subject, source)

    def begin(self, subject: Any, source: Any, at: datetime) -> Any:
        """The rule's own beginning."""
        return self._rule.begin(subject, source, at)

    def due(self, state: Any) -> datetime | None:
        """The rule's own due, measured with its step."""
        begin = time.perf_counter()
        try:
            return self._rule.due(state)
        finally:
            self._seconds.inc(time.perf_counter() - begin)
