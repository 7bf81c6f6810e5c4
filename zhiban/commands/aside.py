"""`zhiban quarantine` on a screen: what was put aside, where it stood, why, and what it reads like now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from zhiban.commands.screen import table
from zhiban.words import say


def print_pieces(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """The pieces as a table; with `now` in the rows, also what each reads like by today's code."""
    if not rows:
        console.print(say("no_pieces"), style="dim", highlight=False)
        return
    shown = table("kind", "source", "why", *(("now",) if "now" in rows[0] else ()))
    for row in rows:
        cells = [say(f"piece.{row['what']}"), escape(row["place"]), escape(row["reason"])]
        shown.add_row(*cells, *((escape(row["now"]) or say("readable"),) if "now" in row else ()))
    console.print(shown)
