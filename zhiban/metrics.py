"""What the monitor says of itself: gauges read from the store, and counters of what passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.connectors import Conversation
from streams.findings import Finding
from streams.poller import Held, Hold
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.subjects import Source


class Metrics:
    """One registry with everything; nothing is global."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Count into a registry of its own, and read gauges from `store` when it is scraped."""
        self.registry = CollectorRegistry()
        self.looks = Counter("zhiban_looks", "Looks made", ["connector", "outcome"], registry=self.registry)
        self.findings = Counter("zhiban_findings", "Findings", ["rule", "event"], registry=self.registry)
        self.failures = Counter("zhiban_round_failures", "Rounds that failed", ["loop"], registry=self.registry)
        self.registry.register(_Gauges(store, clock))

    def counting(self, hold: Hold) -> Hold:
        """`hold`, with each look that it makes counted."""

        async def counted(conversation: Conversation, source: Source, asked_at: datetime) -> Held:
            held = await hold(conversation, source, asked_at)
            self.looks.labels(source.connector, held.reading.outcome.value).inc()
            return held

        return counted

    def found(self, findings: Sequence[Finding]) -> None:
        """Count findings that were committed."""
        for finding in findings:
            self.findings.labels(finding.rule, finding.event.value).inc()

    def failed(self, loop: str) -> None:
        """Count a round that failed."""
        self.failures.labels(loop).inc()


class _Gauges(Collector):
    """Read at every scrape, from one consistent reading of the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        now = self._clock.now()
        with self._store.read() as tx:
            letters, oldest = tx.letter_counts(), tx.oldest_unsent()
            yield _gauge("zhiban_watermark_age_seconds", "How old the low watermark is", _age(tx.watermark(), now))
            yield _gauge("zhiban_looks_late", "Looks that are overdue", tx.looks_late(now))
            yield _gauge("zhiban_matters_open", "Open matters", len(tx.open_findings()))
            yield _gauge("zhiban_quarantine", "Pieces in quarantine", len(tx.quarantined()))
        yield _gauge("zhiban_oldest_unsent_seconds", "Age of the oldest letter that waits", _age(oldest, now))
        by_state = GaugeMetricFamily("zhiban_letters", "Letters by state", labels=["state"])
        for state, count in sorted(letters.items()):
            by_state.add_metric([state], count)
        yield by_state

    def describe(self) -> Iterable[Metric]:
        return ()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)
