"""Small real servers on loopback: what they answer is written byte by byte, so that they can be as bad as the web."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable

from streams.ports.resolver import Unresolved

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def page(body: bytes = b"<html>ok</html>", status: str = "200 OK", **headers: object) -> bytes:
    """The bytes of a whole answer; header names are given with underscores."""
    lines = [
        f"{name.replace('_', '-')}: {value}\r\n" for name, value in ({"content_length": len(body)} | headers).items()
    ]
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode() + body


class Site:
    """One server: `at[path]` is what it answers. Remembers what it was asked."""

    def __init__(self) -> None:
        self.at: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.requests: list[str] = []
        self.port = 0
        self.scheme = "http"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where it is found."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the other side has enough, or until an answer that closes by itself."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = request.split(" ")[1]
                self.asked.append(path)
                self.requests.append(request)
                answer = self.at.get(path, page(b"nothing here", "404 Not Found"))
                if not isinstance(answer, bytes):
                    await answer(request, writer)
                    break
                writer.write(answer)
                await writer.drain()


class Street:
    """Opens sites, and closes them all, whatever hangs in them."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._visits: set[asyncio.Task[None]] = set()

    async def open(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, handler: Handler | None = None, port: int = 0
    ) -> Site:
        """A new site on a port of its own."""
        site = Site()
        site.scheme = "https" if tls else "http"

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await (handler or site.serve)(reader, writer)
            finally:
                with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                    writer.close()
                    await writer.wait_closed()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(visit(reader, writer))
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)

        server = await asyncio.start_server(connected, host, port, ssl=tls)
        site.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)
        return site

    async def close(self) -> None:
        """Close all."""
        for server in self._servers:
            server.close()
        await asyncio.sleep(0.002)  # the other sides' farewells
        for task in list(self._visits):
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        await asyncio.sleep(0)


class Names:
    """A small resolver: it knows the names that it was given (dots as underscores) and no others."""

    def __init__(self, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}

    async def resolve(self, host: str, family: int) -> list[str]:
        """The addresses of one family; raises `Unresolved`."""
        found = [one for one in self.known.get(host, []) if (":" in one) == (family == socket.AF_INET6)]
        if not found:
            raise Unresolved(host, "Name or service not known")
        return found
