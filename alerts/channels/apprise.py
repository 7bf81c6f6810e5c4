"""Apprise: the hundred other services, each by its Apprise URL."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.letter import Fate, Letter
from alerts.plain import as_text_within, marked, one_line, tidy
from streams.outgoing import Answer, Notify, Outgoing
from streams.secrets import Secret

MOST = 3500  # characters: what is longer, many services refuse or cut


class Apprise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hands letters to Apprise (the extra `apprise`); a route's `to` is the name of one of `urls`, each a secret.

    Apprise says only whether a service took a letter, not why not: what was refused is tried for three days, and may
    have been taken. A letter's last line has its number, which is that of a repeat too.
    """

    urls: dict[str, Secret]

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """Subject and plain text, with the letter's number in its last line."""
        last = f"\n\n{marked(letter)}"
        url = self.urls.get(one_line(letter.to), Secret(""))
        return Notify(url=url, title=tidy(letter).subject, text=as_text_within(letter, MOST - len(last)) + last)

    def fate(self, answer: Answer) -> Fate:
        """Taken, or not yet."""
        return Fate.DELIVERED if answer.code == 200 else Fate.AGAIN
