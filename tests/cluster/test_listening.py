"""Senders and one bot: one of them listens; another takes over when it dies or freezes, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from clusters import Cluster
from ledgers import T0, Ledger
from tapping import facts
from telegrams import Api, telegram

from alerts.routing import Recipient
from alerts.taps import Button, token
from streams.findings import Event
from streams.ports.store.clock import stand
from streams.records import FactKind, Position
from streams.rows import Row
from zhiban.chats.turns import LEASE
from zhiban.deskwork import DeskWork
from zhiban.taps.keys import ring_in
from zhiban.watch import desk_settings, language_of

MINE, ME, OPS = "aa" * 10, 101, 303
SECOND = timedelta(seconds=1)
BOT = """[channels.bot]
type = "telegram"
token = "1:hunter2"
listen = true
base_url = "{url}"
[[routes]]
channel = "bot"
to = "{{contact}}"
[[routes]]
channel = "bot"
to = "303"
operator = true
"""


class City:
    """A cluster whose clock stands until it is stepped; 甲 was written to, and may answer."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.now = cluster, T0 + timedelta(hours=1)
        args = {"id": "甲", "name": "甲发布", "kind": "account", "unit": "甲局", "contact": str(ME)}
        ledger = Ledger()
        ledger._add("甲", T0 - timedelta(days=1), Event.SIGNALS, "REGISTRY", why="registered", args=args)
        ledger.opens("甲", T0, id=MINE)
        with cluster.store.write() as tx:
            tx.add_findings(ledger.findings)
            tx.set_progress(0, Position(1, 0), T0 + timedelta(days=1))
            tx.save({0: {"甲": (Row("甲"), Row("甲", None, Position(1, 0), T0, 50, "1", {}), ())}})
        parts = cluster.parts
        settings = desk_settings(parts.config, parts.base)
        DeskWork(cluster.store, settings, language_of(parts.config, parts.base, parts.pack)).turn()
        with cluster.store.write() as tx:  # the letters of this are no matter here
            tx.connection.exec_driver_sql("delete from outbox")
        self.step(timedelta(0))

    def step(self, span: timedelta) -> None:
        """Let the time pass for everybody."""
        self.now += span
        with self.cluster.store.write() as tx:
            stand(tx, self.now)

    def pressed(self, button: Button) -> str:
        """The token of a button under a letter to 甲."""
        ring = ring_in(self.cluster.store, self.cluster.parts.config.web)
        return token(ring, button, MINE, Recipient("bot", str(ME)), self.now + timedelta(days=1))

    def holder(self, one_of: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes] | None:
        """Which of the senders listens."""
        with self.cluster.store.read() as tx:
            name = tx.lease_holder("telegram/bot", self.now)
        return next((one for one in one_of if f"/{one.pid}/" in name), None)

    def await_holder(self, one_of: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        self.cluster.wait(lambda: self.holder(one_of) is not None, 60, "one of the senders listens")
        found = self.holder(one_of)
        assert found is not None
        return found


class Story:
    """What happens, in a thread beside the Bot API's loop."""

    def __init__(self, city: City, api: Api, loop: asyncio.AbstractEventLoop) -> None:
        self.city, self.api, self.loop = city, api, loop
        self.wanted = 0

    def said(self, what: Callable[[], int]) -> None:
        """Somebody says or presses something that is answered once."""
        self.loop.call_soon_threadsafe(what)
        self.wanted += 1

    def await_answers(self) -> None:
        self.city.cluster.wait(lambda: self.answers() >= self.wanted, 60, f"{self.wanted} answers")

    def answers(self) -> int:
        return len(self.api.told("sendMessage")) + len(self.api.told("answerCallbackQuery"))

    def kinds(self) -> list[FactKind]:
        return [one.kind for one in facts(self.city.cluster.store, "甲")]

    def tell(self) -> None:
        cluster, api = self.city.cluster, self.api
        with cluster.workers("senders", "senders") as senders:
            first = self.city.await_holder(senders)
            for _ in range(3):
                self.said(lambda: api.says(OPS, "/status"))
            ack = self.city.pressed(Button.ACK)
            self.said(lambda: api.presses(ME, ack))
            self.await_answers()
            assert self.kinds() == [FactKind.ACKNOWLEDGED]
            assert api.conflicts == 0, "one listens, the other waits"
            self.dies(first, senders)
            self.freezes(senders)
        with cluster.store.read() as tx:
            assert tx.lease_holder("telegram/bot", self.city.now) == "", "given back by whoever ends well"

    def dies(self, first: subprocess.Popen[bytes], senders: list[subprocess.Popen[bytes]]) -> None:
        """kill -9: what is said meanwhile waits for the other one."""
        first.kill()
        first.wait()
        senders.remove(first)
        fixed = self.city.pressed(Button.FIXED)
        self.said(lambda: self.api.presses(ME, fixed))
        self.said(lambda: self.api.says(OPS, "/due"))
        self.city.step(LEASE - SECOND)
        assert self.city.holder(senders) is None
        self.city.step(2 * SECOND)
        self.city.await_holder(senders)
        self.await_answers()
        assert self.kinds() == [FactKind.ACKNOWLEDGED, FactKind.FIXED]

    def freezes(self, senders: list[subprocess.Popen[bytes]]) -> None:
        """SIGSTOP beyond the lease, and then it wakes: it finds that it is another's turn."""
        senders.append(self.city.cluster.start("senders"))
        frozen = self.city.await_holder(senders)
        os.kill(frozen.pid, signal.SIGSTOP)
        self.city.step(LEASE + SECOND)
        others = [one for one in senders if one is not frozen]
        self.city.await_holder(others)
        self.said(lambda: self.api.says(OPS, "/week"))
        self.await_answers()
        os.kill(frozen.pid, signal.SIGCONT)
        for _ in range(3):
            self.said(lambda: self.api.says(OPS, "/status"))
        self.await_answers()
        assert self.city.holder(others) is not None


async def test_one_listens_and_another_takes_over(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    async with telegram() as api:
        cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=1, more=BOT.format(url=api.url))
        story = Story(City(cluster), api, asyncio.get_running_loop())
        await asyncio.to_thread(story.tell)
        kinds = story.kinds()
        cluster.close()
    assert story.answers() == story.wanted == 10, "each was answered, and none twice"
    assert kinds == [FactKind.ACKNOWLEDGED, FactKind.FIXED]
    offsets = [int(str(form.get("offset", 0))) for form in api.told("getUpdates")]
    assert offsets == sorted(offsets) or api.conflicts, "only one that was frozen asks for what is over"
    print(f"\none bot, three senders: 10 updates answered once, {api.conflicts} questions ended by another's")
