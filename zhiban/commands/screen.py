"""A screen: tables whose ids are never cut, and one row a line where nobody sits in front of it."""

from __future__ import annotations

import os

from rich.console import Console
from rich.table import Table

from zhiban.words import ZH, say

WIDE = 1000  # columns where the output goes into a file or a pipe: a row there is a line, for grep
WHOLE = frozenset({"", "id", "kind", "rule", "state", "due", "newest", "time", "day", "verdict", "outcome", "type"})


def screen() -> Console:
    """Where a command prints: as wide as the terminal, or as `COLUMNS` says."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDE
    return console


def table(*keys: str) -> Table:
    """An empty table with a column for each key of our words; the short ones stay whole, the others are folded."""
    made = Table(box=None, pad_edge=False)
    for key in keys:
        made.add_column(say(key) if key else "", overflow="fold", no_wrap=key in WHOLE)
    return made


def cause_in_words(cause: str) -> str:
    """Why a look is not good: `http_503` as HTTP 503; a cause that we have no words for as it is."""
    if cause.startswith("http_"):
        return cause.replace("http_", "HTTP ")
    return say(f"cause.{cause}") if f"cause.{cause}" in ZH else cause


def outcome_in_words(outcome: str | None, cause: str) -> str:
    """How a look ended, and why."""
    if outcome is None:
        return "—"
    words = say(f"outcome.{outcome}")
    return say("because", what=words, why=cause_in_words(cause)) if cause else words
