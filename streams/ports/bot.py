"""Telegram's Bot API, by python-telegram-bot."""

from __future__ import annotations

import asyncio
import os

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from streams.outgoing import Answer, Chat
from streams.ports.hush import hush_libraries
from streams.ports.transports import usual_tls

API = "https://api.telegram.org/bot"
SECONDS = 20.0
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # a letter about ten columns must not grow a picture of the first

# The library's own switch to the type that `retry_after` will have: without it, every 429 is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")


class BotPort:
    """Sends chat messages. Never raises for what Telegram does: a code of 0 says that there was no answer."""

    def __init__(self, base_url: str = API, seconds: float = SECONDS) -> None:
        """Speak to the API at `base_url`; `seconds` bounds each message as a whole."""
        hush_libraries()
        self._base_url = base_url
        self._seconds = seconds
        self._request = HTTPXRequest(
            read_timeout=seconds, write_timeout=seconds, connect_timeout=seconds, httpx_kwargs={"verify": usual_tls()}
        )

    async def send(self, chat: Chat) -> Answer:
        """Send one message."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(chat)
        except (TelegramError, OSError, ValueError, RuntimeError) as error:
            return _answer(error)
        return Answer(code=200)

    async def _send(self, chat: Chat) -> None:
        # One HTTP client for all bots, and no `initialize`: that would ask getMe, whose answer nobody needs.
        token = chat.token.reveal()
        bot = Bot(token, base_url=self._base_url, request=self._request, get_updates_request=self._request)
        await bot.send_message(chat.chat_id, chat.html, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._request.shutdown()


def _answer(error: Exception) -> Answer:
    """What went wrong, in words of Telegram's or of ours that hold no token."""
    if isinstance(error, RetryAfter):
        return Answer(code=429, retry_after=_patience(error))
    if isinstance(error, ChatMigrated):
        return Answer(code=400, text=f"the group has a new chat id: {error.new_chat_id}")
    if isinstance(error, Forbidden):
        return Answer(code=403, text=error.message[:300])
    if isinstance(error, BadRequest):  # which is a NetworkError too: asked first
        return Answer(code=400, text=error.message[:300])
    if isinstance(error, InvalidToken):
        return Answer(code=401, text="the bot's token is not accepted")
    return Answer(code=0, text=type(error).__name__)


def _patience(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, (int, float)) else wait.total_seconds()
