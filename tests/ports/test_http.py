import asyncio
import gzip
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sites import Names, Site, Street, page

from streams.connectors import Failure, Fetch, Response
from streams.ports.http import WebClient, WebSettings

LOCAL = ("127.0.0.1", "::1", ".test")


@pytest.fixture
async def opened() -> AsyncIterator[Any]:
    """Makes clients with settings; closes them at the end."""
    clients = []

    def make(resolver: Names | None = None, **settings: Any) -> WebClient:
        clients.append(WebClient(WebSettings(**({"allow_private": LOCAL} | settings)), resolver))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def web(opened: Any) -> Any:
    return opened()


async def test_a_page_is_answered_whole(web: Any, site: Site) -> None:
    site.at["/"] = page("政务公开".encode(), ETag='"v1"', Content_Type="text/html")
    answer = await web.fetch(Fetch(url=site.url(), headers={"If-None-Match": '"v0"'}))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body.decode(), answer.headers["etag"]) == (200, "政务公开", '"v1"')
    assert answer.url == site.url()
    assert 0 < answer.seconds < 5
    assert 'if-none-match: "v0"' in site.requests[0].lower()


@pytest.mark.parametrize("status", ["304 Not Modified", "404 Not Found", "412 Precondition Failed", "503 Busy"])
async def test_every_status_is_an_answer(web: Any, site: Site, status: str) -> None:
    site.at["/"] = page(b"", status)
    assert (await web.fetch(Fetch(url=site.url()))).status == int(status[:3])


async def test_the_user_agent_says_who_we_are(opened: Any, site: Site) -> None:
    await opened(contact="https://watch.example.cn/about").fetch(Fetch(url=site.url()))
    assert "Zhiban/0.1; +https://watch.example.cn/about" in site.requests[0]


async def test_cookies_live_within_one_fetch_only(web: Any, site: Site) -> None:
    async def gate(request: str, writer: asyncio.StreamWriter) -> None:
        passed = "cookie: seen=1" in request.lower()
        writer.write(page(b"in") if passed else page(b"", "302 Found", Location="/", Set_Cookie="seen=1"))
        writer.close()

    site.at["/"] = gate
    for _ in range(2):
        answer = await web.fetch(Fetch(url=site.url()))
        assert (answer.body, len(answer.moved)) == (b"in", 1)
    assert ["cookie" in request.lower() for request in site.requests] == [False, True, False, True]


async def test_redirects_are_followed_and_told(web: Any, site: Site) -> None:
    site.at |= {
        "/a": page(b"", "301 Moved", Location="/b?x=1"),
        "/b?x=1": page(b"", "302 Found", Location="c#part"),
        "/c": page(b"there"),
    }
    answer = await web.fetch(Fetch(url=site.url("/a")))
    assert (answer.body, answer.url, answer.moved) == (b"there", site.url("/c"), (site.url("/a"), site.url("/b?x=1")))


async def test_names_and_paths_in_chinese(opened: Any, site: Site) -> None:
    site.at["/%D6%D0"] = page(b"gbk")
    site.at["/%E4%B8%AD"] = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /\xd6\xd0\r\n\r\n"
    web = opened(Names(**{"xn--fiq228c_test": ["127.0.0.1"]}))
    answer = await web.fetch(Fetch(url=site.url("/中", host="中文.test")))
    assert (getattr(answer, "body", answer), site.asked) == (b"gbk", ["/%E4%B8%AD", "/%D6%D0"])


async def test_an_endless_redirect_ends(web: Any, site: Site) -> None:
    async def onward(request: str, writer: asyncio.StreamWriter) -> None:
        number = int(request.split(" ")[1][1:])
        site.at[f"/{number + 1}"] = onward
        writer.write(page(b"", "302 Found", Location=f"/{number + 1}"))
        writer.close()

    site.at["/1"] = onward
    answer = await web.fetch(Fetch(url=site.url("/1"), redirects=5))
    assert (answer.cause, "more than 5 redirects" in answer.detail, len(site.asked)) == ("redirect", True, 6)


async def test_a_redirect_loop_is_noticed(web: Any, site: Site) -> None:
    site.at |= {"/a": page(b"", "302 Found", Location="/b"), "/b": page(b"", "302 Found", Location="/a")}
    answer = await web.fetch(Fetch(url=site.url("/a"), redirects=50))
    assert (answer.cause, "loop" in answer.detail, len(site.asked)) == ("redirect", True, 2)


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:alert(1)", "http://[::1"])
async def test_a_redirect_to_no_web_page_is_refused(web: Any, site: Site, target: str) -> None:
    site.at["/"] = page(b"", "302 Found", Location=target)
    assert (await web.fetch(Fetch(url=site.url()))).cause == "redirect"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "inside.test", "mixed.test"])
async def test_a_link_of_a_page_leads_nowhere_inside(opened: Any, site: Site, host: str) -> None:
    names = Names(localhost=["127.0.0.1"], inside_test=["127.0.0.1"], mixed_test=["8.8.8.8", "127.0.0.1"])
    answer = await opened(names).fetch(Fetch(url=site.url(host=host), followed=True, seconds=3))
    assert (answer.cause, site.asked) == ("blocked", [])


@pytest.mark.parametrize("target", ["10.1.2.3", "169.254.169.254", "[fd00::1]", "127.0.0.2", "other.example"])
async def test_a_redirect_into_a_private_network_is_refused(opened: Any, site: Site, target: str) -> None:
    site.at["/"] = page(b"", "302 Found", Location=f"http://{target}:{site.port}/secret")
    names = Names(other_example=["127.0.0.1"])
    answer = await opened(names).fetch(Fetch(url=site.url(), seconds=3))
    assert (answer.cause, site.asked) == ("blocked", ["/"])


async def test_a_registered_private_host_needs_the_operators_word(opened: Any, site: Site) -> None:
    answer = await opened(allow_private=()).fetch(Fetch(url=site.url()))
    assert (answer.cause, site.asked) == ("blocked", [])
    assert "127.0.0.1" in answer.detail


async def test_a_connection_of_the_inside_is_not_lent_to_a_link(web: Any, site: Site) -> None:
    site.at["/"] = page(b"inside")
    assert (await web.fetch(Fetch(url=site.url()))).body == b"inside"
    assert (await web.fetch(Fetch(url=site.url(), followed=True))).cause == "blocked"


async def test_a_slow_body_ends_at_the_whole_time(web: Any, site: Site) -> None:
    async def drip(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.03)

    site.at["/"] = drip
    answer = await web.fetch(Fetch(url=site.url(), seconds=0.3))
    assert (answer.cause, 0.28 < answer.seconds < 5) == ("timeout", True)


async def test_100_megabytes_end_at_the_bound(web: Any, site: Site) -> None:
    async def flood(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1600):
            writer.write(b"x" * 65_536)
            await writer.drain()

    site.at["/"] = flood
    tracemalloc.start()
    answer = await web.fetch(Fetch(url=site.url(), bound=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.cause, peak < 8_000_000) == ("too_large", True)


async def test_a_length_beyond_the_bound_is_not_even_read(web: Any, site: Site) -> None:
    site.at["/"] = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\nxx"
    answer = await web.fetch(Fetch(url=site.url(), bound=1_000_000, seconds=5))
    assert (answer.cause, "100000000" in answer.detail) == ("too_large", True)


async def test_a_gzip_bomb_ends_at_the_bound(web: Any, site: Site) -> None:
    site.at["/"] = page(gzip.compress(b"\0" * 50_000_000, 9), Content_Encoding="gzip")
    tracemalloc.start()
    answer = await web.fetch(Fetch(url=site.url(), bound=1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.cause, peak < 8_000_000) == ("too_large", True)


async def test_a_compressed_page_is_decoded(web: Any, site: Site) -> None:
    site.at["/"] = page(gzip.compress("栏目".encode()), Content_Encoding="gzip")
    assert (await web.fetch(Fetch(url=site.url()))).body.decode() == "栏目"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nxx", "encoding"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain", "encoding"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nshort", "reset"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "reset"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\nshort", "protocol"),
        (b"this is no HTTP at all\r\n\r\n", "protocol"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500 + b"\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 40_000 + b"\r\n\r\n", "protocol"),
        (b"\x16\x03\x01\x00\x05", "protocol"),
        (b"", "reset"),
    ],
)
async def test_bad_http_is_told_apart(web: Any, site: Site, raw: bytes, cause: str) -> None:
    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    site.at["/"] = answer
    failure = await web.fetch(Fetch(url=site.url(), seconds=5))
    assert isinstance(failure, Failure)
    assert (failure.cause, bool(failure.detail)) == (cause, True)


async def test_a_lie_about_the_charset_of_the_headers_is_survived(web: Any, site: Site) -> None:
    site.at["/"] = "HTTP/1.1 200 好\r\nx-单位: 某局\r\ncontent-length: 2\r\n\r\nok".encode("gbk")
    answer = await web.fetch(Fetch(url=site.url(), seconds=5))
    assert isinstance(answer, Response) or answer.cause == "protocol"


async def test_nobody_listens(web: Any, site: Site) -> None:
    answer = await web.fetch(Fetch(url="http://127.0.0.1:1/"))
    assert answer.cause == "tcp"


async def test_no_such_name(opened: Any) -> None:
    answer = await opened(Names()).fetch(Fetch(url="http://gone.example/"))
    assert (answer.cause, "gone.example" in answer.detail) == ("dns", True)


@pytest.mark.parametrize(
    "url", ["", "ftp://x.example/", "http://", "http://[::1", "http://a b/", "mailto:x", "http://\0/"]
)
async def test_what_is_no_url_is_a_failure(web: Any, url: str) -> None:
    assert (await web.fetch(Fetch(url=url))).cause in ("protocol", "dns")


@pytest.mark.parametrize(
    ("kind", "words"), [("expired", "certificate expired"), ("other", "another"), ("unknown", "issuer unknown")]
)
async def test_broken_certificates_are_told_apart(
    opened: Any, street: Street, certificates: dict[str, ssl.SSLContext], authority_file: str, kind: str, words: str
) -> None:
    site = await street.open(tls=certificates[kind])
    answer = await opened(authorities=(authority_file,)).fetch(Fetch(url=site.url()))
    assert (answer.cause, words in answer.detail) == ("tls", True)


async def test_a_good_certificate_passes(
    opened: Any, street: Street, certificates: dict[str, ssl.SSLContext], authority_file: str
) -> None:
    site = await street.open(tls=certificates["good"])
    site.at["/"] = page(b"safe")
    answer = await opened(authorities=(authority_file,)).fetch(Fetch(url=site.url()))
    assert (answer.body, answer.note) == (b"safe", "")


async def test_a_broken_certificate_may_be_accepted_and_is_noted(
    opened: Any, street: Street, certificates: dict[str, ssl.SSLContext], authority_file: str
) -> None:
    site = await street.open(tls=certificates["expired"])
    site.at["/"] = page(b"old but ours")
    web = opened(authorities=(authority_file,), accept_broken=("127.0.0.1",))
    answer = await web.fetch(Fetch(url=site.url()))
    assert (answer.body, "expired" in answer.note) == (b"old but ours", True)


async def test_something_else_than_tls_behind_https(opened: Any, street: Street) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.cn ESMTP\r\n")
        await reader.read(1000)
        writer.close()

    site = await street.open(handler=greet)
    answer = await opened().fetch(Fetch(url=site.url().replace("http:", "https:"), seconds=5))
    assert answer.cause == "tls"


async def test_ipv6_loopback(web: Any, street: Street) -> None:
    site = await street.open(host="::1")
    site.at["/"] = page(b"six")
    assert (await web.fetch(Fetch(url=site.url(host="[::1]")))).body == b"six"


async def test_secrets_of_a_url_stay_out_of_failures(web: Any) -> None:
    answer = await web.fetch(Fetch(url="http://user:hunter2@127.0.0.1:1/?token=abc123"))
    assert "hunter2" not in repr(answer)
    assert "abc123" not in repr(answer)
