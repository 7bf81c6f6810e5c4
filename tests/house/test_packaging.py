"""One project file, one lock, five packages that are ours."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tree import PACKAGES, ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
WANTED = [*PROJECT["project"]["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LOCK)}


def test_the_lock_is_pins_and_nothing_else() -> None:
    """No address, no index, no path: the reader's own settings say where packages come from."""
    assert [line for line in LOCK if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*", line)] == []


@pytest.mark.parametrize("line", WANTED)
def test_the_lock_holds_what_the_project_asks_for(line: str) -> None:
    requirement = Requirement(line)
    pin = PINS.get(canonicalize_name(requirement.name))
    assert pin is not None, f"{requirement.name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(pin), f"{line} does not allow the locked {pin}: run `make lock`"


def test_the_packages_are_listed_by_hand() -> None:
    assert tuple(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_ours_and_no_namesake(name: str) -> None:
    """`agents` is also what another distribution installs."""
    assert Path(importlib.import_module(name).__file__ or "").parent == ROOT / name


@pytest.mark.parametrize("target", ["accuracy", "bench", "check", "demo", "help", "nightly", "test"])
def test_make_help_tells_of(target: str) -> None:
    assert re.search(rf"^{target}:.*## \S", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
