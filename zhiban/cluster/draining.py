"""How far Kafka's log has come, for whoever must know that nothing in it waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kafka.errors import KafkaError

from streams.ports.kafka.topics import admin, ends
from streams.ports.store.marks import Refused
from zhiban.cluster.parts import layout_of
from zhiban.config import Config


def topic_ends(config: Config) -> Callable[[], Sequence[int]]:
    """Asks the brokers how many records each partition of the log was given; raises Refused where they cannot say."""
    topic, servers = layout_of(config).records, config.cluster.kafka

    def asked() -> Sequence[int]:
        try:
            with admin(servers) as client:
                if topic not in set(client.list_topics()):
                    raise Refused("no_topic", topic=topic)
                [there] = client.describe_topics([topic])
                return ends(client, topic, len(there["partitions"]))
        except KafkaError as error:
            raise Refused("no_broker", servers=", ".join(servers), detail=type(error).__name__) from error

    return asked
