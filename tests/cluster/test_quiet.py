"""Partitions without traffic: time passes in them all the same, whoever keeps the clockwork, and nobody says `Off`."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clusters import Cluster, Supervisor

from streams.clockwork import LEASE, NAME
from streams.looks import Look
from streams.partitions import partition_of
from streams.ports.store.clock import stand
from streams.records import Fact, FactKind, Off, Record
from streams.subjects import Kind, Source, Subject

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)
PARTITIONS = 8
STEP = timedelta(hours=7)
HORIZON = timedelta(hours=48)
QUIET = Subject(id="静", name="静局", kind=Kind.ACCOUNT, unit="静局")
SOURCE = Source(id="静/1", subject=QUIET.id, connector="account", url="https://quiet.example/")


def step(cluster: Cluster, moment: datetime) -> None:
    """Set the clock of all workers on; return when every partition has settled a tick of that moment."""
    with cluster.store.write() as tx:
        stand(tx, moment)
    cluster.wait(lambda: set(ticks(cluster).values()) == {moment}, 90, f"ticks of {moment} everywhere")


def ticks(cluster: Cluster) -> Mapping[int, datetime | None]:
    with cluster.store.read() as tx:
        return tx.ticks()


def kill_the_clockwork(cluster: Cluster, supervisor: Supervisor, now: datetime) -> datetime:
    """SIGKILL to whoever keeps it; the moment at which another may take its lease."""
    with cluster.store.read() as tx:
        holder = tx.lease_holder(NAME, now)
    number = int(holder.split("/")[1])
    assert number in {one.pid for one in supervisor.processes}
    os.kill(number, signal.SIGKILL)
    later = now + LEASE + timedelta(seconds=1)
    step(cluster, later)
    with cluster.store.read() as tx:
        assert tx.lease_holder(NAME, later) not in {"", holder}
    return later


def test_a_quiet_partition_has_its_ticks_and_its_dues_fire(
    kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    silence = f"silence = {(STEP + timedelta(minutes=30)).total_seconds()}\n"
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=PARTITIONS, more=silence)
    facts = [Fact(kind=FactKind.REGISTERED, subject=QUIET), Fact(kind=FactKind.SOURCE_ADDED, source=SOURCE)]
    with cluster.store.write() as tx:
        stand(tx, T0)
        tx.append(partition_of(QUIET.id, PARTITIONS), [(QUIET.id, fact) for fact in facts], T0)
    kills = 0
    try:
        with cluster.supervised("connectors", "connectors", "agents") as supervisor:
            step(cluster, T0 + timedelta(seconds=10))
            now = T0 + timedelta(seconds=10)
            while now < T0 + HORIZON:
                if kills < 2:
                    now, kills = kill_the_clockwork(cluster, supervisor, now), kills + 1
                now += STEP
                step(cluster, now)
            assert supervisor.restarts == kills
        with cluster.store.read() as tx:
            found = [one for one in tx.open_findings() if one.subject == QUIET.id]
        records = cluster.records()
    finally:
        cluster.close()
    assert [(one.rule, one.level.value, one.time) for one in found] == [("OWN-BLIND", "unknown", T0 + HORIZON)]
    assert not [one for one in records if isinstance(one.body, (Look, Off))]
    assert len(of(records, QUIET.id)) == len(facts), "told facts are relayed once, whoever relays"
    print(f"\n{PARTITIONS} quiet partitions, {kills} kills of the clockwork: every due fired, no `Off` was told")


def of(records: list[Record], subject: str) -> list[Record]:
    return [one for one in records if one.subject == subject]
