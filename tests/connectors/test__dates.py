"""Dates: what is read, what is refused, and that nothing is guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._clocks import When, normal
from connectors._dates import _strong, _usual, date_in_url, from_epoch, read_date
from streams.days import SHANGHAI, day_of

ASKED = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai
THIRD = date(2026, 11, 3)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI).astimezone(UTC)  # type: ignore[misc,arg-type]


DAYS = [
    "2026-11-03",
    "2026/11/3",
    "2026.11.03",
    "2026年11月3日",
    "2026年11月03日",
    "2026年11月3号",
    "2026——11——03",
    "2026—11—03",
    "2026–11–03",
    "２０２６－１１－０３",
    "２０２６年１１月３日",
    "二〇二六年十一月三日",
    "二○二六年十一月三日",
    "二零二六年十一月三日",
    "[2026-11-03]",
    "（2026-11-03）",
    "【2026年11月3日】",
    "发布时间：2026-11-03",
    "发布日期:2026.11.3",
    "26-11-03",
    "26年11月3日",
    "[11-03]",
    "(11-03)",
    "11-03",
    "11月3日",
    "20261103",
    "03 2026-11",
    "03 2026/11",
    "11-03 2026",
    "2026 - 11 - 03",
    "2026年 11月 3日",
    "3 Nov 2026",
    "Nov 3, 2026",
    "November 3rd, 2026",
    "Tue, 03 Nov 2026",
    "标题-2026-11-03",
    "来源：市政府 2026-11-03 浏览次数：120",
    "2026-11-03 星期二",
    "11-03（星期二）",
    "成文日期：2026-10-01 发布日期：2026-11-03",
    "2026-11-03至2026-11-30",
    "20天前",
    "二十天前",
    "十一月三日",
    "二六年十一月3号",
    "日期 2026-11-03",
]


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read(text: str) -> None:
    assert read_date(text, ASKED) == When(THIRD)


MOMENTS = [
    ("2026年11月03日 14:05", at(2026, 11, 3, 14, 5)),
    ("2026年11月03日14时05分", at(2026, 11, 3, 14, 5)),
    ("2026-11-03 14:05:09", at(2026, 11, 3, 14, 5, 9)),
    ("2026-11-0314:05:09", at(2026, 11, 3, 14, 5, 9)),
    ("2026-11-03 下午2:05", at(2026, 11, 3, 14, 5)),
    ("2026-11-03 2:05 PM", at(2026, 11, 3, 14, 5)),
    ("2026-11-03 凌晨12:05", at(2026, 11, 3, 0, 5)),
    ("2026/11/3 中午12:05", at(2026, 11, 3, 12, 5)),
    ("2026-11-03T14:05:09+08:00", at(2026, 11, 3, 14, 5, 9)),
    ("2026-11-03T06:05:09.123Z", at(2026, 11, 3, 14, 5, 9)),
    ("2026-11-03T06:05Z", at(2026, 11, 3, 14, 5)),
    ("Tue, 03 Nov 2026 14:05:09 +0800", at(2026, 11, 3, 14, 5, 9)),
    ("Tue, 03 Nov 2026 06:05:09 GMT", at(2026, 11, 3, 14, 5, 9)),
    ("03 Nov 26 06:05 UT", at(2026, 11, 3, 14, 5)),
    ("Tue, 03 Nov 2026 01:05:09 EST", at(2026, 11, 3, 14, 5, 9)),
    ("Tue Nov 03 14:05:09 CST 2026", at(2026, 11, 3, 14, 5, 9)),
    ("Tue Nov  3 14:05:09 2026", at(2026, 11, 3, 14, 5, 9)),
    ("Tue Nov 03 2026 14:05:09 GMT+0800 (CST)", at(2026, 11, 3, 14, 5, 9)),
    ("2026-11-03 14:05 GMT+8", at(2026, 11, 3, 14, 5)),
    ("11-03 14:05", at(2026, 11, 3, 14, 5)),
    ("11月3日 14:05", at(2026, 11, 3, 14, 5)),
    ("11/3 14:05", at(2026, 11, 3, 14, 5)),
    ("20261103140509", at(2026, 11, 3, 14, 5, 9)),
    ("1793685909", at(2026, 11, 3, 14, 5, 9)),
    ("1793685909000", at(2026, 11, 3, 14, 5, 9)),
    ("发布时间：2026-11-03 14:05　来源：本站", at(2026, 11, 3, 14, 5)),
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    assert read_date(text, ASKED) == When(THIRD, moment)


RELATIVE = [
    ("刚刚", When(date(2026, 11, 23), ASKED)),
    ("3小时前", When(date(2026, 11, 23), ASKED - timedelta(hours=3))),
    ("3 小时前", When(date(2026, 11, 23), ASKED - timedelta(hours=3))),
    ("13小时前", When(date(2026, 11, 22), ASKED - timedelta(hours=13))),
    ("三小时前", When(date(2026, 11, 23), ASKED - timedelta(hours=3))),
    ("5分钟前", When(date(2026, 11, 23), ASKED - timedelta(minutes=5))),
    ("半小时前", When(date(2026, 11, 23), ASKED - timedelta(minutes=30))),
    ("半个小时前", When(date(2026, 11, 23), ASKED - timedelta(minutes=30))),
    ("昨天 10:20", When(date(2026, 11, 22), at(2026, 11, 22, 10, 20))),
    ("昨天", When(date(2026, 11, 22))),
    ("前天", When(date(2026, 11, 21))),
    ("大前天", When(date(2026, 11, 20))),
    ("今天 08:00", When(date(2026, 11, 23), at(2026, 11, 23, 8, 0))),
    ("今日", When(date(2026, 11, 23))),
    ("2天前", When(date(2026, 11, 21))),
    ("两天前", When(date(2026, 11, 21))),
    ("2周前", When(date(2026, 11, 9))),
    ("1个月前", When(date(2026, 10, 23))),
    ("2年前", When(date(2024, 11, 23))),
    ("下午3:20", When(date(2026, 11, 23), at(2026, 11, 23, 15, 20))),
    ("更新于 3小时前", When(date(2026, 11, 23), ASKED - timedelta(hours=3))),
    ("12-31", When(date(2025, 12, 31))),
    ("11-24", When(date(2025, 11, 24))),
    ("11-23", When(date(2026, 11, 23))),
    ("02-29", When(date(2024, 2, 29))),
]


@pytest.mark.parametrize(("text", "expected"), RELATIVE)
def test_the_moment_of_the_look_resolves_what_is_relative(text: str, expected: When) -> None:
    assert read_date(text, ASKED) == expected


ODD = [
    ("1970-01-01", date(1970, 1, 1)),
    ("Thu, 01 Jan 1970 00:00:00 GMT", date(1970, 1, 1)),
    ("0001-01-01", date(1, 1, 1)),
    ("9999-12-31", date(9999, 12, 31)),
    ("2036-02-07", date(2036, 2, 7)),
    ("98-04-01", date(1998, 4, 1)),
    ("2024-02-29", date(2024, 2, 29)),
]


@pytest.mark.parametrize(("text", "day"), ODD)
def test_odd_days_are_returned_as_they_stand(text: str, day: date) -> None:
    found = read_date(text, ASKED)
    assert found is not None
    assert found.day == day


TRAPS = [
    "",
    " ",
    "暂无",
    "0571-88881234",
    "13812345678",
    "400-812-3456",
    "4008123456",
    "010-12345678",
    "12345",
    "国发〔2026〕3号",
    "国发[2026]11号",
    "示府发（2026）11号",
    "2026年第11号",
    "财税2026 36号",
    "第2026-11-03号",
    "2026-11-03号",
    "￥11.03",
    "11.03",
    "11.03元",
    "3.14",
    "192.168.11.3",
    "10.11.12.13",
    "v2026.11.3",
    "1.2.3",
    "2026-11",
    "2026年11月",
    "2026年",
    "2026",
    "11月",
    "共11页",
    "11/12",
    "1/12",
    "第1-2页",
    "1-2",
    "14:05",
    "03:25",
    "2026-13-01",
    "2026-02-30",
    "2025-02-29",
    "2026年11月31日",
    "2026/11-03",
    "140302197706220124",
    "91330100MA2026110X",
    "2026-11-03-0012",
    "2026-11-0312345",
    "12026-11-03",
    "11/03/2026",
    "03-11-2026",
    "2026届毕业生",
    "8810-12-12",
    "[1-2]",
    "13-45",
    "00-00",
    "32月1日",
    "0小时",
    "小时前",
    "99999天前",
    "3年以前",
    "十一十二月三日",
    "昨天的事",
    "前天津市长",
    "三月前往",
    "今日头条",
    "刚刚好",
    "联系电话：11030",
    "20261345",
    "1103",
    "二〇二六年十三月三日",
    "二〇二六年十一月三十三日",
    "二〇二六年三十十月三日",
    "2026-11-03.5",
    "A2026-11-03",
    "Nov 2026",
    "32 Nov 2026",
    "Mon, 00 Xyz 2026",
    "2026 年 度",
    "邮编：202611",
    "5.1劳动节",
    "9-5",
    "24-7",
    "7x24",
]


@pytest.mark.parametrize("text", TRAPS)
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert read_date(text, ASKED) is None


def test_an_impossible_clock_leaves_the_day() -> None:
    assert read_date("2026-11-03 25:61", ASKED) == When(THIRD)


def test_an_unknown_zone_leaves_the_day_as_written() -> None:
    assert read_date("Tue, 03 Nov 2026 14:05:09 XYZ", ASKED) == When(THIRD)
    assert read_date("2026-11-03 14:05 +9900", ASKED) == When(THIRD)


def test_a_zone_may_move_the_day() -> None:
    assert read_date("2026-11-02T20:00:00Z", ASKED) == When(THIRD, datetime(2026, 11, 2, 20, tzinfo=UTC))


PATHS = [
    "http://a.cn/zw/202611/t20261103_123.html",
    "/202611/t20261103_123.html",
    "http://a.cn/2026/11/03/x.html",
    "http://a.cn/art/2026/11/3/art_12_345.html",
    "http://a.cn/202611/03/c.html",
    "http://a.cn/2026-11/03/content_1.htm",
    "http://a.cn/2026-11-03/1.html",
    "http://a.cn/20261103/1.html",
    "http://a.cn/2026/1103/c1.html",
    "http://a.cn/a/t202611031405.html",
    "http://a.cn/content_20261103.html",
    "http://a.cn/c/20261103140509.html",
]


@pytest.mark.parametrize("url", PATHS)
def test_paths_carry_days(url: str) -> None:
    assert date_in_url(url) == THIRD


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://a.cn/",
        "/202611/",
        "/2026/11/",
        "/20261345/1.html",
        "/61199953.html",
        "http://[",
        "/a?d=2026/11/03/",
        "/120261103/",
        "/2026110399/1.html",
        "/10.11.2026/",
    ],
)
def test_paths_without_a_day(url: str) -> None:
    assert date_in_url(url) is None


def test_epochs() -> None:
    assert from_epoch(0) == When(date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC))
    assert from_epoch(1e30) is None
    assert from_epoch(float("nan")) is None


@given(st.text(max_size=500))
def test_no_text_raises(text: str) -> None:
    read_date(text, ASKED)
    date_in_url(text)


_MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_ALPHABET = st.sampled_from(list("0123456789-/.年月日号 :TZ+前天小时昨今第〔〕()[]十二三〇Nov,"))


@given(st.text(_ALPHABET, max_size=40), _MOMENTS)
def test_a_moment_lies_on_its_day(text: str, asked_at: datetime) -> None:
    found = read_date(text, asked_at)
    if found is not None and found.at is not None:
        assert day_of(found.at) == found.day


_FORMS = ["{:%Y-%m-%d}", "{0.year}年{0.month}月{0.day}日", "{:%Y/%m/%d}", "{:%Y.%m.%d}", "[{:%Y-%m-%d}]", "{:%Y%m%d}"]


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from(_FORMS))
def test_every_day_is_read_back(day: date, form: str) -> None:
    assert read_date(form.format(day), ASKED) == When(day)


@given(st.integers(0, 10**12).map(str))
def test_numbers_in_a_sentence_are_no_dates(number: str) -> None:
    assert read_date(f"本市共有{number}户", ASKED) is None
    assert read_date(f"电话{number}", ASKED) is None


CLOCKS = st.sampled_from(
    ["", " 08:30", "T08:30:15", " 23:59:60", "T23:30:00Z", " 01:00:00 +0800", " 01:00:00 GMT", "T00:30:00+05:30"]
)
USUAL_DAYS = st.sampled_from(
    ["2026-11-03", "2026-02-30", "0001-01-01", "1970-01-01", "Mon, 23 Nov 2026", "3 Feb 2026", "31 Feb 2026"]
)


@given(USUAL_DAYS, CLOCKS)
def test_the_short_way_reads_what_the_long_one_reads(day: str, clock: str) -> None:
    short = _usual(day + clock)
    assert short is None or short == _strong(day + clock)
    assert read_date(day + clock, ASKED) == read_date(f"于 {day}{clock} 。", ASKED)


@given(st.text(st.sampled_from("0123年月日-_: \t一"), max_size=12))
def test_ascii_is_normal_by_a_short_way(text: str) -> None:
    assert normal(text) == normal(text + "\u3000")
