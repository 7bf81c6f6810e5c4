"""The battery of connectors: what every reader of lists must stand, found by the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talking import ASKED, TODAY, URL, look, ok, posts, rss, talk

from streams.catalogue import catalogue
from streams.codec import decode_cursor, encode
from streams.connectors import Connector, Cursor, Failure, Probed, Reading, Response
from streams.days import day_of
from streams.looks import Outcome, Shown

LATER = ASKED + timedelta(hours=6)


def _sitemap() -> str:
    rows = "".join(f"<url><loc>{URL}/{n}</loc><lastmod>{day}</lastmod></url>" for n, (_, day) in enumerate(posts(5)))
    return f"<urlset>{rows}</urlset>"


def _page() -> str:
    rows = "".join(
        f'<li><a href="/a/{n}.html">关于{name}的通知</a><span>{day}</span></li>'
        for n, (name, day) in enumerate(posts(9))
    )
    return f'<html><head><meta charset="utf-8"><title>通知公告</title></head><body><ul>{rows}</ul></body></html>'


def _letters() -> str:
    rows = "".join(
        f'<tr><td>2026{n:04}</td><td><a href="/l/{n}.html">关于{name}的来信</a></td><td>{day}</td><td>办理中</td></tr>'
        for n, (name, day) in enumerate(posts(9))
    )
    heads = "<tr><th>编号</th><th>标题</th><th>来信日期</th><th>状态</th></tr>"
    return f'<html><head><meta charset="utf-8"></head><body><table>{heads}{rows}</table></body></html>'


# A healthy body of each; a connector that is not listed here fails the first test.
BODIES: dict[str, Callable[[], str]] = {
    "feed": lambda: rss(*posts(5)),
    "account": lambda: rss(*posts(5)),
    "sitemap": _sitemap,
    "column": _page,
    "mailbox": _letters,
}
_NONE = "<html><body><div>暂无信息</div></body></html>"
NO_LISTS = {"probe"}
FOUND = {name: cls() for name, cls in catalogue("connectors").items() if name not in NO_LISTS}
every = pytest.mark.parametrize("name", sorted(FOUND))


def test_every_connector_has_a_healthy_body_here() -> None:
    assert set(FOUND) == set(BODIES)


def whole(name: str) -> bytes:
    return BODIES[name]().encode()


def first(name: str) -> Reading:
    return look(FOUND[name], ok(whole(name), etag='"1"', last_modified="Mon, 23 Nov 2026 00:00:00 GMT"))


def check(reading: Reading) -> None:
    """What holds of any reading."""
    assert (reading.outcome is Outcome.GOOD) == (reading.cause == "")
    if reading.outcome is Outcome.GOOD:
        assert isinstance(reading.level, Shown)
        assert reading.items is None or len(reading.items) == reading.level.count
        assert reading.level.newest is None or reading.level.newest <= TODAY
        assert reading.cursor is not None
    if reading.cursor is not None:
        assert decode_cursor(encode(reading.cursor)) == reading.cursor


@every
def test_a_healthy_body_is_good(name: str) -> None:
    reading = first(name)
    check(reading)
    assert isinstance(reading.level, Shown)
    assert (reading.outcome, reading.level.newest) == (Outcome.GOOD, TODAY)
    assert isinstance(FOUND[name], Connector)
    assert type(FOUND[name]).__doc__


@every
def test_settings_read_and_write(name: str) -> None:
    kind = type(FOUND[name])
    assert msgspec.convert(msgspec.to_builtins(FOUND[name]), kind) == FOUND[name]


@every
def test_a_304_repeats_the_level(name: str) -> None:
    before = first(name)
    again, asked = talk(FOUND[name], lambda _: Response(status=304), before.cursor, LATER)
    assert asked[0].headers["if-none-match"] == '"1"'
    assert (again.outcome, again.level, again.items) == (Outcome.GOOD, before.level, None)
    check(again)


@every
def test_a_304_that_nobody_asked_for_is_a_failure(name: str) -> None:
    reading = look(FOUND[name], Response(status=304))
    assert (reading.outcome, reading.cursor) == (Outcome.FAILED, None)


@every
def test_a_second_identical_answer_repeats_the_level(name: str) -> None:
    before = first(name)
    again = look(FOUND[name], ok(whole(name)), before.cursor, LATER)
    assert (again.outcome, again.level, again.items) == (Outcome.GOOD, before.level, None)


@every
def test_another_parser_version_reads_again(name: str) -> None:
    before = first(name)
    assert before.cursor is not None
    old = msgspec.structs.replace(before.cursor, parser=-1)
    reading, asked = talk(FOUND[name], lambda _: ok(whole(name)), old, LATER)
    assert "if-none-match" not in asked[0].headers
    assert reading.items is not None


@every
@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_an_error_is_a_failure_that_keeps_the_cursor(name: str, status: int) -> None:
    before = first(name)
    reading = look(FOUND[name], Response(status=status, body="<h1>出错了</h1>".encode()), before.cursor, LATER)
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, f"http_{status}", None)


@every
@pytest.mark.parametrize("failure", [Failure(cause="timeout"), Failure(cause="too_large"), Probed(stage="done")])
def test_no_answer_is_a_failure_that_keeps_the_cursor(name: str, failure: Failure | Probed) -> None:
    reading = look(FOUND[name], failure, first(name).cursor, LATER)
    assert (reading.outcome, reading.level, reading.cursor) == (Outcome.FAILED, None, None)


@every
@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf"])
def test_an_empty_body_shows_nothing(name: str, body: bytes) -> None:
    reading = look(FOUND[name], ok(body), first(name).cursor, LATER)
    assert reading.outcome is not Outcome.GOOD
    check(reading)


@every
@pytest.mark.parametrize("status", [403, 412])
def test_a_wall_is_unknown(name: str, status: int) -> None:
    reading = look(FOUND[name], Response(status=status, body=b"<script>$_ts={}</script>"), first(name).cursor, LATER)
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.UNKNOWN, "challenge", None)


@every
def test_a_cut_body_never_raises_and_never_invents(name: str) -> None:
    body, titles = whole(name), {item.key for item in first(name).items or ()}
    for end in range(0, len(body), 37):
        reading = look(FOUND[name], ok(body[:end]))
        check(reading)
        assert name == "column" or {item.key for item in (reading.items or ())[:-1]} <= titles


@every
def test_a_huge_body_is_read_within_bounds(name: str) -> None:
    for filler in (b"<a>", b"<!--", b"\xe4\xb8\xad", b"\x00"):
        check(look(FOUND[name], ok(whole(name)[:200] + filler * 100_000)))


@every
@pytest.mark.parametrize("charset", ["gbk", "gb2312", "iso-8859-1", "utf-16", "no-such-charset"])
def test_a_wrong_charset_spoils_nothing(name: str, charset: str) -> None:
    reading = look(FOUND[name], ok(whole(name), content_type=f"text/html; charset={charset}"))
    assert reading.level == first(name).level
    assert [item.title for item in reading.items or ()] == [item.title for item in first(name).items or ()]


@every
def test_from_many_to_none_is_not_good(name: str) -> None:
    nothing = {"sitemap": "<urlset/>", "column": _NONE, "mailbox": _NONE}.get(name, rss())
    reading = look(FOUND[name], ok(nothing), first(name).cursor, LATER)
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "emptied")
    assert reading.cursor is None or reading.cursor.level == first(name).level


@every
@given(body=st.binary(max_size=200), status=st.sampled_from([200, 304, 403, 404, 500]))
def test_same_input_same_output(name: str, body: bytes, status: int) -> None:
    answer = Response(status=status, body=body, url=URL)
    one, two = (look(FOUND[name], answer, Cursor()) for _ in range(2))
    assert one == two
    check(one)


@every
@given(days=st.integers(0, 4000))
def test_a_repeated_level_never_runs_ahead(name: str, days: int) -> None:
    later = ASKED + timedelta(days=days)
    reading = look(FOUND[name], ok(whole(name)), first(name).cursor, later)
    assert isinstance(reading.level, Shown)
    assert reading.level.newest is not None
    assert reading.level.newest <= day_of(later)
