"""`zhiban demo`: the show, with alerts as they appear and a summary at the end."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from zhiban.demo.script import START
from zhiban.demo.show import Shown, day_in_words, run_show
from zhiban.ways import to_json


def demo(seed: int, days: int, keep: Path | None, without: tuple[str, ...], *, json: bool) -> int:
    """Show the city; exit code 0 only if every scripted fault was found, and nothing else."""
    logging.basicConfig(level=logging.ERROR)
    shown = _quietly(seed, days, keep, without) if json else _on_screen(seed, days, keep, without)
    if json:
        sys.stdout.write(to_json(_document(shown)) + "\n")
    return 0 if shown.passed else 1


def _quietly(seed: int, days: int, keep: Path | None, without: tuple[str, ...]) -> Shown:
    return asyncio.run(run_show(seed, days, keep, without, lambda _text: None, lambda _moment: None))


def _on_screen(seed: int, days: int, keep: Path | None, without: tuple[str, ...]) -> Shown:
    console = Console()
    console.print("[bold]值班[/] 演示：一座有 12 个网站、30 个账号的城市，两周，真实的 HTTP。")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=days * 86400)

        def moved(moment: datetime) -> None:
            spent = (moment - START).total_seconds()
            progress.update(task, completed=spent, description=day_in_words(moment))

        def told(text: str) -> None:
            first, _, _ = text.partition("\n")
            progress.console.print(escape(first), highlight=False)

        shown = asyncio.run(run_show(seed, days, keep, without, told, moved))
    _summary(shown, keep, console)
    return shown


def _summary(shown: Shown, keep: Path | None, console: Console) -> None:
    table = Table("", "剧本里的故障", "规则", "对象", box=None, pad_edge=False)
    for fault in shown.found:
        table.add_row("[green]✓[/]", fault.what, fault.rule, fault.subject)
    for fault in shown.missed:
        table.add_row("[bold red]✗ 漏报[/]", fault.what, fault.rule, fault.subject)
    for text in shown.extra:
        table.add_row("[bold red]✗ 误报[/]", text, "", "")
    console.print(table)
    figures = shown.figures
    console.print(
        f"读取 {figures['looks']} 次，发现 {figures['findings']} 条记录，通知 {sum(figures['letters'].values())} 封；"
        f"应发现 {len(shown.found) + len(shown.missed)}，漏报 {len(shown.missed)}，误报 {len(shown.extra)}。",
        highlight=False,
    )
    if keep is not None:
        console.print(f"工作目录留在 {keep}：cd {keep} && zhiban findings", highlight=False)


def _document(shown: Shown) -> dict[str, Any]:
    return {
        "passed": shown.passed,
        "found": list(shown.found),
        "missed": list(shown.missed),
        "extra": list(shown.extra),
        "figures": shown.figures,
    }
