"""Traps of the list reading: what looks like a date, a row or a list and is none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import cms
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._article import published
from connectors._links import absolute, whole
from connectors._lists import items
from connectors._rows import MOST_ITEMS
from connectors._spots import spots
from connectors._tree import MOST_DEPTH, MOST_NODES, grow, squeeze

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)


def days(text: str) -> list[date]:
    return [spot.day for spot in spots(grow(text), NOW)]


def titles(body: str) -> list[str]:
    return [item.title for item in items(grow(cms.framed(body)), cms.COLUMN, NOW)]


@pytest.mark.parametrize(
    "text",
    [
        "版权所有 © 2019-2026",
        "电话：0851-25782065",
        "第 1/20 页 共 12-31 页",
        "今天是2026年11月4日 星期三",
        "2026-13-01",
        "2026-02-30",
        "2026年11月3日全市召开大会",
        "申请时间2019年12月2日—2019年12月4日",
        "会议于2026年11月3日召开，市长出席。",
        "1.2.3.4",
        "v2026.11.3.4",
        "示府办发〔2026〕11号",
        "统一社会信用代码 11520325009430000X",
        "20261399",
        "99",
        "2026",
    ],
)
def test_what_is_no_date_spot(text: str) -> None:
    assert days(f"<p>{text}</p>") == []


@pytest.mark.parametrize(
    "html",
    [
        "<i>2026-11-03</i>",
        "<i>[2026/11/3]</i>",
        "<i>2026.11.03</i>",
        "<i>2026年11月3日</i>",
        "<i>2026—11—03</i>",
        "<i>２０２６-11-03</i>",
        "<i>20261103</i>",
        "<i>26-11-03</i>",
        "<i>(11-03)</i>",
        "<i>11月3日</i>",
        "<i>昨天</i>",
        "<i>发布时间：2026-11-03 09:30:00</i>",
        "<i>来源：市政府办 2026-11-03</i>",
        "<p><b>03</b><i>2026-11</i></p>",
        "<p><b>2026.11</b><i>03</i></p>",
        "<p><b>11-03</b><i>2026</i></p>",
        "<p><b>03</b><i>11月</i><u>2026年</u></p>",
        "<p><b>2026</b><i>11</i><u>03</u></p>",
    ],
)
def test_what_is_a_date_spot(html: str) -> None:
    assert days(html) == [date(2026, 11, 3)]


def test_pieces_far_apart_are_no_date() -> None:
    far = "<section>" * 6
    assert days(f"<div>{far}03{'</section>' * 6}<p>2026-11</p></div>") == []


def test_menus_pages_friends_and_hot_lists_are_left_out() -> None:
    rows = "".join(f'<li><a href="{n}.html">关于第{n}号事项的通知</a><span>2026-10-0{n}</span></li>' for n in (1, 2))
    assert titles(f"<ul>{rows}</ul>{cms.PAGER}") == ["关于第1号事项的通知", "关于第2号事项的通知"]


def test_an_empty_main_list_is_not_made_up_from_a_hot_list() -> None:
    assert titles('<ul class="list"></ul>') == []


def test_an_articles_own_date_makes_no_list_of_its_breadcrumb() -> None:
    assert (
        titles('<p><a href="../">政务动态</a> 2026-11-03 <a href="#">分享到微信</a></p><h1>通知</h1><p>正文</p>') == []
    )


def test_a_column_named_after_hot_topics_is_read() -> None:
    rows = "".join(f'<li><a href="{n}.html">关于第{n}号热点的回应</a><span>2026-10-0{n}</span></li>' for n in (1, 2))
    assert len(titles(f"<h2>热点回应</h2><ul>{rows}</ul>")) == 2


def test_documents_with_their_interpretations_are_one_row() -> None:
    rows = "".join(
        f'<li><a href="{n}.html">《示例市第{n}号管理办法》</a>'
        f'<div class="pop"><a href="jd{n}.html">图解：《示例市第{n}号管理办法》政策解读</a></div>'
        f"<span>2026-10-0{n}</span></li>"
        for n in (1, 2, 3)
    )
    assert titles(f"<ul>{rows}</ul>") == [f"《示例市第{n}号管理办法》" for n in (1, 2, 3)]


def test_lists_are_bounded() -> None:
    rows = "".join(
        f'<li><a href="{n}.html">关于第{n}号事项的通知</a><span>2026-10-01</span></li>' for n in range(MOST_ITEMS + 500)
    )
    assert len(titles(f"<ul>{rows}</ul>")) == MOST_ITEMS


def test_a_hundred_thousand_links_end_somewhere() -> None:
    tree = grow("<ul>" + "<li><a href=a.html>关于某事的通知</a>2026-10-01</li>" * 100_000 + "</ul>")
    assert len(tree.tags) <= MOST_NODES
    assert len(items(tree, cms.COLUMN, NOW)) == 1


def test_a_big_list_is_read_whole() -> None:
    rows = "".join(
        f'<li><a href="{n}.html">关于第{n}号事项的通知公告</a><span>2026-10-01</span></li>' for n in range(1_900)
    )
    text = cms.framed(f"<ul>{rows}</ul>")
    assert len(text) > 130_000
    assert len(items(grow(text), cms.COLUMN, NOW)) == 1_900


def test_deep_nesting_ends_the_page() -> None:
    tree = grow("<div>" * (MOST_DEPTH * 50) + "<a href=x>关于某事的通知</a>")
    assert len(tree.tags) < MOST_DEPTH * 2


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("./a.html#top", "https://x.cn/b/a.html"),
        ("//y.cn/a", "https://y.cn/a"),
        ("javascript:;", ""),
        ("#", ""),
        ("", ""),
        ("mailto:a@x.cn", ""),
        ("javascript:open('/c/1.html')", "https://x.cn/c/1.html"),
        ("http://[::1", ""),
        ("data:text/html,x", ""),
        ("?id=3", "https://x.cn/b/?id=3"),
    ],
)
def test_addresses(href: str, url: str) -> None:
    assert absolute("https://x.cn/b/", href) == url


@pytest.mark.parametrize(
    ("shown", "full", "title"),
    [
        ("关于印发…", "关于印发办法的通知", "关于印发办法的通知"),
        ("关于印发", "点击查看", "关于印发"),
        ("", "甲", "甲"),
        ("甲", "", "甲"),
        ("甲 乙...", "甲乙丙", "甲乙丙"),
    ],
)
def test_titles_in_full(shown: str, full: str, title: str) -> None:
    assert whole(shown, full) == title


@pytest.mark.parametrize(
    ("html", "day"),
    [
        ('<meta name="PubDate" content="2026-11-03 10:00">', date(2026, 11, 3)),
        ('<meta property="article:published_time" content="2026-11-03T08:00:00+08:00">', date(2026, 11, 3)),
        (
            "<p>来源：市府办 发布时间：2026-11-03</p><ul><li><a href=1>其他文章标题</a>2026-11-04</li></ul>",
            date(2026, 11, 3),
        ),
        ("<ul><li><a href=1>其他文章标题</a>2026-11-04</li></ul><h1>通知</h1><div>2026-11-03</div>", date(2026, 11, 3)),
        ("<ul><li><a href=1>其他文章标题</a><span>2026-11-04</span></li></ul><p>请于2026年5月1日前报名。</p>", None),
        ("<p>正文</p>", None),
    ],
)
def test_the_date_of_an_article(html: str, day: date | None) -> None:
    value = published(f"<html><body>{html}</body></html>", NOW)
    assert (value.day if value else None) == day


STEPS = st.sampled_from(
    ["http://", "https://", "a.cn", "/", "./", "../", "b.html", ".", "?x=1", "&y", ";p", " ", "甲", ":80"]
)
BASES = [
    "http://a.cn",
    "https://b.cn/x/y.html",
    "http://a.cn/x//y",
    "http://a.cn/x/../y/z",
    "http://a.cn/x/.",
    "ftp://a/b",
    "",
]


@given(st.sampled_from(BASES), st.lists(STEPS, max_size=6).map("".join))
def test_an_ordinary_address_is_joined_by_a_short_way(base: str, href: str) -> None:
    # A fragment is taken off, and only the long way takes it.
    href = href.strip()
    assert absolute(base, href) == (absolute(base, href + "#") if href else "")


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(" \t\n\x1c\x85\u00a0\u200b\u3000\ufeff"), max_size=12))
def test_blanks_are_squeezed_alike_with_and_without_marks(text: str) -> None:
    # A mark of no width sends the text the long way.
    assert squeeze(text) == squeeze(text + "\ufeff")
