import asyncio
import datetime as dt
import gzip
import ssl
from typing import Any

import pytest
import trustme
from sites import Names, Site, Street, page

from streams.connectors import Failure, Probe, Probed
from streams.ports.clock import SystemClock
from streams.ports.http import WebSettings
from streams.ports.probe import NetProbe

LOCAL = ("127.0.0.1", "::1", ".test")


def prober(resolver: Names | None = None, references: tuple[tuple[str, int], ...] = (), **settings: Any) -> Any:
    return NetProbe(SystemClock(), WebSettings(**({"allow_private": LOCAL} | settings)), resolver, references)


def answering_after(seconds: float, answer: bytes) -> Any:
    async def late(request: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer)
        writer.close()

    return late


async def test_a_page_opens(site: Site) -> None:
    site.at["/"] = page("<html>首页".encode(), Server="nginx")
    met = await prober().probe(Probe(url=site.url()))
    assert isinstance(met, Probed)
    assert (met.stage, met.status, met.body.decode(), met.headers["server"]) == ("done", 200, "<html>首页", "nginx")
    assert (met.ipv4, met.ipv6, met.certificate_days, met.local) == (True, None, None, False)


@pytest.mark.slow
@pytest.mark.parametrize(("late", "stage"), [(0.6, "done"), (0.9, "http")])
async def test_just_within_and_just_beyond_the_limit(site: Site, late: float, stage: str) -> None:
    # 15 s scaled down to 0.8, with room for slow machines; the exact boundary is the rule's, told `seconds`.
    site.at["/"] = answering_after(late, page())
    met = await prober().probe(Probe(url=site.url(), seconds=0.8))
    assert (met.stage, met.seconds >= 0.8) == (stage, stage == "http")


async def test_the_last_byte_counts(site: Site) -> None:
    async def drip(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    site.at["/"] = drip
    met = await prober().probe(Probe(url=site.url(), seconds=0.3))
    assert (met.stage, met.status, met.detail, met.body[:2]) == ("http", 200, "not open within 0.3 s", b"xx")


async def test_nobody_listens() -> None:
    met = await prober().probe(Probe(url="http://127.0.0.1:1/"))
    assert (met.stage, met.status, met.ipv4) == ("tcp", 0, False)


async def test_no_such_name() -> None:
    met = await prober(Names()).probe(Probe(url="http://gone.test/"))
    assert (met.stage, met.ipv4, met.ipv6, "gone.test" in met.detail) == ("dns", None, None, True)


@pytest.mark.parametrize(
    ("kind", "words"), [("expired", "certificate expired"), ("other", "another"), ("unknown", "issuer unknown")]
)
async def test_broken_certificates(
    street: Street, certificates: dict[str, ssl.SSLContext], authority_file: str, kind: str, words: str
) -> None:
    site = await street.open(tls=certificates[kind])
    met = await prober(authorities=(authority_file,)).probe(Probe(url=site.url()))
    assert (met.stage, words in met.detail, site.asked) == ("tls", True, [])


async def test_the_days_of_a_certificate(
    street: Street, certificates: dict[str, ssl.SSLContext], authority: trustme.CA, authority_file: str
) -> None:
    soon = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    now = SystemClock().now()
    authority.issue_cert(
        "site.test", not_before=now - dt.timedelta(days=1), not_after=now + dt.timedelta(days=9, hours=1)
    ).configure_cert(soon)
    site = await street.open(tls=soon)
    site.at["/"] = page()
    names = Names(site_test=["127.0.0.1"])
    met = await prober(names, authorities=(authority_file,)).probe(Probe(url=site.url(host="site.test")))
    assert (met.stage, met.certificate_days) == ("done", 9)


async def test_both_families_are_tried_apart(street: Street) -> None:
    site = await street.open(host="127.0.0.1")
    site.at["/"] = page(b"four")
    names = Names(both_test=["127.0.0.1", "::1"])
    met = await prober(names).probe(Probe(url=site.url(host="both.test")))
    assert (met.stage, met.body, met.ipv4, met.ipv6) == ("done", b"four", True, False)


async def test_ipv6_alone(street: Street) -> None:
    site = await street.open(host="::1")
    site.at["/"] = page(b"six")
    met = await prober().probe(Probe(url=site.url(host="[::1]")))
    assert (met.stage, met.body, met.ipv4, met.ipv6) == ("done", b"six", None, True)


async def test_the_better_family_decides_the_seconds(street: Street) -> None:
    fast = await street.open(host="127.0.0.1")
    fast.at["/"] = page()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    await street.open(host="::1", port=fast.port, handler=never)
    names = Names(both_test=["127.0.0.1", "::1"])
    met = await prober(names).probe(Probe(url=fast.url(host="both.test"), seconds=0.4))
    assert (met.stage, met.ipv4, met.ipv6, met.seconds < 0.3) == ("done", True, False, True)


async def test_redirects_are_followed(site: Site) -> None:
    site.at |= {"/": page(b"", "302 Found", Location="/home"), "/home": page(b"home")}
    met = await prober().probe(Probe(url=site.url()))
    assert (met.stage, met.body, met.url) == ("done", b"home", site.url("/home"))


async def test_names_and_paths_in_chinese(site: Site) -> None:
    site.at["/%D6%D0"] = page(b"gbk")
    site.at["/%E4%B8%AD"] = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /\xd6\xd0\r\n\r\n"
    names = Names(**{"xn--fiq228c_test": ["127.0.0.1"]})
    met = await prober(names).probe(Probe(url=site.url("/中", host="中文.test")))
    assert (met.stage, met.body, site.asked) == ("done", b"gbk", ["/%E4%B8%AD", "/%D6%D0"])
    assert "Host: xn--fiq228c.test" in site.requests[0]


async def test_a_redirect_loop_is_told_apart(site: Site) -> None:
    site.at |= {"/a": page(b"", "302 Found", Location="/b"), "/b": page(b"", "302 Found", Location="/a")}
    met = await prober().probe(Probe(url=site.url("/a")))
    assert (met.stage, "loop" in met.detail) == ("redirect", True)


async def test_a_gate_that_sets_a_cookie_is_passed(site: Site) -> None:
    async def gate(request: str, writer: asyncio.StreamWriter) -> None:
        passed = "Cookie: seen=1; pass=2" in request
        back = b"HTTP/1.1 302 Found\r\nset-cookie: seen=1; path=/\r\nset-cookie: pass=2\r\nlocation: /\r\n\r\n"
        writer.write(page(b"in") if passed else back)
        writer.close()

    site.at["/"] = gate
    met = await prober().probe(Probe(url=site.url()))
    assert (met.stage, met.body) == ("done", b"in")


async def test_an_endless_redirect_ends(site: Site) -> None:
    async def onward(request: str, writer: asyncio.StreamWriter) -> None:
        number = int(request.split(" ")[1][1:])
        site.at[f"/{number + 1}"] = onward
        writer.write(page(b"", "302 Found", Location=f"/{number + 1}"))
        writer.close()

    site.at["/1"] = onward
    met = await prober().probe(Probe(url=site.url("/1"), redirects=4))
    assert (met.stage, len(site.asked)) == ("redirect", 5)


@pytest.mark.parametrize("status", ["500 Oops", "403 Forbidden", "412 No"])
async def test_an_error_page_is_done_with_its_status(site: Site, status: str) -> None:
    site.at["/"] = page(b"<script>challenge</script>", status)
    met = await prober().probe(Probe(url=site.url()))
    assert (met.stage, met.status, met.body[:8]) == ("done", int(status[:3]), b"<script>")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300,
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_ends_at_http(site: Site, raw: bytes) -> None:
    site.at["/"] = answering_after(0, raw)
    met = await prober().probe(Probe(url=site.url(), seconds=5))
    assert (met.stage, bool(met.detail)) == ("http", True)


async def test_chunks_and_compression_are_read(site: Site) -> None:
    packed = gzip.compress("办事指南".encode())
    pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (1, packed[at : at + 1]) for at in range(len(packed)))
    site.at["/"] = (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    )
    met = await prober().probe(Probe(url=site.url()))
    assert (met.stage, met.body.decode()) == ("done", "办事指南")


async def test_a_large_page_is_read_to_its_end_but_only_its_start_is_kept(site: Site) -> None:
    site.at["/"] = page(b"x" * 3_000_000)
    met = await prober().probe(Probe(url=site.url()))
    assert (met.stage, len(met.body), met.body[:1]) == ("done", 64_000, b"x")


async def test_early_hints_are_passed_over(site: Site) -> None:
    site.at["/"] = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + page(b"page")
    assert (await prober().probe(Probe(url=site.url()))).body == b"page"


async def test_our_own_outage_blames_nobody(site: Site) -> None:
    down, up = ("127.0.0.1", 1), ("127.0.0.1", site.port)
    dead = Probe(url="http://127.0.0.1:1/")
    assert (await prober(references=(down,)).probe(dead)).local is True
    assert (await prober(references=(down, up)).probe(dead)).local is False
    assert (await prober().probe(dead)).local is False


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "http://inside.example/", "http://169.254.169.254/"])
async def test_private_addresses_are_refused(url: str) -> None:
    names = Names(inside_example=["192.168.1.1"])
    met = await prober(names).probe(Probe(url=url))
    assert isinstance(met, Failure)
    assert met.cause == "blocked"


async def test_a_redirect_into_a_private_network_is_refused(site: Site) -> None:
    site.at["/"] = page(b"", "302 Found", Location="http://192.168.1.1/")
    assert (await prober().probe(Probe(url=site.url()))).cause == "blocked"


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://", "http://a.example:port/", "http://[::1"])
async def test_what_is_no_url_is_a_failure(url: str) -> None:
    assert (await prober().probe(Probe(url=url))).cause == "protocol"
