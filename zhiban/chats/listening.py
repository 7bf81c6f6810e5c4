"""A bot that listens: long polling, each update done once, and answered.

What an update does and that it was done are written in one transaction: a restart neither loses one nor repeats it.
Only the answer may be lost then.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from traceback import format_tb

import msgspec

from alerts.board import Board, Language, Settings
from alerts.channels.telegram import Telegram
from alerts.plain import one_line
from alerts.routing import Recipient
from alerts.taps import BadTap, Button, label
from streams.incoming import Heard
from streams.outgoing import Answer, Chat, Key, Keyboard
from streams.ports.bot import POLL, BotPort
from streams.ports.clock import Clock
from streams.ports.store import Store
from streams.ports.store.marks import Refused, refuse_left
from streams.ports.store.opening import Transaction, is_away
from streams.records import FactKind
from zhiban.chats.commands import answer
from zhiban.chats.room import Room, chats_of
from zhiban.chats.turns import WAIT, Turn
from zhiban.deeds import NotDone
from zhiban.reading import standing_now
from zhiban.taps.cases import Case
from zhiban.taps.pressing import Presses, note
from zhiban.words import Name, language, say, speaking

log = logging.getLogger(__name__)
FIRST, LONGEST = 5.0, 300.0  # seconds of a pause after an answer that was none
# Between two questions for the chats that are known: where one is not, and where one may be known no more.
ANEW, LATER = timedelta(seconds=30), timedelta(minutes=10)
STRANGERS = 1000  # that are remembered, so that each is told once
_MATTER = re.compile(r"\b[0-9a-f]{20}\b")


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered: a message (HTML), a line for whoever pressed a button, and whether the button was good."""

    html: str = ""
    notice: str = ""
    pressed: bool = False
    asks: bool = False


class Listener:
    """Listens to one bot."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        name: str,
        channel: Telegram,
        presses: Presses,
        settings: Settings,
        spoken: Language,
        stranger: Callable[[], None] = lambda: None,
        poll: float = POLL,
        turn: Turn | None = None,
    ) -> None:
        """The bot of the configured channel `name`; `stranger` hears of every update that comes from nobody we know.
        Where several processes could listen, `turn` says whether it is ours to."""
        self._store, self._clock, self._name, self._channel = store, clock, name, channel
        self._presses, self._settings, self._spoken = presses, settings, spoken
        self._stranger, self._poll, self._turn = stranger, poll, turn
        self._ears, self._mouth = BotPort(), BotPort()  # who listens cannot speak at the same time
        self._met: set[str] = set()
        self._chats: frozenset[str] = frozenset()
        self._asked_at: datetime | None = None
        self._pause = FIRST

    async def listen(self) -> None:
        """Until cancelled."""
        try:
            while True:  # noqa: ASYNC110 - nothing of ours ends a rest
                await asyncio.sleep(await self.round())
        finally:
            await self._leave()
            await self.aclose()

    async def aclose(self) -> None:
        """Close both connections."""
        await self._ears.aclose()
        await self._mouth.aclose()

    async def round(self) -> float:
        """Hear once, do and answer; how many seconds to rest."""
        token, api = self._channel.token, self._channel.base_url
        try:
            if self._turn is not None and not await asyncio.to_thread(self._turn.take):
                return WAIT
            offset = await asyncio.to_thread(self._next)
            heard = await self._ears.hear(token, offset, api, self._poll)
            if isinstance(heard, Answer):
                return self._rest(heard)
            for one in heard:
                saying = await asyncio.to_thread(self.take, one)
                if saying is not None:
                    await self._say(one, saying)
        except Exception as error:  # whatever it is, the bot listens on: nobody waits for this task to end
            if not (is_away(error) or isinstance(error, Refused)):
                where = format_tb(error.__traceback__, limit=-1)[-1].strip()  # its words may be somebody's
                log.error("%s: a round of listening failed: %s at %s", self._name, type(error).__name__, where)  # noqa: TRY400
            return self._rest(Answer(code=0, text=type(error).__name__))
        self._pause = FIRST
        return 0.0

    def take(self, heard: Heard) -> Saying | None:
        """Do what an update says, unless it was done; what is to be answered."""
        with speaking(_spoken(self._spoken)):
            try:
                return self._take(heard)
            except Exception as error:
                if is_away(error) or isinstance(error, Refused):
                    raise
                log.error("update of %s was not understood: %s", self._name, type(error).__name__)  # noqa: TRY400 - its words may be somebody's
                with self._store.write() as tx:  # the same one would fail for ever
                    self._pass(tx, heard)
                return None

    def _take(self, heard: Heard) -> Saying | None:
        now, reader = self._clock.now(), Recipient(self._name, heard.chat)
        known = bool(heard.chat) and self._is_known(heard.chat, now)
        room = Room(reader, self._board(now), self._settings.routes) if known and not heard.press else None
        with self._store.write() as tx:
            refuse_left(tx)
            if self._turn is not None and not self._turn.within(tx, now):
                return None  # we slept too long: another one listens, and does it
            if not self._pass(tx, heard) or not heard.chat:
                return None
            if not known:
                return self._turned_away(heard)
            if room is None:
                return self._pressed(tx, now, reader, heard)
            if heard.answers and (found := _MATTER.search(heard.answers)):
                return self._reasoned(tx, now, room, heard, found[0])
            said = answer(tx, now, room, self._by(heard), heard.text)
            return Saying(html=said) if said else None

    def _is_known(self, chat: str, now: datetime) -> bool:
        """Whether a route or a contact names it: asked of the desk now and then, whoever knocks."""
        age = ANEW if chat not in self._chats else LATER
        if self._asked_at is None or now - self._asked_at >= age:
            self._chats, self._asked_at = chats_of(self._name, self._board(now), self._settings.routes), now
        return chat in self._chats

    def _board(self, now: datetime) -> Board:
        return standing_now(self._store, now, self._settings, self._spoken).board

    def _pressed(self, tx: Transaction, now: datetime, reader: Recipient, heard: Heard) -> Saying:
        try:
            tap = self._presses.opened(heard.press, reader)
            if tap.button is Button.DISMISS:
                return _ask_why(self._presses.case_within(tx, tap))
            pressed = self._presses.press_within(tx, now, tap, by=self._by(heard))
        except BadTap:
            return Saying(notice=say("chat.old"))
        except NotDone as refused:
            closed = refused.key == "closed"
            return Saying(notice=say("chat.closed") if closed else say("chat.no", detail=str(refused)))
        what = label(tap.button, pressed.case.rule, language())
        return Saying(notice=say("chat.done" if pressed.fresh else "chat.again", what=what), pressed=True)

    def _reasoned(self, tx: Transaction, now: datetime, room: Room, heard: Heard, matter: str) -> Saying:
        """The reason of a false alarm, as an answer to our question for it."""
        alert = room.one(matter)
        if alert is None:
            return Saying(html=escape(say("chat.which", found=matter)))
        try:
            since = now - timedelta(hours=1)
            note(tx, now, FactKind.DISMISSED, matter, self._by(heard), since, one_line(heard.text, 500))
        except NotDone as refused:
            return Saying(html=escape(say("chat.no", detail=str(refused))))
        return Saying(html=escape(say("chat.done", what=say("tap.said.dismissed"))))

    def _turned_away(self, heard: Heard) -> Saying | None:
        """Counted, and told once."""
        self._stranger()
        if heard.chat in self._met or len(self._met) >= STRANGERS:
            return None
        self._met.add(heard.chat)
        words = say("chat.stranger", chat=heard.chat)
        return Saying(notice=words) if heard.press else Saying(html=escape(words))

    def _by(self, heard: Heard) -> str:
        return f"{one_line(heard.who, 40) or heard.chat} ({self._name})"

    # -- what was done already -----------------------------------------------------------------------------------------

    @property
    def _key(self) -> str:
        return f"telegram.next/{self._name}"

    async def _leave(self) -> None:
        """Give our turn back, if that can be done now: it ends by itself too."""
        if self._turn is None:
            return
        try:
            await asyncio.to_thread(self._turn.give_back)
        except Exception as error:
            log.warning("%s: the turn to listen is kept until it ends: %s", self._name, type(error).__name__)

    def _next(self) -> int:
        with self._store.read() as tx:
            return int(tx.get_meta(self._key) or 0)

    def _pass(self, tx: Transaction, heard: Heard) -> bool:
        """Say that an update is done; whether it was not before."""
        if heard.number < int(tx.get_meta(self._key) or 0):
            return False
        tx.set_meta(self._key, str(heard.number + 1))
        return True

    # -- what is answered ----------------------------------------------------------------------------------------------

    async def _say(self, heard: Heard, saying: Saying) -> None:
        token, api = self._channel.token, self._channel.base_url
        if heard.query:
            await self._mouth.notice(token, heard.query, saying.notice, api)
        if saying.pressed and heard.message:
            await self._mouth.mark(token, heard, _ticked(heard.keyboard, heard.press), api)
        if saying.html:
            chat = Chat(token=token, chat_id=heard.chat, html=saying.html, api=api, asks=saying.asks)
            told = await self._mouth.send(chat)
            if told.code != 200:
                log.warning("an answer by %s was not sent: %s %s", self._name, told.code, told.text)

    def _rest(self, said: Answer) -> float:
        log.warning("%s hears nothing: %s %s", self._name, said.code, said.text)
        pause = max(self._pause, min(said.retry_after or 0.0, LONGEST))
        self._pause = min(self._pause * 2, LONGEST)
        return pause


def _ask_why(case: Case) -> Saying:
    """The question for the reason, if there is still something to dismiss."""
    if case.closed_at is not None:
        return Saying(notice=say("chat.closed"))
    return Saying(html=escape(say("chat.why", title=one_line(case.title, 160), id=case.tap.matter)), asks=True)


def _ticked(keyboard: Keyboard, data: str) -> Keyboard:
    """The same buttons, the one that was pressed with a tick."""
    return tuple(
        tuple(Key(f"✓ {key.label.removeprefix('✓ ')}", key.data) if key.data == data else key for key in row)
        for row in keyboard
    )


def _spoken(spoken: Language) -> Name:
    return "en" if spoken.name == "en" else "zh"
