"""HTTP POSTs out: webhooks. No redirects, a bounded answer within a bounded time, and no secret in any message."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import islice

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from streams.outgoing import Answer, Call, Post
from streams.ports.faults import chain
from streams.ports.hush import hush_libraries, without, without_echo
from streams.ports.transports import usual_tls
from streams.secrets import Secret

SECONDS = 15.0
BOUND = 4000  # bytes of an answer that are read
KEPT = 300  # characters of it that are kept
LOST = frozenset({502, 504})  # of a proxy that heard nothing of the end: the service may have done it
# Before anything was sent; after any other failure it may have arrived. (httpx-aiohttp calls a line that broke in the
# midst a ConnectTimeout as well, so what lies beneath it is asked.)
UNSENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
RESET = "x-ogw-ratelimit-reset"  # Feishu's word for Retry-After (频控策略)
FIELDS, FIELD = 20, 600  # of a JSON answer: how many, and the most characters of each; a token may have 512
# A compressed answer could be far larger than what comes over the wire.
PLAIN = {"accept-encoding": "identity", "user-agent": "Zhiban"}


class PostPort:
    """Posts. Never raises for what the peer does: a code of 0 says that there was no answer."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """One client for all who trust the same authorities; `seconds` bounds each request as a whole, however slowly
        the peer drips."""
        hush_libraries()
        self._seconds = seconds
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def send(self, post: Post) -> Answer:
        """Post once."""
        return await self._bounded("POST", post)

    async def call(self, call: Call) -> Answer:
        """Post once to a gateway; what it repeats of what was sent, is not said back."""
        headers = {name: value.reveal() for name, value in call.headers.items()}
        sent = call.body.reveal()
        answer = await self._bounded("POST", Post(url=call.url, body=sent.encode(), headers=headers))
        said = {
            key: one if isinstance(one, int) else without_echo(one, sent, headers) for key, one in answer.said.items()
        }
        return msgspec.structs.replace(answer, text=without_echo(answer.text, sent, headers), said=said)

    async def ask(self, url: Secret, ca: str = "") -> Answer:
        """GET once, as for a token; whoever asks keeps what `said` holds to itself."""
        return await self._bounded("GET", Post(url=url, body=b"", ca=ca))

    async def aclose(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            await client.aclose()

    async def _bounded(self, method: str, post: Post) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(method, post)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            # The error's own words may hold the URL.
            return Answer(code=0, text=_name(error), unsure=not _is_unsent(error))

    async def _send(self, method: str, post: Post) -> Answer:
        url = post.url.reveal()
        client = self._client(post.ca)
        async with client.stream(method, url, content=post.body, headers=post.headers) as response:
            body = await _beginning(response)
        return Answer(
            code=response.status_code,
            text=without(body.decode("utf-8", "replace"), url)[:KEPT],
            retry_after=_patience(response.headers),
            unsure=response.status_code in LOST,
            said=_said(body, url),
        )

    def _client(self, ca: str) -> httpx.AsyncClient:
        if ca not in self._clients:
            trusted = ssl.create_default_context(cadata=ca) if ca else usual_tls()
            self._clients[ca] = httpx.AsyncClient(
                transport=AiohttpTransport(verify=trusted),
                timeout=self._seconds,
                follow_redirects=False,
                headers=PLAIN,
            )
        return self._clients[ca]


def _is_unsent(error: BaseException) -> bool:
    return isinstance(error, ValueError) or any(isinstance(one, UNSENT) for one in chain(error))


def _name(error: BaseException) -> str:
    """What kind of error it was; one about a certificate is hidden behind that of the library."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) or "Certificate" in type(cause).__name__:
            return f"{type(error).__name__}: the certificate is not trusted"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


async def _beginning(response: httpx.Response) -> bytes:
    text = b""
    async for piece in response.aiter_raw():
        text += piece[:BOUND]
        if len(text) >= BOUND:
            break
    return text[:BOUND]


def _said(body: bytes, url: str) -> dict[str, int | str]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    fields = list(islice(_leaves("", found), FIELDS)) if isinstance(found, dict) else []
    whole = {key: value for key, value in fields if isinstance(value, int) and not isinstance(value, bool)}
    return whole | {key: without(value, url)[:FIELD] for key, value in fields if isinstance(value, str)}


def _leaves(name: str, value: object, depth: int = 4) -> Iterator[tuple[str, object]]:
    """The values of an answer by their places, such as `code` and `list.0.code`; those at the top come first."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    pairs = [(f"{name}.{key}" if name else str(key), one) for key, one in inside]
    yield from (pair for pair in pairs if not isinstance(pair[1], dict | list))
    for place, one in pairs:
        if depth and isinstance(one, dict | list):
            yield from _leaves(place, one, depth - 1)


def _patience(headers: httpx.Headers) -> float | None:
    """Seconds of `Retry-After`, or of Feishu's own header; a date is counted from the answer's own `Date`, so no clock
    is asked."""
    again = (headers.get("retry-after") or headers.get(RESET) or "").strip()
    if again.isdecimal():
        return float(again[:9])
    try:
        wait = parsedate_to_datetime(again) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return None
    return max(wait.total_seconds(), 0.0)
