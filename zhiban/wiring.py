"""Wiring: builds every part from the configuration. It knows everything and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from agents._pack import Pack, PackError, build, parse_packs
from streams.rules import Rules
from streams.workdays import STATUTORY, Workdays
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


def _pack_text(name: str, base: Path | None) -> str:
    shipped = files("agents") / "packs" / f"{name}.toml"
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    try:
        return ((base or Path()) / name).read_text(encoding="utf-8")
    except OSError as error:
        raise PackError(say("config.pack", name=name, detail=error.strerror)) from error
