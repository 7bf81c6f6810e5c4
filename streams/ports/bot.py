"""Telegram's Bot API, by python-telegram-bot: messages out, and what chats say, by long polling."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from streams.incoming import Heard
from streams.outgoing import Answer, Chat, Key, Keyboard
from streams.ports.hush import hush_libraries
from streams.ports.transports import usual_tls
from streams.secrets import Secret

API = "https://api.telegram.org/bot"
SECONDS = 20.0
POLL = 25  # seconds for which Telegram holds a question that has no answer yet
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # a letter about ten columns must not grow a picture of the first
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # after any other failure it may have arrived
WANTED = ["message", "callback_query"]
TEXT = 4096

# The library's own switch to the type that `retry_after` will have: without it, every 429 is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "1")


class BotPort:
    """Sends chat messages, and listens. Never raises for what Telegram does: a code of 0 says that there was no answer.

    A port that listens is busy with it: messages want another one.
    """

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
        markup = ForceReply(selective=True) if chat.asks else _markup(chat.keyboard)
        how: dict[str, Any] = {"parse_mode": ParseMode.HTML, "link_preview_options": NO_PREVIEW, "reply_markup": markup}
        return await self._bounded(
            chat.token, chat.api, lambda bot: bot.send_message(chat.chat_id, chat.html, **how), self._seconds
        )

    async def hear(self, token: Secret, offset: int, api: str = "", poll: float = POLL) -> list[Heard] | Answer:
        """What was said from update `offset` on; waits up to `poll` seconds for something. What is before `offset` is
        forgotten by Telegram. An answer says what went wrong."""
        heard: list[Update] = []

        async def ask(bot: Bot) -> None:
            wait: dict[str, Any] = {"timeout": int(poll), "read_timeout": poll + 5}
            heard.extend(await bot.get_updates(offset=offset, allowed_updates=WANTED, **wait))

        answer = await self._bounded(token, api, ask, poll + self._seconds)
        return [_heard(one) for one in heard] if answer.code == 200 else answer

    async def notice(self, token: Secret, query: str, text: str, api: str = "") -> Answer:
        """Show whoever pressed a button a line that goes by itself."""
        return await self._bounded(token, api, lambda bot: bot.answer_callback_query(query, text[:200]), self._seconds)

    async def mark(self, token: Secret, heard: Heard, keyboard: Keyboard, api: str = "") -> Answer:
        """Put other buttons under the message under which one was pressed."""
        place: dict[str, Any] = {"chat_id": heard.chat, "message_id": heard.message}
        markup = _markup(keyboard)
        return await self._bounded(
            token, api, lambda bot: bot.edit_message_reply_markup(**place, reply_markup=markup), self._seconds
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._request.shutdown()

    async def _bounded(
        self, token: Secret, api: str, work: Callable[[Bot], Awaitable[object]], seconds: float
    ) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                await work(self._bot(token, api))
        except (TelegramError, OSError, ValueError, RuntimeError) as error:
            return _answer(error)
        return Answer(code=200)

    def _bot(self, token: Secret, api: str) -> Bot:
        # One HTTP client for all bots, and no `initialize`: that would ask getMe, whose answer nobody needs.
        where = api or self._base_url
        return Bot(token.reveal(), base_url=where, request=self._request, get_updates_request=self._request)


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(key.label, callback_data=key.data) for key in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _heard(update: Update) -> Heard:
    query, message = update.callback_query, update.message
    if query is not None:
        under = query.message if isinstance(query.message, Message) else None
        return Heard(
            number=update.update_id,
            chat=str(query.message.chat.id) if query.message is not None else "",
            who=query.from_user.full_name,
            press=query.data or "",
            query=query.id,
            message=under.message_id if under is not None else 0,
            keyboard=_keys(under.reply_markup if under is not None else None),
        )
    if message is None:
        return Heard(number=update.update_id)
    ours = message.reply_to_message
    return Heard(
        number=update.update_id,
        chat=str(message.chat.id),
        who=message.from_user.full_name if message.from_user is not None else "",
        text=(message.text or "")[:TEXT],
        answers=(ours.text or "")[:TEXT] if ours is not None and ours.from_user and ours.from_user.is_bot else "",
        message=message.message_id,
    )


def _keys(markup: InlineKeyboardMarkup | None) -> Keyboard:
    rows = markup.inline_keyboard if markup is not None else ()
    return tuple(tuple(Key(key.text, str(key.callback_data or "")) for key in row) for row in rows)


# Conflict: somebody else listens to this bot. A bad request is a NetworkError too.
_CODES: tuple[tuple[type[TelegramError], int], ...] = ((Conflict, 409), (Forbidden, 403), (BadRequest, 400))


def _answer(error: Exception) -> Answer:
    """What went wrong, in words of Telegram's or of ours that hold no token."""
    if isinstance(error, RetryAfter):
        return Answer(code=429, retry_after=_patience(error))
    if isinstance(error, ChatMigrated):
        return Answer(code=400, text=f"the group has a new chat id: {error.new_chat_id}")
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Answer(code=code, text=error.message[:300])
    if isinstance(error, InvalidToken):
        return Answer(code=401, text="the bot's token is not accepted")
    return Answer(code=0, text=type(error).__name__, unsure=_unsure(error))


def _unsure(error: Exception) -> bool:
    """Whether the message may be there all the same: nothing came in time, or the line broke."""
    cause = error.__cause__
    return isinstance(error, OSError) or (isinstance(cause, httpx.HTTPError) and not isinstance(cause, UNSENT))


def _patience(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, (int, float)) else wait.total_seconds()
