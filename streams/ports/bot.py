"""Telegram's Bot API, by python-telegram-bot."""

from __future__ import annotations

import os

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from streams.outgoing import Answer, Chat

# The library's own switch to the type that `retry_after` will have: without it, every 429 is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")


class BotPort:
    """Sends chat messages. Never raises for what Telegram does: a code of 0 says that there was no answer."""

    def __init__(self, base_url: str = "https://api.telegram.org/bot") -> None:
        """Speak to the API at `base_url`."""
        self._base_url = base_url
        self._bots: dict[str, Bot] = {}

    async def send(self, chat: Chat) -> Answer:
        """Send one message."""
        try:
            bot = await self._bot(chat.token)
            await bot.send_message(chat.chat_id, chat.html, parse_mode="HTML")
        except RetryAfter as error:
            return Answer(code=429, retry_after=_patience(error))
        except Forbidden as error:
            return Answer(code=403, text=error.message)
        except BadRequest as error:
            return Answer(code=400, text=error.message)
        except InvalidToken:
            return Answer(code=401, text="the bot's token is not accepted")
        except (NetworkError, TelegramError) as error:
            return Answer(code=0, text=type(error).__name__)
        return Answer(code=200)

    async def _bot(self, token: str) -> Bot:
        if token not in self._bots:
            bot = Bot(token, base_url=self._base_url)
            await bot.initialize()
            self._bots[token] = bot
        return self._bots[token]

    async def aclose(self) -> None:
        """Close every bot's connections."""
        for bot in self._bots.values():
            await bot.shutdown()
        self._bots.clear()


def _patience(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, (int, float)) else wait.total_seconds()
