"""The poller over real HTTP: leases, thinning, cursors, failures; one bad source never stops the rest."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from harness import Crash, CrashingStore
from sites import Site, Street, page
from talking import posts, rss
from watching import HOUR, World, settle, source

from streams.agent import Agent
from streams.codec import decode_cursor
from streams.connectors import Conversation, Cursor, Fetch
from streams.looks import Opening, Outcome, Shown
from streams.poller import LEASE, Held
from streams.ports.store.tables import from_micros
from streams.records import Fact, FactKind, Tally
from streams.rules import Rules
from streams.subjects import Source

DAY = timedelta(days=1)
NEWS = page(rss(*posts(3)).encode(), etag='"one"')


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    made = Street()
    yield made
    await made.close()


@pytest.fixture
async def site(street: Street) -> Site:
    return await street.open()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.close()


class Faulty(msgspec.Struct, frozen=True):
    """A connector with a bug."""

    def look(self, source: Source, cursor: Cursor, asked_at: object) -> Conversation:
        yield Fetch(url=source.url)
        raise ZeroDivisionError("one part in nothing")


class Hanging:
    """An answer that comes when it is let go."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()

    async def __call__(self, _request: str, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        await self.let_go.wait()
        writer.write(self.answer)
        await writer.drain()


async def test_a_look_becomes_a_record_that_cites_its_evidence(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    await settle(world.poller())
    [look] = world.looks()
    assert (look.outcome, look.asked_at) == (Outcome.GOOD, world.clock.now())
    assert isinstance(look.level, Shown)
    assert (look.level.count, look.collector) == (3, f"feed:127.0.0.1:{site.port}")
    assert look.evidence in world.evidence.kept


async def test_what_is_known_is_asked_for_conditionally_and_not_written_again(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    await settle(poller)
    site.at["/f"] = page(b"", "304 Not Modified")
    world.pass_time(5 * HOUR)
    await settle(poller)
    assert (poller.looks, len(world.looks())) == (2, 1)
    assert "if-none-match" not in site.requests[0].lower()
    assert 'if-none-match: "one"' in site.requests[1].lower()


async def test_the_same_bytes_without_an_etag_are_not_written_again_either(world: World, site: Site) -> None:
    site.at["/f"] = page(rss(*posts(3)).encode())
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    for _ in range(3):
        await settle(poller)
        world.pass_time(5 * HOUR)
    assert (poller.looks, len(world.looks())) == (3, 1)


async def test_of_a_changed_page_only_what_is_new_is_written(world: World, site: Site) -> None:
    """What the index holds, a record has shown; and a change that brings nothing new is no record at all."""
    mine = source("甲", site.url("/f"))
    world.read(mine)
    agent = Agent(world.store, Rules("none", ()))
    with world.store.write() as tx:
        tx.append(0, [(mine.subject, Fact(kind=FactKind.SOURCE_ADDED, source=mine))], world.clock.now())
    for shown, head in ((posts(4)[1:], ""), (posts(4), ""), (posts(4), "<!-- 1234 visitors -->")):
        site.at["/f"] = page(rss(*shown, head=head).encode())
        await settle(world.poller())
        agent.catch_up(0)
        world.pass_time(5 * HOUR)
    assert [len(look.items or ()) for look in world.looks()] == [3, 1]


async def test_an_alibi_is_written_once_per_half_horizon(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    for _ in range(20):  # some four days of looks, of which each half of 48 hours needs one
        await settle(poller)
        world.pass_time(5 * HOUR)
    assert poller.looks == 20
    assert len(world.looks()) == 4


async def test_a_source_is_blind_from_its_last_good_look_though_that_was_passed_over(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    for _ in range(3):
        await settle(poller)
        seen = world.clock.now()
        world.pass_time(5 * HOUR)
    site.at["/f"] = page(b"", "503 Service Unavailable")
    await settle(poller)
    assert [look.outcome for look in world.looks()] == [Outcome.GOOD, Outcome.GOOD, Outcome.FAILED]
    assert world.looks()[1].asked_at == seen


async def test_probes_are_tallied_by_the_hour(world: World, site: Site) -> None:
    site.at["/"] = page()
    world.read(source("甲", site.url("/"), "probe", every=timedelta(minutes=20)))
    poller = world.poller()
    for _ in range(10):
        await settle(poller)
        world.pass_time(timedelta(minutes=20))
    tallies = [body for body in world.log() if isinstance(body, Tally)]
    assert len(tallies) >= 2
    assert all(one.failures == 0 and one.probes <= 3 for one in tallies)
    assert sum(one.probes for one in tallies) <= poller.looks
    assert isinstance(world.looks()[0].level, Opening)


async def test_nobody_reads_what_another_has_leased_until_the_lease_is_over(world: World, site: Site) -> None:
    hanging = Hanging(NEWS)
    site.at["/f"] = hanging
    world.read(source("甲", site.url("/f")))
    first, second = world.poller("first"), world.poller("second")
    under_way = asyncio.ensure_future(first.round())
    await hanging.asked.wait()
    assert await second.round() == 0
    world.pass_time(LEASE + timedelta(seconds=1))
    site.at["/f"] = page(rss(*posts(4)).encode(), etag='"two"')
    await settle(second)
    taken_over = world.poll("甲")
    hanging.let_go.set()
    await under_way
    await first.finish()
    row = world.poll("甲")
    assert (row.next_at, row.cursor) == (taken_over.next_at, taken_over.cursor)  # the lost lease ended nothing
    assert decode_cursor(row.cursor).etag == '"two"'
    assert row.lease_until is None


async def test_the_cursor_is_kept_only_with_the_record(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    store = CrashingStore(world.store, random.Random(1), 0.0)
    poller = world.poller(store=store)
    await poller._exchange([])  # claimed
    store._rate = 1.0
    with pytest.raises(Crash):
        await poller.round()
    assert world.log() == []
    assert decode_cursor(world.poll("甲").cursor) == Cursor()
    world.pass_time(LEASE + timedelta(seconds=1))
    await settle(world.poller("after the crash"))
    assert len(world.looks()) == 1
    assert "if-none-match" not in site.requests[-1].lower()


async def test_a_slow_site_holds_up_nobody_and_is_not_asked_twice(world: World, street: Street, site: Site) -> None:
    slow = await street.open()
    hanging = Hanging(NEWS)
    slow.at["/f"], site.at["/f"] = hanging, NEWS
    world.read(source("慢", slow.url("/f")), source("快", site.url("/f"), every=HOUR))
    poller = world.poller()
    async with asyncio.timeout(3):  # rounds that waited for the slow one would take over four seconds
        for asked in range(1, 5):  # hours pass, many leases long
            while len(site.asked) < asked or poller.looks < asked:
                await poller.round()
            world.pass_time(HOUR * 1.2)
    assert (len(slow.asked), world.looks("慢")) == (1, [])
    hanging.let_go.set()
    await poller.finish()
    assert [look.outcome for look in world.looks("慢")] == [Outcome.GOOD]
    assert world.poll("慢").lease_until is None


async def test_a_connectors_bug_is_a_failed_look_and_reported(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("坏", site.url("/f"), "faulty"), source("好", site.url("/f")))
    reports: list[tuple[str, Source]] = []
    world.ways.on_bug = lambda report, of: reports.append((report, of))
    await settle(world.poller(faulty=Faulty()))
    [bad], [good] = world.looks("坏"), world.looks("好")
    assert (bad.outcome, bad.cause, good.outcome) == (Outcome.FAILED, "bug", Outcome.GOOD)
    [(report, of)] = reports
    assert "ZeroDivisionError: one part in nothing" in report
    assert of.id == "坏"


async def test_a_source_without_a_connector_is_unknown_and_the_rest_goes_on(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("无", site.url("/f"), "telepathy"), source("好", site.url("/f")))
    await settle(world.poller())
    assert [(look.outcome, look.cause) for look in world.looks("无")] == [(Outcome.UNKNOWN, "no_connector")]
    assert [look.outcome for look in world.looks("好")] == [Outcome.GOOD]


async def test_evidence_that_cannot_be_kept_is_told_and_takes_no_other_look_with_it(world: World, site: Site) -> None:
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")), source("乙", site.url("/f")))
    full = True

    async def hold(conversation: Conversation, of: Source, asked_at: datetime) -> Held:
        if full and of.id == "甲":
            raise OSError(28, "No space left on device")
        return await world.ways.hold(conversation, of, asked_at)

    poller = world.poller(hold=hold)
    with pytest.raises(OSError, match="No space"):
        await settle(poller)
    await poller.finish()
    assert [look.source for look in world.looks()] == ["乙"]
    full = False
    world.pass_time(LEASE + timedelta(seconds=1))
    await settle(poller)
    assert {look.source for look in world.looks()} == {"甲", "乙"}


@pytest.mark.parametrize("what", ["the evidence", "the database"])
async def test_what_comes_to_nothing_on_our_side_takes_no_place(world: World, site: Site, what: str) -> None:
    """A full disk must not close a host for as long as a lease lasts: its other sources are read meanwhile."""
    site.at["/f"] = NEWS
    world.read(source("甲", site.url("/f")))
    store = CrashingStore(world.store, random.Random(1), 0.0)

    async def hold(conversation: Conversation, of: Source, asked_at: datetime) -> Held:
        if what == "the database":
            store._rate = 1.0
        elif of.id == "甲":
            raise OSError(28, "No space left on device")
        return await world.ways.hold(conversation, of, asked_at)

    poller = world.poller(store=store, hold=hold, per_host=1)
    with pytest.raises((OSError, Crash)):
        await settle(poller)
    what, store._rate = "", 0.0
    world.read(source("乙", site.url("/f")))
    for _ in range(3):
        await poller.round()
    assert [look.source for look in world.looks()] == ["乙"]
    world.pass_time(LEASE + timedelta(seconds=1))
    await settle(world.poller("another", per_host=1))
    assert {look.source for look in world.looks()} == {"甲", "乙"}


async def test_failures_back_off_and_a_success_ends_that(world: World, site: Site) -> None:
    site.at["/f"] = page(b"", "500 Internal Server Error")
    world.read(source("甲", site.url("/f"), every=HOUR))
    poller = world.poller()
    waits = []
    for _ in range(6):
        await settle(poller)
        waits.append((from_micros(world.poll("甲").next_at) - world.clock.now()) / HOUR)
        world.pass_time(waits[-1] * HOUR)
    for wait, plain in zip(waits, [2, 4, 8, 12, 12, 12], strict=True):
        assert plain * 0.9 <= wait <= plain * 1.1
    assert [look.cause for look in world.looks()] == ["http_500"]  # said once
    site.at["/f"] = NEWS
    await settle(poller)
    assert (from_micros(world.poll("甲").next_at) - world.clock.now()) / HOUR <= 1.1
    assert world.looks()[-1].good


async def test_finish_waits_for_what_is_under_way_and_claims_nothing_more(world: World, site: Site) -> None:
    hanging = Hanging(NEWS)
    site.at["/f"], site.at["/g"] = hanging, NEWS
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    await poller._exchange([])
    await hanging.asked.wait()
    world.read(source("乙", site.url("/g")))
    ending = asyncio.ensure_future(poller.finish())
    await asyncio.sleep(0.02)
    assert not ending.done()
    hanging.let_go.set()
    await ending
    assert [look.source for look in world.looks()] == ["甲"]
    assert world.poll("乙").asked_at is None


async def test_what_is_retired_under_way_is_read_no_more(world: World, site: Site) -> None:
    hanging = Hanging(NEWS)
    site.at["/f"] = hanging
    world.read(source("甲", site.url("/f")))
    poller = world.poller()
    await poller._exchange([])
    await hanging.asked.wait()
    with world.store.write() as tx:
        tx.retire_sources(["甲"])
    hanging.let_go.set()
    await poller.finish()
    world.pass_time(DAY)
    assert await poller.round() == 0
    assert world.poll("甲").next_at is None


async def test_no_more_than_so_many_looks_are_under_way(world: World, site: Site) -> None:
    together = most = 0

    async def count(_request: str, writer: asyncio.StreamWriter) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.005)
        together -= 1
        writer.write(NEWS)
        await writer.drain()

    site.at["/f"] = count
    world.read(*(source(f"号{n}", site.url("/f")) for n in range(12)))
    poller = world.poller(at_once=2)
    await settle(poller)
    assert poller.looks == len(world.looks()) == 12
    assert most <= 2
