"""A disk that is full, under a real `zhiban run`: it says so, loses and doubles nothing, and goes on by itself.

Filled in the worst moment: a letter has just been taken by its receiver, and that cannot be written.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import date
from os import environ
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from disks import Disk, Forbidden, small_disk
from letters import free_port, serving
from talking import rss

from streams.looks import Look
from streams.ports.evidence import WarcFolder
from streams.ports.store import open_store
from streams.ports.store.log import records_of
from streams.records import Position

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]
ACCOUNTS = 24


@pytest.fixture(params=["a small disk", "a forbidden one"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "a forbidden one":
        yield Forbidden(tmp_path / "city")
        return
    with small_disk(tmp_path / "city", "6m") as made:
        if made is None:
            pytest.skip("only root may mount a disk of its own")
        yield made


class Town:
    """Accounts whose feeds grow with every reading, one that has been silent for months, and a webhook."""

    def __init__(self, folder: Path, disk: Disk, *, fills: bool = True) -> None:
        """`fills`: the first letter's receiver fills the disk."""
        self.folder, self.disk, self.fills = folder, disk, fills
        self.said = ""
        self.process: asyncio.subprocess.Process | None = None
        self.hooked = Counter[str]()
        self.shown = Counter[str]()
        self.full = asyncio.Event()
        self.port = free_port()

    async def feed(self, request: web.Request) -> web.Response:
        name = request.path
        if name == "/0":
            return web.Response(text=rss(("旧文", date(2026, 1, 1))), content_type="application/xml")
        self.shown[name] += 1
        posts = [(f"第{number}篇", date(2026, 11, 1)) for number in range(self.shown[name])]
        return web.Response(text=rss(*posts), content_type="application/xml")

    async def hook(self, request: web.Request) -> web.Response:
        """Take the letter; at the first one the disk is full before the answer is heard."""
        self.hooked[json.loads(await request.read())["key"]] += 1
        if self.fills and not self.full.is_set():
            self.fill()
        return web.Response()

    def fill(self) -> None:
        assert self.process is not None
        self.disk.fill(self.process.pid)
        self.full.set()

    def make_room(self) -> None:
        assert self.process is not None
        self.disk.make_room(self.process.pid)

    async def fault(self) -> str | None:
        """What /healthz says; None where nobody answers."""
        async with httpx.AsyncClient() as client:
            try:
                answer = await client.get(f"http://127.0.0.1:{self.port}/healthz")
            except httpx.TransportError:
                return None
        assert (answer.status_code == 200) == (answer.json()["fault"] == "")
        return str(answer.json()["fault"])

    def looks(self) -> list[Look]:
        """What the log holds."""
        store = open_store(f"sqlite:///{self.folder / 'zhiban.db'}")
        with store.read() as tx:
            found = [one.body for one in records_of(tx.read_log(0, Position(1, 0), 100_000))]
        store.close()
        return [one for one in found if isinstance(one, Look)]


def write(town: Town, site: str, hook: str, evidence: str = "evidence") -> None:
    """The working directory."""
    folder = town.folder
    folder.mkdir(exist_ok=True)
    (folder / "zhiban.toml").write_text(
        f'[evidence]\nfolder = "{evidence}"\n'
        f"[web]\nport = {town.port}\n[desk]\ngroup_wait = 1\n"
        '[politeness]\ngap = 0.0\nallow_private = ["127.0.0.1"]\nauthorised = ["127.0.0.1"]\n'
        f'[channels.hook]\ntype = "webhook"\nurl = "{hook}"\n[[routes]]\nchannel = "hook"\nto = "-"\n',
        encoding="utf-8",
    )
    accounts = [
        f"44000000{number:02}WX0001,示例{number},account,微信公众号,局,2020-01-01" for number in range(ACCOUNTS)
    ]
    sources = [f"44000000{number:02}WX0001,account,{site}/{number},1m" for number in range(ACCOUNTS)]
    head = "id,name,kind,platform,unit,registered_on"
    (folder / "registry.csv").write_text("\n".join([head, *accounts, ""]), encoding="utf-8")
    (folder / "sources.csv").write_text("\n".join(["subject,connector,url,every", *sources, ""]), encoding="utf-8")


@asynccontextmanager
async def watching(town: Town) -> AsyncIterator[None]:
    """`zhiban run`, ended by SIGTERM, well."""
    words = [sys.executable, "-c", "from zhiban.cli import main; main()", "run", "--dir", str(town.folder)]
    where, no, pipe = {**environ, "PYTHONPATH": str(ROOT)}, subprocess.DEVNULL, subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, env=where, stdout=no, stderr=pipe)
    town.process = process
    assert process.stderr is not None
    saying = asyncio.create_task(process.stderr.read())
    try:
        yield
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
        town.said = (await saying).decode()


async def until(done: object, what: str, seconds: float = 90) -> None:
    for _ in range(int(seconds / 0.1)):
        if await done():  # type: ignore[operator]
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


async def test_a_full_disk_is_told_and_nothing_is_lost_or_doubled(disk: Disk) -> None:
    town = Town(disk.folder, disk)
    async with serving(town.feed) as site, serving(town.hook) as there:
        write(town, site, f"{there}/hook")
        async with watching(town):
            await asyncio.wait_for(town.full.wait(), 90)
            await until(lambda: _is(town, well=False), "/healthz tells of the full disk")
            fault = await town.fault() or ""
            assert "Error: " in fault
            held, before = await asyncio.to_thread(town.looks), town.hooked.copy()
            await asyncio.sleep(5)
            assert town.hooked == before, "nobody hears anything twice"
            assert not await _is(town, well=True)
            assert await asyncio.to_thread(town.looks) == held
            town.make_room()
            await until(lambda: _is(town, well=True), "/healthz is well again")
            await until(lambda: _grown(town, len(held)), "looks are written again", 150)
    assert "loop failed; it tries again" in town.said
    assert set(town.hooked.values()) == {1}, "every letter went out once"
    await _whole(town, town.folder / "evidence")
    print(f"\nfull disk: {fault!r} was told; {len(town.hooked)} letters, each once; {len(town.looks())} looks")


async def test_what_cannot_be_kept_as_evidence_is_not_written(tmp_path: Path) -> None:
    """The evidence's own disk is full, the file's is not: sites are read on, and no look is concluded from it."""
    with small_disk(tmp_path / "evidence", "1m") as disk:
        if disk is None:
            pytest.skip("only root may mount a disk of its own")
        town = Town(tmp_path / "city", disk, fills=False)
        async with serving(town.feed) as site, serving(town.hook) as there:
            write(town, site, f"{there}/hook", str(disk.folder))
            async with watching(town):
                await until(lambda: _grown(town, 2), "the first looks are written")
                town.fill()
                await until(lambda: _is(town, well=False), "/healthz tells of the full disk")
                fault = await town.fault() or ""
                assert "No space left on device" in fault
                held, asked = len(await asyncio.to_thread(town.looks)), town.shown.total()
                await until(lambda: _asked(town, asked + 2), "sites are read still")
                assert len(await asyncio.to_thread(town.looks)) == held
                town.make_room()
                await until(lambda: _grown(town, held), "looks are written again", 150)
                await until(lambda: _is(town, well=True), "/healthz is well again")
        await _whole(town, disk.folder)
    print(f"\nfull disk of the evidence: {fault!r} was told; {held} looks before, none while it was full")


async def _asked(town: Town, times: int) -> bool:
    return town.shown.total() >= times


async def _is(town: Town, *, well: bool) -> bool:
    fault = await town.fault()
    return fault is not None and (fault == "") == well


async def _grown(town: Town, before: int) -> bool:
    return len(await asyncio.to_thread(town.looks)) > before


async def _whole(town: Town, folder: Path) -> None:
    """The file is sound, what went out is noted, and what the log cites was kept before it was written."""
    with closing(sqlite3.connect(town.folder / "zhiban.db")) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        noted = {row[0] for row in connection.execute("select key from outbox where state = 'sent'")}
    assert noted == set(town.hooked)
    evidence = WarcFolder(folder)
    evidence.prepare()
    looks = town.looks()
    assert len({(look.source, look.asked_at) for look in looks}) == len(looks)
    for look in looks:
        assert await evidence.fetch(look.evidence) is not None, look
    await evidence.aclose()
