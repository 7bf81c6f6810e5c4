"""Small real servers on loopback: what they answer is written byte by byte, so that they can be as bad as the web."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
import trustme

from streams.ports.resolver import Unresolved

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def page(body=b"<html>ok</html>", status="200 OK", **headers):
    """The bytes of a whole answer; header names are given with underscores."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in ({"content_length": len(body)} | headers).items()]
    return f"HTTP/1.1 {status}\r\n{''.join(line + chr(13) + chr(10) for line in lines)}\r\n".encode() + body


class Site:
    """One server: `at[path]` is bytes, or a coroutine function (request, writer). Counts what it was asked."""

    def __init__(self):
        self.at = {}
        self.asked = []
        self.requests = []
        self.port = 0
        self.scheme = "http"

    def url(self, path="/", host="127.0.0.1"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = request.split(" ")[1]
                self.asked.append(path)
                self.requests.append(request)
                answer = self.at.get(path, page(b"nothing here", "404 Not Found"))
                if callable(answer):
                    await answer(request, writer)
                    break
                writer.write(answer)
                await writer.drain()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()


@pytest_asyncio.fixture
async def open_site():
    """Opens servers; closes them at the end, whatever hangs in them."""
    servers, tasks = [], set()

    async def open_one(host="127.0.0.1", tls=None, handler: Handler | None = None):
        site = Site()
        site.scheme = "https" if tls else "http"

        def connected(reader, writer):
            task = asyncio.ensure_future((handler or site.serve)(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, host, 0, ssl=tls)
        site.port = server.sockets[0].getsockname()[1]
        servers.append(server)
        return site

    yield open_one
    for server in servers:
        server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest_asyncio.fixture
async def site(open_site):
    return await open_site()


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def certificates(authority):
    """TLS for a server: good, expired, for another host, and by an authority that nobody knows."""

    def context(certificate):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(made)
        return made

    past = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    return {
        "good": context(authority.issue_cert("127.0.0.1", "site.test")),
        "expired": context(authority.issue_cert("127.0.0.1", "site.test", not_before=past,
                                                not_after=past + datetime.timedelta(days=90))),
        "other": context(authority.issue_cert("other.test")),
        "unknown": context(trustme.CA().issue_cert("127.0.0.1", "site.test")),
    }


class Names:
    """A real, small resolver: it knows the names that it was given and no others."""

    def __init__(self, **known):
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        self.asked = []

    async def resolve(self, host, family):
        self.asked.append(host)
        found = [one for one in self.known.get(host, []) if (":" in one) == (family != 2)]
        if not found:
            raise Unresolved(host, "Name or service not known")
        return found


@pytest.fixture
def tools():
    """What tests share, as importlib mode has no test modules to import from."""
    class Tools:
        pass

    Tools.page, Tools.Names = staticmethod(page), Names
    return Tools
