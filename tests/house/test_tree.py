"""What the repository may hold: no shadowing packages, no mocks of our own code, no traces of one machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tree import committed, parsed, short

MOCKS = {"mock", "unittest.mock", "pytest_mock"}
# In pieces, so that this file does not find itself. A page's own links (`href="/home/..."`) are no machine's paths.
MACHINE = re.compile(r'(?<!href=")(?<!src=")(?<![\w./])/(?:work|root|home|Users)' + r"/\w")
REGISTRY = re.compile(
    "|".join(
        f"{host}[.]{end}"
        for host, end in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry[.]npmjs", "org"),
            ("proxy[.]golang", "org"),
            ("crates", "io"),
            ("repo1?[.]maven", "(?:apache[.])?org"),
            ("deb[.]debian", "org"),
        )
    )
)
RECORDED = ("tests/corpus/", "tests/golden/")


def test_no_test_folder_is_a_package_that_shadows_ours() -> None:
    assert [short(path) for path in committed("tests") if path.name == "__init__.py"] == []


def test_nothing_of_ours_is_mocked() -> None:
    """Ports have real versions in memory; a patched attribute tests the patch."""
    assert [found for path in committed("tests", "benchmarks", suffix=".py") for found in _mocks(path)] == []


def test_no_trace_of_a_machine_is_committed() -> None:
    assert [found for path in _texts() for found in _lines(path, MACHINE)] == []


def test_no_registry_is_named() -> None:
    assert [found for path in _texts() for found in _lines(path, REGISTRY)] == []


def _mocks(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if _imported(node) & MOCKS or _patches(node):
            yield f"{short(path)}:{getattr(node, 'lineno', 0)}"


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def _patches(node: ast.AST) -> bool:
    if isinstance(node, ast.arg):
        return node.arg == "mocker"
    return isinstance(node, ast.Attribute) and node.attr == "setattr" and ast.unparse(node) == "monkeypatch.setattr"


def _texts() -> list[Path]:
    return [path for path in committed() if not short(path).startswith(RECORDED)]


def _lines(path: Path, wanted: re.Pattern[str]) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # a picture, an archive, a page in GBK
        return
    for number, line in enumerate(text.splitlines(), 1):
        if wanted.search(line):
            yield f"{short(path)}:{number}: {line.strip()[:80]}"
