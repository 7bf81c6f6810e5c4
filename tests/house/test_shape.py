"""Functions and modules stay short, named for what they are, and say what they do."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from tree import PACKAGES, Function, committed, functions, public_names, short

FUNCTION_P95 = 25
FUNCTION_MAX = 60
FUNCTION_MEDIAN = 6
MODULE_MAX = 300
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# A migration is a list of tables, as long as the tables are many.
MODULES = [path for path in committed(*PACKAGES, suffix=".py") if "migrations" not in path.parts]


def every_function() -> list[Function]:
    return [function for path in MODULES for function in functions(path)]


def test_functions_are_short_as_a_rule(record_property: Callable[[str, object], None]) -> None:
    lengths = [function.lines for function in every_function()]
    p95 = quantiles(lengths, n=20)[-1]
    record_property("functions", f"{len(lengths)}: median {median(lengths)}, p95 {p95}, max {max(lengths)}")
    assert median(lengths) <= FUNCTION_MEDIAN
    assert p95 <= FUNCTION_P95


def test_no_function_is_long() -> None:
    assert [
        f"{function.where}: {function.lines} lines" for function in every_function() if function.lines > FUNCTION_MAX
    ] == []


def test_no_module_is_long() -> None:
    sizes = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > MODULE_MAX} == {}


def test_every_public_name_says_what_it_is() -> None:
    mute = [name for path in MODULES for name, node in public_names(path) if ast.get_docstring(node) is None]
    assert mute == []


def test_no_module_is_named_for_nothing() -> None:
    assert [short(path) for path in committed(suffix=".py") if _words(path) & EMPTY_NAMES] == []


def _words(path: Path) -> set[str]:
    return set(path.stem.lower().split("_")) | {path.parent.name.lower()}
