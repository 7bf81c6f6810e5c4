"""Levels: what a list shows, its repetition later, and the list that was emptied."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._levels import KEPT, body_hash, closing_notice, conditional, level_of, repeat, repeated, shown
from streams.connectors import Cursor, Response, digest_of
from streams.days import day_of
from streams.looks import Item, Outcome, Shown

ASKED = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)


def item(key: str, day: date | None = None, title: str = "标题") -> Item:
    return Item(key=key, title=title, day=day)


def response(body: bytes = b"body", **headers: str) -> Response:
    return Response(status=200, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=body)


def test_a_level_says_what_the_items_show() -> None:
    days = [TODAY, date(2026, 11, 1), date(1970, 1, 1), date(2036, 2, 7), date(2026, 11, 24), date(2036, 2, 7), None]
    level = level_of([item(str(n), day) for n, day in enumerate(days)], ASKED, "示例发布")
    future = (date(2026, 11, 24), date(2036, 2, 7))
    assert level == Shown(count=7, newest=TODAY, undated=1, future=future, ancient=1, title="标题", name="示例发布")


def test_the_title_is_that_of_what_was_published_last() -> None:
    noon, evening = ASKED, ASKED + 9 * HOUR
    listed = [
        item("1", date(2026, 11, 22), "昨天"),
        Item("2", "今天中午", "", TODAY, noon),
        Item("3", "今天晚上", "", TODAY, evening),
        item("4", TODAY, "今天，没有钟点"),
        item("5", date(2036, 2, 7), "将来"),
    ]
    assert level_of(listed, evening).title == "今天晚上"
    assert level_of(listed[3:] + listed[:1], evening).title == "今天，没有钟点"
    assert level_of([item("6", TODAY, "上"), item("7", TODAY, "下")], ASKED).title == "上"
    assert level_of([item("8", None, "没有日期")], ASKED).title == ""


def test_the_day_turns_in_shanghai() -> None:
    tomorrow = item("a", date(2026, 11, 24))
    assert level_of([tomorrow], datetime(2026, 11, 23, 15, 59, tzinfo=UTC)).newest is None
    assert level_of([tomorrow], datetime(2026, 11, 23, 16, 0, tzinfo=UTC)).newest == date(2026, 11, 24)


_DAYS = st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 31)) | st.sampled_from([date(1970, 1, 1), date.max])
_ITEMS = st.lists(_DAYS, max_size=30).map(lambda days: [item(str(n), day, f"第 {n} 条") for n, day in enumerate(days)])


@given(_ITEMS)
def test_newest_is_never_after_the_day_of_the_look(items: list[Item]) -> None:
    level = level_of(items, ASKED)
    assert level.newest is None or level.newest <= TODAY
    assert level.count == len(items)
    assert list(level.future) == sorted(set(level.future))
    assert len(level.future) <= 8


@given(_ITEMS, st.integers(0, 90), st.integers(0, 90))
def test_repeating_a_level_is_seeing_the_same_items_again(items: list[Item], first: int, second: int) -> None:
    cursor = shown(Cursor(), 1, response(), items, ASKED).cursor or Cursor()
    for days in sorted((first, second)):
        later = ASKED + timedelta(days=days)
        assert repeat(cursor, later) == level_of(items, later)
        again = repeated(cursor, 1, Response(status=304), later)
        assert again is not None
        cursor = again.cursor or cursor


def test_the_kept_items_are_bounded_and_the_soonest() -> None:
    far = [item(str(n), TODAY + timedelta(days=n)) for n in range(400, 0, -1)]
    cursor = shown(Cursor(), 1, response(), far, ASKED).cursor
    assert cursor is not None
    assert [i.day for i in cursor.items] == [TODAY + timedelta(days=n) for n in range(1, KEPT + 1)]


def test_a_known_body_is_not_parsed_again() -> None:
    first = shown(Cursor(), 1, response(etag='"a"'), [item("a", TODAY)], ASKED)
    assert first.cursor is not None
    assert conditional(first.cursor, 1) == {"if-none-match": '"a"'}
    again = repeated(first.cursor, 1, response(etag='"b"', last_modified="x"), ASKED + HOUR)
    assert again is not None
    assert (again.outcome, again.level, again.items) == (Outcome.GOOD, first.level, None)
    assert again.cursor is not None
    assert conditional(again.cursor, 1) == {"if-none-match": '"b"', "if-modified-since": "x"}
    assert repeated(first.cursor, 1, response(b"other"), ASKED) is None


def test_another_parser_reads_anew() -> None:
    cursor = shown(Cursor(), 1, response(etag='"a"'), [item("a", TODAY)], ASKED).cursor or Cursor()
    assert conditional(cursor, 2) == {}
    assert repeated(cursor, 2, response(), ASKED) is None
    refused = repeated(cursor, 2, Response(status=304), ASKED)
    assert refused is not None
    assert (refused.outcome, refused.cause, refused.cursor) == (Outcome.FAILED, "http_304", None)


@pytest.mark.parametrize("value", ["a\r\nb", "é", "x" * 501, ""])
def test_validators_that_cannot_be_sent_back_are_dropped(value: str) -> None:
    cursor = shown(Cursor(), 1, response(etag=value), [], ASKED).cursor or Cursor()
    assert conditional(cursor, 1) == {}


def test_an_empty_list_is_good_from_the_start() -> None:
    reading = shown(Cursor(), 1, response(), [], ASKED)
    assert (reading.outcome, reading.level, reading.items) == (Outcome.GOOD, Shown(), ())


def test_from_many_to_none_is_not_good() -> None:
    cursor = shown(Cursor(), 1, response(), [item("a", TODAY)], ASKED).cursor or Cursor()
    for hours in (1, 30, 300):
        reading = shown(cursor, 1, response(b"none"), [], ASKED + hours * HOUR)
        assert (reading.outcome, reading.cause, reading.level, reading.cursor) == (
            Outcome.UNKNOWN,
            "emptied",
            None,
            None,
        )


def test_an_emptied_column_is_blank_after_a_second_rendered_look_a_day_later() -> None:
    cursor = shown(Cursor(), 1, response(), [item("a", TODAY)], ASKED).cursor or Cursor()
    first = shown(cursor, 1, response(b"none"), [], ASKED, column=True)
    assert (first.outcome, first.cause) == (Outcome.UNKNOWN, "emptied")
    marked = first.cursor
    assert marked is not None
    assert (marked.level, marked.body_hash) == (cursor.level, cursor.body_hash)
    early = shown(marked, 1, response(b"none"), [], ASKED + 23 * HOUR, column=True)
    assert (early.outcome, early.cursor) == (Outcome.UNKNOWN, None)
    unrendered = shown(marked, 1, response(b"none"), [], ASKED + 25 * HOUR, column=True, rendered=False)
    assert unrendered.outcome is Outcome.UNKNOWN
    second = shown(marked, 1, response(b"none"), [], ASKED + 24 * HOUR, column=True)
    assert (second.outcome, second.level) == (Outcome.GOOD, Shown())
    assert second.cursor is not None
    assert second.cursor.extra == {}


def test_a_list_that_came_back_clears_the_mark() -> None:
    cursor = shown(Cursor(), 1, response(), [item("a", TODAY)], ASKED).cursor or Cursor()
    marked = shown(cursor, 1, response(b"none"), [], ASKED, column=True).cursor or Cursor()
    back = repeated(marked, 1, response(), ASKED + HOUR)
    assert back is not None
    assert back.cursor is not None
    assert back.cursor.extra == {}
    damaged = msgspec.structs.replace(marked, extra={"emptied_at": "garbage"})
    assert shown(damaged, 1, response(b"none"), [], ASKED + 99 * HOUR, column=True).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "title",
    [
        "关于整合“示例教育”微信公众号的公告",
        "示例发布抖音号注销公告：本账号停止更新",
        "关于停用“示例交通”政务新媒体的通告",
        "示例市应急管理局关于关停新浪微博账号的声明",
        "账号迁移公告",
        "关于示例网站迁移至市政府门户网站的通知",
    ],
)
def test_closing_notices_are_seen(title: str) -> None:
    items = [item("a", TODAY, "其他"), item("b", TODAY - timedelta(days=3), title)]
    assert closing_notice(items) == title
    assert level_of(items, ASKED).notice == title


@pytest.mark.parametrize(
    "title",
    [
        "关于注销部分企业营业执照的公告",
        "关于整合职业学校的通知",
        "关于规范政务新媒体账号管理的通知",
        "微信公众号今日推荐",
        "关于注销食品经营许可证的公告（微信公众号同步发布）",
        "道路临时关闭通告",
        "关于公布注销微信公众号名单的通告",
    ],
)
def test_other_notices_are_not(title: str) -> None:
    assert closing_notice([item("a", TODAY, title)]) == ""


def test_the_hash_tells_bodies_apart() -> None:
    one, other = Response(status=200, body=b"a"), Response(status=200, body=b"b")
    assert body_hash(one) == body_hash(one) == digest_of(b"a") != body_hash(other)
    assert body_hash(msgspec.structs.replace(one, digest="TAKEN")) == "TAKEN", "what the port took is not taken again"
    assert day_of(ASKED) == TODAY
