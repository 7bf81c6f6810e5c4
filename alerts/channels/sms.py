"""SMS through a gateway: one short text, by an approved template; a reply with its code acknowledges."""

from __future__ import annotations

from datetime import datetime

from alerts.gateway import Gateway, units
from alerts.letter import Letter
from streams.outgoing import Outgoing

ALONE, JOINED = 70, 67  # UTF-16 units of a text that stands alone, and of each part of a longer one
LEAST = 12  # of them for the title


class Sms(Gateway, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts letters to telephones; a route's `to` is the number. docs/taps.md shows how a gateway is described.

    A text takes `parts` messages at most, the gateway's `signature` (such as 【值班】) counted in. Point the gateway's
    pushed replies at `POST /api/v1/replies` and say `replies = true`: then each letter carries a code of its own.
    """

    signature: str = ""  # what the gateway puts before each text
    parts: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError also where the template leaves no room."""
        super().__post_init__()
        room = self.most - units(self.template)
        if not 1 <= self.parts <= 5 or room < LEAST:
            raise ValueError(f"parts {self.parts}: expected 1-5, and a template with {LEAST} characters to spare")

    @property
    def most(self) -> int:
        """UTF-16 units that our own text may have."""
        return (ALONE if self.parts == 1 else JOINED * self.parts) - units(self.signature)

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """What is gravest of the letter, by when, and the code."""
        return self.call(letter, at, self.most)
