"""Bad input, end to end: real HTTP through the whole watch. What is wrong is named and put aside; the rest goes on."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.markup import render
from sites import Site, Street, page
from stores import laid
from talking import URL, ok, rss, talk
from timeline import at
from watching import LOOPBACK

from connectors.sitemap import Sitemap
from streams.findings import Finding
from streams.looks import Look, Outcome, Shown
from streams.ports.clock import ManualClock
from streams.ports.store.log import records_of
from streams.ports.warc import Taken
from streams.records import Fact, FactKind, Position
from streams.subjects import ColumnType, Kind, Source, Subject
from zhiban.commands.registry import import_registry
from zhiban.commands.running import take_tables
from zhiban.config import ConfigError, load_config
from zhiban.registry import Known
from zhiban.registry.showing import import_lines
from zhiban.setaside import read_again
from zhiban.watch import Watch
from zhiban.ways import build_connectors

START = at("2026-03-02 09:00")
FRESH = page(rss(("工作动态", date(2026, 3, 1))).encode())


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    street = Street()
    yield await street.open()
    await street.close()


@dataclass
class City:
    """A watch over one site; beside every bad source there is a good one."""

    watch: Watch
    clock: ManualClock
    site: Site

    def read(self, path: str, connector: str = "feed", **fields: object) -> None:
        """The account 坏 is read at this path, and the account 好 at a feed in order."""
        self.site.at["/good"] = FRESH
        facts = []
        for name, kind, at_path in (("坏", connector, path), ("好", "feed", "/good")):
            subject = Subject(id=name, name=f"示例{name}", kind=Kind.ACCOUNT)
            more = fields if name == "坏" else {}
            source = Source(id=f"{name}/1", subject=name, connector=kind, url=self.site.url(at_path), **more)  # type: ignore[arg-type]
            facts += [Fact(kind=FactKind.REGISTERED, subject=subject), Fact(kind=FactKind.SOURCE_ADDED, source=source)]
        self.watch.tell(facts)

    async def once(self) -> Look:
        """A round; the bad source's last look. The good one's was good."""
        self.clock.set(self.clock.now() + timedelta(hours=12))
        await self.watch.engine.once()
        with self.watch.store.read() as tx:
            looks = [one.body for one in records_of(tx.read_log(0, Position(1, 0), 1000)) if isinstance(one.body, Look)]
        assert [look.outcome for look in looks if look.source == "好/1"][-1] is Outcome.GOOD
        return [look for look in looks if look.source == "坏/1"][-1]

    def findings(self, rule: str) -> list[Finding]:
        """What a rule said of the bad account."""
        with self.watch.store.read() as tx:
            found = tx.findings_until(at("2030-01-01"))
        return [one for one in found if (one.subject, one.rule) == ("坏", rule)]

    def aside(self) -> list[tuple[str, str, str]]:
        """What lies in quarantine: what, place, reason."""
        with self.watch.store.read() as tx:
            return [row[:3] for row in tx.quarantined()]

    async def piece(self, place: str) -> Taken:
        """The recorded answer of a look in quarantine."""
        with self.watch.store.read() as tx:
            name = tx.quarantined_piece(place)
            assert name is not None
            assert name.decode() in tx.cited_evidence()  # it is not swept away
        taken = await self.watch.ways.evidence.fetch(name.decode())
        assert taken is not None
        return taken


@pytest.fixture
async def city(tmp_path: Path, site: Site) -> AsyncIterator[City]:
    clock = ManualClock(START)
    laid(tmp_path / "zhiban.db")
    watch = Watch(LOOPBACK, tmp_path, clock)
    watch.senders.show = lambda _text: None
    watch.begin()
    yield City(watch, clock, site)
    await watch.close()


LAUGHS = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>'
UNREADABLE = {
    "not well-formed": (page(b"<?xml version='1.0'?><rss><channel><<<"), "malformed", "line 1"),
    "a feed that was cut off": (page(rss(("甲", date(2026, 3, 1))).encode()[:-30]), "truncated", "line 1"),
    "a billion laughs": (page(LAUGHS.encode()), "malformed", "DTD or entities"),
    "a web page": (page(b"<html><body>404, sorry</body></html>"), "not_a_feed", "found an HTML page"),
    "noise": (page(random.Random(1).randbytes(3000)), "not_a_feed", "expected <channel>"),
    "a zip bomb": (
        page(gzip.compress(bytes(60_000_000), 1), content_encoding="gzip"),
        "too_large",
        "more than 5000000 bytes",
    ),
    "a broken gzip": (page(gzip.compress(b"x" * 999)[:-9], content_encoding="gzip"), "encoding", "before its end"),
    "no gzip": (page(b"plain", content_encoding="gzip"), "encoding", "not a gzip stream"),
    "100 MB, as announced": (page(content_length=100_000_000), "too_large", "content-length 100000000"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_read_is_named_put_aside_and_the_rest_goes_on(city: City, kind: str) -> None:
    answer, cause, said = UNREADABLE[kind]
    city.site.at["/bad"] = answer
    city.read("/bad")
    look = await city.once()
    assert (look.outcome is Outcome.GOOD, look.cause) == (False, cause)
    [(what, place, reason)] = city.aside()
    assert (what, place) == ("look", f"look/{cause}/坏/1")
    assert city.site.url("/bad") in reason
    assert said in reason
    assert (await city.piece(place)).url == city.site.url("/bad")
    assert city.findings("MED-STALE") == []  # what we cannot read accuses nobody
    await city.once()
    assert len(city.aside()) == 1  # once per source and cause


async def test_the_piece_in_quarantine_is_what_came_and_reads_the_same_again(city: City) -> None:
    body = b"<?xml version='1.0'?><rss><channel><<<"
    city.site.at["/bad"] = page(body)
    city.read("/bad")
    await city.once()
    [(_, place, _)] = city.aside()
    taken = await city.piece(place)
    assert getattr(taken.answer, "body", b"") == body
    connectors = build_connectors({}, "zhiban.toml", city.watch.base)
    [again] = await read_again(city.watch.store, city.watch.ways.evidence, connectors, city.watch.clock)
    assert (again.piece.place, again.fault[:10]) == (place, "malformed:")


async def test_a_body_without_an_end_is_read_up_to_its_bound(city: City) -> None:
    sent = 0

    async def endless(_request: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n<rss><channel>")
        while sent < 100_000_000:
            writer.write(b"<item/>" * 20_000)
            sent += 140_000
            await writer.drain()

    city.site.at["/bad"] = endless
    city.read("/bad")
    look = await city.once()
    assert (look.outcome, look.cause) == (Outcome.FAILED, "too_large")
    assert sent < 30_000_000  # 5 MB, and what the sockets hold


@pytest.mark.parametrize("length", [1, 2, 1000])
async def test_a_redirect_without_an_end_is_refused(city: City, length: int) -> None:
    for n in range(length):
        city.site.at[f"/r{n}"] = page(b"", "302 Found", location=f"/r{(n + 1) % length}")
    city.read("/r0")
    look = await city.once()
    assert (look.outcome, look.cause) == (Outcome.FAILED, "redirect")
    [(_, place, reason)] = city.aside()
    assert place == "look/redirect/坏/1"
    assert ("loop" if length < 5 else "more than 5 redirects") in reason
    assert len([path for path in city.site.asked if path.startswith("/r")]) <= 6


@pytest.mark.parametrize("said", ["utf-8", "iso-8859-1", "no-such-charset", None])
@pytest.mark.parametrize("real", ["gb18030", "gbk", "utf-8"])
async def test_a_wrong_charset_is_seen_through(city: City, said: str | None, real: str) -> None:
    title = "示例市教育局工作动态"
    text = rss(("召开重点工作推进会，部署下一阶段任务", date(2026, 3, 1)), title=title).replace(
        '<?xml version="1.0"?>', ""
    )
    headers = {"content_type": f"text/xml; charset={said}"} if said else {}
    city.site.at["/bad"] = page(text.encode(real), **headers)
    city.read("/bad")
    look = await city.once()
    assert look.good
    assert isinstance(look.level, Shown)
    assert (look.level.name, look.level.newest) == (title, date(2026, 3, 1))
    assert city.aside() == []


def index(*places: str) -> str:
    entries = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


async def test_a_sitemap_index_that_leads_to_itself_is_asked_once(city: City) -> None:
    url = city.site.url("/map")
    city.site.at["/map"] = page(index(url, url, f"{url}#again").encode())
    city.read("/map", "sitemap")
    look = await city.once()
    assert not look.good  # an index that leads nowhere proves no emptiness
    assert city.site.asked.count("/map") == 1
    assert city.findings("MED-STALE") == []


async def test_a_sitemap_index_never_leads_into_the_private_network(city: City) -> None:
    city.site.at["/map"] = page(index(city.site.url("/secret")).encode())
    city.read("/map", "sitemap")
    look = await city.once()
    assert (look.outcome, look.cause) == (Outcome.FAILED, "blocked")
    assert "/secret" not in city.site.asked


def test_a_ring_of_sitemap_indexes_is_walked_once_and_one_without_a_bottom_is_bounded() -> None:
    """By conversation, for on loopback links are not followed."""
    leaf = "<url><loc>https://www.example.gov.cn/a.html</loc><lastmod>2026-11-01</lastmod></url>"
    two = "https://www.example.gov.cn/two"
    ring = {
        URL: index(URL, two, f"{two}/leaf"),
        two: index(URL, two, f"{two}/leaf"),
        f"{two}/leaf": f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{leaf}</urlset>',
    }
    reading, asked = talk(Sitemap(), lambda request: ok(ring[request.url]))
    assert sorted(request.url for request in asked) == sorted(ring)
    assert isinstance(reading.level, Shown)
    assert (reading.outcome, reading.level.count) == (Outcome.GOOD, 1)
    reading, asked = talk(Sitemap(), lambda request: ok(index(*(f"{request.url}/{n}" for n in range(9)))))
    assert reading.outcome is not Outcome.GOOD
    assert len(asked) <= 51


async def test_dates_in_the_future_are_a_notice_and_no_update(city: City) -> None:
    posts = [(f"第{n}篇", date(2036, 2, n)) for n in (7, 8, 9)]
    city.site.at["/bad"] = page(rss(*posts).encode())
    city.read("/bad")
    look = await city.once()
    assert look.good
    assert isinstance(look.level, Shown)
    assert (look.level.count, look.level.newest) == (3, None)
    [notice] = city.findings("OWN-DATE")
    assert (notice.level, notice.args["future"]) == ("notice", "2036-02-07,2036-02-08,2036-02-09")
    city.clock.set(at("2026-06-01"))
    await city.once()
    assert all(one.level != "ok" for one in city.findings("MED-STALE"))
    assert not any(str(one.args.get("newest", "")).startswith("2036") for one in city.findings("MED-STALE"))


@pytest.mark.parametrize(
    "text", ["[wach]\nlanguage = 'zh'\n", "[watch]\nlanguge = 'zh'\n", "[politeness]\ngap = 'x'\n"]
)
@pytest.mark.usefixtures("in_english")
def test_a_configuration_with_unknown_keys_stops_the_start_and_names_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "zhiban.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert str(path) in str(error.value)
    assert any(word in str(error.value) for word in ("wach", "languge", "gap"))


def garbage(kind: str) -> bytes:
    noise = random.Random(2).randbytes(20_000)
    return {
        "noise": noise,
        "empty": b"",
        "nulls": bytes(5000),
        "a web page": b"<html><body><table><tr><td>x</td></tr></table></body></html>",
        "one long line": b"x" * 3_000_000,
        "a broken workbook": b"PK\x03\x04" + noise,
        "quotes": b'id,name\n"' + b'"",' * 9999,
    }[kind]


@pytest.mark.parametrize("name", ["registry.csv", "registry.xlsx"])
@pytest.mark.parametrize(
    "kind", ["noise", "empty", "nulls", "a web page", "one long line", "a broken workbook", "quotes"]
)
def test_a_registry_of_garbage_is_refused_by_name(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(garbage(kind))
    done = import_registry([tmp_path / name], Known())
    assert done.found.facts == ()
    assert done.imported.refusals or done.imported.notices
    told = "\n".join(render(line).plain for line in import_lines(done.imported, "en"))
    assert name in told


async def test_good_rows_beside_garbage_go_in_and_the_watch_begins(city: City) -> None:
    city.site.at["/good"] = FRESH
    rows = [
        "id,name,kind,url,status",
        f"6101000001,示例市政府网站,site,{city.site.url('/')},正常运行",
        ",无标识码,site,http://x.example.cn/,正常运行",
        "6101000002,状态不明,site,http://x.example.cn/,大概还在",
        "\ufffd\ufffd,\ufffd,\ufffd,\ufffd,\ufffd",
    ]
    (city.watch.base / "registry.csv").write_text("\n".join(rows), encoding="utf-8")
    (city.watch.base / "sources.csv").write_bytes(garbage("noise"))
    take_tables(city.watch, city.watch.base)
    with city.watch.store.read() as tx:
        facts = [one.body for one in records_of(tx.read_log(0, Position(1, 0), 100)) if isinstance(one.body, Fact)]
    registered = [fact.subject.id for fact in facts if fact.kind is FactKind.REGISTERED and fact.subject is not None]
    assert "6101000001" in registered
    assert "6101000002" not in registered


async def test_a_column_that_is_no_page_at_all_is_no_accusation(city: City) -> None:
    city.site.at["/bad"] = page(random.Random(3).randbytes(9000), content_type="text/html")
    city.read("/bad", "column", column_type=ColumnType.NEWS)
    look = await city.once()
    assert not look.good
