"""What the monitor says of itself: counters of what passed in this process, and gauges read from the store.

Counters and the pool of connections are each process's own. What stands in the store is the same for all of them: one
process tells it (`zhiban run`, or the web worker), so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.connectors import Conversation
from streams.findings import Finding
from streams.poller import Held, Hold
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.opening import Transaction
from streams.rules import Rules
from streams.subjects import Source
from zhiban.ruletime import RuleTime


class Metrics:
    """One registry with everything; nothing is global."""

    def __init__(self, store: Store) -> None:
        """Count into a registry of its own, with the use that this process makes of `store`'s connections."""
        self.registry = CollectorRegistry()
        self.looks = Counter("zhiban_looks", "Looks made", ["connector", "outcome"], registry=self.registry)
        self.findings = Counter("zhiban_findings", "Findings", ["rule", "event"], registry=self.registry)
        self.failures = Counter("zhiban_round_failures", "Rounds that failed", ["loop"], registry=self.registry)
        self.strangers = Counter("zhiban_chat_strangers", "Chats that nobody named", registry=self.registry)
        self._rule_time = RuleTime()
        self.registry.register(self._rule_time)
        self.registry.register(_Pool(store))

    def watching(self, store: Store, clock: Clock) -> Metrics:
        """These metrics, which from now on also tell how it stands in `store`."""
        self.registry.register(_Gauges(store, clock))
        return self

    def counting(self, hold: Hold) -> Hold:
        """`hold`, with each look that it makes counted."""

        async def counted(conversation: Conversation, source: Source, asked_at: datetime) -> Held:
            held = await hold(conversation, source, asked_at)
            self.looks.labels(source.connector, held.reading.outcome.value).inc()
            return held

        return counted

    def sampling(self, rules: Rules) -> Callable[[], Rules]:
        """What gives an agent the rules for each record, some of them under a stopwatch."""
        return self._rule_time.sampling(rules)

    def found(self, findings: Sequence[Finding]) -> None:
        """Count findings that were committed."""
        for finding in findings:
            self.findings.labels(finding.rule, finding.event.value).inc()

    def failed(self, loop: str) -> None:
        """Count a round that failed."""
        self.failures.labels(loop).inc()


class _Pool(Collector):
    """The pool of connections of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        use = self._store.pool()
        by_state = GaugeMetricFamily("zhiban_database_connections", "Connections of this process", labels=["state"])
        for state, count in (("in_use", use.in_use), ("idle", use.idle), ("overflow", use.overflow)):
            by_state.add_metric([state], count)
        yield by_state
        yield _gauge("zhiban_database_connections_most", "Connections that this process may have", use.most)
        waits = "Transactions that found every connection out"
        yield CounterMetricFamily("zhiban_database_waits", waits, value=use.waits)

    def describe(self) -> Iterable[Metric]:
        return ()


class _Gauges(Collector):
    """Read at every scrape, from one consistent reading of the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        now = self._clock.now()
        with self._store.read() as tx:
            letters, oldest, watermark = tx.letter_counts(), tx.oldest_unsent(), tx.watermark()
            yield from _partitions(tx, now)
            yield _gauge("zhiban_looks_late", "Looks that are overdue", tx.looks_late(now))
            yield _gauge("zhiban_sources", "Sources that are read", tx.source_count())
            yield _gauge("zhiban_matters_open", "Open matters", tx.matter_count())
            twice = "Letters sent after an attempt that may have been taken"
            yield _gauge("zhiban_letters_perhaps_twice", twice, tx.perhaps_twice())
            yield _gauge("zhiban_quarantine", "Pieces in quarantine", len(tx.quarantined()))
        if watermark is not None:  # before the first tick there is no age, and none is not zero
            yield _gauge("zhiban_watermark_age_seconds", "How old the low watermark is", _age(watermark, now))
        yield _gauge("zhiban_oldest_unsent_seconds", "Age of the oldest letter that waits", _age(oldest, now))
        by_state = GaugeMetricFamily("zhiban_letters", "Letters by state", labels=["state"])
        for state, count in sorted(letters.items()):
            by_state.add_metric([state], count)
        yield by_state

    def describe(self) -> Iterable[Metric]:
        return ()


def _partitions(tx: Transaction, now: datetime) -> Iterable[Metric]:
    ages = GaugeMetricFamily("zhiban_tick_age_seconds", "How old a partition's last tick is", labels=["partition"])
    for partition, tick in sorted(tx.ticks().items()):
        if tick is not None:
            ages.add_metric([str(partition)], _age(tick, now))
    yield ages


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)
