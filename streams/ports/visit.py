"""One visit of one page at one address, as a browser would make it: TCP, TLS, HTTP to the last byte."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ssl
from collections.abc import AsyncIterator
from urllib.parse import SplitResult

from streams.ports.bodies import Body, Garbled, TooLarge
from streams.ports.faults import certificate_fault, chain, clean
from streams.ports.http import as_url

KEPT = 64_000  # bytes of the page that are kept
MOST = 20_000_000  # bytes of a page that are read; beyond, the page counts as open
LINE = 65_536
HEADERS = 200
JOINS = {"set-cookie": "\n", "content-length": "", "location": ""}  # the rest may be joined by commas (RFC 9110)
# Our own machine has no way into this address family: nobody else's fault.
NO_WAY = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN})


class Visit:
    """What has been met so far; it tells where the visit stands, also when it is cut short."""

    def __init__(self) -> None:
        """Nothing was tried yet."""
        self.stage = "dns"
        self.detail = ""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.not_after = ""  # of the certificate, as OpenSSL writes it
        self.no_way = False

    def fail(self, error: BaseException) -> None:
        """End at the present stage, with the error's own words."""
        errors = list(chain(error))
        self.no_way = self.stage == "tcp" and any(getattr(one, "errno", 0) in NO_WAY for one in errors)
        self.detail = clean(certificate_fault(errors) or str(error) or type(error).__name__)


class Spoken(Exception):
    """The peer answered with something that is not HTTP."""


async def visit(seen: Visit, url: SplitResult, address: str, tls: ssl.SSLContext, headers: dict[str, str]) -> None:
    """Open the page at this very address and read it to its end, into `seen`. Never raises for what a peer does."""
    try:
        async with _connected(seen, url, address, tls) as (reader, writer):
            seen.stage = "http"
            writer.write(_request(url, headers))
            await writer.drain()
            await _answer(seen, reader)
    except (OSError, EOFError, ValueError, Spoken, Garbled) as error:
        # TimeoutError is an OSError: it is the kernel's here, ours cancels from outside.
        seen.fail(error)


@contextlib.asynccontextmanager
async def _connected(
    seen: Visit, url: SplitResult, address: str, tls: ssl.SSLContext
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    secure = url.scheme == "https"
    seen.stage = "tcp"
    reader, writer = await asyncio.open_connection(address, url.port or (443 if secure else 80), limit=LINE)
    try:
        if secure:
            seen.stage = "tls"
            await writer.start_tls(tls, server_hostname=url.hostname)
            certificate = writer.get_extra_info("peercert") or {}
            seen.not_after = str(certificate.get("notAfter", ""))
        yield reader, writer
    finally:
        # Not closed politely: a peer that does not answer the farewell must not hold the probe.
        writer.transport.abort()


def _request(url: SplitResult, headers: dict[str, str]) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    netloc = url.netloc.rpartition("@")[2]
    lines = [f"GET {target} HTTP/1.1", f"Host: {netloc}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join([*lines, "Connection: close", "", ""])).encode("ascii", "replace")


async def _answer(seen: Visit, reader: asyncio.StreamReader) -> None:
    seen.status = await _status(reader)
    while 100 <= seen.status < 200:  # early hints and the like come before the answer
        await _headers(reader)
        seen.status = await _status(reader)
    seen.headers = await _headers(reader)
    body = Body(KEPT, seen.headers.get("content-encoding", ""))
    try:
        await _drain(seen, reader, body)
    finally:
        seen.body = body.so_far[:KEPT]
    seen.stage = "done"


async def _status(reader: asyncio.StreamReader) -> int:
    line = await reader.readline()
    if not line:
        raise Spoken("the connection was closed without an answer")
    words = line.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit() or len(words[1]) != 3:
        raise Spoken(f"no HTTP answer: {line[:60]!r}")
    return int(words[1])


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(HEADERS):
        line = await reader.readline()
        if not line.strip():
            return found
        raw_name, _, raw = line.partition(b":")
        name = raw_name.decode("latin-1").strip().lower()
        value = as_url(raw) if name == "location" else raw.decode("utf-8", "replace").strip()
        found[name] = f"{found[name]}{JOINS.get(name, ', ')}{value}" if name in found else value
    raise Spoken(f"more than {HEADERS} header lines")


async def _drain(seen: Visit, reader: asyncio.StreamReader, body: Body) -> None:
    """Read the page to its end; keep its first bytes, drop the rest."""
    kept, read = True, 0
    async for chunk in _chunks(seen, reader):
        read += len(chunk)
        if kept:
            try:
                body.feed(chunk)
            except (TooLarge, Garbled) as error:
                kept = False
                seen.detail = "" if isinstance(error, TooLarge) else f"body not readable: {error}"
        if read > MOST:
            seen.detail = f"more than {MOST} bytes: the rest was not read"
            return


async def _chunks(seen: Visit, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    if seen.status in (204, 304):
        return
    if "chunked" in seen.headers.get("transfer-encoding", "").lower():
        async for chunk in _pieces(reader):
            yield chunk
    elif (told := seen.headers.get("content-length", "")).isdecimal():
        async for chunk in _exactly(reader, int(told[:18])):
            yield chunk
    else:
        while chunk := await reader.read(LINE):
            yield chunk


async def _exactly(reader: asyncio.StreamReader, left: int) -> AsyncIterator[bytes]:
    while left:
        chunk = await reader.read(min(left, LINE))
        if not chunk:
            raise Spoken(f"the page stops {left} bytes before its end")
        left -= len(chunk)
        yield chunk


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = (await reader.readline()).partition(b";")[0].strip()
        try:
            size = int(line[:16], 16)
        except ValueError:
            raise Spoken(f"chunk of size {line[:20]!r}") from None
        if size <= 0:
            return
        async for chunk in _exactly(reader, size):
            yield chunk
        await reader.readline()
