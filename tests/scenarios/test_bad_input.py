"""Bad input, end to end: a clear word that names it, the rest goes on, the piece is put aside."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from sites import Street, page

from streams.ports.clock import SystemClock
from streams.records import Fact, FactKind
from streams.subjects import Kind, Source, Subject
from zhiban.commands.registry import import_registry
from zhiban.config import Config, ConfigError, Politeness, load_config
from zhiban.registry import Known
from zhiban.watch import Watch

RSS = "<rss version='2.0'><channel><title>示例</title>{}</channel></rss>"
ITEM = "<item><title>{0}</title><link>https://a.example/{0}</link><pubDate>{1}</pubDate></item>"
GOOD = RSS.format(ITEM.format("今日要闻", "Mon, 02 Nov 2026 09:00:00 +0800")).encode()
GBK = RSS.format(ITEM.format("汉字", "Mon, 02 Nov 2026 09:00:00 +0800")).encode("gb18030")
FUTURE = RSS.format(ITEM.format("来年", "Wed, 07 Feb 2096 09:00:00 +0800")).encode()
LOOP = b"<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>%s</loc></sitemap></sitemapindex>"
BOMB = (
    b"<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>"
)


def config() -> Config:
    return Config(politeness=Politeness(gap=0.0, per_host=32, allow_private=("127.0.0.1",), authorised=("127.0.0.1",)))


def told(connector: str, name: str, url: str) -> list[Fact]:
    subject = Subject(id=name, name=name, kind=Kind.ACCOUNT if connector == "feed" else Kind.SITE, unit="办公室")
    source = Source(id=f"{name}/1", subject=name, connector=connector, url=url)
    return [Fact(kind=FactKind.REGISTERED, subject=subject), Fact(kind=FactKind.SOURCE_ADDED, source=source)]


async def test_bad_bodies_are_named_put_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    street = Street()
    site = await street.open()
    site.at = {
        "/good": page(GOOD),
        "/malformed": page(b"<rss><channel><item><title>broken"),
        "/entities": page(BOMB),
        "/zip": page(gzip.compress(b"\0" * 60_000_000), content_encoding="gzip"),
        "/huge": page(b"x" * 25_000_000),
        "/endless": page(b"", "302 Found", location="/endless"),
        "/future": page(FUTURE),
        "/loop": page(LOOP % site.url("/loop").encode()),
        "/gbk": page(GBK, content_type="text/xml; charset=utf-8"),
    }  # fmt: skip
    watch = Watch(config(), tmp_path, SystemClock())
    watch.senders.show = lambda _text: None
    watch.begin()
    for path in site.at:
        connector = "sitemap" if path == "/loop" else "feed"
        watch.tell(told(connector, path[1:], site.url(path)))
    with watch.store.write() as tx:
        later = {source.id: SystemClock().now() - timedelta(seconds=1) for source in tx.sources()}
        tx.put_sources(tx.sources(), later)
    try:
        assert await watch.engine.once() >= len(site.at)
        with watch.store.read() as tx:
            records = {name: tx.last_record(f"{name}/1", "look") for name in (path[1:] for path in site.at)}
            aside = {place for _, place, _, _ in tx.quarantined()}
            rules = {finding.subject: finding.rule for finding in tx.open_findings()}
    finally:
        await watch.close()
        await street.close()
    ended = {name: (record.body.outcome.value, record.body.cause) for name, record in records.items() if record}  # type: ignore[union-attr]
    assert ended["good"] == ended["future"] == ended["gbk"] == ("good", "")
    assert records["gbk"].body.items[0].title == "汉字"  # type: ignore[union-attr,index]
    assert rules["future"] == "OWN-DATE"
    for name in ("malformed", "entities", "zip", "huge", "endless", "loop"):
        assert ended[name][0] in {"failed", "unknown"}, ended
        assert ended[name][1], ended
    assert {place.partition("/")[0] for place in aside} >= {"malformed", "entities", "zip", "huge", "endless"}


def test_a_configuration_with_unknown_keys_is_refused_by_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "zhiban.toml"
    path.write_text("[watch]\nstroe = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"zhiban\.toml.*\[watch\].*stroe"):
        load_config(path)


def test_a_registry_of_garbage_is_one_refusal_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "registry.xlsx"
    path.write_bytes(bytes(range(256)) * 40)
    imported = import_registry([path], Known()).imported
    assert not imported.subjects
    assert [refusal.file for refusal in imported.refusals] == ["registry.xlsx"] or path.name in imported.refusals[
        0
    ].file
