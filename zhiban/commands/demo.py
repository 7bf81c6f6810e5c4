"""`zhiban demo`: the show, with alerts as they appear and a summary at the end."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zhiban.commands.screen import screen, table
from zhiban.demo.script import START, Fault
from zhiban.demo.show import Shown, day_in_words, run_show
from zhiban.ways import to_json
from zhiban.words import say

Tell = Callable[[str], None]
Progressed = Callable[[datetime], None]
Show = Callable[[Tell, Progressed], Coroutine[Any, Any, Shown]]


def demo(
    seed: int, days: int, keep: Path | None, without: tuple[str, ...], kafka: tuple[str, ...], store: str, *, json: bool
) -> int:
    """Show the city; exit code 0 only if every scripted fault was found, and nothing else.

    With `kafka` it is watched by a cluster's workers, over those brokers and the database `store`.
    """
    logging.basicConfig(level=logging.ERROR)

    async def show(tell: Tell, progress: Progressed) -> Shown:
        if not kafka:
            return await run_show(seed, days, keep, without, tell, progress)
        from zhiban.demo.cluster import Stage, run_cluster_show  # noqa: PLC0415 - the clients are an extra

        with tempfile.TemporaryDirectory(prefix="zhiban-demo-") as folder:
            return await run_cluster_show(seed, days, keep or Path(folder), Stage(kafka, store), progress)

    shown = asyncio.run(show(_nothing, _nothing)) if json else _on_screen(show, days, keep)
    if json:
        sys.stdout.write(to_json(_document(shown)) + "\n")
    return 0 if shown.passed else 1


def _nothing(_said: object) -> None:
    """Neither letters nor the clock are shown."""


def _on_screen(show: Show, days: int, keep: Path | None) -> Shown:
    console = screen()
    console.print(f"[bold]值班 Zhiban[/] {say('demo.title')}", highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=days * 86400)

        def moved(moment: datetime) -> None:
            spent = (moment - START).total_seconds()
            progress.update(task, completed=spent, description=day_in_words(moment))

        def told(text: str) -> None:
            first, _, _ = text.partition("\n")
            progress.console.print(escape(first), highlight=False)

        shown = asyncio.run(show(told, moved))
    _summary(shown, keep, console)
    return shown


def _summary(shown: Shown, keep: Path | None, console: Console) -> None:
    rows = table("", "demo.scripted", "rule", "subject")
    for fault in shown.found:
        rows.add_row("[green]✓[/]", _in_words(fault), fault.rule, fault.subject)
    for fault in shown.missed:
        rows.add_row(f"[bold red]✗ {say('demo.missed')}[/]", _in_words(fault), fault.rule, fault.subject)
    for text in shown.extra:
        rows.add_row(f"[bold red]✗ {say('demo.false')}[/]", text, "", "")
    console.print(rows)
    console.print(_score(shown), highlight=False)
    if keep is not None:
        console.print(say("demo.kept", folder=keep), highlight=False)


def _score(shown: Shown) -> str:
    figures, letters = shown.figures, sum(shown.figures["letters"].values())
    made = say("demo.looks", looks=figures["looks"], findings=figures["findings"], letters=letters)
    expected = len(shown.found) + len(shown.missed)
    return made + say("demo.score", expected=expected, missed=len(shown.missed), extra=len(shown.extra))


def _in_words(fault: Fault) -> str:
    name, _, count = fault.what.partition(":")
    return say(f"fault.{name}", count=count)


def _document(shown: Shown) -> dict[str, Any]:
    return {
        "passed": shown.passed,
        "found": list(shown.found),
        "missed": list(shown.missed),
        "extra": list(shown.extra),
        "figures": shown.figures,
    }
