"""Who may ask: by our own name (against DNS rebinding), with the token, and nobody while there is none.

Who reads and who writes have tokens of their own: neither opens what the other's does. Both may read `openapi.json`.
"""

from __future__ import annotations

import hashlib
import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.secrets import Secret
from zhiban.api.declared import PUSH, ROOT
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
        self._reader, self._writer = _digest(settings.token), _digest(settings.write_token)
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
                self._check(Headers(scope=scope), scope["path"])
            except Problem as problem:
                await problem.response()(scope, receive, guarded)
                return
            await self._inside(scope, receive, guarded)

    def _check(self, headers: Headers, path: str) -> None:
        host = _name_of(headers.get("host", ""))
        if host not in self._hosts:
            raise Problem("host", 421, found=host, expected=", ".join(self._hosts))
        writes = path == PUSH.path
        own, other = (self._writer, self._reader) if writes else (self._reader, self._writer)
        if path == f"{ROOT}/openapi.json":
            own = own or other
        if not own:
            raise Problem("no_pushing" if writes else "off", 404)
        scheme, _, text = headers.get("authorization", "").partition(" ")
        given = _digest(Secret(text.strip() or " ")) if scheme.lower() == "bearer" else b""
        # Digests are compared: their length tells nothing, and the comparison takes as long for every guess.
        is_own, is_other = hmac.compare_digest(given, own), hmac.compare_digest(given, other or own)
        if is_own or (is_other and path == f"{ROOT}/openapi.json"):
            return
        if is_other:
            raise Problem("other_token", 403, expected="write_token" if writes else "token")
        wrong = ', error="invalid_token"' if text else ""
        raise Problem("no_token", 401, headers={"WWW-Authenticate": f'Bearer realm="zhiban"{wrong}'})


def _digest(token: Secret) -> bytes:
    """Of no token, nothing: that equals no digest."""
    return hashlib.sha256(token.reveal().encode("utf-8", "surrogateescape")).digest() if token else b""


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()
