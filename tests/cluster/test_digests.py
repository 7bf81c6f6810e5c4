"""The weekly digest on a real cluster: two desks, each killed at the worst moment, two senders, a real mail server.

Every letter is made once and every mail arrives once; all of it is what one process makes of the same log, but for the
moments at which it was made and sent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from clusters import Cluster
from letters import Sink, mailing
from stores import new_store
from weeks import HOUR, Town

from alerts.digest.plain import key_of
from streams.partitions import partition_of
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.ports.store import tables as t
from streams.ports.store.clock import stand
from streams.ports.store.log import records_of
from streams.ports.store.outbox import SENT
from streams.records import Fact, Position, Record
from zhiban.cluster.parts import DESK
from zhiban.cluster.workers import DESK_LEASE
from zhiban.config import load_config
from zhiban.deskwork import DeskWork
from zhiban.digestwork import DigestWork, subscriptions
from zhiban.sending import Senders, build_channels
from zhiban.watch import desk_settings, language_of
from zhiban.wiring import load_pack, rules_of

START = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
MONDAY = datetime.fromisoformat("2026-03-09T09:00:00+08:00")
MORE = (
    '[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "z@example.cn"\n'
    'domain = "example.cn"\n[[routes]]\nchannel = "mail"\nto = "duty@example.cn"\n'
    '[[routes]]\nchannel = "mail"\nto = "duty@example.cn"\noperator = true\n'
    '[[digests]]\nchannel = "mail"\nto = "city@example.cn"\n'
    '[[digests]]\nchannel = "mail"\nto = "school@example.cn"\nunits = ["教育*"]\nlanguage = "en"\n'
    '[[digests]]\nchannel = "mail"\nto = "office@example.cn"\nunits = ["政府*"]\n'
)
WHEN = frozenset({"written_at", "next_at", "sent_at", "lease_until"})  # moments at which something was made or sent
LATCH = 17  # the advisory lock at which a worker waits to be killed


def lived(folder: Path) -> tuple[Store, list[Record]]:
    """A week of the town and the Monday after, in one process's file; and its log."""
    store = new_store(f"sqlite:///{folder / 'zhiban.db'}")
    town = Town(store, START)
    for number in range(7):
        town.looks(number, age=2 * number)
    town.asks(1, age=9).asks(2).answers(1).exports().passes(24 * 5)
    for number in range(6):
        town.looks(number, age=2 * number + 3)
    town.looks(6, good=False)
    town.passes((MONDAY - town.now) / HOUR).passes(1)
    with store.read() as tx:
        return store, records_of(tx.read_log(0, Position(1, 0), 100_000))


async def alone(store: Store, folder: Path) -> None:
    """One process makes and sends what is due on Monday."""
    config = load_config(folder / "zhiban.toml")
    pack = load_pack(config.watch.pack, folder)
    settings = desk_settings(config, folder)
    DeskWork(store, settings, language_of(config, folder, pack)).turn()
    DigestWork(store, config, folder, rules_of(config, folder, pack), pack, settings).turn(MONDAY)
    channels = build_channels(config.channels, str(folder / "zhiban.toml"), folder)
    senders = Senders(store, ManualClock(MONDAY + HOUR), channels, routes=settings.routes)
    try:
        while await senders.round():
            pass
    finally:
        await senders.aclose()


def rows(store: Store) -> list[dict[str, Any]]:
    """The outbox, but for moments: in the columns of `WHEN`, and at which a letter was written."""
    with store.read() as tx:
        found = tx.connection.execute(sa.select(t.outbox).order_by(t.outbox.c.key)).mappings().all()
    kept = [{name: value for name, value in row.items() if name not in WHEN} for row in found]
    return [row | {"body": _timeless(bytes(row["body"]), row["key"])} for row in kept]


def _timeless(body: bytes, key: str) -> bytes:
    """A digest's letter without the moment at which it was made; the desk's are of log time, and stay whole."""
    if not key.startswith("digest/"):
        return body
    return msgspec.json.encode({name: value for name, value in msgspec.json.decode(body).items() if name not in WHEN})


def read(mail: EmailMessage) -> tuple[object, ...]:
    """A mail but for its date, and the borders of its parts, which are drawn by lot."""
    heads = [(name, str(value)) for name, value in mail.items() if name not in {"Date", "Content-Type"}]
    return heads, [(part.get_content_type(), part.get_payload(decode=True)) for part in mail.walk()]


class Desks:
    """Two desks at one database, of which the one with the lease is stopped at a latch, killed, and replaced."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.now = cluster, MONDAY
        self._engine = sa.create_engine(cluster.parts.config.watch.store, poolclass=sa.NullPool)
        self._stand()
        self.running = [cluster.start("desk"), cluster.start("desk")]

    def _stand(self) -> None:
        with self.cluster.store.write() as tx:
            stand(tx, self.now)

    @contextmanager
    def latched(self, table: str, condition: str) -> Iterator[None]:
        """Whoever inserts such a row into a table waits, its transaction open, until this ends."""
        wait = f"begin if {condition} then perform pg_advisory_xact_lock({LATCH}); end if; return new; end"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"select pg_advisory_lock({LATCH})")
            connection.exec_driver_sql(
                f"create or replace function latch() returns trigger language plpgsql as $$ {wait} $$"
            )
            connection.exec_driver_sql(
                f"create or replace trigger latch before insert on {table} for each row execute function latch()"
            )
            connection.commit()
            try:
                yield
            finally:
                connection.exec_driver_sql(f"select pg_advisory_unlock({LATCH})")
                connection.commit()
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"drop trigger latch on {table}")
            connection.commit()

    def kill_at(self, table: str, condition: str) -> str:
        """Kill the desk while such a row is being written; another takes over when the lease is over. Who it was."""
        with self.latched(table, condition):
            self.cluster.wait(self._waits, 60, f"a desk at {table} where {condition}")
            holder = self.holder()
            victim = next(one for one in self.running if f"/{one.pid}/" in holder)
            victim.send_signal(signal.SIGKILL)
            victim.wait()
        self.running[self.running.index(victim)] = self.cluster.start("desk")
        self.now += DESK_LEASE + timedelta(seconds=1)
        self._stand()
        return holder

    def holder(self) -> str:
        """Who is the desk."""
        with self.cluster.store.read() as tx:
            return tx.lease_holder(DESK, self.now)

    def _waits(self) -> bool:
        query = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        with self._engine.connect() as connection:
            return bool(connection.exec_driver_sql(query).scalar())

    def end(self) -> None:
        """End both; each must end well."""
        for one in self.running:
            one.send_signal(signal.SIGTERM)
        assert [_ended(one) for one in self.running] == [0, 0]
        self._engine.dispose()


def _ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=60)


def made_and_sent(cluster: Cluster, log: list[Record]) -> list[str]:
    """The log is applied, then the desks are killed one after the other; who they were."""
    with cluster.store.write() as tx:
        for record in log:
            if isinstance(record.body, Fact):  # people tell facts to the database, and its relay tells Kafka
                place = partition_of(record.subject, cluster.layout.partitions)
                tx.append(place, [(record.subject, record.body)], record.time)
    cluster.produce(log)
    with cluster.workers("agents"):
        cluster.await_read()
    letters = [key_of("2026-W10", one) for one in subscriptions(cluster.parts.config, cluster.folder)]

    def all_sent() -> bool:
        with cluster.store.read() as tx:
            states = tx.letter_states(letters)
            return len(states) == len(letters) and set(tx.letter_counts()) == {SENT}

    desks = Desks(cluster)
    killed = [
        desks.kill_at("weeks", "true"),
        *(desks.kill_at("outbox", f"new.key = '{key}'") for key in letters),  # none, one and two of them are out
    ]
    with cluster.workers("senders", "senders"):
        cluster.wait(all_sent, 60, "every digest sent")
        cluster.parts.pause(1)  # in which a second one would be made, or sent
    desks.end()
    return killed


async def test_it_is_made_and_sent_once_whoever_is_killed(
    kafka: str, postgres: str, prefix: str, tmp_path: Path
) -> None:
    here, there = Sink(), Sink()
    (tmp_path / "alone").mkdir()
    async with mailing(here) as mine, mailing(there) as theirs:
        store, log = await asyncio.to_thread(lived, tmp_path / "alone")
        (tmp_path / "alone" / "zhiban.toml").write_text(MORE.format(port=mine), encoding="utf-8")
        await alone(store, tmp_path / "alone")
        cluster = Cluster(tmp_path / "city", kafka, postgres, prefix, partitions=4, more=MORE.format(port=theirs))
        try:
            killed = await asyncio.to_thread(made_and_sent, cluster, log)
            expected, found = rows(store), rows(cluster.store)
        finally:
            cluster.close()
            store.close()
    assert found == expected
    (city,) = (msgspec.json.decode(row["body"]) for row in found if row["recipient"] == "city@example.cn")
    assert (sum(len(day["rows"]) for day in city["digest"]["due"]), city["digest"]["coverage"]["good"]) == (5, 3)
    assert sum(row["key"].startswith("digest/") for row in found) == 3
    assert len({*killed}) == 4, "each killed desk was another"
    assert Counter(str(mail["Message-ID"]) for mail in there.mails).most_common(1)[0][1] == 1
    assert sorted(map(read, there.mails), key=str) == sorted(map(read, here.mails), key=str)
    assert {str(mail["To"]) for mail in there.mails} >= {f"{one}@example.cn" for one in ("city", "school", "office")}
    print(f"\n{len(found)} letters, 3 of them digests; {len(killed)} desks killed, {os.cpu_count()} cores")
