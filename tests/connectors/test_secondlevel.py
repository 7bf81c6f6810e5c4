"""A home page that is only a way in: its second-level pages are read as one (V3's second clause)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import cms
from talking import talk

from connectors._secondlevel import ways
from connectors.column import Column
from streams.connectors import Answer, Cursor, Failure, Fetch, Reading, Request, Response
from streams.looks import Outcome, Shown
from streams.subjects import ColumnType

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)
HOME = "https://www.example.gov.cn/"
MENU = {"要闻动态": "/yw/", "通知公告": "/tzgg/index.html", "领导之窗": "/ldzc/"}
ENTRY = (
    "<html><body><div class=banner><img src=/a.jpg></div><ul>"
    + "".join(f"<li><a href='{path}'>{name}</a></li>" for name, path in MENU.items())
    + "<li><a href='https://www.other.gov.cn/'>上级网站</a></li><li><a href='/'>首页</a></li>"
    "<li><a href='/files/a.pdf'>资料</a></li></ul></body></html>"
)
STATIC = "<html><body><h1>领导之窗</h1><p>某某，市长。</p></body></html>"


def listing(day: date) -> str:
    rows = "".join(
        f"<li><a href='/{day}/t{n}0000.html'>关于第{n}次会议的有关情况通报</a><span>{day - timedelta(n)}</span></li>"
        for n in range(6)
    )
    return f"<html><body><ul class=list>{rows}</ul></body></html>"


def page(text: str, url: str, status: int = 200) -> Response:
    return Response(status=status, headers={"content-type": "text/html; charset=utf-8"}, body=text.encode(), url=url)


def read(
    pages: Mapping[str, str | Answer],
    cursor: Cursor | None = None,
    column: Column | None = None,
    kind: ColumnType = ColumnType.HOME,
) -> tuple[Reading, list[str]]:
    """The reading of a home page with these pages behind it, and the addresses that were asked for."""

    def answer(request: Request) -> Answer:
        found = pages.get(request.url.removeprefix(HOME.rstrip("/")), Failure(cause="dns"))
        return found if not isinstance(found, str) else page(found, request.url)

    reading, asked = talk(column or Column(), answer, cursor, NOW, HOME, column_type=kind)
    return reading, [one.url.removeprefix(HOME.rstrip("/")) for one in asked]


def level(reading: Reading) -> Shown:
    assert reading.outcome is Outcome.GOOD, reading
    assert isinstance(reading.level, Shown)
    return reading.level


BEHIND: dict[str, str | Answer] = {
    "/": ENTRY, "/yw/": listing(date(2026, 11, 2)), "/tzgg/index.html": listing(date(2026, 10, 1)), "/ldzc/": STATIC,
}  # fmt: skip


def test_a_way_in_shows_what_the_pages_behind_it_show() -> None:
    reading, asked = read(BEHIND)
    assert asked == ["/", "/yw/", "/tzgg/index.html", "/ldzc/"]
    assert level(reading).newest == date(2026, 11, 2)
    assert level(reading).title == "关于第0次会议的有关情况通报"
    assert "3 second-level pages" in reading.detail


def test_it_is_looked_at_anew_though_the_way_in_stays_the_same() -> None:
    first, _ = read(BEHIND)
    assert first.cursor is not None
    second, asked = read(BEHIND | {"/yw/": listing(date(2026, 11, 3))}, first.cursor)
    assert len(asked) == 4
    assert level(second).newest == date(2026, 11, 3)


def test_nothing_new_on_any_of_them_is_a_good_look_that_shows_so() -> None:
    reading, _ = read(BEHIND | {"/yw/": listing(date(2026, 9, 2))})
    assert level(reading).newest == date(2026, 10, 1)


def test_a_page_that_could_not_be_read_may_hold_the_update() -> None:
    stale = BEHIND | {"/yw/": Failure(cause="timeout")}
    reading, _ = read(stale)
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "partial")
    assert "/yw/: timeout" in reading.detail
    fresh, _ = read(stale | {"/tzgg/index.html": listing(date(2026, 11, 1))})
    assert level(fresh).newest == date(2026, 11, 1), "something new is there anyway"


def test_an_undated_or_scripted_page_may_hold_it_too() -> None:
    undated = (
        listing(date(2026, 9, 2)).replace("/2026-09-02/", "/yw/").replace("<span>", "<!--").replace("</span>", "-->")
    )
    script = "<html><body><div id=app></div><script>axios.get('/api')</script></body></html>"
    for text in (undated, script):
        reading, _ = read(BEHIND | {"/yw/": text})
        assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "partial"), text[:60]


def test_a_page_that_is_gone_holds_nothing() -> None:
    reading, _ = read(BEHIND | {"/yw/": page("", HOME + "yw/", 404)})
    assert level(reading).newest == date(2026, 10, 1)


def test_more_pages_than_are_read_leave_it_unknown() -> None:
    reading, asked = read(BEHIND | {"/tzgg/index.html": listing(date(2026, 11, 3))}, column=Column(second_level=1))
    assert asked == ["/", "/yw/"]
    assert level(reading).newest == date(2026, 11, 2)
    stale, _ = read(BEHIND | {"/yw/": listing(date(2026, 9, 2))}, column=Column(second_level=1))
    assert (stale.outcome, stale.cause) == (Outcome.UNKNOWN, "partial")
    assert "left out" in stale.detail


def test_a_column_that_is_no_home_page_and_a_page_with_a_list_are_read_alone() -> None:
    reading, asked = read(BEHIND, kind=ColumnType.NEWS)
    assert (asked, reading.cause) == (["/"], "no_list")
    reading, asked = read(BEHIND, column=Column(second_level=0))
    assert (asked, reading.cause) == (["/"], "no_list")
    reading, asked = read({"/": cms.trs()[0]})
    assert asked == ["/"]


def test_ways_in_are_pages_of_the_same_host_and_no_articles() -> None:
    more = (
        "<a href='/art/2026/11/1/art_12345_67890.html'>一篇文章</a><a href='/yw/#top'>要闻</a><a href='/a.apk'>APP</a>"
    )
    assert ways(ENTRY + more, HOME) == [HOME.rstrip("/") + path for path in MENU.values()]


def test_every_page_behind_is_asked_for_as_found_in_content() -> None:
    asked: list[Fetch] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, Fetch)
        asked.append(request)
        found = BEHIND[request.url.removeprefix(HOME.rstrip("/"))]
        assert isinstance(found, str)
        return page(found, request.url)

    talk(Column(), answer, None, NOW, HOME, column_type=ColumnType.HOME)
    assert [one.followed for one in asked] == [False, True, True, True]
