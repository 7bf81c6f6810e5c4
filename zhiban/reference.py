"""The reference pages, written from the code: `python -m zhiban.reference [--check] FOLDER`.

With `--check` nothing is written: exit code 1 names each page that is missing, stale or no longer made.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import FieldInfo, fields

from agents._pack import Entry, Pack
from alerts.board import Settings
from alerts.digest.value import Subscription
from alerts.routing import Route
from streams.catalogue import catalogue, rule_id
from streams.days import Limit
from streams.secrets import Secret
from streams.workdays import Workdays
from zhiban.config import Config
from zhiban.wiring import load_pack

MADE = "<!-- Made by `python -m zhiban.reference docs/reference` from the code. Change the code, not this page. -->"
NATIONAL = "national-2019"
TYPES = {
    "V": "veto (单项否决)",
    "D": "deduction",
    "R": "named in circulars, or local",
    "K": "a figure that circulars give",
    "OWN": "about ourselves",
}


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {
        "rules.md": rules_page(),
        "connectors.md": plug_ins_page("Connectors", "connectors", "connectors"),
        "channels.md": plug_ins_page("Channels", "alerts.channels", "channels"),
        "configuration.md": configuration_page(),
    }


def rules_page() -> str:
    """The national pack's rules, then what each overlay changes."""
    national = load_pack((NATIONAL,))
    blocks = ["# Rules", f"Pack `{national.name}`, version {national.version}: {national.title}."]
    blocks.append("Settings marked *official* are the pack's, and only a pack may change them; the others are ours.")
    classes = {rule_id(name): cls for name, cls in catalogue("agents").items()}
    for name, entry in national.rules.items():
        blocks.extend(_rule(name, entry, classes.get(name)))
    for overlay in _overlays():
        blocks.extend(_overlay(overlay, national, classes))
    return _page(blocks)


def _overlays() -> list[str]:
    shipped = (file.name.removesuffix(".toml") for file in (files("agents") / "packs").iterdir())
    return sorted(name for name in shipped if name != NATIONAL)


def _overlay(overlay: str, national: Pack, classes: Mapping[str, type]) -> Iterator[str]:
    pack = load_pack((NATIONAL, overlay))
    yield f"# Overlay `{overlay}`: {pack.title}"
    for name, entry in pack.rules.items():
        if entry != national.rules.get(name):
            yield from _rule(name, entry, classes.get(entry.like or name))


def _rule(name: str, entry: Entry, cls: type | None) -> Iterator[str]:
    yield f"## {name} {entry.title}"
    if entry.clause:
        yield f"> {entry.clause}"
    yield "\n".join(f"- {label}: {value}" for label, value in _facts(entry))
    if cls is None:
        yield "Spoken by the engine or at the desk; it has no settings in the pack."
        return
    yield inspect.getdoc(cls) or ""
    yield from _settings(cls, entry.settings)


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "type", TYPES[entry.type]
    yield "scope", entry.scope
    if entry.window:
        yield "window", entry.window
    yield "source", entry.source
    if entry.like:
        yield "law", f"that of {entry.like}"
    if entry.type != "OWN":
        yield "points", "unconfirmed" if entry.points is None else str(entry.points)
    yield "advice", entry.advice


def plug_ins_page(title: str, package: str, table: str) -> str:
    """One section for each plug-in: what its module and class say, and its settings."""
    blocks = [f"# {title}", f"Settings go into `zhiban.toml` under `[{table}.NAME]`."]
    for name, cls in catalogue(package).items():
        blocks.append(f"## {name}")
        blocks.append(inspect.getdoc(importlib.import_module(cls.__module__)) or "")
        blocks.append(inspect.getdoc(cls) or "")
        blocks.extend(_settings(cls))
    return _page(blocks)


def configuration_page() -> str:
    """Every table of the configuration file."""
    blocks = ["# Configuration", "`zhiban.toml`. An unknown key stops the start and names file and key."]
    blocks.append('Any `KEY` may be written as `KEY_env = "NAME"` or `KEY_file = "path"`: secrets belong nowhere else.')
    for field in fields(Config):
        if inspect.isclass(field.type) and issubclass(field.type, msgspec.Struct):
            blocks.extend(_table(f"[{field.name}]", field.type))
    blocks.extend(_table("[desk]", Settings, without=("routes",)))
    blocks.extend(_table("[[routes]]", Route))
    blocks.extend(_table("[[digests]]", Subscription))
    blocks.append("## Plug-ins\n\n`[channels.NAME]` (its `type` says which, else its name): [channels](channels.md).")
    blocks.append(
        "`[connectors.NAME]`: [connectors](connectors.md). `[rules.ID]`, our own steps only: [rules](rules.md)."
    )
    return _page(blocks)


def _table(heading: str, cls: type, without: tuple[str, ...] = ()) -> Iterator[str]:
    yield f"## `{heading}`"
    yield inspect.getdoc(cls) or ""
    yield from _settings(cls, without=without)


def _settings(cls: type, official: Mapping[str, Any] | None = None, without: tuple[str, ...] = ()) -> Iterator[str]:
    """The fields of a plug-in or a table of the configuration, with what its source says beside each."""
    notes, official = _notes(cls), official or {}
    rows = [
        f"| `{field.name}` | {_type(cls, field.name)} | {_default(field, official)} | {notes.get(field.name, '')} |"
        for field in fields(cls)
        if field.name not in without and field.type is not Workdays
    ]
    if rows:
        yield "\n".join(["| setting | type | default | |", "| --- | --- | --- | --- |", *rows])


def _type(cls: type, name: str) -> str:
    found = next(home.__annotations__[name] for home in cls.__mro__ if name in vars(home).get("__annotations__", {}))
    return f"`{found}`".replace("|", "\\|")


def _default(field: FieldInfo, official: Mapping[str, Any]) -> str:
    if field.name in official:
        return f"{_written(official[field.name])} *official*"
    if field.default is not msgspec.NODEFAULT:
        return _written(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return _written(field.default_factory())
    return "required"


def _written(value: Any) -> str:
    """A value as one writes it in TOML."""
    if isinstance(value, Secret):
        return '`""`'
    if isinstance(value, timedelta):
        return f'`"{int(value.total_seconds()) // 3600}h"`' if value.total_seconds() % 3600 == 0 else f"`{value}`"
    if isinstance(value, Limit):
        return f'`"{value}"`'
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_written(one).strip('`')}" for key, one in value.items())
        return f"`{{ {inner} }}`" if inner else "`{}`"
    return f"`{msgspec.json.encode(value, enc_hook=str).decode()}`"


_FIELD = re.compile(r"^    (\w+): [^#\n]*#\s*(.+)$", re.MULTILINE)


def _notes(cls: type) -> dict[str, str]:
    """The comments that stand beside the fields."""
    homes = [home for home in reversed(cls.__mro__) if home.__module__.partition(".")[0] not in {"builtins", "msgspec"}]
    return {name: note.replace("|", "\\|") for home in homes for name, note in _FIELD.findall(inspect.getsource(home))}


def _page(blocks: list[str]) -> str:
    return "\n\n".join([MADE, *(block for block in blocks if block)]) + "\n"


def stale(folder: Path) -> list[str]:
    """The names of pages in `folder` that are not what the code says, and of those that it no longer makes."""
    made = pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    wrong = [name for name, text in made.items() if found.get(name) != text]
    return wrong + [name for name, text in found.items() if name not in made and text.startswith(MADE)]


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m zhiban.reference", description="Write the reference pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with the names of stale pages")
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    if asked.check:
        wrong = stale(asked.folder)
        for name in wrong:
            print(f"{asked.folder / name}: stale; run `python -m zhiban.reference {asked.folder}`", file=sys.stderr)
        return 1 if wrong else 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (asked.folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
