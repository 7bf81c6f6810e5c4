"""Politeness: how many at once, how often, and how long a host that asked for patience is left alone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec

from streams.connectors import Failure, Fetch, Probe, Probed, Response
from streams.hosts import Standing, host_of
from streams.ports.clock import Clock
from streams.ports.http import HttpPort
from streams.ports.probe import ProbePort

ASKS_PATIENCE = frozenset({429, 503})
HOSTS = 100_000  # remembered at most; the longest unused idle one goes first


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How we behave towards a host. Times are in seconds of the clock that is passed in."""

    per_host: int = 2  # requests under way at one host
    gap: float = 1.0  # between two starts at one host
    everywhere: int = 64  # requests under way in all
    backoff: float = 60.0  # after the first 429 or 503 without Retry-After; doubles with each further one
    longest: float = 3600.0  # the longest time that a host may send us away for
    patience: float = 10.0  # a wait up to this is waited out; a longer one fails the look with cause `backoff`


def asked_patience(headers: dict[str, str], now: datetime) -> float | None:
    """The seconds of a Retry-After header (a number or a date), None without a readable one."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


class _Host:
    """What is remembered of one host."""

    def __init__(self, per_host: int, past: datetime) -> None:
        self.places = asyncio.Semaphore(per_host)
        self.next_start = past
        self.away_until = past
        self.refusals = 0
        self.users = 0


class Politeness:
    """The limits of all hosts. One object for every port that goes out; its time is the clock's."""

    def __init__(self, clock: Clock, manners: Manners | None = None) -> None:
        """Keep to `manners`."""
        self.clock = clock
        self.manners = manners or Manners()
        self._everywhere = asyncio.Semaphore(self.manners.everywhere)
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def free_at(self, url: str) -> datetime | None:
        """When a host that sent us away may be asked again; None if it may be asked now."""
        host = self._hosts.get(host_of(url))
        return host.away_until if host and host.away_until > self.clock.now() else None

    def standing(self, url: str) -> Standing | None:
        """How we stand with a URL's host, for whoever asks it next; None where we never asked."""
        host = self._hosts.get(host_of(url))
        return Standing(host.next_start, host.away_until, host.refusals) if host else None

    def recall(self, url: str, standing: Standing) -> None:
        """Stand with a URL's host at least as badly as another worker did: what we know ourselves stays."""
        host = self._host(host_of(url))
        host.next_start = max(host.next_start, standing.next_start)
        host.away_until = max(host.away_until, standing.away_until)
        if not host.users:
            host.refusals = standing.refusals

    @asynccontextmanager
    async def turn(self, url: str, gap: float = 0.0, heed: bool = True) -> AsyncIterator[None]:
        """Wait for one's turn at the URL's host, and hold a place there. `gap` widens the configured one.

        With `heed` a host's short wish for patience is waited out too; a long one is the caller's to refuse.
        """
        host = self._host(host_of(url))
        host.users += 1
        try:
            # The host's place comes first: who waits for a slow host must not hold one of everybody's places.
            async with host.places:
                await self._wait(host, max(gap, self.manners.gap), heed)
                async with self._everywhere:
                    yield
        finally:
            host.users -= 1

    def heard(self, url: str, status: int, headers: dict[str, str]) -> None:
        """Take note of an answer: 429 and 503 send us away, for the time that they say or for ours, bounded."""
        host, now = self._host(host_of(url)), self.clock.now()
        if status not in ASKS_PATIENCE:
            host.refusals = 0
            return
        host.refusals = min(host.refusals + 1, 16)
        said = asked_patience(headers, now)
        span = self.manners.backoff * 2 ** (host.refusals - 1) if said is None else said
        host.away_until = max(host.away_until, now + timedelta(seconds=min(span, self.manners.longest)))

    async def _wait(self, host: _Host, gap: float, heed: bool) -> None:
        now = self.clock.now()
        start = max(now, host.next_start)
        if heed and host.away_until - now <= timedelta(seconds=self.manners.patience):
            start = max(start, host.away_until)
        host.next_start = start + timedelta(seconds=gap)
        if start > now:
            await self.clock.sleep(start - now)

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            past = datetime(1970, 1, 1, tzinfo=UTC)
            host = self._hosts[name] = _Host(self.manners.per_host, past)
            self._forget()
        self._hosts.move_to_end(name)
        return host

    def _forget(self) -> None:
        if len(self._hosts) <= HOSTS:
            return
        now = self.clock.now()
        idle = (name for name, host in self._hosts.items() if not host.users and host.away_until <= now)
        if (name := next(idle, None)) is not None:
            del self._hosts[name]


class Permission(Protocol):
    """Says whether a URL may be read (robots.txt)."""

    async def asks(self, request: Fetch) -> Failure | float:
        """The failure that stands in the way, or the gap in seconds that the host asks for (0: none)."""
        ...

    async def forbids(self, url: str) -> Failure | None:
        """The failure if the host is known to forbid it; None also where its wish cannot be learnt."""
        ...


class PoliteHttp:
    """An `HttpPort` that keeps the limits and asks permission before it passes a request on."""

    def __init__(self, http: HttpPort, politeness: Politeness, permission: Permission | None = None) -> None:
        """Fetch through `http`; without `permission` no robots.txt is asked."""
        self._http = http
        self._politeness = politeness
        self._permission = permission

    async def fetch(self, request: Fetch) -> Response | Failure:
        """The answer; a failure `robots` or `backoff` where the host does not want us (now)."""
        allowed = await self._permission.asks(request) if self._permission else 0.0
        if isinstance(allowed, Failure):
            return allowed
        async with self._politeness.turn(request.url, allowed):
            # Asked only now: those who waited here before us may have been sent away.
            if away := sent_away(self._politeness, request.url):
                return away
            answer = await self._http.fetch(request)
        if isinstance(answer, Response):
            self._politeness.heard(answer.url or request.url, answer.status, answer.headers)
        return answer


class PoliteProbe:
    """A `ProbePort` that keeps the limits. Waiting comes before the probe: it is no part of its seconds.

    A page that robots.txt forbids is not probed, unless its host is authorised; but a robots.txt that cannot be
    had stops no probe, or a site that is down would never be seen to be. A host that asked for patience is probed
    all the same: one visitor's visit is the question, and "503" its answer.
    """

    def __init__(self, probe: ProbePort, politeness: Politeness, permission: Permission | None = None) -> None:
        """Probe through `probe`."""
        self._probe = probe
        self._politeness = politeness
        self._permission = permission

    async def probe(self, request: Probe) -> Probed | Failure:
        """The answer; a failure `robots` where the host is known to forbid it."""
        if self._permission and (refused := await self._permission.forbids(request.url)):
            return refused
        async with self._politeness.turn(request.url, heed=False):
            return await self._probe.probe(request)


def sent_away(politeness: Politeness, url: str) -> Failure | None:
    """The failure `backoff`, if a host's own wait is longer than our patience."""
    until = politeness.free_at(url)
    if until is None or until - politeness.clock.now() <= timedelta(seconds=politeness.manners.patience):
        return None
    return Failure(cause="backoff", detail=f"{host_of(url)} asked to be left alone until {until.isoformat()}")
