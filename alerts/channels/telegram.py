"""Telegram: a chat message by a bot."""

from __future__ import annotations

from html import escape

import msgspec

from alerts.letter import Fate, Letter, Point
from streams.outgoing import Answer, Chat, Outgoing
from streams.secrets import Secret

MOST = 4096  # UTF-16 units, as Telegram counts
MORE = {"zh": "…… 还有 {n} 项", "en": "… and {n} more"}


class Telegram(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends letters by the bot of `token`; a route's `to` is the chat id."""

    token: Secret

    def compose(self, letter: Letter) -> Outgoing:
        """HTML, cut between two points where it grows too long."""
        head = f"<b>{escape(letter.subject[:300])}</b>\n{escape(letter.intro)}"
        text, left = head, len(letter.points)
        for point in letter.points:
            block = "\n\n" + _block(point)
            if units(text + block) > MOST - 100:
                break
            text, left = text + block, left - 1
        if left:
            text += "\n\n" + MORE[letter.language].format(n=left)
        elif letter.outro and units(text + letter.outro) < MOST - 10:
            text += "\n\n" + escape(letter.outro)
        return Chat(token=self.token.reveal(), chat_id=letter.to, html=text)

    def fate(self, answer: Answer) -> Fate:
        """Blocked, or no such chat, is final; a wrong token may be put right, and everything else passes."""
        if answer.code == 200:
            return Fate.DELIVERED
        return Fate.NEVER if answer.code in {400, 403} else Fate.AGAIN


def _block(point: Point) -> str:
    lines = [f"<b>{escape(point.title[:300])}</b>", *(escape(line[:500]) for line in point.lines)]
    if point.clause:
        lines.append(f"<i>{escape(point.clause[:800])}</i>")
    if point.url:
        lines.append(escape(point.url[:500]))
    return "\n".join(lines)


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
