"""The fast reading of feeds: it says what feedparser says, or declines."""

from functools import cache, reduce
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from picking import flip, pick
from talking import ASKED, TODAY, URL, posts, rss

from connectors._fastfeed import Entry, Told, read_fast
from connectors._feeds import MOST, ROOTS, read_feed, read_slowly
from connectors._xml import Begun, begin_xml

ATOM = "http://www.w3.org/2005/Atom"


def begun(text: str | bytes) -> Begun:
    found = begin_xml(text if isinstance(text, bytes) else text.encode("utf-8", "replace"), {}, ROOTS, "not_a_feed")
    assert isinstance(found, Begun), found
    return found


def fast(text: str | bytes) -> Told | None:
    return read_fast(begun(text).data, MOST)


def agree(text: str | bytes) -> bool:
    """Whether the fast reading took it; what it then says is what feedparser says."""
    found = begun(text)
    told = read_fast(found.data, MOST)
    if told is not None:
        assert told == read_slowly(found.text)
    return told is not None


# What the relays and the common programs write

HUB = f"""<?xml version="1.0" encoding="UTF-8"?><rss xmlns:atom="{ATOM}" version="2.0"><channel><title>示例发布</title>
<link>https://mp.example.cn</link><atom:link href="http://hub.example.cn/a" rel="self" type="application/rss+xml"/>
<description>示例 - RSSHub</description><generator>RSSHub</generator><webMaster>a@example.cn (RSSHub)</webMaster>
<language>zh-cn</language><image><url>https://a.example.cn/1.png</url><title>图</title><link>https://b.cn</link></image>
<lastBuildDate>Mon, 23 Nov 2026 03:50:00 GMT</lastBuildDate><ttl>5</ttl>
<item><title>关于 &lt;b&gt;做好&lt;/b&gt; &amp;amp; 工作</title><description>&lt;p&gt;正文&lt;/p&gt;</description>
<link>https://mp.example.cn/s?a=1&amp;b=2#rd</link><guid isPermaLink="false">g1</guid>
<pubDate>Mon, 23 Nov 2026 01:00:00 GMT</pubDate><author>甲</author><category>乙</category>
<enclosure url="https://a.example.cn/1.mp3" type="audio/mpeg" length="1"/></item>
<item><title><![CDATA[第二篇]]></title><guid>https://mp.example.cn/s/2</guid></item></channel></rss>"""
WEWE = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="{ATOM}"><id>MP_WXS_1</id><title>示例发布</title>
<updated>2026-11-23T00:00:00.000Z</updated><generator>WeWe-RSS</generator><author><name>甲</name></author>
<link rel="alternate" href="https://relay.example.cn"/><link rel="self" href="https://relay.example.cn/feeds/1.atom"/>
<subtitle>简介</subtitle><logo>https://a.example.cn/1.png</logo>
<entry><title type="html"><![CDATA[第一篇 &amp; 二]]></title><id>1</id><link href="https://mp.example.cn/s/1"/>
<updated>2026-11-22T00:00:00.000Z</updated><content type="html"><![CDATA[<p>正文</p>]]></content></entry>
<entry><title>第二篇</title><link rel="enclosure" href="https://mp.example.cn/2.mp3"/><id>https://mp.example.cn/s/2</id>
<published>2026-11-21T00:00:00Z</published><summary>x</summary><author><name>乙</name><uri>http://b.cn</uri></author>
<updated>2026-11-22T00:00:00.000Z</updated></entry></feed>"""
BLOG = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>博客</title><sy:updatePeriod>hourly</sy:updatePeriod>
<generator>https://wordpress.org/?v=6</generator><item><title>甲</title><link>https://b.cn/1</link><dc:creator>乙</dc:creator>
<dc:date>2026-11-03</dc:date><content:encoded><![CDATA[<p>丙</p>]]></content:encoded><slash:comments>3</slash:comments>
<wfw:commentRss>https://b.cn/1/feed</wfw:commentRss></item></channel></rss>"""


@pytest.mark.parametrize("text", [HUB, WEWE, BLOG, rss(*posts(30)), rss()])
def test_what_relays_write_is_read_fast_and_alike(text: str) -> None:
    assert agree(text)


def test_the_texts_come_out_as_they_are() -> None:
    told = fast(HUB)
    assert told is not None
    assert told[1:] == ("示例发布", "RSSHub", "Mon, 23 Nov 2026 03:50:00 GMT")
    assert told.entries == [
        Entry(
            "g1", "关于 <b>做好</b> &amp; 工作", "https://mp.example.cn/s?a=1&b=2#rd", "Mon, 23 Nov 2026 01:00:00 GMT"
        ),
        Entry("https://mp.example.cn/s/2", "第二篇", "https://mp.example.cn/s/2"),
    ]


def test_a_declared_gb2312_is_read_fast() -> None:
    text = rss(("镕喆", TODAY)).replace("?>", ' encoding="gb2312"?>', 1)
    assert agree(text.encode("gb18030"))


ITEM = "<item><title>甲</title><link>http://a.cn/1</link>{}</item>"


@pytest.mark.parametrize(
    "text",
    [
        rss(head=ITEM.format("<media>x</media>")),
        rss(head=ITEM.format("<date>2026-11-01</date>")),  # feedparser's own name for `updated`
        rss(head=ITEM.format("<source url='http://b.cn'>乙</source>")),
        rss(head=ITEM.format("<description><p>正文</p></description>")),
        rss(head=ITEM.format("").replace("甲", "甲<b>乙</b>")),
        rss(head=ITEM.format("").replace("<link>", "<link xml:base='http://b.cn'>")),
        rss(head=ITEM.format("").replace("<title>", "<title type='application/octet-stream'>")),
        rss(head=ITEM.format("").replace("http://a", "http:///a")),
        rss(head=ITEM.format("").replace("甲", "\u00e7\u0094\u00b2")),  # UTF-8, taken for Latin-1
        rss(head=ITEM.format("").replace("甲", "甲\u0093")),
        rss(head=ITEM.format("").replace("a.cn/1", "a.cn/1?b=1&amp;amp;c=2")),
        rss(head=ITEM.format("&nbsp;")),
        rss(head="</channel><channel>"),
        rss(("甲", TODAY))[:-9],
        rss(*[("甲", TODAY)] * (MOST + 1)),
        rss(title="甲</title><title>乙"),
        HUB.replace(ATOM, "http://example.cn/atom"),
        WEWE.replace('type="html"', 'type="xhtml"'),
        WEWE.replace("<entry>", '<entry xml:base="http://b.cn/">', 1),
        WEWE.replace(ATOM, "http://purl.org/atom/ns#"),
        f"<rss xmlns='{ATOM}'><channel/></rss>",
        "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel/></rss>".partition("]>")[2].replace("<ch", "&a;<ch"),
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"/>',
    ],
)
def test_what_is_unusual_is_left_to_feedparser(text: str) -> None:
    assert fast(text) is None
    read_feed(text.encode("utf-8"), {}, ASKED, URL)


# Any feed at all

GOOD = [
    "",
    " ",
    "甲",
    "政务 公开\n",
    "a",
    "<b>粗</b>",
    "&lt;i&gt;",
    "http://a.cn/1",
    "/b?x=1&y=2",
    "urn:1",
    "true",
    "]]",
    "😀",
]
GOOD += [
    "２０２６",
    "\u3000",
    "Mon, 23 Nov 2026 01:00:00 GMT",
    "2026-11-03",
    "昨天",
    "Sun, 99 Foo",
    "\u202e",
    "text/html",
    "&",
]
ODD = ["&amp;", "&nbsp;", "é", "\u0093", "\u00e7\u0094\u00b2", "http:///a.cn", "http://a.cn/?a=1&amp;b=2"]
TEXTS = st.one_of(
    *[st.lists(st.sampled_from(GOOD), max_size=3).map("".join)] * 5,
    st.lists(st.sampled_from(GOOD + ODD), max_size=3).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["type", "href", "rel", "isPermaLink", "ispermalink", "url", "uri", "xml:lang", "xml:base", "base", "HREF"]
    ),
    st.sampled_from(["", "html", "xhtml", "text", "self", "alternate", "false", "true", "http://a.cn/2", "base64"]),
    min_size=1,
    max_size=2,
)
USUAL = [{"isPermaLink": "false"}, {"isPermaLink": "true"}, {"href": "http://a.cn/3"}, {"href": "", "rel": "Alternate"}]
USUAL += [
    {"href": "/c", "rel": "self"},
    {"type": "HTML"},
    {"href": "http://a.cn/4", "type": "text/plain"},
    {"rel": "self"},
]
RSS = {
    "head": "title link description language generator pubDate lastBuildDate category dc:date atom:link atom:updated",
    "entry": "title link guid id pubDate description author category comments content:encoded slash:comments dc:date "
    "dc:creator atom:link atom:updated atom:published enclosure",
}
FEED = {
    "head": "title id link updated subtitle rights generator icon category",
    "entry": "title id link published updated summary content category rights author",
}
STRANGE = "dc:title atom:id atom:title date image source PubDate"
STRANGE += " media:title name url item entry p published copyright"


@st.composite
def leaves(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """Mostly as they should be: what is always declined proves nothing."""
    odd = pick(draw, *range(41))
    name, text = pick(draw, *(STRANGE.split() if odd == 0 else names)), draw(TEXTS)
    inner = f"<![CDATA[{text.replace(']]>', '')}]]>" if flip(draw) else escape(text)
    if odd == 1:
        inner += pick(draw, "<p>x</p>", "<name>甲</name>", "<title>乙</title>", "&x;")
    elif odd in {2, 3}:
        inner += "<!-- x -->" + inner + "<?a b?>"
    fits = [found for found in USUAL if ("isPermaLink" in found) == (name in {"guid", "id"})]
    fits = [
        found for found in fits if name in {"guid", "id", "link", "atom:link"} or (name, *found) == ("title", "type")
    ]
    usual: list[dict[str, str]] = [{}, *fits]
    attributes = draw(ATTRIBUTES) if odd == 4 else usual[pick(draw, *range(len(usual)))]
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>{inner}</{name}>"


@cache
def parts(names: str, most: int) -> st.SearchStrategy[str]:
    return st.lists(leaves(tuple(names.split())), max_size=most).map("".join)


@cache
def bodies(names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(parts(names, 6), max_size=3)


SPACES = (
    f'xmlns:atom="{ATOM}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
)


@st.composite
def feeds(draw: st.DrawFn) -> str:
    rss2 = flip(draw)
    names, entry = (RSS, "item") if rss2 else (FEED, "entry")
    entries = draw(bodies(names["entry"]))
    head, tail = draw(parts(names["head"], 3)), draw(st.just("") | parts(names["head"], 1))
    inner = head + "".join(f"<{entry}>{one}</{entry}>" for one in entries) + tail
    if rss2:
        return f"<rss version='2.0' {SPACES}><channel>{inner}</channel></rss>"
    return f"<feed xmlns='{ATOM}' {SPACES}>{inner}</feed>"


@given(feeds())
@example(rss(head="<item><guid>a</guid><link/></item>"))
@example(rss(head="<item><guid isPermaLink='True'>a</guid></item>"))
@example(rss(head="<item><description>a</description><description>b</description><title>甲</title></item>"))
def test_any_feed_is_read_alike_or_declined(text: str) -> None:
    agree(text)


ORDINARY = [
    "title",
    "link",
    "guid",
    "pubDate",
    "description",
    "author",
    "category",
    "dc:date",
    "content:encoded",
    "updated",
]


@given(st.lists(st.tuples(st.sampled_from(ORDINARY), TEXTS), max_size=12))
@example([("title", ""), ("title", "甲"), ("title", "乙")])
@example([("guid", "http://a.cn/1"), ("link", ""), ("guid", "2"), ("atom:updated", "1"), ("atom:updated", "2")])
def test_repeated_and_missing_parts_count_as_feedparser_counts_them(parts: list[tuple[str, str]]) -> None:
    inner = reduce(lambda text, part: f"{text}<{part[0]}>{escape(part[1])}</{part[0]}>", parts, "")
    agree(f"<rss version='2.0' {SPACES}><channel><title>t</title><item>{inner}</item></channel></rss>")
    atom = (
        f"<entry>{inner}</entry>".replace("<guid", "<id")
        .replace("</guid", "</id")
        .replace("pubDate", "published")
        .replace("description", "summary")
    )
    agree(f"<feed xmlns='{ATOM}' {SPACES}><title>t</title>{atom}</feed>")


@given(st.binary(max_size=200))
def test_no_bytes_raise(inner: bytes) -> None:
    read_fast(b"<rss><channel><item>" + inner + b"</item></channel></rss>", MOST)
