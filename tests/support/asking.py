"""The web application on a real socket, and a client that asks it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from agents._pack import Pack
from streams.ports.clock import Clock, SystemClock
from streams.ports.store import Store
from streams.rules import Rules
from streams.secrets import Secret
from zhiban.api.building import build_api
from zhiban.api.intake import Rate
from zhiban.config import Config, Web
from zhiban.config import Watch as WatchSettings
from zhiban.wiring import load_pack, load_rules

TOKEN = "a-token-of-our-own-0123456789"
WRITES = "another-token-that-writes-0123"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nobody speaks TLS here, and to read every authority takes 25 ms
ROUTES = ({"channel": "console", "to": "{contact}"}, {"channel": "console", "to": "-", "operator": True})


@cache
def _national() -> tuple[Pack, Rules]:
    return load_pack(("national-2019",)), load_rules(("national-2019",), {})


def application(
    store: Store,
    *,
    token: str = TOKEN,
    write_token: str = "",
    hosts: tuple[str, ...] = (),
    language: str = "en",
    clock: Clock | None = None,
    rate: Rate | None = None,
) -> Starlette:
    """The API alone, of a store; told in English unless asked otherwise."""
    web = Web(token=Secret(token), write_token=Secret(write_token), hosts=hosts)
    config = Config(web=web, watch=WatchSettings(language="zh" if language == "zh" else "en"), routes=ROUTES)
    api = build_api(store, clock or SystemClock(), config, Path(), *_national(), rate)
    return Starlette(routes=[api])


@asynccontextmanager
async def asking(app: Starlette, token: str = TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over uvicorn's protocol on loopback, with a token."""
    config, state = uvicorn.Config(app, log_config=None, lifespan="off"), ServerState()
    config.load()

    def connected() -> asyncio.Protocol:
        return config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]

    # Without uvicorn's own server, which looks ten times a second whether it is to end, and then waits once more.
    listening = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(
            base_url=address, headers=headers, trust_env=False, timeout=30, verify=PLAIN
        ) as client:
            yield client
    finally:
        listening.close()
        async with asyncio.timeout(30):
            while state.connections or state.tasks:  # noqa: ASYNC110 - a connection that ends rings no bell
                await asyncio.sleep(0)
