"""The feed connector and its reader."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talking import ASKED, TODAY, URL, look, ok, posts, rss, talk

from connectors._feeds import MOST, FeedRead, read_feed
from connectors._xml import Broken
from connectors.feed import Feed
from streams.connectors import Cursor, Failure, Response
from streams.looks import Item, Outcome, Shown

FEED = Feed()


def read(text: str | bytes) -> FeedRead:
    found = read_feed(text if isinstance(text, bytes) else text.encode(), {}, ASKED, URL)
    assert isinstance(found, FeedRead), found
    return found


def broken(text: str | bytes) -> Broken:
    found = read_feed(text if isinstance(text, bytes) else text.encode(), {}, ASKED, URL)
    assert isinstance(found, Broken), found
    return found


def test_a_feed_shows_its_items() -> None:
    reading = look(FEED, ok(rss(("今日要闻", TODAY), ("昨日", date(2026, 11, 22)), ("未注明", None)), etag='"1"'))
    assert reading.outcome is Outcome.GOOD
    assert reading.level == Shown(count=3, newest=TODAY, title="今日要闻", undated=1, name="示例发布")
    assert reading.items is not None
    assert reading.items[0] == Item(
        key="https://mp.example.cn/s/0", title="今日要闻", url="https://mp.example.cn/s/0", day=TODAY, at=ASKED
    )
    assert reading.as_of is None


def test_the_second_question_is_conditional() -> None:
    first = look(FEED, ok(rss(*posts(2)), etag='"1"', last_modified="Mon, 23 Nov 2026 00:00:00 GMT"))
    again, asked = talk(FEED, lambda _: Response(status=304), first.cursor)
    assert asked[0].headers["if-none-match"] == '"1"'
    assert asked[0].headers["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert (again.outcome, again.level, again.items) == (Outcome.GOOD, first.level, None)


def test_atom_is_dated_by_publication() -> None:
    entry = "<entry><id>urn:{}</id><title>标题{}</title><link href='/a/{}'/>{}<updated>2026-11-20</updated></entry>"
    both = entry.format(1, 1, 1, "<published>2026-11-01T00:00:00Z</published>") + entry.format(2, 2, 2, "")
    found = read(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{both}</feed>")
    assert [(i.key, i.url, i.day) for i in found.items] == [
        ("urn:1", "https://www.example.gov.cn/a/1", date(2026, 11, 1)),
        ("urn:2", "https://www.example.gov.cn/a/2", None),
    ]


def test_a_feed_that_never_says_published_is_dated_by_its_changes() -> None:
    entry = "<entry><id>1</id><title>a</title><updated>2026-11-20T00:00:00Z</updated></entry>"
    assert read(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>").items[0].day == date(2026, 11, 20)


def test_rdf() -> None:
    text = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>要闻</title></channel>
      <item rdf:about="a"><title>一</title><link>http://a.cn/1</link><dc:date>2026-11-03T08:00:00+08:00</dc:date></item>
      </rdf:RDF>"""
    found = read(text)
    assert (found.title, [i.day for i in found.items]) == ("要闻", [date(2026, 11, 3)])


@pytest.mark.parametrize(
    ("shown", "day", "moment"),
    [
        ("Mon, 23 Nov 2026 01:00:00 +0800", TODAY, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        ("2026-11-23 09:00:00", TODAY, datetime(2026, 11, 23, 1, tzinfo=UTC)),
        ("2026年11月23日", TODAY, None),
        ("Sun, 22 Nov 2026 17:00:00 GMT", TODAY, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        ("2026년 11월 23일 오전 09:00:00", None, None),  # feedparser makes it the first of the month
        ("2026-11", None, None),
        ("soon", None, None),
    ],
)
def test_dates_are_shanghai_days(shown: str, day: date | None, moment: datetime | None) -> None:
    item = read(rss(("a", None)).replace("</link></item>", f"</link><pubDate>{shown}</pubDate></item>")).items[0]
    assert (item.day, item.at) == (day, moment)


def test_titles_are_plain_text() -> None:
    hard = "<item><guid>1</guid><title><![CDATA[<b>公&nbsp;告</b> &lt;i&gt;\u202e倒\u0007]]></title></item>"
    item = read(rss(head=hard)).items[0]
    assert item.title == "公 告 倒"
    assert len(read(rss(("长" * 9000, None))).items[0].title) == 300


def test_lone_surrogates_do_not_pass() -> None:
    found = read(rss(head="<item><title>a&#xD800;b</title></item>"))
    assert found.items[0].title.encode("utf-8").decode() == found.items[0].title


def test_items_without_anything_have_keys_of_their_own() -> None:
    found = read(rss(head="<item><description>a</description></item><item><guid>" + "g" * 900 + "</guid></item>"))
    assert all(0 < len(item.key) <= 500 for item in found.items)


def test_entries_are_capped() -> None:
    found = read(rss(*[(f"第{n}篇", TODAY) for n in range(MOST + 50)]))
    assert len(found.items) == MOST
    assert "first 2000" in found.flaw


# JSON Feed


def json_feed(*items: object, version: str = "https://jsonfeed.org/version/1.1") -> str:
    return json.dumps({"version": version, "title": "示例发布", "items": items}, ensure_ascii=False)


def test_json_feed() -> None:
    dated = {"id": 7, "url": "http://a.cn/7", "title": "标题", "date_published": "2026-11-03T08:00:00+08:00"}
    found = read(json_feed(dated, {"id": "8", "content_text": "只有正文", "date_modified": "2026-11-09"}, "junk"))
    assert [(i.key, i.title, i.day) for i in found.items] == [("7", "标题", date(2026, 11, 3)), ("8", "只有正文", None)]
    only = read(json_feed({"id": "8", "date_modified": "2026-11-09"}, version="https://jsonfeed.org/version/1"))
    assert only.items[0].day == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('{"error": "route"}', "not_a_feed"),
        ('{"items": [], "version": "2"}', "not_a_feed"),
        ('{"items": [', "malformed"),
        ('{"items": "no", "version": "https://jsonfeed.org/version/1"}', "not_a_feed"),
        ("[" * 100, "not_a_feed"),
        ("{" + '"a":{' * 100_000, "malformed"),
    ],
)
def test_other_json_is_no_feed(text: str, cause: str) -> None:
    assert broken(text).cause == cause


# What is broken, hostile or something else


def test_a_page_where_a_feed_was_expected() -> None:
    reading = look(FEED, ok("<!DOCTYPE html><html><body>系统错误</body></html>"))
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, "not_a_feed", None)
    assert "an HTML page" in reading.detail


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + rss(("&b;", None)).split("?>")[1]


@pytest.mark.parametrize("text", [BOMB, '<?xml version="1.0"?>\n' + BOMB, "<!ENTITY a 'x'>" + rss()])
def test_entities_of_its_own_are_refused(text: str) -> None:
    assert broken(text).cause == "malformed"
    assert "entities" in broken(text).detail


def test_an_article_about_entities_is_an_article() -> None:
    assert read(rss(head="<item><title><![CDATA[谈 <!ENTITY 与 <!DOCTYPE]]></title></item>")).items


def test_an_old_doctype_without_declarations_is_ignored() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Example//DTD RSS 0.91//EN" "http://192.0.2.1/rss.dtd">'
    assert len(read(doctype + rss(*posts(2)).split("?>")[1]).items) == 2


def test_deep_nesting_is_refused() -> None:
    deep = broken(rss(head="<item>" + "<a>" * 500 + "</a>" * 500 + "</item>"))
    assert (deep.cause, "deeper" in deep.detail) == ("malformed", True)
    wide = broken(rss(head="<item " + " ".join(f'a{n}="1"' for n in range(500)) + "/>"))
    assert wide.cause == "malformed"
    assert broken(rss(head="<a/>" * 300_001)).cause == "malformed"


@pytest.mark.parametrize(
    "flaw",
    ["<item><title>甲 & 乙</title></item>", "<item><title>甲&nbsp;乙</title></item>",
     "<item><title>甲<br></title></item>", "<item><x:title>前缀</x:title><title>甲</title></item>"],
)  # fmt: skip
def test_what_is_not_well_formed_is_mended(flaw: str) -> None:
    found = read(rss(("首", TODAY), head=flaw))
    assert len(found.items) == 2
    assert found.flaw.startswith("line 1")
    assert not found.cut


def test_warnings_before_the_feed_are_passed_over() -> None:
    assert len(read("<br />\n<b>Warning</b>: in x.php line 3<br />\n" + rss(*posts(2))).items) == 2


def test_a_truncated_feed_proves_nothing() -> None:
    whole = rss(*posts(30)).encode()
    reading = look(FEED, ok(whole[: len(whole) // 2]))
    assert (reading.outcome, reading.cause, reading.level) == (Outcome.UNKNOWN, "truncated", None)
    assert reading.items
    again = look(FEED, ok(whole[: len(whole) // 2]), reading.cursor)
    assert (again.outcome, again.items) == (Outcome.UNKNOWN, None)
    assert look(FEED, ok(whole), reading.cursor).outcome is Outcome.GOOD


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_cut_character_makes_no_mojibake(codec: str) -> None:
    whole = rss(*posts(9)).replace('version="1.0"?', f'version="1.0" encoding="{codec}"?').encode(codec)
    for cut in range(1, 40):
        found = read_feed(whole[:-cut], {}, ASKED, URL)
        assert isinstance(found, FeedRead)
        assert found.items[0].title == "第0篇"


def test_gb2312_feeds() -> None:
    text = rss(("镕喆", TODAY)).replace("?>", ' encoding="gb2312"?>', 1)
    assert read(text.encode("gb18030")).items[0].title == "镕喆"


@pytest.mark.parametrize("text", ["", "plain words", "<", "<<<>>>", "\x00" * 50, "<rss", "<rss><channel><item>"])
def test_what_cannot_be_read_is_named(text: str) -> None:
    found = read_feed(text.encode(), {}, ASKED, URL)
    assert isinstance(found, Broken) or found.cut
    assert look(FEED, ok(text)).outcome is not Outcome.GOOD


def test_file_names_and_urls_are_never_opened() -> None:
    for text in ("/etc/passwd", "http://127.0.0.1:9/feed", "file:///etc/passwd"):
        assert broken(text).cause == "not_a_feed"


def test_hostile_feeds_are_read_in_bounded_time() -> None:
    # Ten to a hundred times these sizes took feedparser's own mending minutes: it never meets them.
    for piece in ("<a ", "<a b='", "<!", "&", "<item><title>a", "]]>", "<![CDATA[", "<!--"):
        assert look(FEED, ok(rss(head=piece * 20_000))).outcome in set(Outcome)


def test_an_age_header_makes_the_reading_older() -> None:
    assert look(FEED, ok(rss(*posts(1)), age="3600")).as_of == ASKED - timedelta(hours=1)


def test_failures_keep_the_cursor() -> None:
    reading = look(FEED, Failure(cause="timeout"))
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, "timeout", None)


@given(st.binary(max_size=400))
def test_no_bytes_raise(body: bytes) -> None:
    read_feed(body, {}, ASKED, URL)
    read_feed(b"<rss><channel><item>" + body + b"</item></channel></rss>", {}, ASKED, URL)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=40))
def test_any_text_in_any_field(title: str, guid: str, shown: str) -> None:
    fields = {"title": title, "guid": guid, "pubDate": shown}
    inner = "".join(f"<{n}><![CDATA[{v.replace(']]>', '')}]]></{n}>" for n, v in fields.items())
    reading = look(FEED, ok(rss(head=f"<item>{inner}</item>").encode("utf-8", "replace")), Cursor())
    assert isinstance(reading.level, Shown)
    assert reading.items is not None
    assert reading.level.count == len(reading.items) == 1
    assert reading.level.newest is None or reading.level.newest <= TODAY
