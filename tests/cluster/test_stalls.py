"""A partition that stands still is told of by a real webhook and a real mail: once, and once more when it moves."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import msgspec
from aiohttp import web
from clusters import Cluster
from letters import T0, Sink, mailing, serving

from alerts.letter import Letter
from streams.ports.store.clock import stand
from streams.ticker import last_tick

HALF_A_MINUTE = timedelta(seconds=30)


class City:
    """A cluster whose clock stands until it is stepped."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.now = cluster, T0
        self._stand()

    def _stand(self) -> None:
        with self.cluster.store.write() as tx:
            stand(tx, self.now)

    def step(self) -> None:
        """Half a minute later, when every partition has its tick; the others have had some ten rounds by then."""
        self.now += HALF_A_MINUTE
        self._stand()
        self.cluster.wait(self._has_ticked, 60, f"a tick at {self.now}")
        self.cluster.parts.pause(0.3)

    def _has_ticked(self) -> bool:
        with self.cluster.store.read() as tx:
            last = last_tick(tx)
        return last is not None and last >= self.now

    def has_settled(self) -> bool:
        """Whether every partition has come up to now."""
        with self.cluster.store.read() as tx:
            watermark = tx.watermark()
        return watermark is not None and watermark >= self.now

    def written(self) -> Counter[str]:
        """Letters in the outbox, by what they say."""
        with self.cluster.store.read() as tx:
            return Counter(key.partition("/")[0] for key, _, _ in tx.letters())


def settings(hook: str, port: int) -> str:
    return (
        f'[channels.hook]\ntype = "webhook"\nurl = "{hook}"\n'
        f'[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {port}\nsender = "z@example.cn"\n'
        'security = "none"\n'
        '[[routes]]\nchannel = "hook"\nto = "-"\noperator = true\n'
        '[[routes]]\nchannel = "mail"\nto = "duty@example.cn"\noperator = true\n'
    )


async def test_it_is_told_once_and_its_end_once(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    told: list[Letter] = []
    sink = Sink()

    async def take(request: web.Request) -> web.Response:
        told.append(msgspec.json.decode(await request.read(), type=Letter))
        return web.Response()

    async with serving(take) as hook, mailing(sink) as port:
        cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=3, more=settings(hook, port))
        try:
            city = await asyncio.to_thread(City, cluster)
            await asyncio.to_thread(stall, city, told)
        finally:
            cluster.close()
    assert [letter.key.partition("/")[0] for letter in told] == ["stalled", "moving"]
    assert [mail["subject"] for mail in sink.mails] == [letter.subject for letter in told]
    assert "3 个分区停滞 5 分钟" in told[0].subject
    assert "恢复" in told[1].subject


def stall(city: City, told: list[Letter]) -> None:
    """The agents stop while ticks go on, and come back after a quarter of an hour; two senders look on."""
    cluster = city.cluster
    with cluster.workers("connectors", "senders", "senders"):
        working = cluster.start("agents")
        for _ in range(4):
            city.step()
            cluster.wait(city.has_settled, 60, "the agents at work")
        end(working)
        for _ in range(10):
            city.step()
            assert not city.written()
        city.step()
        cluster.wait(lambda: len(told) == 1, 30, "word of the stall")
        for _ in range(20):
            city.step()
            assert city.written() == {"stalled": 3}
        working = cluster.start("agents")
        cluster.wait(city.has_settled, 60, "the agents back at work")
        cluster.wait(lambda: len(told) == 2, 30, "word of its end")
        for _ in range(5):
            city.step()
        assert city.written() == {"stalled": 3, "moving": 3}
        end(working)


def end(worker: object) -> None:
    worker.send_signal(signal.SIGTERM)  # type: ignore[attr-defined]
    worker.wait(timeout=60)  # type: ignore[attr-defined]


async def test_agents_that_never_came_are_told_of(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, kafka, postgres, prefix, partitions=2)
    try:
        city = await asyncio.to_thread(City, cluster)
        with cluster.workers("connectors", "senders"):
            for _ in range(11):
                await asyncio.to_thread(city.step)
            assert not city.written()
            await asyncio.to_thread(city.step)
            await asyncio.to_thread(cluster.wait, lambda: city.written() == {"stalled": 1}, 30, "word of it")
    finally:
        cluster.close()
