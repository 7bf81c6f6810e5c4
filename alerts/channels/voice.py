"""A call through a gateway: a machine reads a few words aloud, for what cannot wait until somebody looks."""

from __future__ import annotations

from datetime import datetime

from alerts.gateway import Gateway
from alerts.letter import Letter
from streams.outgoing import Outgoing


class Voice(Gateway, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls telephones; a route's `to` is the number. Give its routes `levels` and `hours`: nobody likes to be called.
    docs/taps.md shows how a gateway is described.

    `most` is how many characters are read aloud.
    """

    most: int = 120

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """What is gravest of the letter, and by when."""
        return self.call(letter, at, self.most)
