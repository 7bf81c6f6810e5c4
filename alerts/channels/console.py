"""The console: letters printed where `zhiban run` runs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerts.letter import Fate, Letter
from alerts.plain import as_text, tidy
from streams.outgoing import Answer, Outgoing, Print


class Console(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prints letters as plain text; colour is the port's business. It never refuses."""

    def compose(self, letter: Letter, at: datetime) -> Outgoing:
        """Subject and text."""
        return Print(text=f"{tidy(letter).subject}\n{as_text(letter)}\n")

    def fate(self, answer: Answer) -> Fate:
        """Printed is delivered."""
        return Fate.DELIVERED
