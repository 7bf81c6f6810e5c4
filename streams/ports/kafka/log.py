"""Kafka as the log that the poller and the clockwork append to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from streams.ports.kafka.producing import Entry, Producing
from streams.ports.kafka.schema import encode_record
from streams.ports.store.opening import Transaction
from streams.records import Entries, Record


class KafkaLog:
    """The topic of records. Both ways in return after the broker's answer, and raise where there was none."""

    def __init__(self, producing: Producing, topic: str) -> None:
        """Append to `topic`."""
        self._producing = producing
        self._topic = topic

    def append(self, partition: int, records: Sequence[tuple[Record, int]]) -> None:
        """Append (record, its number among what was told, or 0) to one partition, in order."""
        entries = [Entry(partition, record.subject, encode_record(record, told)) for record, told in records]
        self._producing.append(self._topic, entries)

    def take_looks(self, tx: Transaction, entries: Entries, now: datetime) -> None:
        """Append what looks are worth, stamped `now`. The caller's transaction, which ends the leases and keeps the
        cursors, commits only after this: a crash in between repeats the level, and the answer stays right."""
        self._producing.append(
            self._topic,
            [
                Entry(partition, subject, encode_record(Record(now, subject, body)))
                for partition, added in sorted(entries.items())
                for subject, body in added
            ],
        )
