"""The column connector: lists in the shapes of a dozen content systems, and everything that only looks like one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import cast

import cms
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors._chosen import Selector
from connectors.column import Column
from streams.connectors import Answer, Cursor, Failure, Fetch, Reading, Request, Response
from streams.looks import Item, Outcome, Shown
from streams.subjects import ColumnType, Source

NOW = datetime(2026, 11, 4, 4, tzinfo=UTC)
SOURCE = Source(id="s1", subject="5203250001", connector="column", url=cms.COLUMN)
HTML = {"content-type": "text/html; charset=utf-8"}


def converse(
    *answers: Answer,
    column: Column | None = None,
    source: Source = SOURCE,
    cursor: Cursor | None = None,
    at: datetime = NOW,
) -> tuple[Reading, list[Request]]:
    """The reading of a conversation with these answers, and what was asked."""
    talk = (column or Column()).look(source, cursor or Cursor(), at)
    asked = [next(talk)]
    for answer in answers:
        try:
            asked.append(talk.send(answer))
        except StopIteration as stop:
            return cast("Reading", stop.value), asked
    raise AssertionError(f"asks for more: {asked[-1]}")


def page(text: str | bytes, url: str = cms.COLUMN, status: int = 200, etag: str = "", modified: str = "") -> Response:
    body = text.encode() if isinstance(text, str) else text
    return Response(status=status, headers=HTML | {"etag": etag, "last-modified": modified}, body=body, url=url)


def read(text: str | bytes, source: Source = SOURCE, column: Column | None = None) -> list[Item]:
    reading, _ = converse(page(text), source=source, column=column)
    assert reading.outcome is Outcome.GOOD, reading
    assert reading.items is not None
    return list(reading.items)


def shown(reading: Reading) -> Shown:
    assert isinstance(reading.level, Shown)
    return reading.level


@pytest.mark.parametrize("family", cms.FAMILIES, ids=lambda family: family.__name__)
def test_it_reads_every_family_exactly(family: Callable[[int], tuple[str, list[cms.Want]]]) -> None:
    text, want = family(6)
    assert [(item.title, item.url, item.day) for item in read(text)] == [tuple(item) for item in want]


@pytest.mark.parametrize("family", cms.FAMILIES, ids=lambda family: family.__name__)
def test_a_list_of_one_is_a_list(family: Callable[[int], tuple[str, list[cms.Want]]]) -> None:
    text, want = family(1)
    assert [(item.title, item.day) for item in read(text)] == [(want[0].title, want[0].day)]


def test_the_level_says_what_the_list_shows() -> None:
    text, want = cms.trs()
    reading, asked = converse(page(text.replace("<title>", '<meta name="ColumnName" content="通知公告"><title>')))
    last = want[0].title
    assert shown(reading) == Shown(count=len(want), newest=date(2026, 11, 3), title=last, name="通知公告")
    assert asked == [Fetch(url=cms.COLUMN)]


def test_a_gb2312_page_is_read() -> None:
    text, want = cms.boda()
    body = text.replace("utf-8", "gb2312").encode("gb18030")
    reading, _ = converse(Response(status=200, headers={"content-type": "text/html"}, body=body, url=cms.COLUMN))
    assert reading.items is not None
    assert [item.title for item in reading.items] == [item.title for item in want]


def test_utf8_bytes_win_over_a_declared_gb2312() -> None:
    text, want = cms.boda()
    assert read(text.replace('charset="utf-8"', 'charset="gb2312"'))[0].title == want[0].title


def test_base_moves_relative_addresses() -> None:
    items = read(
        cms.framed(
            "".join(_row(n, f"关于第{n}号事项的通知公告", "2026-11-01") for n in range(3)), head='<base href="/x/">'
        )
    )
    assert [item.url for item in items] == [f"{cms.HOST}/x/{n}.html" for n in range(3)]


def test_a_moved_column_is_noted() -> None:
    text, _ = cms.trs()
    answer = Response(
        status=200, body=text.encode(), url="https://new.example.gov.cn/a/index.html", moved=(cms.COLUMN,)
    )
    reading, _ = converse(answer)
    assert reading.detail == f"moved: {cms.COLUMN} leads to https://new.example.gov.cn/a/index.html"
    assert reading.host == "new.example.gov.cn"


def _row(n: int, title: str, day: str) -> str:
    return f'<li><a href="{n}.html">{title}</a><span>{day}</span></li>'


def test_an_undated_row_among_dated_ones_stays_undated() -> None:
    rows = (
        _row(1, "关于第一号事项的通知", "2026-11-01")
        + _row(2, "关于第二号事项的通知", "")
        + _row(3, "关于第三号事项的通知", "2026-10-01")
    )
    items = read(cms.framed(f"<ul class='list'>{rows}</ul>"))
    assert [item.day for item in items] == [date(2026, 11, 1), None, date(2026, 10, 1)]


def test_a_date_in_the_address_is_the_last_resort() -> None:
    rows = "".join(f'<li><a href="202610/t2026100{n}_77{n}.html">关于第{n}号事项的通知公告</a></li>' for n in (1, 2, 3))
    assert [item.day for item in read(cms.framed(f"<ul>{rows}</ul>"))] == [date(2026, 10, n) for n in (1, 2, 3)]


def test_one_title_on_three_days_is_three_items() -> None:
    rows = "".join(_row(n, "中央督察组通报典型案例", f"2026-10-0{n}") for n in (1, 2, 3))
    assert len(read(cms.framed(f"<ul>{rows}</ul>"))) == 3


def test_a_title_without_an_address_is_an_item() -> None:
    rows = "".join(
        f'<li><a href="javascript:;">关于第{n}号事项的通知</a><span>2026-10-0{n}</span></li>' for n in (1, 2, 3)
    )
    assert [(item.url, item.day) for item in read(cms.framed(f"<ul>{rows}</ul>"))] == [
        ("", date(2026, 10, n)) for n in (1, 2, 3)
    ]


def test_a_month_and_day_is_the_latest_such_day() -> None:
    rows = "".join(_row(n, f"关于第{n}号事项的通知", day) for n, day in enumerate(("(11-04)", "(11-05)", "02-29")))
    days = [item.day for item in read(cms.framed(f"<ul>{rows}</ul>"))]
    assert days == [date(2026, 11, 4), date(2025, 11, 5), date(2024, 2, 29)]


def test_relative_dates_count_from_the_look() -> None:
    rows = "".join(_row(n, f"关于第{n}号事项的通知", day) for n, day in enumerate(("3小时前", "昨天 09:10", "5天前")))
    items = read(cms.framed(f"<ul>{rows}</ul>"))
    assert [item.day for item in items] == [date(2026, 11, 4), date(2026, 11, 3), date(2026, 10, 30)]
    assert items[1].at == datetime(2026, 11, 3, 1, 10, tzinfo=UTC)


def test_future_and_ancient_dates_are_no_update() -> None:
    days = ("2036-01-01", "1970-01-01", "2026-10-01", "2036-01-01", "2027-05-05")
    rows = "".join(_row(n, f"关于第{n}号事项的通知", day) for n, day in enumerate(days))
    reading, _ = converse(page(cms.framed(f"<ul>{rows}</ul>")))
    level = shown(reading)
    assert (level.newest, level.future, level.ancient) == (date(2026, 10, 1), (date(2027, 5, 5), date(2036, 1, 1)), 1)


def test_a_future_date_counts_when_it_has_come() -> None:
    rows = _row(1, "关于第一号事项的通知", "2026-11-06") + _row(2, "关于第二号事项的通知", "2026-10-01")
    first, _ = converse(page(cms.framed(f"<ul>{rows}</ul>")))
    later, _ = converse(page("", status=304), cursor=first.cursor, at=NOW + timedelta(days=2))
    assert (shown(later).newest, shown(later).future, later.items) == (date(2026, 11, 6), (), None)


@pytest.mark.parametrize(
    "body", ['<div class="list">暂无信息</div>', "<p>栏目正在建设中</p>", '<ul class="newslist"></ul>', "共 0 条记录"]
)
def test_an_empty_column_is_a_good_look_of_nothing(body: str) -> None:
    reading, _ = converse(page(cms.framed(body).replace('class="hot"', 'class="nav"').replace("10-1", "")))
    assert (reading.outcome, shown(reading)) == (Outcome.GOOD, Shown())


EMPTY = '<html><body><div class="nav"><a href="/">首页</a></div><ul class="list"></ul></body></html>'


@pytest.mark.parametrize(
    "body",
    [
        '<div id="app"></div><script src="/js/app.js"></script>',
        '<ul id="list"></ul><script>$.ajax({url: "/api/list"})</script>',
        '<ul><li v-for="item in list">{{ item.title }}</li></ul>',
    ],
)
def test_a_list_left_to_a_script_is_unknown(body: str) -> None:
    reading, _ = converse(page(f"<html><body>{body}</body></html>"))
    assert (reading.outcome, reading.cause, reading.level) == (Outcome.UNKNOWN, "script", Shown(rendered=False))


def test_a_page_without_any_list_is_unknown() -> None:
    reading, _ = converse(page("<html><body><h1>机构职能</h1><p>本局负责全市绿化。</p></body></html>"))
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "no_list")


def test_an_endpoint_that_lists_nothing_is_empty() -> None:
    reading, _ = converse(page('{"code":200,"data":{"total":0,"list":[]}}'))
    assert (reading.outcome, shown(reading).count) == (Outcome.GOOD, 0)


def test_a_datastore_without_records_is_empty() -> None:
    reading, _ = converse(page("<datastore><totalrecord>0</totalrecord><recordset></recordset></datastore>"))
    assert (reading.outcome, shown(reading).count) == (Outcome.GOOD, 0)


def test_from_items_to_none_waits_a_day() -> None:
    before, _ = converse(page(cms.trs()[0], etag='"a"'))
    first, _ = converse(page(EMPTY), cursor=before.cursor)
    assert (first.outcome, first.cause) == (Outcome.UNKNOWN, "emptied")
    again, _ = converse(page(EMPTY), cursor=first.cursor, at=NOW + timedelta(hours=23))
    assert (again.outcome, again.cursor) == (Outcome.UNKNOWN, None), "the first moment is kept"
    sure, _ = converse(page(EMPTY), cursor=first.cursor, at=NOW + timedelta(hours=24))
    assert (sure.outcome, shown(sure).count) == (Outcome.GOOD, 0)


def test_an_emptied_list_that_comes_back_is_forgotten() -> None:
    before, _ = converse(page(cms.trs()[0]))
    first, _ = converse(page(EMPTY), cursor=before.cursor)
    back, _ = converse(page(cms.trs()[0]), cursor=first.cursor)
    assert (back.outcome, back.level) == (Outcome.GOOD, before.level)
    assert back.cursor is not None
    assert back.cursor.extra == {}


def test_what_is_unchanged_repeats_its_level() -> None:
    body = page(cms.trs()[0], etag='"a"', modified="Tue, 03 Nov 2026 01:00:00 GMT")
    first, _ = converse(body)
    same, asked = converse(page("", status=304), cursor=first.cursor)
    assert asked == [
        Fetch(url=cms.COLUMN, headers={"if-none-match": '"a"', "if-modified-since": "Tue, 03 Nov 2026 01:00:00 GMT"})
    ]
    hashed, _ = converse(body, cursor=first.cursor)
    for reading in (same, hashed):
        assert (reading.outcome, reading.level, reading.items) == (Outcome.GOOD, first.level, None)


def test_another_parsers_cursor_is_no_hint() -> None:
    reading, asked = converse(page("", status=304), cursor=Cursor(parser=0, etag='"a"', level=Shown(count=3)))
    assert asked == [Fetch(url=cms.COLUMN)]
    assert reading.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("status", "outcome", "cause"),
    [
        (404, Outcome.FAILED, "http_404"),
        (410, Outcome.FAILED, "http_410"),
        (500, Outcome.FAILED, "http_500"),
        (503, Outcome.FAILED, "http_503"),
        (403, Outcome.UNKNOWN, "challenge"),
        (412, Outcome.UNKNOWN, "challenge"),
        (429, Outcome.FAILED, "http_429"),
    ],
)
def test_an_error_status_is_no_good_look(status: int, outcome: Outcome, cause: str) -> None:
    reading, _ = converse(page("<html>x</html>", status=status))
    assert (reading.outcome, reading.cause, reading.level, reading.cursor) == (outcome, cause, None, None)


@pytest.mark.parametrize(
    "cause", ["dns", "tcp", "tls", "timeout", "reset", "redirect", "encoding", "robots", "blocked", "too_large"]
)
def test_no_answer_is_a_failed_look(cause: str) -> None:
    reading, _ = converse(Failure(cause=cause, detail="x"))
    assert (reading.outcome, reading.cause) == (Outcome.FAILED, cause)


def test_a_challenge_is_neither_down_nor_empty() -> None:
    reading, _ = converse(page("<html><script>var arg1='AB'; setCookie('acw_sc__v2', x)</script><ul></ul></html>"))
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "challenge")


def test_a_list_that_speaks_of_verification_is_a_list() -> None:
    rows = _row(1, "关于开展安全验证工作的通知", "2026-11-01") + _row(2, "关于人机验证的说明", "2026-10-01")
    assert len(read(cms.framed(f"<ul>{rows}</ul>"))) == 2


def test_a_page_that_says_it_is_gone_is_missing() -> None:
    reading, _ = converse(page("<html><body><div class='list'></div>您访问的页面不存在或已删除</body></html>"))
    assert (reading.outcome, reading.cause) == (Outcome.FAILED, "missing")


def _undated_rows() -> str:
    rows = "".join(f'<li><a href="c/1000{n}.html">关于第{n}号事项的办理情况通知</a></li>' for n in range(5))
    return f"<html><body><ul class='list'>{rows}</ul></body></html>"


def test_an_undated_lists_newest_pages_are_opened() -> None:
    own = page("<html><head><meta name='PubDate' content='2026-11-02 10:30'></head><body>正文</body></html>")
    seen = page("<html><body><h1>通知</h1><div>发布时间：2026年10月20日 来源：市政府办</div><p>正文</p></body></html>")
    none = page("<html><body><h1>通知</h1><p>请于2026年5月1日前报名，逾期不候。</p></body></html>")
    reading, asked = converse(page(_undated_rows()), own, seen, none)
    assert [request.url for request in asked] == [
        cms.COLUMN,
        *(f"{cms.HOST}/zwgk/tzgg/c/1000{n}.html" for n in range(3)),
    ]
    assert all(isinstance(request, Fetch) and request.followed for request in asked[1:])
    assert reading.items is not None
    assert [item.day for item in reading.items] == [date(2026, 11, 2), date(2026, 10, 20), None, None, None]
    assert (shown(reading).newest, shown(reading).undated) == (date(2026, 11, 2), 3)


def test_undated_is_believed_only_after_a_page_was_opened() -> None:
    none = page("<html><body><h1>通知</h1><p>正文</p></body></html>")
    reading, _ = converse(page(_undated_rows()), none, Failure(cause="timeout"), none)
    assert (reading.outcome, shown(reading).undated, shown(reading).newest) == (Outcome.GOOD, 5, None)
    shut, _ = converse(page(_undated_rows()), *[Failure(cause="timeout")] * 3)
    assert (shut.outcome, shut.cause) == (Outcome.UNKNOWN, "undated")
    trusting, asked = converse(page(_undated_rows()), column=Column(open_undated=0))
    assert (trusting.outcome, len(asked)) == (Outcome.GOOD, 1)


def test_pages_of_other_sites_are_not_opened() -> None:
    reading, asked = converse(page(_undated_rows().replace('href="c/', 'href="http://10.0.0.1/c/')))
    assert (len(asked), reading.cause) == (1, "undated")


def test_a_home_page_is_the_sum_of_its_dated_items() -> None:
    blocks = "".join(
        f'<div class="{name}"><h3>{name}</h3><ul>'
        + "".join(_row(10 * n + k, f"{name}栏目第{k}条：关于有关事项的通知", f"2026-10-{10 + n + k}") for k in range(3))
        + "</ul></div>"
        for n, name in enumerate(("要闻", "公告", "政策"))
    )
    home = Source(id="h", subject="s", connector="column", url=f"{cms.HOST}/", column_type=ColumnType.HOME)
    reading, _ = converse(page(f"<html><body>{blocks}{blocks}</body></html>", url=home.url), source=home)
    assert (shown(reading).count, shown(reading).newest) == (9, date(2026, 10, 14))


def test_selectors_overrule_the_generic_reading() -> None:
    text = cms.framed('<div class="odd"><p><b>甲：关于某事的通知</b><a href="/a.html">看</a><i>2026/10/1</i></p></div>')
    for key in ("www.example.gov.cn", f"{cms.HOST}/zwgk/"):
        column = Column(selectors={key: Selector(item=".odd p", title="b", link="a", date="i")})
        (item,) = read(text, column=column)
        assert (item.title, item.url, item.day) == ("甲：关于某事的通知", f"{cms.HOST}/a.html", date(2026, 10, 1))


def test_a_wrong_selector_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="selector date = 'li\\[\\['"):
        Selector(item="li", date="li[[")


@given(st.binary(max_size=400))
def test_any_bytes_make_a_reading(body: bytes) -> None:
    reading, _ = converse(page(body), column=Column(open_undated=0))
    assert reading == converse(page(body), column=Column(open_undated=0))[0]


PIECES = st.sampled_from(
    [
        "<ul>",
        "</ul>",
        "<li>",
        "<a href='1.html'>",
        "</a>",
        "关于某事的通知",
        "2026-11-01",
        "03",
        "2026-11",
        "<table>",
        "<tr>",
        "<td>",
        "<script>",
        "</script>",
        "<datastore>",
        "<record><![CDATA[",
        "]]></record>",
        '[{"title":"a","url":"/1"}]',
        "{{",
        "<base href=x>",
        "暂无",
        "<dl><dt>",
    ]
)


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=40))
def test_any_markup_makes_a_reading(pieces: list[str]) -> None:
    body = "".join(pieces)
    reading, _ = converse(page(body), column=Column(open_undated=0))
    if reading.outcome is Outcome.GOOD:
        level = shown(reading)
        assert level.count == len(reading.items or ())
        again, _ = converse(page(body), cursor=reading.cursor, column=Column(open_undated=0))
        assert (again.outcome, again.level) == (Outcome.GOOD, level)
