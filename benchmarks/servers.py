"""Sites on many loopback addresses, in a process of their own: 160 kB list pages and 45 kB feeds.

    python -m benchmarks.servers PORT HOSTS

What is answered is in the path: `/etag/N` a page that is a 304 to whoever knows it, `/same/N` the same bytes to
everybody, `/changed/N` a page whose list differs every time, `/feed/N` a feed likewise. `/asked` says how many pages
were asked for so far. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

ITEM = '<li><a href="/art/{n}/{v}.html">关于做好第{n}项重点工作的通知</a><span>2026-11-{d:02}</span></li>'
ENTRY = (
    "<item><title>关于做好第{n}项重点工作的通知</title><link>https://mp.example.cn/{n}/{v}</link>"
    "<pubDate>Sun, 01 Nov 2026 {h:02}:00:00 +0800</pubDate><description>{text}</description></item>"
)
PAGE_BYTES, FEED_ITEMS = 160_000, 20


def host(number: int) -> str:
    """The number-th loopback address."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


class Sites:
    """What every address answers."""

    def __init__(self) -> None:
        """Nothing asked for yet."""
        self.asked = 0
        self._filler = "<script>/* " + "界面" * (PAGE_BYTES // 6) + " */</script>"
        self._page = self.listed(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it is closed."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(request))
                await writer.drain()
        writer.close()

    def _answer(self, request: bytes) -> bytes:
        path = request.split(b" ", 2)[1].decode()
        kind = path.split("/")[1]
        if kind == "asked":
            return _whole(str(self.asked).encode(), "text/plain")
        if kind not in {"etag", "same", "changed", "feed"}:
            return _whole(b"", "text/plain", "404 Not Found")
        self.asked += 1
        if kind == "feed":
            return _whole(feed_of(self.asked), "application/rss+xml; charset=utf-8")
        if kind == "etag" and b'"page"' in request:
            return b'HTTP/1.1 304 Not Modified\r\nETag: "page"\r\n\r\n'
        body = self.listed(self.asked) if kind == "changed" else self._page
        return _whole(body, "text/html; charset=utf-8", etag='ETag: "page"\r\n' if kind == "etag" else "")

    def listed(self, version: int) -> bytes:
        """A page of PAGE_BYTES whose list names the version in its addresses."""
        items = "".join(ITEM.format(n=number, v=version, d=30 - number) for number in range(20))
        head = "<html><head><meta charset=utf-8><title>某某局</title></head><body>"
        return f"{head}<div class=list><ul>{items}</ul></div>{self._filler}</body></html>".encode()


def feed_of(version: int) -> bytes:
    """A feed of FEED_ITEMS entries, whose addresses name the version."""
    items = "".join(ENTRY.format(n=n, v=version, h=n, text="正文" * 370) for n in range(FEED_ITEMS))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>政务</title>{items}</channel></rss>'.encode()


def _whole(body: bytes, kind: str, status: str = "200 OK", etag: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{etag}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def main(port: int, hosts: int) -> None:
    """Serve until the standard input ends."""
    sites = Sites()
    for number in range(hosts):
        await asyncio.start_server(sites.serve, host(number), port, backlog=512)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
