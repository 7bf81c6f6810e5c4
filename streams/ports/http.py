"""HTTP: one GET at a time, everything about it bounded, and its failures told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

import httpx
import msgspec

from streams.connectors import Failure, Fetch, Response, digest_of
from streams.ports.addresses import Blocked, is_public, listed, literal
from streams.ports.bodies import Body, TooLarge
from streams.ports.faults import EXPECTED, cause_of, clean
from streams.ports.resolver import Resolver, SystemResolver
from streams.ports.transports import LAX, PRIVATE, Crossroads

MOVED = frozenset({301, 302, 303, 307, 308})
AGENT = "Mozilla/5.0 (compatible; Zhiban/0.1; +{contact})"
ANONYMOUS = "no contact given"


class HttpPort(Protocol):
    """Fetches over HTTP. Never raises for what a peer does; a bug of the port itself may raise."""

    async def fetch(self, request: Fetch) -> Response | Failure:
        """Answer one request within its bounds of bytes, time and redirects."""
        ...


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How we go out. Host lists name a host whole, or all below one as `.city.gov.cn`."""

    contact: str = ""  # a URL or mail address in the User-Agent, so that a site's owner can reach us
    allow_private: tuple[str, ...] = ()  # registered hosts inside the city's network (or a demo's loopback)
    accept_broken: tuple[str, ...] = ()  # hosts whose broken certificate is let pass, and noted
    authorities: tuple[str, ...] = ()  # PEM files of further certificate authorities
    connections: int = 512

    @property
    def agent(self) -> str:
        """The User-Agent: who we are and how to reach us."""
        return AGENT.format(contact=self.contact or ANONYMOUS)


@lru_cache(maxsize=16_384)
def _parsed(url: str) -> httpx.URL:
    """The URL in parts; a city's few thousand are asked for again and again."""
    return httpx.URL(url)


class _Refused(Exception):
    """A redirect that is not followed, as (cause, detail)."""


class _Trip:
    """One fetch on its way: where it stands, where it has been, and whom it may still trust."""

    def __init__(self, request: Fetch, settings: WebSettings) -> None:
        self.request = request
        self.url = _parsed(request.url)
        self.moved: list[str] = []
        self.note = ""
        self._settings = settings
        self.inside = self._may_be_inside()
        self._been = {(str(self.url), "")}
        self.cookies: httpx.Cookies | None = None
        self.check()

    def _may_be_inside(self) -> bool:
        """Whether a private address is right here: a listed host that was not found in a page, or the source's own."""
        beside = _parsed(self.request.beside).netloc if self.request.beside else b""
        return listed(self.url.host, self._settings.allow_private) and (
            not self.request.followed or beside == self.url.netloc
        )

    def check(self) -> None:
        """Refuse what must not be asked for: other schemes, no host, a private address from outside."""
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise _Refused("redirect" if self.moved else "protocol", f"not an http(s) URL: {self.url}")
        if not self.inside and (address := literal(self.url.host)) and not is_public(address):
            raise Blocked(self.url.host, address)

    def move(self, answer: httpx.Response) -> None:
        """Go where a redirect points; raises `_Refused` on a loop or one too many, `Blocked` on the way inside."""
        target = _joined(self.url, _location(answer))
        self._keep_cookies(answer)
        self.moved.append(str(self.url))
        if len(self.moved) > self.request.redirects:
            raise _Refused("redirect", f"more than {self.request.redirects} redirects, the last to {target}")
        self.url = target
        # Once outside, a redirect must not lead back in: only a private host may point at another listed one.
        self.inside = self.inside and self._may_be_inside()
        self.check()
        stand = (str(target), ";".join(f"{name}={value}" for name, value in (self.cookies or {}).items()))
        if stand in self._been:
            raise _Refused("redirect", f"a redirect loop through {target}")
        self._been.add(stand)

    def _keep_cookies(self, answer: httpx.Response) -> None:
        # Some gates set a cookie and send the visitor back: kept within this one fetch only.
        if "set-cookie" in answer.headers:
            self.cookies = self.cookies or httpx.Cookies()
            self.cookies.extract_cookies(answer)


def as_url(raw: bytes) -> str:
    """A Location as it came: bytes beyond ASCII are percent-encoded one by one, for a path in GBK stays one."""
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw).strip()


def _location(answer: httpx.Response) -> str:
    return next(as_url(value) for name, value in answer.headers.raw if name.lower() == b"location")


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = url.join(location).copy_with(fragment=None)
        return target.copy_with(userinfo=b"") if target.userinfo else target
    except (httpx.InvalidURL, ValueError) as error:
        raise _Refused("redirect", f"Location {location[:100]!r} is no URL: {error}") from error


class WebClient:
    """`HttpPort` for the real web: one shared httpx client on aiohttp's connections. Close it at the end.

    Addresses that are not public are refused (cause `blocked`) unless the request is registered (not `followed`) and
    its host is in `allow_private`; a redirect from outside into them is refused always.
    """

    def __init__(self, settings: WebSettings | None = None, resolver: Resolver | None = None) -> None:
        """Use `settings`; ask `resolver` for addresses (default: the machine's own)."""
        self._settings = settings or WebSettings()
        self._resolver = resolver or SystemResolver()
        # httpx's requests and answers over one shared transport, without its client: redirects, cookies and time are
        # ours to hold anyway, and what the client does about them is a third of a small look.
        self._road = Crossroads(self._resolver, self._settings.authorities, self._settings.connections)
        self._headers = {
            "user-agent": self._settings.agent,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "accept-language": "zh-CN,zh;q=0.9,*;q=0.5",
        }

    async def fetch(self, request: Fetch) -> Response | Failure:
        """GET the URL and follow its redirects, within the request's bounds."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = await self._within(request)
        return msgspec.structs.replace(answer, seconds=round(loop.time() - begun, 4))

    async def _within(self, request: Fetch) -> Response | Failure:
        try:
            async with asyncio.timeout(request.seconds) as limit:
                return await self._travel(_Trip(request, self._settings))
        except _Refused as refused:
            return Failure(cause=refused.args[0], detail=clean(refused.args[1]))
        except TimeoutError as error:
            if limit.expired():
                return Failure(cause="timeout", detail=f"no whole answer within {request.seconds:g} s")
            return _failure(error)
        except EXPECTED as error:
            return _failure(error)

    async def _travel(self, trip: _Trip) -> Response:
        while True:
            answer = await self._ask(trip)
            try:
                if answer.status_code not in MOVED or "location" not in answer.headers:
                    return await _read(answer, trip)
                trip.move(answer)
            finally:
                await answer.aclose()

    async def _ask(self, trip: _Trip) -> httpx.Response:
        try:
            return await self._send(trip, lax=False)
        except EXPECTED as error:
            cause, detail = cause_of(error)
            if cause != "tls" or not listed(trip.url.host, self._settings.accept_broken):
                raise
            trip.note = f"accepted by configuration: {detail}"
            return await self._send(trip, lax=True)

    async def _send(self, trip: _Trip, lax: bool) -> httpx.Response:
        extensions = {PRIVATE: trip.inside, LAX: lax}
        headers = {**self._headers, **{name.lower(): value for name, value in trip.request.headers.items()}}
        ready = httpx.Request("GET", trip.url, headers=headers, extensions=extensions)
        if trip.cookies:
            trip.cookies.set_cookie_header(ready)
        return await self._road.handle_async_request(ready)

    async def aclose(self) -> None:
        """Close every connection. A resolver that was given stays open."""
        await self._road.aclose()


async def _read(answer: httpx.Response, trip: _Trip) -> Response:
    bound = trip.request.bound
    headers = as_text(answer.headers.raw)
    if (told := headers.get("content-length", "")).isdecimal() and int(told[:20]) > bound:
        raise TooLarge(f"content-length {told[:20]} where at most {bound} bytes are read")
    body = Body(bound, headers.get("content-encoding", ""))
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    async for chunk in answer.stream:
        body.feed(chunk)
    data = body.finish()
    return Response(
        status=answer.status_code,
        headers=headers,
        body=data,
        digest=digest_of(data) if data else "",
        url=str(trip.url),
        moved=tuple(trip.moved),
        note=trip.note,
    )


def as_text(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """An answer's headers by name in lower case, those of one name joined by commas, in an encoding that reads all."""
    lines = [(name.lower(), value) for name, value in raw]
    encoding = _encoding(b"".join(part for line in lines for part in line))
    headers: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode(encoding), value.decode(encoding)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _encoding(data: bytes) -> str:
    if data.isascii():
        return "ascii"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "iso-8859-1"
    return "utf-8"


def _failure(error: BaseException) -> Failure:
    cause, detail = cause_of(error)
    return Failure(cause=cause, detail=detail)
