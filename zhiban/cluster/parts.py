"""What every worker of the cluster is built from: one store, one clock, one log, one version of the rules."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from agents._pack import Pack
from streams.ports.kafka.topics import Layout
from streams.ports.store import Store, open_store
from streams.ports.store.clock import DatabaseClock
from streams.ports.store.marks import claim_log
from streams.rules import Rules
from zhiban.cluster.pulse import Pulse
from zhiban.config import Config, ConfigError
from zhiban.metrics import Metrics
from zhiban.watch import store_url
from zhiban.wiring import load_pack, rules_of
from zhiban.words import say

DESK = "desk"  # the lease of whoever is the desk
DESK_TAKEN = "desk_taken"  # the named value: the watermark up to which the desk has taken the ledger


class Parts:
    """Opened when they are first wanted; `close` at the end."""

    def __init__(self, config: Config, base: Path) -> None:
        """Raises ConfigError where the configuration names no broker, and Refused where the store is no cluster's."""
        if not config.cluster.kafka:
            raise ConfigError(say("config.kafka", where=base / "zhiban.toml"))
        self.config, self.base = config, base
        # Unlike any other worker's, also where many containers share a host name and a process number.
        self.name = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self.store: Store = open_store(store_url(config, base))
        with self.store.write() as tx:
            claim_log(tx, "kafka")
        self.clock = DatabaseClock(self.store)
        self.metrics = Metrics(self.store)
        self.pulse = Pulse()
        self._never = threading.Event()
        self.on_failure: Callable[[str, BaseException], None] = lambda _loop, _error: None

    @cached_property
    def pack(self) -> Pack:
        """The rule packs of the configuration; raises PackError."""
        return load_pack(self.config.watch.pack, self.base)

    @cached_property
    def rules(self) -> Rules:
        """The rules of the packs, with the configuration's own steps."""
        return rules_of(self.config, self.base, self.pack)

    @property
    def layout(self) -> Layout:
        """The topics."""
        return layout_of(self.config)

    def pause(self, seconds: float) -> None:
        """Wait so many real seconds, in a thread."""
        self._never.wait(seconds)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def layout_of(config: Config) -> Layout:
    """The topics that a configuration asks for."""
    wanted = config.cluster
    return Layout(
        prefix=wanted.prefix,
        partitions=wanted.partitions,
        replication=wanted.replication,
        min_insync=wanted.min_insync,
        days=wanted.days,
    )
