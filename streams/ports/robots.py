"""robots.txt: what a host wants of crawlers (RFC 9309), remembered for a day.

Every reading of ours keeps to it, registered feeds and columns as well as followed links: they are asked for by a
program, day and night. A signed authorisation of the site's owner (the `authorised` list) overrides it. How probes
keep to it stands at `PoliteProbe`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from protego import Protego

from streams.connectors import Failure, Fetch, Response
from streams.ports.addresses import listed
from streams.ports.clock import Clock
from streams.ports.http import HttpPort

AGENT = "Zhiban"
BOUND = 512_000  # RFC 9309: at least 500 KiB
KEEP = timedelta(hours=24)
RETRY = timedelta(minutes=2)  # between two tries at a robots.txt that cannot be had
GIVE_UP = timedelta(hours=24)  # a robots.txt that could not be had for so long forbids no longer
LONGEST_DELAY = 30.0  # seconds; a longer Crawl-delay is taken as this
HOSTS = 50_000
FORBIDS_NOTHING = frozenset({"too_large", "redirect"})  # RFC 9309: not to be had, and not for want of a server

Key = tuple[str, bool]  # origin, and whether it was found in a page: who may go inside must not answer for who may not


class _Known(msgspec.Struct):
    """What is known of one host: its rules (None: all is allowed), or why they could not be had."""

    until: datetime
    rules: Protego | None = None
    rules_until: datetime | None = None  # how long old rules stand in for new ones that cannot be had
    trouble: Failure | None = None
    since: datetime | None = None  # when the trouble began


class Robots:
    """`Permission` by robots.txt, fetched through the port that it is given."""

    def __init__(self, http: HttpPort, clock: Clock, authorised: tuple[str, ...] = ()) -> None:
        """Ask nobody for hosts in `authorised` (whole names, or `.suffix`)."""
        self._http = http
        self._clock = clock
        self._authorised = authorised
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[_Known]] = {}

    async def asks(self, request: Fetch) -> Failure | float:
        """The failure that stands in the way (robots, or what kept us from reading it), or the host's Crawl-delay."""
        origin = _origin(request.url)
        if not origin or self._free(request.url):
            return 0.0
        known = await self._of((origin, request.followed))
        if known.trouble and self._clock.now() - (known.since or known.until) < GIVE_UP:
            return known.trouble
        if known.rules is None:
            return 0.0
        if not known.rules.can_fetch(request.url, AGENT):
            return _forbidden(request.url)
        return min(known.rules.crawl_delay(AGENT) or 0.0, LONGEST_DELAY)

    async def forbids(self, url: str) -> Failure | None:
        """The failure if robots.txt was read and forbids the URL; trouble in reading it forbids nothing here."""
        origin = _origin(url)
        if not origin or self._free(url):
            return None
        rules = (await self._of((origin, False))).rules
        return _forbidden(url) if rules and not rules.can_fetch(url, AGENT) else None

    def _free(self, url: str) -> bool:
        return listed(urlsplit(url).hostname or "", self._authorised)

    async def _of(self, key: Key) -> _Known:
        known = self._known.get(key)
        if known and self._clock.now() < known.until:
            self._known.move_to_end(key)
            return known
        # Many looks at one host begin together: one of them asks, and it goes on should that one give up.
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.ensure_future(self._ask(key, known))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _ask(self, key: Key, old: _Known | None) -> _Known:
        request = Fetch(url=f"{key[0]}/robots.txt", bound=BOUND, seconds=15.0, followed=key[1])
        answer = await self._http.fetch(request)
        known = self._known[key] = await self._learnt(answer, old)
        if len(self._known) > HOSTS:
            self._known.popitem(last=False)
        return known

    async def _learnt(self, answer: Response | Failure, old: _Known | None) -> _Known:
        now = self._clock.now()
        trouble = _trouble(answer)
        if trouble is None:
            body = answer.body if isinstance(answer, Response) and answer.status < 300 else b""
            rules = await asyncio.to_thread(_parsed, body) if body else None
            return _Known(until=now + KEEP, rules=rules, rules_until=now + KEEP + GIVE_UP)
        if old and old.rules and old.rules_until and now < old.rules_until:
            return msgspec.structs.replace(old, until=now + RETRY)
        since = old.since if old and old.trouble else now
        return _Known(until=now + RETRY, trouble=trouble, since=since)


def _trouble(answer: Response | Failure) -> Failure | None:
    """Why robots.txt could not be had for now; None where there is none to have, as 4xx forbids nothing."""
    if isinstance(answer, Response):
        if answer.status < 500 and answer.status != 429:
            return None
        return Failure(cause="robots", detail=f"{answer.url} answers {answer.status}: asked again in 2 minutes")
    if answer.cause in FORBIDS_NOTHING:
        return None
    return msgspec.structs.replace(answer, detail=f"robots.txt: {answer.detail}")


def _parsed(body: bytes) -> Protego:
    return Protego.parse(body.decode("utf-8-sig", "replace"))


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    netloc = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{netloc}" if netloc and parts.scheme in ("http", "https") else ""


def _forbidden(url: str) -> Failure:
    return Failure(cause="robots", detail=f"robots.txt of {urlsplit(url).netloc} forbids this page")
