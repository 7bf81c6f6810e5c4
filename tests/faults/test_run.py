"""A real `zhiban run`, as an office starts it: a true breach is told by mail and webhook; SIGTERM loses nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from letters import Sink, free_port, mailing, serving
from talking import rss

from streams.ports.store import open_store

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-our-own-0123456789"


class Office:
    """A working directory on loopback: an account that has been silent for months, a mail server, a webhook."""

    def __init__(self, folder: Path, site: str, mail: int, hook: str) -> None:
        self.folder, self.port = folder, free_port()
        subprocess.run(self.words("init", str(folder)), check=True, capture_output=True)
        (folder / "zhiban.toml").write_text(
            f'[watch]\noperator = "duty@example.cn"\n[web]\nport = {self.port}\ntoken = "{TOKEN}"\n'
            '[politeness]\ngap = 0.0\nallow_private = ["127.0.0.1"]\nauthorised = ["127.0.0.1"]\n'
            f'[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {mail}\nsecurity = "none"\n'
            f'sender = "zhiban@example.cn"\n[channels.hook]\ntype = "webhook"\nurl = "{hook}"\n'
            '[[routes]]\nchannel = "mail"\nto = "{contact}"\ngo_on = true\n'
            '[[routes]]\nchannel = "hook"\nto = "-"\n',
            encoding="utf-8",
        )
        (folder / "registry.csv").write_text(
            "id,name,kind,platform,unit,contact,registered_on\n"
            "4400000001WX0001,示例发布,account,微信公众号,示例局,a@example.cn,2020-01-01\n",
            encoding="utf-8",
        )
        (folder / "sources.csv").write_text(
            f"subject,connector,url,every\n4400000001WX0001,account,{site}/feed,1m\n", encoding="utf-8"
        )

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from zhiban.cli import main; main()", *words]

    def start(self) -> subprocess.Popen[str]:
        where = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.words("run", "--dir", str(self.folder)), env=where, **pipes)

    async def ask(self, path: str) -> httpx.Response | None:
        async with httpx.AsyncClient() as client:
            try:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                return await client.get(f"http://127.0.0.1:{self.port}{path}", headers=headers)
            except httpx.TransportError:
                return None


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[Office, Sink, list[dict[str, Any]]]]:
    hooked: list[dict[str, Any]] = []

    async def feed(_request: web.Request) -> web.Response:
        return web.Response(text=rss(("旧文", date(2026, 1, 1))), content_type="application/xml")

    async def hook(request: web.Request) -> web.Response:
        hooked.append(json.loads(await request.read()))
        return web.Response()

    sink = Sink()
    async with serving(feed) as site, serving(hook) as there, mailing(sink) as port:
        yield Office(folder, site, port, f"{there}/hook"), sink, hooked


async def until(done: Any, what: str, seconds: float = 60) -> None:
    for _ in range(int(seconds / 0.1)):
        if await done():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


async def ended(process: subprocess.Popen[str], number: int) -> None:
    """Send the signal; it must end by itself, well, within twenty seconds."""
    process.send_signal(number)
    _, errors = await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 0, errors[-3000:]


async def test_a_breach_is_told_once_and_signals_end_it_well(tmp_path: Path) -> None:
    async with office(tmp_path / "city") as (place, sink, hooked):
        process = place.start()
        try:
            await until(lambda: _healthy(place), "/healthz answers 200")
            await until(lambda: _told(sink, hooked), "a letter by mail and by webhook")
            metrics = await place.ask("/metrics")
            assert metrics is not None
            assert 'zhiban_looks_total{connector="account",outcome="good"}' in metrics.text
            api = await place.ask("/api/v1/alerts?unit=示例局")
            assert api is not None
            assert "MED-STALE" in {row["rule"] for row in api.json()["alerts"]}
            await ended(process, signal.SIGTERM)
            before = (len(sink.mails), len(hooked))
            process = place.start()
            await until(lambda: _healthy(place), "the second start is well")
            await ended(process, signal.SIGINT)
        finally:
            process.kill()
        assert (len(sink.mails), len(hooked)) == before, "the second start repeats no letter"
    store = open_store(f"sqlite:///{place.folder / 'zhiban.db'}")
    with store.read() as tx:
        assert {one.rule for one in tx.open_findings() if one.level.value == "veto"} == {"MED-STALE"}
        assert set(tx.letter_counts()) == {"sent"}
        assert not tx.quarantined()
    store.close()


async def _healthy(place: Office) -> bool:
    answer = await place.ask("/healthz")
    return answer is not None and answer.status_code == 200


async def _told(sink: Sink, hooked: list[dict[str, Any]]) -> bool:
    return bool(sink.mails and hooked)
