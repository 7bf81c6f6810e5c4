"""`zhiban init DIR`: a working directory with commented templates. It never overwrites."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from rich.console import Console

TEMPLATES = ("zhiban.toml", "registry.csv", "sources.csv")


def init(folder: Path) -> int:
    """Write the templates that are not there yet."""
    console = Console()
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATES:
        path = folder / name
        if path.exists():
            console.print(f"{path} 已存在，未改动", style="dim", highlight=False)
            continue
        text = (files("zhiban") / "templates" / name).read_text(encoding="utf-8")
        # A mark at the beginning lets spreadsheets open the tables as UTF-8.
        path.write_text(text, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8")
        console.print(f"{path} 已写好", highlight=False)
    console.print(
        f"接下来：填写 registry.csv 和 sources.csv，然后 cd {folder} && zhiban doctor && zhiban run", highlight=False
    )
    return 0
