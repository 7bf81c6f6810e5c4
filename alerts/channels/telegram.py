"""Telegram: a chat message by a bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import msgspec

from alerts.letter import Fate, Letter, Meaning, Point
from alerts.plain import left_out, marked, one_line, tidy
from streams.outgoing import Answer, Chat, Key, Keyboard, Outgoing
from streams.secrets import Secret

MOST = 4096  # UTF-16 units, as Telegram counts
# The most units of each text, markup included; they add up to less than a message, so that one point always fits.
SUBJECT, INTRO, TITLE, LINE, LINES, CLAUSE, URL = 300, 400, 300, 220, 8, 500, 400
ACTIONS, HREF = 4, 300  # links of one point, and the most units of each; its lines give way to them
BLOCK = MOST - SUBJECT - 2 * INTRO - 110  # the last words have the room of an introduction, the number the rest
REMEDIES = {401: "login", 404: "login", 403: "chat", 429: "too_fast"}
WORDS = {"too long": "too_long", "chat": "chat"}  # of a bad request: "message is too long", "chat not found"
ROWS = 8  # of buttons: what a thumb still finds


class Telegram(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends letters by the bot of `token`; a route's `to` is the chat id.

    With `listen`, `zhiban run` (of a cluster's senders, one) also hears what the chats of routes and contacts say:
    buttons under each letter, and /status, /due, /ack, /mute, /week. `base_url` is where the Bot API is.
    """

    token: Secret
    listen: bool = False
    base_url: str = "https://api.telegram.org/bot"

    def __post_init__(self) -> None:
        """Raise ValueError where the Bot API cannot be there."""
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url: expected http:// or https://")

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """HTML, cut between two points where it grows too long, with word of how many are left; the letter's number
        comes last."""
        tidied = tidy(letter)
        head = f"<b>{_cut(tidied.subject, SUBJECT)}</b>\n{_cut(tidied.intro, INTRO)}".strip()
        many = len(tidied.points) > 1 and any(point.presses for point in tidied.points)
        blocks = [_block(point, f"{number}. " if many else "") for number, point in enumerate(tidied.points, 1)]
        shown = len(blocks)
        last = _cut(marked(letter), 90)
        while (
            units(text := _text(head, blocks[:shown], left_out(letter, shown) or _cut(tidied.outro, INTRO), last))
            > MOST
        ):
            shown -= 1
        keyboard = _keyboard(tidied.points[:shown], numbered=len(blocks) > 1)
        return Chat(token=self.token, chat_id=one_line(letter.to), html=text, keyboard=keyboard, api=self.base_url)

    def fate(self, answer: Answer) -> Fate:
        """Blocked, or no such chat, is final; a wrong token may be put right, and everything else passes."""
        if answer.code == 200:
            return Fate.DELIVERED
        return Fate.NEVER if answer.code in {400, 403} else Fate.AGAIN

    def meaning(self, answer: Answer) -> Meaning:
        """A wrong token is said to be one (the Bot API answers 401, or 404 to one of no token's form). What was wrong
        with a bad request stands in its words alone."""
        words = answer.text.lower()
        found = next((key for word, key in WORDS.items() if word in words), "malformed")
        return Meaning(self.fate(answer), found if answer.code == 400 else REMEDIES.get(answer.code, ""))


def _text(head: str, blocks: list[str], *last: str) -> str:
    parts = [head, *blocks, *last]
    return "\n\n".join(part for part in parts if part)


def _keyboard(points: Sequence[Point], *, numbered: bool) -> Keyboard:
    """A row of buttons for each of the first points, with the point's number where there are several."""
    rows = (
        tuple(Key(f"{number}. {press.label}" if numbered else press.label, press.token) for press in point.presses)
        for number, point in enumerate(points, 1)
    )
    return tuple(row for row in rows if row)[:ROWS]


def _block(point: Point, number: str) -> str:
    title, lines = f"<b>{number}{_cut(point.title, TITLE)}</b>", [_cut(line, LINE) for line in point.lines[:LINES]]
    rest = [f"<i>{_cut(point.clause, CLAUSE)}</i>"] if point.clause else []
    if point.url:
        rest.append(_cut(point.url, URL))
    if point.actions:
        rest.append(_links(point))
    while units("\n".join([title, *lines, *rest])) > BLOCK:
        lines.pop()
    return "\n".join([title, *lines, *rest])


def _links(point: Point) -> str:
    short = [one for one in point.actions if units(escape(one.url)) <= HREF]
    return " · ".join(f'<a href="{escape(one.url)}">{escape(one.label)}</a>' for one in short[:ACTIONS])


def _cut(text: str, most: int) -> str:
    """Escaped text of at most `most` units; it is cut before it is escaped, never through an entity."""
    line = one_line(text, most)
    while units(escape(line)) > most:
        line = line[:-9] + "…"
    return escape(line)


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
