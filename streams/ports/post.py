"""HTTP POSTs out: webhooks. No redirects, a bounded answer within a bounded time, and no secret in any message."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import httpx
from httpx_aiohttp import AiohttpTransport

from streams.outgoing import Answer, Post
from streams.ports.hush import hush_libraries, without
from streams.ports.transports import usual_tls

SECONDS = 15.0
BOUND = 4000  # bytes of an answer that are read
KEPT = 300  # characters of it that are kept
# A compressed answer could be far larger than what comes over the wire.
PLAIN = {"accept-encoding": "identity", "user-agent": "Zhiban"}


class PostPort:
    """Posts. Never raises for what the peer does: a code of 0 says that there was no answer."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """One client for all; `seconds` bounds each POST as a whole, however slowly the peer drips."""
        hush_libraries()
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(verify=usual_tls()), timeout=seconds, follow_redirects=False, headers=PLAIN
        )

    async def send(self, post: Post) -> Answer:
        """Post once."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(post)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            return Answer(code=0, text=type(error).__name__)  # the error's own words may hold the URL

    async def _send(self, post: Post) -> Answer:
        url = post.url.reveal()
        async with self._client.stream("POST", url, content=post.body, headers=post.headers) as response:
            text = await _beginning(response)
        said = without(text.decode("utf-8", "replace"), url)[:KEPT]
        return Answer(code=response.status_code, text=said, retry_after=_patience(response.headers))

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


async def _beginning(response: httpx.Response) -> bytes:
    text = b""
    async for piece in response.aiter_raw():
        text += piece[:BOUND]
        if len(text) >= BOUND:
            break
    return text[:BOUND]


def _patience(headers: httpx.Headers) -> float | None:
    """Seconds of `Retry-After`; a date is counted from the answer's own `Date`, so no clock is asked."""
    again = headers.get("retry-after", "").strip()
    if again.isdecimal():
        return float(again[:9])
    try:
        wait = parsedate_to_datetime(again) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return None
    return max(wait.total_seconds(), 0.0)
