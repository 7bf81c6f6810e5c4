"""`zhiban init DIR`: a working directory with commented templates. It never overwrites."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from zhiban.commands.screen import screen
from zhiban.words import say

TEMPLATES = ("zhiban.toml", "workdays.toml", "registry.csv", "sources.csv")


def init(folder: Path) -> int:
    """Write the templates that are not there yet."""
    console = screen()
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATES:
        path = folder / name
        if path.exists():
            console.print(say("already", path=path), style="dim", highlight=False)
            continue
        text = (files("zhiban") / "templates" / name).read_text(encoding="utf-8")
        # A mark at the beginning lets spreadsheets open the tables as UTF-8.
        path.write_text(text, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8")
        console.print(say("written", path=path), highlight=False)
    console.print(say("next", folder=folder), highlight=False)
    return 0
