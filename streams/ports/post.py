"""HTTP POSTs out: webhooks. No redirects, a bounded answer, and no secret in any message."""

from __future__ import annotations

import httpx
from httpx_aiohttp import AiohttpTransport

from streams.outgoing import Answer, Post

SECONDS = 15.0
BOUND = 2000  # bytes of an answer that are worth keeping


class PostPort:
    """Posts. Never raises for what the peer does: a code of 0 says that there was no answer."""

    def __init__(self) -> None:
        """One client for all."""
        self._client = httpx.AsyncClient(transport=AiohttpTransport(), timeout=SECONDS, follow_redirects=False)

    async def send(self, post: Post) -> Answer:
        """Post once."""
        try:
            async with self._client.stream("POST", post.url, content=post.body, headers=post.headers) as response:
                text = b""
                async for piece in response.aiter_bytes():
                    text += piece[:BOUND]
                    if len(text) >= BOUND:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            return Answer(code=0, text=type(error).__name__)  # the error's own words may hold the URL
        again = response.headers.get("retry-after", "")
        patience = float(again) if again.isdecimal() else None
        return Answer(code=response.status_code, text=text[:300].decode("utf-8", "replace"), retry_after=patience)

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()
