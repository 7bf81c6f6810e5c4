"""Titles, links and keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._items import KEY, TITLE, canonical, make_item, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  关于\n做好 <b>工作</b>&nbsp;的通知 ", "关于 做好 工作 的通知"),
        ("&lt;i&gt;斜&lt;/i&gt;体", "斜体"),
        ("5 < 6 且 7 > 3", "5 < 6 且 7 > 3"),
        ("<<通知>>", "<<通知>>"),
        ("前<!-- 注 -->后", "前后"),
        ("零\u200b宽\ufeff\u202e反\x07铃", "零宽反铃"),
        ("A&amp;B", "A&B"),
        ("", ""),
    ],
)
def test_titles_become_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.CN:80/a?b=1#c", "http://www.example.cn/a?b=1"),
        ("https://a.cn:443", "https://a.cn/"),
        ("https://a.cn:8443/x", "https://a.cn:8443/x"),
        ("/x/../y.html", "https://base.cn/y.html"),
        ("//other.cn/z", "https://other.cn/z"),
        (
            "https://mp.example.cn/s?__biz=Mz&mid=1&idx=1&sn=ab&chksm=cd&scene=27",
            "https://mp.example.cn/s?__biz=Mz&mid=1&idx=1&sn=ab",
        ),
        ("https://a.cn/?utm_source=x", "https://a.cn/"),
        ("https://a.cn/a b\n.html", "https://a.cn/ab.html"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://a.cn/标题", "https://a.cn/标题"),
        ("https://a.cn/?" + "&".join("a=1" for _ in range(99)), "https://a.cn/?" + "&".join("a=1" for _ in range(99))),
        ("javascript:;", ""),
        ("mailto:a@b.cn", ""),
        ("http://", ""),
        ("http://a.cn:99999/", ""),
        ("http://[", ""),
    ],
)
def test_links_take_one_form(url: str, expected: str) -> None:
    assert canonical(url, "https://base.cn/x/") == expected


def test_keys_are_guid_then_link_then_title() -> None:
    assert make_item("g", "标题", "http://a.cn/1", None).key == "g"
    assert make_item("", "标题", "http://a.cn/1#top", None).key == "http://a.cn/1"
    assert make_item("", "标题", "", None).key == "标题"
    assert make_item("", "", "", None).key
    long = [make_item("g" * 600 + end, "", "", None).key for end in "ab"]
    assert len(set(long)) == 2


@given(st.text(max_size=200), st.text(max_size=2000), st.text(max_size=200))
def test_any_text_makes_a_bounded_item(guid: str, title: str, link: str) -> None:
    item = make_item(guid, title, link, None, "https://base.cn/")
    assert 0 < len(item.key) <= KEY
    assert len(item.title) <= TITLE
    assert plain(item.title) == plain(plain(item.title))
    (item.key + item.title + item.url).encode()


# Both have a short way for what is ordinary already, which must not be seen in the answer: each spoils the short way.


@given(st.text(st.sampled_from("a甲 <b>&;\u3000\u202e\x07"), max_size=12))
def test_plain_is_the_same_without_its_short_way(text: str) -> None:
    assert plain(text) == plain(text + "\u200b")


PARTS = st.sampled_from(
    ["http://", "https://", "a.cn", "A.cn", "/", "./", "..", "b.html", "?", "x=1", "&", "&from=x", "utm_a=1", "#rd",
     ";p", "%66rom=2", "甲"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=7).map("".join))
def test_an_address_is_the_same_without_its_short_way(url: str) -> None:
    assert canonical(url, "https://base.cn/x/y") == canonical(f" {url}", "https://base.cn/x/y")
