"""Telegram: a chat message by a bot."""

from __future__ import annotations

from html import escape

import msgspec

from alerts.letter import Fate, Letter, Point
from alerts.plain import left_out, one_line, tidy
from streams.outgoing import Answer, Chat, Outgoing
from streams.secrets import Secret

MOST = 4096  # UTF-16 units, as Telegram counts
# The longest texts, so that one point always fits: each character may be two units, or six when it is escaped.
TITLE, LINE, LINES, CLAUSE, URL, INTRO = 120, 160, 8, 300, 300, 300


class Telegram(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends letters by the bot of `token`; a route's `to` is the chat id."""

    token: Secret

    def compose(self, letter: Letter) -> Outgoing:
        """HTML, cut between two points where it grows too long, with word of how many are left."""
        blocks = [_block(point) for point in tidy(letter).points]
        shown = len(blocks)
        while units(text := _text(letter, blocks, shown)) > MOST:
            shown -= 1  # ends at none: what is left then is bounded well below the limit
        return Chat(token=self.token, chat_id=one_line(letter.to), html=text)

    def fate(self, answer: Answer) -> Fate:
        """Blocked, or no such chat, is final; a wrong token may be put right, and everything else passes."""
        if answer.code == 200:
            return Fate.DELIVERED
        return Fate.NEVER if answer.code in {400, 403} else Fate.AGAIN


def _text(letter: Letter, blocks: list[str], shown: int) -> str:
    head = f"<b>{_cut(tidy(letter).subject, TITLE)}</b>\n{_cut(letter.intro, INTRO)}".strip()
    more = left_out(letter, shown)
    parts = [head, *blocks[:shown], more, "" if more else _cut(letter.outro, INTRO)]
    return "\n\n".join(part for part in parts if part)


def _block(point: Point) -> str:
    lines = [f"<b>{_cut(point.title, TITLE)}</b>", *(_cut(line, LINE) for line in point.lines[:LINES])]
    if point.clause:
        lines.append(f"<i>{_cut(point.clause, CLAUSE)}</i>")
    if point.url:
        lines.append(_cut(point.url, URL))
    return "\n".join(lines)


def _cut(text: str, most: int) -> str:
    """Cut first and escape then: never through the middle of an entity."""
    return escape(one_line(text, most))


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
