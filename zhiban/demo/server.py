"""The city's servers: one address on loopback for each site and relay, answering as the script says at each moment."""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from aiohttp import web

from streams.days import day_of
from streams.ports.clock import Clock
from zhiban.demo import pages
from zhiban.demo.script import START, Account, City, Column, Post, Relay, Site

SHOWN = 15
TOO_LATE = 0.65  # real seconds: the demo's limit is 0.5, for the 15 of the rule


class CityServers:
    """Serves a city until it is closed."""

    def __init__(self, city: City, clock: Clock) -> None:
        """Serve `city` as of `clock`."""
        self._city = city
        self._clock = clock
        self._visits: Counter[tuple[str, int]] = Counter()
        self._sites = {site.host: site for site in city.sites}
        self._relays = {relay.host: relay for relay in city.relays}
        self._accounts = {account.id: account for account in city.accounts}
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.answered = 0  # requests for anything but robots.txt

    async def open(self) -> None:
        """Listen on every address of the city, all at one port that was free."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        for host in [*self._sites, *self._relays]:
            site = web.TCPSite(self._runner, host, self.port)
            await site.start()
            if self.port == 0:
                self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = (request.url.host or "").strip()
        self.answered += request.path != "/robots.txt"
        now = self._clock.now()
        if host in self._relays:
            return self._relay(self._relays[host], request.path, now)
        return await self._site(self._sites[host], request, now)

    def _relay(self, relay: Relay, path: str, now: datetime) -> web.Response:
        if relay.broken is not None and relay.broken[0] <= now < relay.broken[1]:
            return web.Response(status=503, text="Service Unavailable")
        account = self._accounts.get(path.strip("/"))
        if account is None:
            return web.Response(status=404)
        seen = now if relay.frozen_from is None else min(now, relay.frozen_from)
        return _xml(pages.account_feed(account, _shown(account.posts, seen), seen))

    async def _site(self, site: Site, request: web.Request, now: datetime) -> web.StreamResponse:
        if site.down is not None and site.down[0] <= now < site.down[1]:
            return web.Response(status=500, text="Internal Server Error")
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nAllow: /\n")
        if request.path == "/":
            await self._perhaps_late(site, now)
        if request.path in {"/", "/index.html"}:
            return _html(pages.home_page(site, _newest(site, now)), request)
        return self._column(site, request, now)

    async def _perhaps_late(self, site: Site, now: datetime) -> None:
        day = (day_of(now) - day_of(START)).days
        self._visits[site.id, day] += 1
        if (day, self._visits[site.id, day]) in site.late:
            await asyncio.sleep(TOO_LATE)

    def _column(self, site: Site, request: web.Request, now: datetime) -> web.StreamResponse:
        for column in site.columns:
            moved = column.moves_at is not None and now >= column.moves_at
            here = f"/new{column.path}" if moved else column.path
            if moved and request.path == column.path:
                return web.Response(status=301, headers={"Location": here})
            if request.path == here:
                return _RENDER[column.connector](site, column, _shown(column.posts, now), request)
        return web.Response(status=404, text="Not Found")


def _shown(posts: Sequence[Post], now: datetime) -> list[Post]:
    return sorted((post for post in posts if post.at <= now), key=lambda post: post.at, reverse=True)[:SHOWN]


def _newest(site: Site, now: datetime) -> list[tuple[Column, Post]]:
    both = [(c, p) for c in site.columns if c.connector != "sitemap" for p in _shown(c.posts, now)[:4]]
    return sorted(both, key=lambda pair: pair[1].at, reverse=True)


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/xml", charset="utf-8")


def _html(text: str, request: web.Request) -> web.StreamResponse:
    response = web.Response(text=text, content_type="text/html", charset="utf-8")
    response.etag = str(hash(text))
    if request.if_none_match and any(tag.value == response.etag.value for tag in request.if_none_match):  # type: ignore[union-attr]
        return web.Response(status=304)
    return response


def _list(site: Site, column: Column, shown: list[Post], request: web.Request) -> web.StreamResponse:
    return _html(pages.list_page(site, column, shown), request)


def _feed(site: Site, column: Column, shown: list[Post], request: web.Request) -> web.StreamResponse:
    return _xml(pages.feed(f"{site.name}-{column.name}", f"http://{site.host}:{request.url.port}/a/", shown))


def _sitemap(site: Site, _column: Column, shown: list[Post], request: web.Request) -> web.StreamResponse:
    return _xml(pages.sitemap(f"http://{site.host}:{request.url.port}", shown))


_RENDER: dict[str, Callable[[Site, Column, list[Post], web.Request], web.StreamResponse]] = {
    "column": _list,
    "feed": _feed,
    "sitemap": _sitemap,
}


def registry_of(city: City, port: int) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows of registry.csv and sources.csv that describe this city to the monitor."""
    registry = [_site_row(site, port) for site in city.sites] + [_account_row(account) for account in city.accounts]
    box = city.mailbox
    row = {"id": box.id, "name": box.name, "kind": "mailbox", "unit": box.unit, "supervisor": "示例市人民政府"}
    registry.append(row)
    sources = [row for site in city.sites for row in _source_rows(site, port)]
    sources += [_feed_row(account, port) for account in city.accounts]
    sources.append({"subject": box.id, "connector": "mailbox", "url": "push:", "name": box.name})
    return registry, sources


def write_tables(base: Path, registry: list[dict[str, str]], sources: list[dict[str, str]]) -> None:
    """Write `registry.csv` and `sources.csv`, as an office would fill them."""
    for name, rows in (("registry", registry), ("sources", sources)):
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with (base / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            table = csv.DictWriter(handle, columns)
            table.writeheader()
            table.writerows(rows)


def _site_row(site: Site, port: int) -> dict[str, str]:
    url = f"http://{site.host}:{port}/"
    return {
        "id": site.id,
        "name": site.name,
        "kind": "site",
        "unit": site.unit,
        "supervisor": "示例市人民政府",
        "url": url,
    }


def _account_row(account: Account) -> dict[str, str]:
    platform = {"WX": "微信公众号", "DY": "抖音", "WB": "微博"}[account.id[10:12]]
    since = account.registered_on.isoformat() if account.registered_on else ""
    row = {
        "id": account.id,
        "name": account.name,
        "kind": "account",
        "platform": platform,
        "unit": account.unit,
    }
    return row | {"supervisor": "示例市人民政府", "registered_on": since}


def _source_rows(site: Site, port: int) -> list[dict[str, str]]:
    base = f"http://{site.host}:{port}"
    probe = {"subject": site.id, "connector": "probe", "url": f"{base}/", "name": "首页", "every": "72m"}
    home = {
        "subject": site.id,
        "connector": "column",
        "url": f"{base}/index.html",
        "name": "首页",
        "column_type": "home",
    }
    rows = [probe, home | {"every": "12h"}]
    for column in site.columns:
        row = {
            "subject": site.id,
            "connector": column.connector,
            "url": base + column.path,
            "name": column.name,
        }
        top = "yes" if column.top_level else "no"
        rows.append(row | {"column_type": column.type.value, "top_level": top, "every": "12h"})
    return rows


def _feed_row(account: Account, port: int) -> dict[str, str]:
    url = f"http://{account.relay.host}:{port}/{account.id}"
    return {"subject": account.id, "connector": "account", "url": url, "name": account.name, "every": "8h"}
