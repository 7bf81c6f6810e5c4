"""One-tap links over HTTP. GET asks and changes nothing, for previews and scanners open links too; POST does it.

The token is all the right that somebody has here: there are no cookies, so nothing that a browser could be made to send
by another page, and whoever has the token may press.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from alerts.taps import OF_DIGESTS, BadTap, Button, Tap
from streams.ports.store.marks import Refused
from streams.ports.store.opening import is_away
from zhiban.api.intake import Rate
from zhiban.api.problems import Problem
from zhiban.deeds import NotDone
from zhiban.taps import pages
from zhiban.taps.pages import Page
from zhiban.taps.pressing import Presses
from zhiban.words import LANGUAGES, Name, speaking

log = logging.getLogger(__name__)
MOST = 8192  # bytes of a form
SECONDS = 10.0  # in which it must have come
AT_ONCE = 4  # threads
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
Work = Callable[[], Page]


class Pages:
    """Everything under `/t` and `/u`, of one store."""

    def __init__(
        self, presses: Presses, name: Name, readers: Rate | None = None, strangers: Rate | None = None
    ) -> None:
        """Pages speak as the browser asks, else `name`. Who has no good token has a rate of their own: whoever tries
        tokens keeps nobody out."""
        self._presses, self._name = presses, name
        self._readers, self._strangers = readers or Rate(10, 60), strangers or Rate(2, 20)
        self._threads = anyio.CapacityLimiter(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """The routes of all of it."""
        presses = [Route("/{token}", self._show), Route("/", self._press, methods=["POST"])]
        leaves = [Route("/{token}", self._leave, methods=["GET", "POST"])]
        handlers = {HTTPException: self._not_here, Exception: self._broken}
        return [
            Mount(path, app=Starlette(routes=routes, exception_handlers=handlers))  # type: ignore[arg-type]
            for path, routes in (("/t", presses), ("/u", leaves))
        ]

    async def _show(self, request: Request) -> Response:
        token = request.path_params["token"]

        def work() -> Page:
            tap = self._opened(token, leave=False)
            return pages.asking(self._presses.case(tap), token, "./")

        return await self._answer(request, work)

    async def _press(self, request: Request) -> Response:
        form = await _form(request)
        token, reason = form.get("token", ""), form.get("reason", "")

        def work() -> Page:
            if not form:
                return pages.plain("wrong", 400)
            tap = self._opened(token, leave=False)
            try:
                return pages.done(self._presses.press(tap, reason))
            except NotDone as refused:
                case = self._presses.case(tap)
                if refused.key == "closed":
                    return pages.closed(case, 409)
                if refused.key in {"decided", "no_request"}:
                    return pages.answered(case, 409)
                return pages.asking(case, token, "./", reason[:2000], refused)

        return await self._answer(request, work)

    async def _leave(self, request: Request) -> Response:
        token = request.path_params["token"]
        sent = await _body(request) if request.method == "POST" else b""

        def work() -> Page:
            tap = self._opened(token, leave=True)
            if request.method != "POST":
                return pages.subscription(tap.button, self._presses.subscriber(tap), tap, token)
            if not _wants(tap.button, sent):
                return pages.plain("wrong", 400)
            return pages.subscription(tap.button, self._presses.subscribe(tap), tap, token)

        return await self._answer(request, work)

    def _opened(self, token: str, *, leave: bool) -> Tap:
        """What the token says; raises BadTap, and Problem where they come too fast."""
        try:
            tap = self._presses.opened(token)
        except BadTap:
            self._strangers.take()
            raise
        self._readers.take()
        if (tap.button in OF_DIGESTS) is not leave:
            raise BadTap("forged")
        return tap

    async def _answer(self, request: Request, work: Work) -> Response:
        spoken = functools.partial(self._worked, work, _language(request, self._name))
        return await anyio.to_thread.run_sync(spoken, limiter=self._threads)

    def _worked(self, work: Work, name: Name) -> Response:
        with speaking(name):
            try:
                return _response(work())
            except BadTap as bad:
                return _response(pages.refused(bad))
            except Problem as fast:
                return _response(pages.plain("fast", 429, math.ceil(float(fast.headers.get("Retry-After", 1)))))
            except Exception as error:
                if not (is_away(error) or isinstance(error, Refused)):
                    raise
                log.warning("a link could not be followed: %s", type(error).__name__)
                return _response(pages.plain("away", 503, 30))

    async def _not_here(self, request: Request, error: HTTPException) -> Response:
        with speaking(_language(request, self._name)):
            if error.status_code != 405:
                return _response(pages.plain("nothing", 404))
            answer = _response(pages.plain("wrong", 405))
            answer.headers.update(error.headers or {})
            return answer

    async def _broken(self, request: Request, error: Exception) -> Response:
        log.error("a page of a link failed: %s", type(error).__name__)
        with speaking(_language(request, self._name)):
            return _response(pages.plain("away", 500, 30))


def _response(page: Page) -> Response:
    headers = HEADERS | {"Content-Security-Policy": pages.policy()}
    if page.retry_after:
        headers["Retry-After"] = str(page.retry_after)
    return Response(pages.rendered(page), page.status, headers, media_type="text/html")


def _language(request: Request, otherwise: Name) -> Name:
    """The first of our languages that the browser names."""
    for piece in request.headers.get("accept-language", "")[:200].split(","):
        for name in LANGUAGES:
            if piece.strip().lower().startswith(name):
                return name
    return otherwise


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each; none where it is no form, too large or too slow."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _body(request)
    if kind != "application/x-www-form-urlencoded" or body is None:
        return {}
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=5)
    except ValueError:  # of bytes that are no UTF-8, too
        return {}
    return {name: values[-1] for name, values in found.items()}


def _wants(button: Button, body: bytes | None) -> bool:
    """Whether it is what the button's page sends: to leave, the one field that RFC 8058 has a mail program send, in
    either form of a form."""
    if button is Button.JOIN:
        return body == "=".join(pages.SUBSCRIBE).encode()
    return body is not None and b"List-Unsubscribe" in body and b"One-Click" in body


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    try:
        with anyio.fail_after(SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)
