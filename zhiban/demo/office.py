"""The mailbox's own system: tells over the API what happens to its letters, when it happens."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from streams.days import SHANGHAI
from streams.ports.clock import Clock
from zhiban.api.declared import PUSH
from zhiban.demo.letters import Letter, Mailbox

HOST = "127.0.0.1"
TRIES = 600
FOR_GOOD = timedelta(days=100_000)
PAUSE = 0.2  # real seconds between two
_pausing = threading.Event()


class Office:
    """Pushes each event once it happens, and the same again until it is told that it was taken."""

    def __init__(self, mailbox: Mailbox, port: int, token: str) -> None:
        """Push to the API on loopback."""
        told = [(one[0], _message(letter, *one)) for letter in mailbox.letters for one in letter.happens]
        self._waiting = sorted(told, key=lambda one: one[0])
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"http://{HOST}:{port}", headers=headers, trust_env=False, timeout=30)

    def next(self) -> datetime | None:
        """When something happens next."""
        return self._waiting[0][0] if self._waiting else None

    def push(self, now: datetime, meanwhile: Callable[[], object] = bool) -> None:
        """Tell what has happened until `now`; call `meanwhile` before each try but the first. Raises RuntimeError where
        it is refused for good."""
        happened = [body for moment, body in self._waiting if moment <= now]
        if not happened:
            return
        answer = self._answer(happened)
        for _ in range(TRIES):
            if answer is not None and answer.status_code not in {404, 429, 503}:
                break
            _pausing.wait(PAUSE)  # not up yet, or not again; or the registry is not judged yet
            meanwhile()
            answer = self._answer(happened)
        if answer is None or answer.status_code != 202:
            raise RuntimeError(f"the push was not taken: {answer.text if answer is not None else HOST}")
        self._waiting = self._waiting[len(happened) :]

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _answer(self, body: Any) -> httpx.Response | None:
        try:
            return self._client.post(PUSH.path, json=body)
        except httpx.TransportError:
            return None


async def keep_office(office: Office, clock: Clock) -> None:
    """Push as the clock goes; it is asleep otherwise, also when there is nothing more to tell."""
    while (moment := office.next()) is not None:
        if moment > clock.now():
            await clock.sleep(moment - clock.now())
        else:
            await asyncio.to_thread(office.push, clock.now())
    await clock.sleep(FOR_GOOD)


@asynccontextmanager
async def open_for_pushes(app: Starlette) -> AsyncIterator[int]:
    """Serve the application on loopback; the port."""
    with socket.create_server((HOST, 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)


def _message(letter: Letter, moment: datetime, field: str, reply: str) -> dict[str, Any]:
    told: dict[str, Any] = {"id": letter.id, field: moment.astimezone(SHANGHAI).isoformat()}
    if field == "asked_at":
        about = {"channel": letter.channel, "category": letter.category, "unit": letter.unit, "test": letter.test}
        return told | about
    return told | ({"answer": reply} if reply else {})
