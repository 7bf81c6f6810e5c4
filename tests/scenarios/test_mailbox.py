"""A public mailbox watched from end to end: real HTTP, poller, store and rules; only the clock is ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sites import Site, Street, page
from stores import new_store
from timeline import NATIONAL, at
from watching import World, settle

from streams.agent import Agent
from streams.connectors import Response
from streams.findings import Event, Finding, Grade
from streams.looks import Look
from streams.messages import Deed
from streams.ports.warc import Taken
from streams.ports.warc_read import Found
from streams.records import Fact, FactKind
from streams.subjects import Kind, Source, Subject
from streams.ticker import tick
from zhiban.replaying import Replay
from zhiban.ways import build_connectors
from zhiban.wiring import load_pack

START = at("2026-03-02 10:00")
RULE = "MSG-5WD"
OFFICE = Subject(id="信箱局", name="市长信箱", kind=Kind.MAILBOX)
HEADS = ("编号", "标题", "来信日期", "答复日期", "状态", "受理单位")
Row = tuple[str, str, str, str, str, str]


def row(number: str, asked: str, answered: str = "", state: str = "") -> Row:
    """One letter of a citizen whose words must not be kept."""
    return (
        number,
        f"关于张三家门口路灯{number}的来信",
        asked,
        answered,
        state or ("已答复" if answered else "办理中"),
        "城管局",
    )


def table(*rows: Row, more: str = "") -> bytes:
    """The list page of a mailbox."""
    head = "".join(f"<th>{name}</th>" for name in HEADS)
    lines = "".join(
        f'<tr><td>{number}</td><td><a href="/letter/{number}.html">{title}</a></td>'
        f"{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
        for number, title, *rest in rows
    )
    return f'<meta charset="utf-8"><table><tr>{head}</tr>{lines}</table>{more}'.encode()


class Town(World):
    """The world with an agent: after every look what follows is judged."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, START)
        self.agent = Agent(self.store, NATIONAL)
        self.connectors = build_connectors({}, "zhiban.toml", folder, load_pack(("national-2019",)).messages)
        self.source = Source(
            id="信箱", subject=OFFICE.id, connector="mailbox", url=url, name="咨询信箱", every=timedelta(hours=4)
        )
        added = Fact(kind=FactKind.SOURCE_ADDED, source=self.source)
        with self.store.write() as tx:
            facts = [Fact(kind=FactKind.REGISTERED, subject=OFFICE), added]
            tx.append(0, [(OFFICE.id, fact) for fact in facts], START)
        self.read(self.source)

    async def on(self, when: str) -> list[str]:
        """What stands open of the five days' rule once this time has come and what is due was looked at."""
        self.clock.set(at(when))
        tick(self.store, self.clock.now(), timedelta(days=365))
        self.agent.catch_up(0)
        await settle(self.poller())
        self.agent.catch_up(0)
        return self.standing()

    def findings(self) -> list[Finding]:
        """All of the rule's."""
        with self.store.read() as tx:
            return [one for one in tx.findings_until(self.clock.now() + timedelta(days=1)) if one.rule == RULE]

    def standing(self) -> list[str]:
        """`104 breach`, for each open one."""
        last = {one.item: one for one in self.findings() if one.event is not Event.SIGNALS}
        opened = [one for one in last.values() if one.event is not Event.CLOSES]
        return sorted(f"{one.item} {one.level}" for one in opened)

    def told(self) -> list[str]:
        """`104 received`, for every event that was told, in order."""
        facts = [body for body in self.log() if isinstance(body, Fact) and body.kind is FactKind.MESSAGES]
        return [f"{event.message} {event.deed}" for fact in facts for event in fact.events]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    street = Street()
    yield await street.open()
    await street.close()


@pytest.fixture
async def town(tmp_path: Path, site: Site) -> AsyncIterator[Town]:
    made = Town(tmp_path, site.url("/list"))
    yield made
    await made.close()


async def test_a_letter_falls_due_is_late_on_a_good_look_and_is_closed_by_its_answer(town: Town, site: Site) -> None:
    site.at["/list"] = page(table(row("1042", "2026-03-02"), row("1041", "2026-02-27", "2026-03-02")))
    assert await town.on("2026-03-02 11:00") == []
    assert town.told() == ["1042 received", "1041 received", "1041 answered"]
    assert await town.on("2026-03-06 09:00") == ["1042 due_soon"]
    assert await town.on("2026-03-10 00:30") == ["1042 breach"]
    late = town.findings()[-1]
    assert (late.due, late.witnessed_at) == (at("2026-03-10 00:00"), at("2026-03-10 00:30"))
    site.at["/list"] = page(table(row("1042", "2026-03-02", "2026-03-10"), row("1041", "2026-02-27", "2026-03-02")))
    assert await town.on("2026-03-11 01:00") == []
    assert town.findings()[-1].event is Event.CLOSES
    assert town.told()[3:] == ["1042 answered"]
    with town.store.read() as tx:
        (case,) = [case for *_, case in tx.cases(at("2026-04-01")) if case.id == "1042"]
    assert (case.answered_at, case.about.units, case.about.channel) == (at("2026-03-10 23:59"), ("城管局",), "咨询信箱")


async def test_a_mailbox_that_cannot_be_read_accuses_nobody(town: Town, site: Site) -> None:
    site.at["/list"] = page(table(row("1042", "2026-03-02")))
    await town.on("2026-03-02 11:00")
    await town.on("2026-03-09 09:00")
    site.at["/list"] = page(b"", "503 Service Unavailable")
    for when in ("2026-03-10 00:30", "2026-03-11 09:00", "2026-03-20 09:00"):
        assert await town.on(when) == ["1042 due_soon"]
    site.at["/list"] = page(table(row("1042", "2026-03-02", "2026-03-09")))
    assert await town.on("2026-03-21 09:00") == []
    assert {str(one.level) for one in town.findings() if one.event is not Event.CLOSES} == {"due_soon"}


async def test_what_fell_off_the_list_is_neither_late_nor_answered_until_its_own_page_says_so(
    town: Town, site: Site
) -> None:
    site.at["/list"] = page(table(row("1042", "2026-03-02"), row("1041", "2026-02-27", "2026-03-02")))
    await town.on("2026-03-02 11:00")
    site.at["/list"] = page(table(row("1050", "2026-03-09", "2026-03-09"), row("1049", "2026-03-09", "2026-03-09")))
    site.at["/letter/1042.html"] = page(b"", "503 Service Unavailable")
    assert await town.on("2026-03-10 09:00") == ["1042 unknown"]
    site.at["/letter/1042.html"] = page("<p>状态：办理中</p>".encode())
    assert await town.on("2026-03-10 18:00") == ["1042 breach"]
    site.at["/letter/1042.html"] = page(
        "<p>状态：已答复</p><p>答复时间：2026-03-11</p><p>答复内容：路灯已修好，请查看。</p>".encode()
    )
    assert await town.on("2026-03-11 18:00") == []
    assert town.told()[-1] == "1042 answered"


async def test_an_unchanged_list_tells_nothing_again(town: Town, site: Site) -> None:
    site.at["/list"] = page(table(row("1042", "2026-03-02")), etag='"1"')
    await town.on("2026-03-02 11:00")
    site.at["/list"] = page(b"", "304 Not Modified")
    await town.on("2026-03-02 16:00")
    site.at["/list"] = page(table(row("1042", "2026-03-02"), more="<p>访问量 1234</p>"))
    await town.on("2026-03-02 21:00")
    assert town.told() == ["1042 received"]
    assert len(town.looks()) == 1


async def test_no_title_reaches_the_store_and_no_letters_page_the_evidence(town: Town, site: Site) -> None:
    rows = [("1042", "关于张三的来信", "2026-03-02", "", "已答复", "")]
    site.at["/list"] = page(table(*rows))
    site.at["/letter/1042.html"] = page(
        "<p>张三的电话</p><p>答复时间：2026-03-02 10:30</p><p>答复：可以。</p>".encode()
    )
    await town.on("2026-03-02 11:00")
    assert town.told() == ["1042 received", f"1042 {Deed.ANSWERED}"]
    kept = town.stored()
    assert b"1042" in kept
    assert "张三".encode() not in kept
    letters = [taken.answer for taken in town.evidence.kept.values() if "/letter/" in taken.url]
    assert [getattr(one, "body", None) for one in letters] == [b""]
    assert "sha256:" in getattr(letters[0], "note", "")


async def test_many_letters_are_told_in_chunks_ahead_of_the_look(town: Town, site: Site) -> None:
    site.at["/list"] = page(table(*(row(f"{n}", "2026-03-02") for n in range(1000, 1450))))
    await town.on("2026-03-02 11:00")
    bodies = [body for body in town.log() if isinstance(body, Look) or (isinstance(body, Fact) and body.events)]
    assert [len(body.events) if isinstance(body, Fact) else "look" for body in bodies] == [200, 200, 50, "look"]


async def test_a_mailbox_that_tells_us_or_is_told_is_never_looked_at(town: Town) -> None:
    told = [msgspec.structs.replace(town.source, id=url, url=url) for url in ("push:", "file:1")]
    town.read(*told)
    moved = msgspec.structs.replace(town.source, url="push:")
    town.read(moved)
    with town.store.write() as tx:
        assert tx.sources() == []
        assert tx.claim_looks(at("2030-01-01"), at("2030-01-02"), "one", 10) == []


async def test_recorded_lists_are_replayed_with_what_they_tell(town: Town) -> None:
    taken = [
        Found(taken=Taken(at(when), town.source.url, Response(status=200, body=table(row("1042", "2026-03-02")))))
        for when in ("2026-03-02 11:00", "2026-03-10 09:00")
    ]
    store = new_store("sqlite://")
    done = Replay(store, NATIONAL, town.connectors).run([OFFICE], [town.source], taken, None)
    with store.read() as tx:
        found = [one for one in tx.findings_until(at("2026-04-01")) if one.rule == RULE]
    assert (done.looks, [(one.item, one.level) for one in found]) == (2, [("1042", Grade.BREACH)])
    store.close()
