"""Citizens' messages of the demo city, and the mailbox that they come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Letter:
    """A citizen's message: what it is about, and (when, field, reply) of what happens to it."""

    id: str
    category: str
    unit: str
    happens: list[tuple[datetime, str, str]]
    channel: str
    test: bool = False


@dataclass
class Mailbox:
    """A mailbox whose own system pushes what happens."""

    id: str
    name: str
    unit: str
    letters: list[Letter]
