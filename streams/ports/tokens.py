"""POSTs that want a token: fetched once for each credential, kept until it ends, renewed where it is refused."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from streams.outgoing import Answer, Post, TokenPost
from streams.ports.clock import Clock
from streams.ports.post import PostPort
from streams.secrets import Secret

USED = 0.9  # of the time that a token is given for: nobody posts with one that ends under way


class _Token(msgspec.Struct, frozen=True):
    value: Secret
    until: datetime


class TokenPort:
    """Posts with tokens. Never raises for what the peer does.

    Services refuse whoever fetches tokens often, so there is one for each credential, and one request for it at a
    time: letters that wait for it share what comes of it, be it a token or a refusal.
    """

    def __init__(self, clock: Clock, post: PostPort) -> None:
        """Send through `post`, which somebody else closes."""
        self._clock, self._post = clock, post
        self._held: dict[Secret, _Token] = {}
        self._asking: dict[Secret, asyncio.Task[_Token | Answer]] = {}

    async def send(self, wanted: TokenPost) -> Answer:
        """Post once with a token that holds; where the service says that it does not, once more with another.

        A token that was not given is the answer: its code and text are those of the refusal.
        """
        token = await self._token(wanted)
        if isinstance(token, Answer):
            return token
        answer = await self._post.send(_with(wanted.post, token))
        if answer.said.get("errcode") not in wanted.renew_on:
            return answer
        if self._held.get(wanted.source) == token:  # and nobody has renewed it meanwhile
            del self._held[wanted.source]
        token = await self._token(wanted)
        return token if isinstance(token, Answer) else await self._post.send(_with(wanted.post, token))

    async def _token(self, wanted: TokenPost) -> _Token | Answer:
        held = self._held.get(wanted.source)
        if held is not None and self._clock.now() < held.until:
            return held
        asking = self._asking.get(wanted.source)
        if asking is None:
            asking = self._asking[wanted.source] = asyncio.create_task(self._fetch(wanted))
            asking.add_done_callback(lambda _: self._asking.pop(wanted.source))
        return await asyncio.shield(asking)  # whoever gives up waiting does not take it from the others

    async def _fetch(self, wanted: TokenPost) -> _Token | Answer:
        asked_at = self._clock.now()
        answer = await self._post.ask(wanted.source, wanted.post.ca)
        value, seconds = answer.said.get("access_token"), answer.said.get("expires_in")
        if not isinstance(value, str) or not isinstance(seconds, int) or not value:
            return _refusal(answer)
        token = _Token(Secret(value), asked_at + timedelta(seconds=max(seconds, 0) * USED))
        self._held[wanted.source] = token
        return token


def _refusal(answer: Answer) -> Answer:
    """An answer without a token that can be used, as that of an attempt. A code of 0 would say that a message had gone
    out; and what holds half an answer may hold a token."""
    refused = answer.said.get("errcode") and "access_token" not in answer.said
    if answer.code == 0 or refused:
        return msgspec.structs.replace(answer, unsure=False)  # no message was sent
    return Answer(code=answer.code, text="no token in the answer", retry_after=answer.retry_after)


def _with(post: Post, token: _Token) -> Post:
    url = post.url.reveal()
    mark = "&" if "?" in url else "?"
    return msgspec.structs.replace(post, url=Secret(f"{url}{mark}access_token={quote(token.value.reveal(), safe='')}"))
