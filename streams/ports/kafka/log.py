"""Kafka as the log that the poller and the clockwork append to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from streams.codec import encode
from streams.findings import Finding
from streams.partitions import partition_of
from streams.ports.kafka.producing import Entry, Producing
from streams.ports.kafka.schema import encode_record, refuse_cut
from streams.ports.kafka.topics import Layout
from streams.ports.store.opening import Transaction
from streams.publisher import Piece
from streams.records import Entries, Record


class KafkaOutlet:
    """The topics that go out: findings by subject, and dead letters."""

    def __init__(self, producing: Producing, layout: Layout) -> None:
        """Append to the topics of `layout`."""
        self._producing = producing
        self._layout = layout

    def findings(self, findings: Sequence[Finding]) -> None:
        """Append findings, each to its subject's partition."""
        count = self._layout.partitions
        entries = [Entry(partition_of(one.subject, count), one.subject, encode(one)) for one in findings]
        self._producing.append(self._layout.findings, entries)

    def pieces(self, pieces: Sequence[Piece]) -> None:
        """Append pieces, with their bytes in base64."""
        self._producing.append(self._layout.dead, [Entry(0, one.place, encode(one)) for one in pieces])


class KafkaLog:
    """The topic of records. Both ways in return after the broker's answer, and raise where there was none."""

    def __init__(self, producing: Producing, topic: str, epoch: int = 1) -> None:
        """Append to `topic`, of that epoch: what a worker of an epoch before still appends counts for nothing."""
        self._producing = producing
        self._topic = topic
        self._epoch = epoch

    def append(self, partition: int, records: Sequence[tuple[Record, int]]) -> None:
        """Append (record, its number among what was told, or 0) to one partition, in order."""
        entries = [
            Entry(partition, record.subject, encode_record(record, told, self._epoch)) for record, told in records
        ]
        self._producing.append(self._topic, entries)

    def take_looks(self, tx: Transaction, entries: Entries, now: datetime) -> None:
        """Append what looks are worth, stamped `now`. The caller's transaction, which ends the leases and keeps the
        cursors, commits only after this: a crash in between repeats the level, and the answer stays right. Raises Cut
        where the store has begun another epoch since: these looks would be lost."""
        refuse_cut(tx.epoch(), self._epoch)
        self._producing.append(
            self._topic,
            [
                Entry(partition, subject, encode_record(Record(now, subject, body), epoch=self._epoch))
                for partition, added in sorted(entries.items())
                for subject, body in added
            ],
        )
