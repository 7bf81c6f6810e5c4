"""The account connector: relays told apart, their errors and their freshness; names."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from talking import ASKED, TODAY, URL, look, ok, posts, rss, talk

from connectors._relays import account_name, relay_of, route_error, sync_list, synced_at
from connectors.account import Account
from streams.connectors import Answer, Cursor, Failure, Request, Response
from streams.looks import Outcome, Shown

ACCOUNT = Account()
READ = datetime(2026, 11, 23, 3, 50, tzinfo=UTC)
STAMP = "Mon, 23 Nov 2026 03:50:00 GMT"
HUB = f"<generator>RSSHub</generator><lastBuildDate>{STAMP}</lastBuildDate>"
WEMP = "<generator>Mp-We-Rss</generator><lastBuildDate>Mon, 23 Nov 2026 11:50:00 </lastBuildDate>"
WEWE = "<generator>WeWe-RSS</generator><lastBuildDate>Sat, 01 Jun 2024 00:00:00 GMT</lastBuildDate>"
WEWE_URL = "https://relay.example.cn/weread/feeds/MP_WXS_123.rss"


def test_a_plain_feed_says_nothing_of_its_freshness() -> None:
    built = f"<pubDate>{STAMP}</pubDate><lastBuildDate>{STAMP}</lastBuildDate>"
    reading = look(ACCOUNT, ok(rss(*posts(3), title="示例发布 | wechat-feeds", head=built), last_modified=STAMP))
    assert reading.level == Shown(count=3, newest=TODAY, title="第0篇", name="示例发布")
    assert reading.as_of is None


@pytest.mark.parametrize("headers", [{}, {"last_modified": STAMP}])
def test_rsshub_stamps_its_own_reading(headers: dict[str, str]) -> None:
    reading = look(ACCOUNT, ok(rss(*posts(3), head=HUB), **headers))
    assert reading.as_of == READ
    same = look(ACCOUNT, ok(rss(*posts(3), head=HUB)), reading.cursor, ASKED + timedelta(minutes=3))
    assert (same.items, same.as_of) == (None, READ)


def test_a_304_of_rsshub_is_a_fresh_reading() -> None:
    first = look(ACCOUNT, ok(rss(*posts(3), head=HUB), etag='"1"'))
    again = look(ACCOUNT, Response(status=304), first.cursor, ASKED + timedelta(hours=4))
    assert (again.outcome, again.level, again.as_of) == (Outcome.GOOD, first.level, None)
    proxied = Response(status=304, headers={"last-modified": STAMP})
    assert look(ACCOUNT, proxied, first.cursor, ASKED + timedelta(hours=4)).as_of == READ


def test_we_mp_rss_stands_still_when_gathering_stops() -> None:
    first = look(ACCOUNT, ok(rss(*posts(3), head=WEMP)))
    assert first.as_of == READ
    later = look(ACCOUNT, ok(rss(*posts(3), head=WEMP)), first.cursor, ASKED + timedelta(days=3))
    assert later.as_of == READ
    assert look(ACCOUNT, ok(rss(head=WEMP))).as_of is None


def wewe(listed: object) -> object:
    def answer(request: Request) -> Answer:
        if request.url == WEWE_URL:
            return ok(rss(*posts(3), head=WEWE))
        assert request.url == "https://relay.example.cn/weread/feeds"
        return listed if isinstance(listed, Failure) else ok(json.dumps(listed))

    return answer


def test_wewe_rss_tells_its_reading_in_its_list() -> None:
    listed = [{"id": "MP_WXS_9", "syncTime": 1}, {"id": "MP_WXS_123", "syncTime": int(READ.timestamp())}]
    reading, asked = talk(ACCOUNT, wewe(listed), url=WEWE_URL)  # type: ignore[arg-type]
    assert (reading.as_of, len(asked)) == (READ, 2)
    again, asked = talk(ACCOUNT, wewe(listed), reading.cursor, url=WEWE_URL)  # type: ignore[arg-type]
    assert (again.items, again.as_of, len(asked)) == (None, READ, 2)
    unasked, asked = talk(Account(ask_sync=False), wewe(listed), url=WEWE_URL)  # type: ignore[arg-type]
    assert (unasked.as_of, len(asked)) == (None, 1)


@pytest.mark.parametrize("listed", [Failure(cause="dns"), [], {}, "x", [{"id": "MP_WXS_123"}], [7]])
def test_without_the_list_the_look_stands(listed: object) -> None:
    reading, _ = talk(ACCOUNT, wewe(listed), url=WEWE_URL)  # type: ignore[arg-type]
    assert (reading.outcome, reading.as_of) == (Outcome.GOOD, None)


def test_an_account_that_was_never_synced_is_unknown() -> None:
    listed = [{"id": "MP_WXS_123", "syncTime": 0}]
    reading, _ = talk(ACCOUNT, wewe(listed), url=WEWE_URL)  # type: ignore[arg-type]
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.UNKNOWN, "unsynced", None)
    assert synced_at(b"[" * 100_000, "x") == (False, None)
    assert sync_list("https://a.cn/rss/1") is None
    assert sync_list("http://[") is None


def test_a_cache_on_the_way_makes_any_reading_older() -> None:
    assert look(ACCOUNT, ok(rss(*posts(1)), age="600")).as_of == ASKED - timedelta(minutes=10)
    assert look(ACCOUNT, ok(rss(*posts(1), head=HUB), age="7200")).as_of == ASKED - timedelta(hours=2)
    assert look(ACCOUNT, ok(rss(*posts(1)), age="junk")).as_of is None


# Errors


def test_an_account_without_posts_is_good() -> None:
    reading = look(ACCOUNT, ok(rss(head=HUB)))
    assert (reading.outcome, reading.level) == (Outcome.GOOD, Shown(name="示例发布"))


def page(message: str) -> str:
    return (
        "<html><head><title>Welcome to RSSHub!</title></head><body><h1>Looks like something went wrong</h1>"
        f'<p>Error Message:<br/><code class="x">{message}</code></p><p>Route: <code>/w/:id</code></p></body></html>'
    )


EMPTY = "Error: this route is empty, please check the original site or create an issue"


@pytest.mark.parametrize(
    ("answer", "cause", "said"),
    [
        (Response(status=503, body=page(EMPTY).encode()), "route_empty", "this route is empty"),
        (Response(status=200, body=page(EMPTY).encode()), "route_empty", "this route is empty"),
        (Response(status=503, body=page("FetchError: 502").encode()), "http_503", "FetchError"),
        (Response(status=403, body=page("RejectError: no key").encode()), "http_403", "RejectError"),
        (Response(status=200, body=page("Error: x").encode()), "route_error", "Error: x"),
        (
            Response(status=200, body="<title>RSSHub</title>发生了一些意外<pre>Error: y</pre>".encode()),
            "route_error",
            "y",
        ),
        (Response(status=400, body='{"statusCode":400,"message":"不存在该feed！"}'.encode()), "http_400", "不存在"),
        (
            Response(status=404, body='{"detail":{"code":40401,"message":"公众号不存在"}}'.encode()),
            "http_404",
            "公众号",
        ),
        (Response(status=200, body=b'{"error":{"message":"route broken"}}'), "route_error", "route broken"),
        (ok("<html>nginx</html>"), "not_a_feed", "HTML"),
        (Response(status=502), "http_502", "502"),
        (ok(""), "empty", "empty"),
    ],
)
def test_a_broken_route_is_a_failure(answer: Response, cause: str, said: str) -> None:
    reading = look(ACCOUNT, answer)
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.FAILED, cause, None)
    assert said in reading.detail


@pytest.mark.parametrize("body", ["{", '{"items": []}', "[1]", "{" + '"a":{' * 50_000, '{"message": 7}', "RSSHub"])
def test_other_bodies_are_no_route_errors(body: str) -> None:
    assert route_error(ok(body)) is None


def test_an_error_page_without_a_message_is_one_too() -> None:
    assert look(ACCOUNT, ok("<html>RSSHub: Looks like something went wrong</html>")).cause == "route_error"


def test_a_wall_before_the_relay_is_unknown() -> None:
    assert look(ACCOUNT, Response(status=403)).cause == "challenge"


def test_a_post_about_errors_is_a_post() -> None:
    reading = look(ACCOUNT, ok(rss(("RSSHub: Error Message, something went wrong", TODAY))))
    assert reading.outcome is Outcome.GOOD


def test_a_closing_notice_is_kept() -> None:
    title = "关于整合“示例教育”微信公众号的公告"
    reading = look(ACCOUNT, ok(rss(("早安", TODAY), (title, TODAY))))
    assert isinstance(reading.level, Shown)
    assert reading.level.notice == title
    again = look(ACCOUNT, ok(rss(("早安", TODAY), (title, TODAY))), reading.cursor)
    assert again.level == reading.level


def test_from_many_to_none_is_not_good() -> None:
    first = look(ACCOUNT, ok(rss(*posts(3), head=HUB)))
    reading = look(ACCOUNT, ok(rss(head=HUB)), first.cursor)
    assert (reading.outcome, reading.cause, reading.cursor) == (Outcome.UNKNOWN, "emptied", None)


def test_a_truncated_feed_proves_nothing() -> None:
    reading = look(ACCOUNT, ok(rss(*posts(9))[:-200]), Cursor())
    assert (reading.outcome, reading.cause) == (Outcome.UNKNOWN, "truncated")


# Telling relays, and names


@pytest.mark.parametrize(
    ("generator", "headers", "url", "relay"),
    [
        ("RSSHub", {}, URL, "rsshub"),
        ("WeWe-RSS", {}, URL, "wewe-rss"),
        ("Mp-We-Rss", {}, URL, "we-mp-rss"),
        ("", {"rsshub-node": "a"}, URL, "rsshub"),
        ("", {"x-rsshub-route": "/w/:id"}, URL, "rsshub"),
        ("", {}, WEWE_URL, "wewe-rss"),
        ("", {}, "https://a.cn/feed/MP_WXS_1.rss", "we-mp-rss"),
        ("", {}, "https://a.cn/rss/MP_WXS_1", "we-mp-rss"),
        ("WordPress", {}, "https://a.cn/feeds/all.rss", "plain"),
        ("", {}, "http://[", "plain"),
        ("RSSHub", {}, "http://[", "rsshub"),
    ],
)
def test_relays_are_told(generator: str, headers: dict[str, str], url: str, relay: str) -> None:
    assert relay_of(generator, headers, url) == relay


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("示例发布 | wechat-feeds", "示例发布"),
        ("示例发布 - RSSHub", "示例发布"),
        ("微信公众号 - 示例发布", "示例发布"),
        ("示例交警的微博", "示例交警"),
        ("示例文旅 的 bilibili 空间", "示例文旅"),
        ("示例发布", "示例发布"),
        ("WeWe-RSS All", ""),
        ("RSSHub", ""),
        ("", ""),
        ("示例-发布", "示例-发布"),
        ("的微博", ""),
    ],
)
def test_names_lose_what_the_relay_adds(title: str, name: str) -> None:
    assert account_name(title) == name
