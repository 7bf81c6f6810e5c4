"""Two senders at one outbox, and real servers that count: both work, and no letter goes out twice."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from chats import Feishu
from clusters import Cluster
from letters import T0, Sink, letter, mailing, serving

from streams.ports.clock import SystemClock
from streams.ports.store.outbox import SENT, Draft

LETTERS = int(os.environ.get("ZHIBAN_FAULT_LETTERS", "80"))  # by each of two channels
SLOW = 0.2  # seconds that a receiver takes: the rounds of two senders overlap
ONE_SENDER = 16  # letters that one has under way at most
BOT = '[channels.bot]\ntype = "feishu_robot"\nbase = "{base}"\ntoken = "{token}"\nsecret = "{secret}"\n'
MORE = (
    '[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {mail}\nsecurity = "none"\n'
    'sender = "zhiban@example.cn"\n[channels.hook]\ntype = "webhook"\nurl = "{hook}"\n'
)


class Receivers:
    """A mail server and a webhook; how many letters are under way at most, over both."""

    def __init__(self) -> None:
        self.hooked, self.mailed = Counter[str](), Counter[str]()
        self.now = self.most = 0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        self.now += 1
        self.most = max(self.most, self.now)
        yield
        self.now -= 1

    async def hook(self, request: web.Request) -> web.Response:
        with self.under_way():
            self.hooked[msgspec.json.decode(await request.read())["key"]] += 1
            await asyncio.sleep(SLOW)
            return web.Response()


class Mailbox(Sink):
    """The mail server's mind."""

    def __init__(self, receivers: Receivers) -> None:
        super().__init__()
        self._receivers = receivers

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        with self._receivers.under_way():
            answer = await super().handle_DATA(server, session, envelope)
            self._receivers.mailed[str(self.mails[-1]["Message-ID"])] += 1
            await asyncio.sleep(SLOW)
            return answer


def drafts() -> list[Draft]:
    """Letters to forty people by each channel; to each of them several, in order."""
    found = []
    for channel in ("mail", "hook"):
        for number in range(LETTERS):
            to = f"a{number % 40}@example.cn" if channel == "mail" else f"{number % 40}"
            one = letter(key=f"{channel}{number:05}", channel=channel, to=to, thread=f"m{number}")
            found.append(Draft(one.key, channel, to, T0, msgspec.json.encode(one)))
    return found


async def test_no_letter_goes_out_twice(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    there = Receivers()
    async with mailing(Mailbox(there)) as mail, serving(there.hook) as hook:
        more = MORE.format(mail=mail, hook=f"{hook}/hook")
        cluster = Cluster(tmp_path, kafka, postgres, prefix, more=more)
        with cluster.store.write() as tx:
            tx.put_letters(drafts())
        await asyncio.to_thread(sent_by_two, cluster)
        with cluster.store.read() as tx:
            states = tx.letter_counts()
        cluster.close()
    assert states == {SENT: 2 * LETTERS}
    assert (len(there.hooked), there.hooked.total()) == (LETTERS, LETTERS)
    assert (len(there.mailed), there.mailed.total()) == (LETTERS, LETTERS)
    assert there.most > ONE_SENDER, "both were at work"
    print(f"\ntwo senders: {2 * LETTERS} letters, up to {there.most} under way together, none twice")


def sent_by_two(cluster: Cluster) -> None:
    """Two senders, until nothing waits."""

    def done() -> bool:
        with cluster.store.read() as tx:
            return set(tx.letter_counts()) == {SENT}

    with cluster.workers("senders", "senders"):
        cluster.wait(done, 120 + LETTERS / 5, "every letter sent")  # a loaded machine sends ten a second


async def test_two_senders_heed_one_answer(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    """One of them is told to wait four seconds: the other one waits too."""
    seen: list[float] = []

    async def hook(request: web.Request) -> web.Response:
        seen.append(asyncio.get_running_loop().time())
        return web.Response(status=429, headers={"Retry-After": "4"}) if len(seen) == 1 else web.Response()

    async with serving(hook) as url:
        more = f'[channels.hook]\ntype = "webhook"\nurl = "{url}/hook"\n'
        cluster = Cluster(tmp_path, kafka, postgres, prefix, more=more)
        made = [letter(key=f"hook{number}", channel="hook", to=f"{number}") for number in range(40)]
        first, *others = [Draft(one.key, one.channel, one.to, T0, msgspec.json.encode(one)) for one in made]
        with cluster.store.write() as tx:
            tx.put_letters([first])

        def both() -> None:
            with cluster.workers("senders", "senders"):
                cluster.wait(lambda: bool(seen) and first_waits(cluster), 60, "the first one told to wait")
                with cluster.store.write() as tx:
                    tx.put_letters(others)
                cluster.wait(lambda: states(cluster) == {SENT}, 120, "every letter sent")

        await asyncio.to_thread(both)
        cluster.close()
    assert seen[1] - seen[0] >= 3.9
    assert len(seen) == 41
    print(f"\ntwo senders, one 429: nothing for {seen[1] - seen[0]:.2f} s, then all {len(seen) - 1}")


def first_waits(cluster: Cluster) -> bool:
    with cluster.store.read() as tx:
        query = "select count(*) from outbox where attempts = 1 and state = 'waiting'"
        return bool(tx.connection.exec_driver_sql(query).scalar())


def states(cluster: Cluster) -> set[str]:
    with cluster.store.read() as tx:
        return set(tx.letter_counts())


async def test_two_senders_keep_one_pace(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    """A Feishu bot takes five messages a second, whoever sends them; it refuses more, and would say so."""
    bot = Feishu(SystemClock())
    async with serving(bot.answer) as base:
        cluster = Cluster(
            tmp_path, kafka, postgres, prefix, more=BOT.format(base=base, token=bot.TOKEN, secret=bot.SECRET)
        )
        made = [letter(key=f"bot{number:03}", channel="bot", to=f"ou_{number}") for number in range(24)]
        with cluster.store.write() as tx:
            tx.put_letters([Draft(one.key, one.channel, one.to, T0, msgspec.json.encode(one)) for one in made])
        await asyncio.to_thread(sent_by_two, cluster)
        with cluster.store.read() as tx:
            attempts = set(tx.connection.exec_driver_sql("select attempts from outbox").scalars())
        cluster.close()
    assert (len(bot.took), len(bot.asked), attempts) == (24, 24, {1}), "none was refused"
    assert bot.busiest(1) <= 5
    lasted = (bot.asked[-1] - bot.asked[0]).total_seconds()
    print(f"\ntwo senders, one bot: 24 letters in {lasted:.1f} s, up to {bot.busiest(1)} a second")
