"""Whose packages these are: `agents` and `streams` are names that others use too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGES = ("streams", "agents", "connectors", "alerts", "zhiban")


def strangers() -> list[str]:
    """Packages that would be imported from elsewhere than this one, with where they are found instead."""
    home = Path(__file__).resolve().parent.parent
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if origin is None or origin.parent.parent != home:
            found.append(f"{name}: found in {origin.parent if origin else 'nowhere'}, expected in {home / name}")
    return found
