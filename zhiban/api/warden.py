"""Who may ask: by our own name (against DNS rebinding), with the token, and nobody while there is none."""

from __future__ import annotations

import hashlib
import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhiban.api.problems import Problem
from zhiban.config import Web
from zhiban.words import Name, speaking

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what a host must not be called
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Authorization",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Warden:
    """Stands before an application; what it refuses never reaches it."""

    def __init__(self, inside: ASGIApp, settings: Web, language: Name) -> None:
        """Let in who has the token of `settings`; problems are told in `language`."""
        self._inside, self._language = inside, language
        self._token = _digest(settings.token.reveal()) if settings.token else b""
        own = () if settings.host in ANYWHERE else (f"[{settings.host}]" if ":" in settings.host else settings.host,)
        self._hosts = tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *settings.hosts)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or refuse it."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        with speaking(self._language):
            try:
                self._check(Headers(scope=scope))
            except Problem as problem:
                await problem.response()(scope, receive, guarded)
                return
            await self._inside(scope, receive, guarded)

    def _check(self, headers: Headers) -> None:
        host = _name_of(headers.get("host", ""))
        if host not in self._hosts:
            raise Problem("host", 421, found=host, expected=", ".join(self._hosts))
        if not self._token:
            raise Problem("off", 404)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # Digests are compared: their length tells nothing, and the comparison takes as long for every guess.
        if scheme.lower() != "bearer" or not hmac.compare_digest(_digest(given.strip()), self._token):
            wrong = ', error="invalid_token"' if given else ""
            raise Problem("no_token", 401, headers={"WWW-Authenticate": f'Bearer realm="zhiban"{wrong}'})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()
