"""Probes: does a page open for a visitor, how long does it take, and if not, at which stage does it end?"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx
import msgspec

from streams.connectors import Failure, Probe, Probed
from streams.ports.addresses import Blocked, listed
from streams.ports.clock import Clock
from streams.ports.http import MOVED, WebSettings
from streams.ports.resolver import Resolver, SystemResolver, Unresolved, addresses, refuse_private
from streams.ports.transports import tls_context
from streams.ports.visit import Visit, visit

FAMILIES = (socket.AF_INET, socket.AF_INET6)
RANK = {"dns": 0, "tcp": 1, "tls": 2, "http": 3, "redirect": 4, "done": 5}
REFERENCE_SECONDS = 3.0
REFERENCE_KEPT = 10.0  # seconds for which one verdict about our own network holds for all probes
TRIED = 4  # addresses of one family; a browser goes on to the next one too


class ProbePort(Protocol):
    """Opens pages as a visitor would. Never raises for what a peer does."""

    async def probe(self, request: Probe) -> Probed | Failure:
        """What was met; a `Failure` only for what cannot be probed (no URL, an address that must not be reached)."""
        ...


class _Run:
    """One family's attempt: it stands where it was cut, should the time run out."""

    def __init__(self, family: int, url: str) -> None:
        self.family = family
        self.url = url
        self.seen = Visit()
        self.tried = False  # whether there is an address of this family at all
        self.blocked: Blocked | None = None
        self.seconds = 0.0
        self.cookies: dict[tuple[str, str], str] = {}  # (host, name) to value, for this run only

    @property
    def opened(self) -> bool:
        return self.seen.stage == "done"

    @property
    def merit(self) -> tuple[bool, bool, int, float]:
        """The better run: there was a way, it opened without an error status, it came further, it was faster."""
        there = self.tried and not self.seen.no_way
        return there, self.opened and self.seen.status < 400, RANK[self.seen.stage], -self.seconds

    def keep_cookies(self, host: str) -> None:
        """Some gates set a cookie and send the visitor back to the same page; a browser gets through."""
        for line in self.seen.headers.get("set-cookie", "").split("\n")[:50]:
            name, equals, value = line.partition(";")[0].partition("=")
            if equals:
                self.cookies[host, name.strip()] = value.strip()[:4096]

    def cookie_header(self, host: str) -> str:
        """The Cookie header for a host, "" for none."""
        return "; ".join(f"{name}={value}" for (owner, name), value in self.cookies.items() if owner == host)


class NetProbe:
    """`ProbePort` over the machine's network: IPv4 and IPv6 at once, each on a connection of its own, no threads
    but the resolver's. Addresses that are not public are refused like in `WebClient`."""

    def __init__(
        self,
        clock: Clock,
        settings: WebSettings | None = None,
        resolver: Resolver | None = None,
        references: tuple[tuple[str, int], ...] = (),
    ) -> None:
        """Tell our own outage by `references` (host, port): `local` is said when none of them can be reached."""
        self._clock = clock
        self._settings = settings or WebSettings()
        self._resolver = resolver or SystemResolver()
        self._tls = tls_context(self._settings.authorities)
        self._network = _OwnNetwork(references)

    async def probe(self, request: Probe) -> Probed | Failure:
        """Open the page; the verdict is that of the family that did better."""
        if _split(request.url) is None:
            return Failure(cause="protocol", detail=f"not an http(s) URL: {request.url[:200]}")
        runs = [_Run(family, request.url) for family in FAMILIES]
        await asyncio.gather(*(self._timed(run, request) for run in runs))
        blocked = next((run.blocked for run in runs if run.blocked), None)
        if blocked and not any(run.opened for run in runs):
            return Failure(cause="blocked", detail=str(blocked))
        best = max(runs, key=lambda run: run.merit)
        answer = self._told(best, runs)
        if best.opened or best.seen.stage == "redirect":
            return answer
        return msgspec.structs.replace(answer, local=best.seen.no_way or await self._network.down())

    async def _timed(self, run: _Run, request: Probe) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(request.seconds):
                await self._travel(run, request.redirects)
        except TimeoutError:
            run.seen.detail = f"not open within {request.seconds:g} s"
        except Blocked as error:
            run.blocked = error
        run.seconds = loop.time() - begun

    async def _travel(self, run: _Run, redirects: int) -> None:
        been = {(run.url, "")}
        inside = True
        while (url := _split(run.url)) is not None:
            host = url.hostname or ""
            inside = inside and listed(host, self._settings.allow_private)
            await self._open(run, url, inside)
            target = _target(run)
            if target is None:
                return
            run.keep_cookies(host)
            stand = (target, run.cookie_header(host))
            if stand in been or len(been) > redirects:
                loops = "a redirect loop" if stand in been else f"more than {redirects} redirects"
                run.seen.stage, run.seen.detail = "redirect", f"{loops}: {target[:200]}"
                return
            been.add(stand)
            run.url = target
        run.seen.stage, run.seen.detail = "redirect", f"a redirect to no web page: {run.url[:200]}"

    async def _open(self, run: _Run, url: SplitResult, inside: bool) -> None:
        run.seen = Visit()
        try:
            found = await addresses(self._resolver, url.hostname or "", run.family)
        except Unresolved as error:
            run.seen.fail(error)
            return
        run.tried = True
        if not inside:
            refuse_private(url.hostname or "", found)
        headers = {"User-Agent": self._settings.agent, "Accept": "text/html,*/*", "Accept-Encoding": "gzip, deflate"}
        if cookies := run.cookie_header(url.hostname or ""):
            headers["Cookie"] = cookies
        for address in found[:TRIED]:
            run.seen = Visit()
            await visit(run.seen, url, address, self._tls, headers)
            if run.seen.stage != "tcp":
                return

    def _told(self, best: _Run, runs: list[_Run]) -> Probed:
        four, six = (_verdict(run) for run in runs)
        seen = best.seen
        return Probed(
            stage=seen.stage,
            detail=seen.detail,
            status=seen.status,
            seconds=round(best.seconds, 4),
            ipv4=four,
            ipv6=six,
            certificate_days=self._days(seen.not_after),
            headers=seen.headers,
            body=seen.body,
            url=best.url,
        )

    def _days(self, not_after: str) -> int | None:
        if not not_after:
            return None
        return int((ssl.cert_time_to_seconds(not_after) - self._clock.now().timestamp()) // 86_400)


def _verdict(run: _Run) -> bool | None:
    return None if not run.tried or run.seen.no_way or run.blocked else run.opened


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(str(httpx.URL(url)))  # names in Chinese become their ASCII form here
        _ = parts.port  # raises where it is no number
    except (ValueError, httpx.InvalidURL):
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _target(run: _Run) -> str | None:
    """Where an answer sends the visitor on to; None where the journey ends here."""
    if not run.opened or run.seen.status not in MOVED or "location" not in run.seen.headers:
        return None
    try:
        return urljoin(run.url, run.seen.headers["location"]).partition("#")[0]
    except ValueError:
        return run.seen.headers["location"]


class _OwnNetwork:
    """Whether our own network is down: none of the reference hosts takes a connection. Asked once for many probes."""

    def __init__(self, references: tuple[tuple[str, int], ...]) -> None:
        self._references = references
        self._lock = asyncio.Lock()
        self._known: tuple[float, bool] | None = None

    async def down(self) -> bool:
        """True if there are references and none can be reached."""
        if not self._references:
            return False
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._known is None or now > self._known[0] + REFERENCE_KEPT:
                answers = await asyncio.gather(*(_reachable(*reference) for reference in self._references))
                self._known = (now, not any(answers))
            return self._known[1]


async def _reachable(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(REFERENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
