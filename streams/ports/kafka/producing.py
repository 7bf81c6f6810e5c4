"""Appending to Kafka: acks from all replicas in sync, idempotent, and nothing counts before the broker's answer."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec
from kafka import KafkaProducer

ANSWER_WITHIN = 60.0  # seconds; beyond them the append failed, and whoever asked for it tries again


class Entry(msgspec.Struct, frozen=True):
    """One record for one partition; `key` is the subject, and "" on broadcasts."""

    partition: int
    key: str
    value: bytes


class Producing:
    """A producer. Its methods block until the brokers answered: call them in a thread."""

    def __init__(self, servers: Sequence[str], name: str = "zhiban") -> None:
        """Connect; raises kafka.errors.NoBrokersAvailable where none answers."""
        self._producer = KafkaProducer(
            bootstrap_servers=list(servers),
            client_id=name,
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            delivery_timeout_ms=int(ANSWER_WITHIN * 1000),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def append(self, topic: str, entries: Sequence[Entry]) -> None:
        """Append in order within each partition; raises kafka.errors.KafkaError unless every one was taken."""
        sent = [
            self._producer.send(topic, value=one.value, key=one.key.encode() or None, partition=one.partition)
            for one in entries
        ]
        self._producer.flush(timeout=ANSWER_WITHIN)
        for future in sent:
            future.get(timeout=ANSWER_WITHIN)

    def close(self) -> None:
        """Let go of every connection."""
        self._producer.close(timeout=10)
