"""The sitemap connector and its reader."""

import gzip
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talking import ASKED, TODAY, URL, look, ok, posts, rss, talk

from connectors import _sitemaps
from connectors._sitemaps import Child, SitemapRead, read_sitemap
from connectors._xml import Broken
from connectors.sitemap import Sitemap
from streams.connectors import Answer, Cursor, Failure, Fetch, Request, Response
from streams.looks import Outcome, Shown

SITEMAP = Sitemap()
HOST = "https://www.example.gov.cn"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: tuple[str, str], inner: str = "") -> str:
    rows = "".join(f"<url><loc>{HOST}{path}</loc>{_mod(day)}</url>" for path, day in urls)
    return f'<?xml version="1.0"?><urlset {NS}>{rows}{inner}</urlset>'


def index(*children: tuple[str, str]) -> str:
    rows = "".join(f"<sitemap><loc>{HOST}{path}</loc>{_mod(day)}</sitemap>" for path, day in children)
    return f"<sitemapindex {NS}>{rows}</sitemapindex>"


def _mod(day: str) -> str:
    return f"<lastmod>{day}</lastmod>" if day else ""


def read(body: str | bytes, *, dates_in_paths: bool = False) -> SitemapRead:
    raw = body.encode() if isinstance(body, str) else body
    found = read_sitemap(raw, {}, ASKED, URL, dates_in_paths=dates_in_paths)
    assert isinstance(found, SitemapRead), found
    return found


def site(files: dict[str, str | bytes | Answer]) -> object:
    """A site whose sitemap's own address is URL; other paths as given, else 404."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Fetch)
        found = files.get("" if request.url == URL else request.url.removeprefix(HOST), Response(status=404))
        return ok(found) if isinstance(found, str | bytes) else found

    return answer


def test_a_urlset_shows_its_addresses() -> None:
    reading = look(SITEMAP, ok(urlset(("/a", "2026-11-20"), ("/b", "2026-11-23T09:00:00+08:00"), ("/c", ""))))
    assert reading.outcome is Outcome.GOOD
    assert reading.level == Shown(count=3, newest=TODAY, undated=1)
    assert [item.url for item in reading.items or ()] == [f"{HOST}/b", f"{HOST}/a", f"{HOST}/c"]


def test_news_are_dated_by_publication_and_titled() -> None:
    news = "<n:news><n:publication_date>2026-11-03</n:publication_date><n:title>甲 &amp; 乙</n:title></n:news>"
    row = f"<url xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><loc>/n</loc>{news}{_mod('2026-11-20')}</url>"
    item = read(urlset(inner=row)).items[0]
    assert (item.title, item.day, item.url) == ("甲 & 乙", date(2026, 11, 3), f"{HOST}/n")


def test_images_are_no_addresses() -> None:
    row = f"<url><loc>{HOST}/a</loc><i:image xmlns:i='x'><i:loc>{HOST}/p.jpg</i:loc></i:image></url>"
    assert [item.url for item in read(urlset(inner=row)).items] == [f"{HOST}/a"]


@pytest.mark.parametrize(
    ("body", "kind", "items", "children"),
    [
        (f"\ufeff{HOST}/a\n{HOST}/b\n{HOST}/a\nwords\n", "text", 2, 0),
        ("User-agent: *\nSitemap: /one.xml\nsite-map: https://www.example.gov.cn/two.xml\n", "robots", 0, 2),
        ("User-agent: *\nDisallow: /\n", "robots", 0, 0),
        (rss(*posts(3)), "feed", 3, 0),
        (index(("/1.xml", ""), ("/2.xml", "2026-11-01")), "index", 0, 2),
        (f"<sitemapindex><sitemap>\n{HOST}/1.xml</sitemap></sitemapindex>", "index", 0, 1),
        (urlset(), "urlset", 0, 0),
        (urlset(("/a", "")).replace(NS, 'xmlns="http://other"'), "urlset", 1, 0),
        (urlset(("/a", "")).replace(NS, ""), "urlset", 1, 0),
        (gzip.compress(urlset(("/a", "")).encode(), mtime=0), "urlset", 1, 0),
        (
            gzip.compress(b"<urlset>", mtime=0) + gzip.compress(b"<url><loc>/a</loc></url></urlset>", mtime=0),
            "urlset",
            1,
            0,
        ),
        (urlset(("/a", "")).encode("utf-16"), "urlset", 1, 0),
    ],
)
def test_every_kind_is_told(body: str | bytes, kind: str, items: int, children: int) -> None:
    found = read(body)
    assert (found.kind, len(found.items), len(found.children), found.flaw) == (kind, items, children, "")


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "not_a_sitemap"),
        (b"just words", "not_a_sitemap"),
        (b"http://a.cn/1\nhttp://a.cn/2, x\nhttp://a.cn/3, y\n", "not_a_sitemap"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><urlset/>", "malformed"),
        (b"<urlset>", "malformed"),
        (b"\x1f\x8bgarbage", "malformed"),
        pytest.param(gzip.compress(b"x" * (_sitemaps.UNPACKED + 1), 1, mtime=0), "too_large", id="a bomb"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, cause: str) -> None:
    found = read_sitemap(body, {}, ASKED, URL)
    assert isinstance(found, Broken)
    assert found.cause == cause
    reading = look(SITEMAP, ok(body))
    assert (reading.outcome, reading.cause) == (Outcome.FAILED, cause)


def test_what_can_be_read_of_broken_xml_is_read() -> None:
    found = read(urlset(("/a", "2026-11-20"), inner="<url><loc>/b?x=1&y=2</loc></url><bad></worse>"))
    assert [item.url for item in found.items] == [f"{HOST}/a", f"{HOST}/b?x=1&y=2"]
    assert found.flaw.startswith("line 1, column")
    assert not found.cut


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_sitemap_proves_nothing(packed: bool) -> None:
    body = urlset(*[(f"/{n}", "2026-11-20") for n in range(500)]).encode()
    whole = gzip.compress(body, mtime=0) if packed else body
    reading = look(SITEMAP, ok(whole[: len(whole) * 2 // 3]))
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "truncated")
    assert reading.items


def test_dates_in_paths_are_a_switch() -> None:
    body = urlset(("/202611/t20261103_1.html", ""), ("/t20261104_2.html", "2026-11-20"))
    assert [item.day for item in read(body).items] == [None, date(2026, 11, 20)]
    assert [i.day for i in read(body, dates_in_paths=True).items] == [date(2026, 11, 3), date(2026, 11, 20)]


# Indexes


def test_an_index_is_the_sum_of_its_children_newest_first() -> None:
    files = {
        "": index(("/old.xml", "2026-01-01"), ("/new.xml.gz", "2026-11-20"), ("/none.xml", "")),
        "/old.xml": urlset(("/a", "2026-01-01"), ("/b", "2026-01-02")),
        "/new.xml.gz": gzip.compress(urlset(("/b", "2026-11-20")).encode()),
        "/none.xml": urlset(("/c", "")),
    }
    reading, asked = talk(SITEMAP, site(files))  # type: ignore[arg-type]
    assert [request.url.removeprefix(HOST) for request in asked] == ["/list", "/new.xml.gz", "/old.xml", "/none.xml"]
    assert [request.followed for request in asked] == [False, True, True, True]
    assert reading.level == Shown(count=3, newest=date(2026, 11, 20), undated=1)


def test_an_unchanged_index_repeats_its_level_and_a_changed_child_does_not() -> None:
    files = {"": index(("/1.xml", "")), "/1.xml": urlset(("/a", "2026-11-20"))}
    first, _ = talk(SITEMAP, site(files))  # type: ignore[arg-type]
    second, asked = talk(SITEMAP, site(files), first.cursor)  # type: ignore[arg-type]
    assert "if-none-match" not in asked[0].headers
    assert (second.outcome, second.level, second.items) == (Outcome.GOOD, first.level, None)
    third, _ = talk(SITEMAP, site(files | {"/1.xml": urlset(("/a", "2026-11-22"))}), second.cursor)  # type: ignore[arg-type]
    assert isinstance(third.level, Shown)
    assert third.level.newest == date(2026, 11, 22)
    assert third.items


def test_a_single_sitemap_is_asked_conditionally() -> None:
    first = look(SITEMAP, ok(urlset(("/a", "2026-11-20")), etag='"1"'))
    again, asked = talk(SITEMAP, lambda _: Response(status=304), first.cursor)
    assert asked[0].headers == {"if-none-match": '"1"'}
    assert (again.level, again.items) == (first.level, None)


def test_loops_end() -> None:
    files = {"": index(("/list", ""), ("/1.xml", "")), "/1.xml": index(("/1.xml", ""), ("/list", ""), ("/2.xml", ""))}
    reading, asked = talk(SITEMAP, site(files | {"/2.xml": urlset(("/a", "2026-11-20"))}))  # type: ignore[arg-type]
    assert reading.outcome is Outcome.GOOD
    assert len(asked) == 3


def test_depth_and_number_of_children_are_bounded() -> None:
    def endless(request: Request) -> Answer:
        number = int(request.url.rpartition("/")[2].removesuffix(".xml").replace("list", "0"))
        return ok(index((f"/{number * 10 + 1}.xml", "2026-11-01"), (f"/{number * 10 + 2}.xml", "2026-11-02")))

    reading, asked = talk(SITEMAP, endless)
    assert len(asked) == 1 + 2 + 4
    assert "deeper than 3" in reading.detail


@pytest.mark.parametrize(("day", "outcome"), [("2026-11-01", Outcome.GOOD), ("", Outcome.UNKNOWN)])
def test_children_left_out_matter_unless_they_are_known_to_be_old(day: str, outcome: Outcome) -> None:
    everything = index(*[(f"/{n}.xml", day) for n in range(80)])
    reading, asked = talk(SITEMAP, lambda r: ok(everything if r.url == URL else urlset((r.url[-7:], "2026-11-20"))))
    assert len(asked) == 51
    assert reading.outcome is outcome
    assert "30 sitemaps left out" in reading.detail


@pytest.mark.parametrize(
    ("child", "outcome", "cause"),
    [
        (Response(status=404), Outcome.GOOD, ""),
        (Response(status=410), Outcome.GOOD, ""),
        (Response(status=503), Outcome.FAILED, "http_503"),
        (Failure(cause="blocked"), Outcome.FAILED, "blocked"),
        (Response(status=412), Outcome.UNKNOWN, "challenge"),
        ("<html></html>", Outcome.FAILED, "not_a_sitemap"),
    ],
)
def test_a_child_that_cannot_be_read_leaves_the_whole_open(child: str | Answer, outcome: Outcome, cause: str) -> None:
    files = {"": index(("/1.xml", ""), ("/2.xml", "")), "/1.xml": urlset(("/a", "2026-11-20")), "/2.xml": child}
    reading, _ = talk(SITEMAP, site(files))  # type: ignore[arg-type]
    assert (reading.outcome, reading.cause) == (outcome, cause)
    assert "/2.xml" in reading.detail


def test_only_the_newest_addresses_are_kept() -> None:
    days = [(f"/{n}", (TODAY - timedelta(days=n)).isoformat()) for n in range(20)]
    reading = look(Sitemap(most_items=5), ok(urlset(*days)))
    assert isinstance(reading.level, Shown)
    assert (reading.level.count, reading.level.newest) == (5, TODAY)
    assert "newest 5 of 20" in reading.detail


def test_from_many_to_none_is_not_good() -> None:
    first = look(SITEMAP, ok(urlset(("/a", "2026-11-20"))))
    reading = look(SITEMAP, ok(urlset()), first.cursor)
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "emptied")
    assert look(SITEMAP, ok(urlset())).outcome is Outcome.GOOD


def test_children_are_made_absolute() -> None:
    assert read(index(("/1.xml", "2026-11-01"))).children == (Child(f"{HOST}/1.xml", date(2026, 11, 1)),)


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    for text in (body, b"<urlset><url><loc>" + body, b"\x1f\x8b" + body, gzip.compress(body, mtime=0)):
        found = read_sitemap(text, {}, ASKED, URL)
        assert found == read_sitemap(text, {}, ASKED, URL)
    look(SITEMAP, ok(body), Cursor())
