"""How long each rule takes, measured on a sample: rules are pure and read no clock, so they are watched from outside.

One record in `ONE_IN` is judged by a second version of the same laws, each inside a stopwatch; all others by the laws
themselves, which so cost nothing more. What is concluded is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain, cycle, repeat
from typing import Any

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.findings import Verdict
from streams.rules import Given, Rule, Rules

ONE_IN = 127  # a prime: it keeps no step with a city whose sources come round and round


class RuleTime(Collector):
    """A sample of steps and the seconds they took, by rule and stage."""

    def __init__(self, one_in: int = ONE_IN) -> None:
        """One record in `one_in` is measured."""
        self._one_in = one_in
        self._watched: dict[tuple[int, str], Timed] = {}

    def sampling(self, rules: Rules) -> Callable[[], Rules]:
        """What gives the rules for the next record: `rules`, and now and then the same ones under a stopwatch."""
        self._watched = {key: Timed(rule) for key, rule in rules.laws.items()}
        laws: list[tuple[str, int, Rule]] = [(name, stage, rule) for (stage, name), rule in self._watched.items()]
        return cycle(chain([Rules(rules.version, laws)], repeat(rules, self._one_in - 1))).__next__

    def collect(self) -> Iterable[Metric]:
        """Both counters."""
        labels, sample = ["rule", "stage"], f"of one record in {self._one_in}"
        steps = CounterMetricFamily("zhiban_rule_steps", f"Steps of rules, {sample}", labels=labels)
        seconds = CounterMetricFamily("zhiban_rule_seconds", f"Seconds in rules, {sample}", labels=labels)
        for (stage, name), timed in sorted(self._watched.items()):
            steps.add_metric([name, str(stage)], timed.steps)
            seconds.add_metric([name, str(stage)], timed.seconds)
        return steps, seconds

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the first reading."""
        return ()


class Timed:
    """A rule under a stopwatch; whatever else it promises (its state, `steady`, `told`) is the rule's own."""

    def __init__(self, rule: Rule) -> None:
        """Watch `rule`. One agent at a time steps it: plain numbers will do, which cost a tenth of a counter."""
        self._rule, self._step, self._due = rule, rule.step, rule.due
        self.steps, self.seconds = 0, 0.0

    def __getattr__(self, name: str) -> Any:
        """What is not timed is the rule's own."""
        return getattr(self._rule, name)

    def applies(self, subject: Any, source: Any) -> bool:
        """The rule's own answer."""
        return self._rule.applies(subject, source)

    def begin(self, subject: Any, source: Any, at: datetime) -> Any:
        """The rule's own beginning."""
        return self._rule.begin(subject, source, at)

    def step(self, state: Any, given: Given) -> tuple[Any, Sequence[Verdict]]:
        """The rule's own step, measured also where it fails."""
        self.steps += 1
        begin = time.perf_counter()
        try:
            return self._step(state, given)
        finally:
            self.seconds += time.perf_counter() - begin

    def due(self, state: Any) -> datetime | None:
        """The rule's own due, measured with its step."""
        begin = time.perf_counter()
        try:
            return self._due(state)
        finally:
            self.seconds += time.perf_counter() - begin
