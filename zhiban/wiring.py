"""Wiring: builds every part from the configuration. It knows everything and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from agents._pack import Pack, PackError, build, parse_packs
from streams.rules import Rules
from streams.workdays import STATUTORY, OverrideError, Workdays, parse_overrides
from zhiban.config import Config, ConfigError
from zhiban.words import say


def load_pack(names: Sequence[str], base: Path | None = None) -> Pack:
    """The pack of these names: one that ships, or a TOML file (relative to `base`); the base first, then overlays."""
    return parse_packs([(name, _pack_text(name, base)) for name in names])


def load_rules(
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    base: Path | None = None,
    without: Sequence[str] = (),
    workdays: Workdays = STATUTORY,
) -> Rules:
    """The rules of these packs; raises PackError."""
    return build(load_pack(names, base), settings, without, workdays)


def rules_of(config: Config, base: Path, pack: Pack, without: Sequence[str] = ()) -> Rules:
    """The rules of a working directory: a pack, our own steps, and the calendar; raises PackError or ConfigError."""
    return build(pack, config.rules, without, load_workdays(config, base))


def load_workdays(config: Config, base: Path) -> Workdays:
    """The calendar with the file that `[watch] workdays` names; raises ConfigError that names file and key."""
    if not config.watch.workdays:
        return STATUTORY
    path = base / config.watch.workdays
    try:
        return Workdays(parse_overrides(path.read_text(encoding="utf-8-sig"), str(path)), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(say("config.workdays", where=base / "zhiban.toml", name=path, detail=error)) from error
    except OverrideError as error:
        raise ConfigError(str(error)) from error


def _pack_text(name: str, base: Path | None) -> str:
    shipped = files("agents") / "packs" / f"{name}.toml"
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    try:
        return ((base or Path()) / name).read_text(encoding="utf-8")
    except OSError as error:
        raise PackError(say("config.pack", name=name, detail=error.strerror)) from error
