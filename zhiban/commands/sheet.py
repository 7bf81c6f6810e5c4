"""The rules of a pack on a screen: one at length, or all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents._pack import Pack
from streams.rules import Rules
from zhiban import words
from zhiban.commands.screen import table
from zhiban.words import say


def rules_document(pack: Pack, rules: Rules) -> list[dict[str, Any]]:
    """Every rule of the pack, and whether it is at work."""
    at_work = {name for _, name in rules.laws} | {"OWN-RULE", "OWN-INCIDENT"}
    return [
        {
            "id": name,
            "title": entry.title,
            "type": entry.type,
            "window": entry.window,
            "clause": entry.clause,
            "source": entry.source,
            "points": entry.points,
            "settings": entry.settings,
            "advice": entry.advice,
            "at_work": name in at_work,
        }
        for name, entry in sorted(pack.rules.items())
    ]


def print_rules(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """One rule at length, or all of them as a table."""
    if len(rows) == 1:
        console.print(_entry(rows[0]))
        return
    shown = table("rule", "name", "type", "window", "basis")
    for row in rows:
        shown.add_row(row["id"], _name(row), row["type"], row["window"], escape(row["source"]))
    console.print(shown)


def _entry(row: Mapping[str, Any]) -> Table:
    shown = Table(box=None, pad_edge=False, show_header=False)
    for name, value in row.items():
        said = _name(row) if name == "title" else _value(name, value)
        shown.add_row(f"[bold]{say(f'entry.{name}')}[/]", escape(said))
    return shown


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if isinstance(value, dict):
        return ", ".join(f"{key} = {one}" for key, one in value.items())
    return say("unconfirmed") if name == "points" and value is None else str(value)


def _name(row: Mapping[str, Any]) -> str:
    """A rule's name: the pack's own, which is Chinese, or ours for the national pack's rules."""
    key = f"rule.{row['id']}"
    return words.EN[key] if words.language() == "en" and key in words.EN else str(row["title"])
