"""The repository as the house rules see it: its committed files, and what is in its modules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("streams", "agents", "connectors", "alerts", "zhiban")

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def committed(*folders: str, suffix: str = "") -> list[Path]:
    """The committed files under these folders that are still there; what someone is just writing is not judged."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name.endswith(suffix) and name]
    return [path for path in paths if path.is_file()]


def short(path: Path) -> str:
    """A path as people write it here."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Function:
    """A function's place and its length in lines, without its docstring."""

    where: str
    lines: int


@cache
def functions(path: Path) -> tuple[Function, ...]:
    """Every function of a module, nested ones and methods too."""
    return tuple(_measured(path, node) for node in ast.walk(parsed(path)) if isinstance(node, FUNCTION))


def _measured(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    spent = (node.end_lineno or node.lineno) - node.lineno + 1
    return Function(f"{short(path)}:{node.lineno} {node.name}", spent - _docstring_lines(node))


def public_names(path: Path) -> Iterator[tuple[str, Documented]]:
    """The module itself, its public classes and functions, and the public methods of those classes."""
    module = parsed(path)
    yield short(path), module
    yield from _public(module, short(path))


def _public(parent: ast.Module | ast.ClassDef, where: str) -> Iterator[tuple[str, Documented]]:
    for node in parent.body:
        if isinstance(node, (ast.ClassDef, *FUNCTION)) and not node.name.startswith("_"):
            name = f"{where} {node.name}"
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, name)


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1
