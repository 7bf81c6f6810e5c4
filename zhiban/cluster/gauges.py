"""What only a cluster has to say of itself: lag by partition, which leases are held.

Read by the web worker at every scrape. The end of each partition is asked of the brokers; where none answers, the lag
is left out, for a number that is not known is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kafka.errors import KafkaError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.clockwork import NAME as CLOCKWORK
from streams.ports.kafka.topics import admin, ends
from streams.ports.store.opening import Transaction
from zhiban.cluster.parts import DESK, Parts

LEASES = (CLOCKWORK, DESK)


class ClusterGauges(Collector):
    """Gauges of one cluster."""

    def __init__(self, parts: Parts) -> None:
        """Read from the store and the brokers of `parts`."""
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        """One reading of the store, and one question to the brokers."""
        now = self._parts.clock.now()
        with self._parts.store.read() as tx:
            read = _read(tx, self._parts.layout.partitions)
            held = {name: int(tx.lease_holder(name, now) != "") for name in LEASES}
        yield _labelled("zhiban_lease_held", "Whether anybody holds the lease", "lease", held)
        yield from self._lag(read)

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the first reading."""
        return ()

    def _lag(self, read: list[int]) -> Iterator[Metric]:
        try:
            with admin(self._parts.config.cluster.kafka) as client:
                last = ends(client, self._parts.layout.records, len(read))
        except KafkaError:
            return
        lag = {str(partition): end - done for partition, (end, done) in enumerate(zip(last, read, strict=True))}
        yield _labelled("zhiban_log_lag_records", "Records not applied yet", "partition", lag)


def _read(tx: Transaction, partitions: int) -> list[int]:
    return [tx.progress(partition)[0].offset for partition in range(partitions)]


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family
