"""How letters leave: one `Way` for all forms; the real one, and an outbasket in memory for scenarios and replays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from streams.outgoing import Answer, Call, Chat, Mail, Notify, Outgoing, Post, Print, TokenPost
from streams.ports.bot import BotPort
from streams.ports.clock import Clock
from streams.ports.console import ConsolePort
from streams.ports.notify import NotifyPort
from streams.ports.post import PostPort
from streams.ports.smtp import SmtpPort
from streams.ports.tokens import TokenPort


class Way(Protocol):
    """Takes what a channel composed, and brings back what the other side said. Never raises for the other side."""

    async def send(self, channel: str, outgoing: Outgoing) -> Answer:
        """One attempt; `channel` is the configured channel's name."""
        ...

    async def aclose(self) -> None:
        """Close what was opened."""
        ...


class Outbound:
    """The real ways out: SMTP by channel, HTTP with tokens and without, Telegram, Apprise, the console."""

    def __init__(
        self,
        clock: Clock,
        smtp: Mapping[str, SmtpPort],
        post: PostPort | None = None,
        bot: BotPort | None = None,
        console: ConsolePort | None = None,
        notify: NotifyPort | None = None,
    ) -> None:
        """Open what is not given; `clock` says how long a token holds."""
        self._smtp = smtp
        self._post, self._bot, self._console = post or PostPort(), bot or BotPort(), console or ConsolePort()
        self._tokens = TokenPort(clock, self._post)
        self._notify = notify or NotifyPort()
        self._ports: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            Post: self._post.send,
            Call: self._post.call,
            TokenPost: self._tokens.send,
            Chat: self._bot.send,
            Notify: self._notify.send,
            Print: self._console.send,
        }

    async def send(self, channel: str, outgoing: Outgoing) -> Answer:
        """By the form's port."""
        if isinstance(outgoing, Mail):
            return await self._smtp[channel].send(outgoing)
        return await self._ports[type(outgoing)](outgoing)

    async def aclose(self) -> None:
        """Close every port."""
        await self._post.aclose()
        await self._bot.aclose()
        await self._notify.aclose()
        for port in self._smtp.values():
            await port.aclose()


class Outbasket:
    """Keeps what it is given, in order, and answers as `reply` says: by default everything is accepted."""

    def __init__(self, reply: Callable[[str, Outgoing], Answer] | None = None) -> None:
        """Begin empty."""
        self._reply = reply or (lambda _channel, _outgoing: Answer(code=200))
        self.sent: list[tuple[str, Outgoing]] = []

    async def send(self, channel: str, outgoing: Outgoing) -> Answer:
        """Keep it, whatever the answer: an attempt is an attempt."""
        self.sent.append((channel, outgoing))
        return self._reply(channel, outgoing)

    async def aclose(self) -> None:
        """There is nothing to close."""
