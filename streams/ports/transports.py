"""The connections below the one HTTP client: apart where trust differs, so that none is reused across it."""

from __future__ import annotations

import socket
import ssl
from functools import cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from streams.ports.addresses import Blocked, is_public
from streams.ports.resolver import Guarded, Resolver

PRIVATE, LAX = "zhiban.private", "zhiban.lax"  # request extensions
HEADERS, HEADER_BYTES = 128, 16_384


@cache  # to read every authority takes 25 ms, which each port and each visit would pay again
def usual_tls() -> ssl.SSLContext:
    """The TLS of any client: certifi's authorities, or those that the environment names (SSL_CERT_FILE)."""
    return httpx.create_ssl_context()


@cache
def tls_context(authorities: tuple[str, ...] = (), lax: bool = False) -> ssl.SSLContext:
    """A client's TLS: verified against certifi's and the given authorities (PEM files), or not at all if `lax`.

    A file is read once; a process that shall trust another must be started again.
    """
    context = httpx.create_ssl_context(trust_env=False)
    for path in authorities:
        context.load_verify_locations(path)
    # Browsers open servers without RFC 5746; OpenSSL 3 alone refuses them. No certificate of ours is at stake.
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 0x4
    if lax:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def public_socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for one address, made only if it is public: the last door, also for literal addresses in URLs."""
    family, kind, proto, _, address = info
    if not is_public(str(address[0])):
        raise Blocked(str(address[0]), str(address[0]))
    return plain_socket((family, kind, proto, _, address))


def plain_socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket for one address."""
    family, kind, proto, _, _ = info
    return socket.socket(family=family, type=kind, proto=proto)


class Crossroads(httpx.AsyncBaseTransport):
    """Sends each request over the connections of its trust: public or private addresses, verified TLS or not."""

    def __init__(self, resolver: Resolver, authorities: tuple[str, ...], connections: int) -> None:
        """Open nothing yet: sessions are made on first use, inside the running loop."""
        self._resolver = resolver
        self._authorities = authorities
        self._connections = connections
        self._roads: dict[tuple[bool, bool], AiohttpTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on."""
        way = bool(request.extensions.get(PRIVATE)), bool(request.extensions.get(LAX))
        road = self._roads.get(way) or self._open(way)
        return await road.handle_async_request(request)

    def _open(self, way: tuple[bool, bool]) -> AiohttpTransport:
        private, lax = way
        context = tls_context(self._authorities, lax)
        connector = aiohttp.TCPConnector(
            ssl=context,
            resolver=Guarded(self._resolver, private),
            use_dns_cache=False,  # the resolver has a memory of its own, shared with the probes
            limit=self._connections,
            socket_factory=plain_socket if private else public_socket,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS,
        )
        self._roads[way] = AiohttpTransport(verify=context, client=session)
        return self._roads[way]

    async def aclose(self) -> None:
        """Close every connection."""
        for road in self._roads.values():
            await road.aclose()
