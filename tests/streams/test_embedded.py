"""The embedded runner over a whole watch: real HTTP, store, rules, desk and sender; only the clock is ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sites import Site, Street, page
from stores import laid
from talking import rss
from timeline import at
from watching import LOOPBACK

from streams.embedded import Embedded
from streams.findings import Event, Finding
from streams.looks import Look
from streams.ports.clock import Clock, ManualClock, SystemClock
from streams.ports.store.log import records_of
from streams.records import Fact, FactKind, Position
from streams.subjects import Kind, Source, Subject
from zhiban.watch import Watch

IDLE = timedelta(milliseconds=20)
ACCOUNT = Subject(id="610000WX0001", name="示例发布", kind=Kind.ACCOUNT, unit="示例局")
START = at("2026-03-02 09:00")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    street = Street()
    yield await street.open()
    await street.close()


Open = Callable[[Clock], Watch]


@pytest.fixture
def letters() -> list[str]:
    """What the console would show."""
    return []


@pytest.fixture
async def opened(tmp_path: Path, letters: list[str]) -> AsyncIterator[Open]:
    """Opens watches over one working directory."""
    watches: list[Watch] = []
    laid(tmp_path / "zhiban.db")

    def make(clock: Clock) -> Watch:
        watch = Watch(LOOPBACK, tmp_path, clock, idle=IDLE)
        watch.senders.show = letters.append
        watch.begin()
        watches.append(watch)
        return watch

    yield make
    for watch in watches:
        await watch.close()


def register(watch: Watch, url: str, **fields: object) -> None:
    """One account and its feed."""
    feed = Source(id="feed", subject=ACCOUNT.id, connector="feed", url=url, **fields)  # type: ignore[arg-type]
    watch.tell([Fact(kind=FactKind.REGISTERED, subject=ACCOUNT), Fact(kind=FactKind.SOURCE_ADDED, source=feed)])


def ledger(watch: Watch, rule: str = "") -> list[Finding]:
    with watch.store.read() as tx:
        found = tx.findings_until(at("2030-01-01"))
    return [one for one in found if rule in {"", one.rule} and one.subject == ACCOUNT.id]


def looks(watch: Watch) -> list[Look]:
    with watch.store.read() as tx:
        records = records_of(tx.read_log(0, Position(1, 0), 10_000))
    return [record.body for record in records if isinstance(record.body, Look)]


def news(day: str) -> bytes:
    return page(rss(("工作动态", date.fromisoformat(day))).encode())


async def test_once_looks_judges_and_tells(opened: Open, site: Site, letters: list[str]) -> None:
    site.at["/f"] = news("2026-01-02")
    clock = ManualClock(START)
    watch = opened(clock)
    register(watch, site.url("/f"))
    clock.set(START + timedelta(minutes=10))
    assert await watch.engine.once() == 1
    assert {one.rule for one in ledger(watch)} >= {"MED-STALE"}
    assert await watch.engine.once() == 0
    clock.set(START + timedelta(hours=1))
    await watch.engine.once()  # the desk's group wait is over
    assert any("示例发布" in text for text in letters)
    told = len(letters)
    await watch.engine.once()
    assert len(letters) == told


async def test_an_ask_brings_the_next_look_forward_and_is_answered(opened: Open, site: Site) -> None:
    site.at["/f"] = news("2026-03-01")  # the last safe day is 14 March
    clock = ManualClock(START)
    watch = opened(clock)
    register(watch, site.url("/f"), every=timedelta(days=30))  # nobody would look again before April
    for moment in ("2026-03-02 10:00", "2026-03-10 00:01", "2026-03-20 00:01"):
        clock.set(at(moment))
        await watch.engine.once()
    assert len(site.asked) >= 2
    stale = [one for one in ledger(watch, "MED-STALE") if one.event in {Event.OPENS, Event.WORSENS}]
    assert stale[-1].level == "veto"
    assert looks(watch)[-1].asked_at == at("2026-03-20 00:01")
    with watch.store.read() as tx:
        asks = tx.connection.exec_driver_sql("select ask from polls").scalars().all()
    assert list(asks) == [None]  # answered


async def run_until(engine: Embedded, done: Callable[[], bool], seconds: float = 10.0) -> None:
    """Run until something has come about, then stop gracefully."""
    running = asyncio.ensure_future(engine.run())
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - what is awaited is a row in a database, which rings no bell
            await asyncio.sleep(0.01)
        engine.stop()
        await running


async def test_run_keeps_watch_until_it_is_stopped(opened: Open, site: Site, letters: list[str]) -> None:
    site.at["/f"] = news("2026-01-02")
    watch = opened(SystemClock(START, speed=600))
    register(watch, site.url("/f"))
    await run_until(watch.engine, lambda: bool(letters))
    assert ledger(watch, "MED-STALE")


async def test_a_graceful_stop_finishes_and_judges_the_looks_under_way(opened: Open, site: Site) -> None:
    asked = asyncio.Event()

    async def slow(_request: str, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.sleep(0.3)
        writer.write(news("2026-01-02"))
        await writer.drain()

    site.at["/f"] = slow
    watch = opened(SystemClock(START, speed=60))
    register(watch, site.url("/f"))
    await run_until(watch.engine, asked.is_set)
    assert [look.outcome for look in looks(watch)] == ["good"]
    assert ledger(watch, "MED-STALE")
    with watch.store.read() as tx:
        assert tx.connection.exec_driver_sql("select lease_until from polls").scalars().all() == [None]
        assert tx.progress(0)[0] == tx.read_log(0, Position(1, 0), 10_000)[-1].position


class Once:
    """A part of the runner that fails the first time, and then does nothing."""

    def __init__(self) -> None:
        self.calls = self.records = 0

    def turn(self) -> datetime | None:
        """As the desk."""
        self._fail()
        return None

    async def round(self) -> int:
        """As the sender, or the poller."""
        self._fail()
        return 0

    async def finish(self) -> None:
        """As the poller."""

    def next_claim(self) -> datetime | None:
        """As the poller."""
        return None

    def _fail(self) -> None:
        self.calls += 1
        if self.calls == 1:
            raise ConnectionError("the database went away")


@pytest.mark.parametrize("failing", ["engine", "sender", "poller"])
async def test_a_failing_round_is_told_and_tried_again_and_stops_no_other(
    opened: Open, site: Site, failing: str
) -> None:
    site.at["/f"] = news("2026-01-02")
    watch = opened(SystemClock(START, speed=600))
    register(watch, site.url("/f"))
    told: list[tuple[str, str]] = []
    part = Once()
    real: dict[str, object] = {"engine": watch.desk, "sender": watch.senders, "poller": watch.engine._poller}
    parts = real | {failing: part}
    engine = Embedded(
        watch.store,
        watch.clock,
        watch.agent,
        parts["poller"],  # type: ignore[arg-type]
        parts["engine"],  # type: ignore[arg-type]
        parts["sender"],  # type: ignore[arg-type]
        idle=IDLE,
        on_failure=lambda loop, error: told.append((loop, str(error))),
    )
    await run_until(engine, lambda: part.calls >= 2)
    assert told == [(failing, "the database went away")]
    if failing != "poller":
        assert looks(watch)
    if failing == "sender":
        assert ledger(watch, "MED-STALE")


async def test_a_silence_of_the_process_is_said_and_nobody_is_accused_by_it(opened: Open, site: Site) -> None:
    site.at["/f"] = news("2026-03-02")
    clock = ManualClock(START)
    watch = opened(clock)
    register(watch, site.url("/f"))
    clock.set(at("2026-03-03 09:00"))
    await watch.engine.once()
    site.at["/f"] = page(b"", "500 Internal Server Error")
    clock.set(at("2026-03-30 09:00"))  # four weeks of being off, and then the feed cannot be read
    await watch.engine.once()
    with watch.store.read() as tx:
        kinds = [type(r.body).__name__ for r in records_of(tx.read_log(0, Position(1, 0), 1000))]
    assert "Off" in kinds
    assert [one.level for one in ledger(watch, "MED-STALE") if one.event is Event.OPENS] in ([], ["unknown"])


class Patient:
    """Work beside everything else that takes until a letter is out, however long that is."""

    def __init__(self, letters: list[str]) -> None:
        self.letters, self.done = letters, threading.Event()

    def turn(self, now: datetime) -> None:
        """As the weekly digest."""
        while not self.letters and not self.done.wait(0.01):
            pass
        self.done.set()


async def test_a_veto_is_told_while_the_weekly_digest_is_still_in_the_making(
    opened: Open, site: Site, letters: list[str]
) -> None:
    site.at["/f"] = news("2026-01-02")
    watch = opened(SystemClock(START, speed=600))
    register(watch, site.url("/f"))
    digests = Patient(letters)
    engine = Embedded(
        watch.store,
        watch.clock,
        watch.agent,
        watch.engine._poller,
        watch.desk,
        watch.senders,
        beside=digests,
        idle=IDLE,
    )
    try:
        await run_until(engine, digests.done.is_set)
    finally:
        digests.done.set()
    assert "示例发布" in letters[0]
