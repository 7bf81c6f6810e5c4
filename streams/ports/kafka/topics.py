"""The topics, declared in one table; created, checked and altered from it by kafka-python's admin client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic, OffsetSpec

DAY_MS = 24 * 60 * 60 * 1000


class Topic(msgspec.Struct, frozen=True):
    """One topic as it should be. `partitions` is fixed for ever: another number would move subjects (a cut)."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chooses; `days` is how long records stay (the longest rule looks back a year)."""

    prefix: str = "zhiban"
    partitions: int = 8
    replication: int = 1
    min_insync: int = 1
    days: int = 800

    @property
    def records(self) -> str:
        """The log."""
        return f"{self.prefix}-records"

    @property
    def findings(self) -> str:
        """What the rules concluded, as output."""
        return f"{self.prefix}-findings"

    @property
    def dead(self) -> str:
        """What could not be read, fed from the quarantine table."""
        return f"{self.prefix}-dead-letters"

    def topics(self) -> tuple[Topic, ...]:
        """The table."""
        return (
            self._topic(self.records, self.partitions),
            self._topic(self.findings, self.partitions),
            self._topic(self.dead, 1),
        )

    def _topic(self, name: str, partitions: int) -> Topic:
        configs = {
            "cleanup.policy": "delete",
            "retention.ms": str(self.days * DAY_MS),
            "min.insync.replicas": str(self.min_insync),
            "message.timestamp.type": "LogAppendTime",
            "compression.type": "producer",
        }
        return Topic(name, partitions, self.replication, configs)


class Difference(msgspec.Struct, frozen=True):
    """Where a topic is not as declared. `what` is missing, partitions, replication, or a configuration's name."""

    topic: str
    what: str
    found: str
    expected: str

    @property
    def curable(self) -> bool:
        """Whether `create` puts it right; partitions and replicas are moved by people."""
        return self.what not in {"partitions", "replication"}


@contextmanager
def admin(servers: Sequence[str]) -> Iterator[KafkaAdminClient]:
    """An admin client for as long as it is needed; raises kafka.errors.KafkaError where no broker answers."""
    client = KafkaAdminClient(bootstrap_servers=list(servers), client_id="zhiban-admin")
    try:
        yield client
    finally:
        client.close()


def check(client: KafkaAdminClient, declared: Sequence[Topic]) -> list[Difference]:
    """Every difference between what is declared and what is there."""
    names = set(client.list_topics())
    differences = [Difference(topic.name, "missing", "", "a topic") for topic in declared if topic.name not in names]
    for topic in (one for one in declared if one.name in names):
        differences += _shape(client, topic)
        differences += _configs(client, topic)
    return differences


def create(client: KafkaAdminClient, declared: Sequence[Topic]) -> list[Difference]:
    """Create what is missing and alter what differs; what only people can move is returned."""
    found = check(client, declared)
    for topic in declared:
        wrong = {one.what: one.expected for one in found if one.topic == topic.name and one.curable}
        if "missing" in wrong:
            fresh = NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.configs))
            client.create_topics([fresh], wait_for_metadata=True)
        elif wrong:
            client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=wrong)])
    return [one for one in found if not one.curable]


def ends(client: KafkaAdminClient, topic: str, partitions: int) -> list[int]:
    """How many records each partition was given so far: the position, counted from 1, of its last."""
    wanted = {TopicPartition(topic, partition): OffsetSpec.LATEST for partition in range(partitions)}
    found = client.list_partition_offsets(wanted)
    return [found[TopicPartition(topic, partition)].offset for partition in range(partitions)]


def _shape(client: KafkaAdminClient, topic: Topic) -> Iterator[Difference]:
    [there] = client.describe_topics([topic.name])
    partitions = there["partitions"]
    replicas = {len(one["replica_nodes"]) for one in partitions}
    if len(partitions) != topic.partitions:
        yield Difference(topic.name, "partitions", str(len(partitions)), str(topic.partitions))
    if replicas != {topic.replication}:
        yield Difference(topic.name, "replication", "/".join(map(str, sorted(replicas))), str(topic.replication))


def _configs(client: KafkaAdminClient, topic: Topic) -> Iterator[Difference]:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name)
    there: Mapping[str, Any] = client.describe_configs([resource], config_filter="all")["topic"][topic.name]
    for name, expected in topic.configs.items():
        found = _value(there.get(name))
        if found != expected:
            yield Difference(topic.name, name, found, expected)


def _value(entry: Any) -> str:
    return str(entry["value"] if isinstance(entry, Mapping) else entry)
