"""`zhiban registry import` and `registry check`: from files to facts, with a report for people or scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from streams.records import Fact
from zhiban.commands.screen import screen
from zhiban.registry import Difference, Import, Known, Mapping, Scope, difference, load_mapping, read_registry
from zhiban.registry.importing import DEFAULT_CONNECTORS
from zhiban.registry.mapping import NO_MAPPING
from zhiban.registry.showing import as_json, drift_tables, import_lines
from zhiban.registry.words import translate

LONG_IMPORT = 2_000  # rows, from which on a bar is shown

DONE, FOUND, BAD_INPUT = 0, 1, 2


class Imported(msgspec.Struct, frozen=True):
    """What an import read, and how it differs from what is known."""

    imported: Import
    found: Difference


def import_registry(
    paths: Sequence[Path],
    known: Known,
    mapping: Mapping = NO_MAPPING,
    *,
    scope: Scope = Scope.NAMED,
    connectors: frozenset[str] = DEFAULT_CONNECTORS,
    progress: Callable[[int], None] = lambda _: None,
) -> Imported:
    """Read the files and compare them with what is known; writes nothing."""
    imported = read_registry(paths, mapping, known_subjects=known.subjects, connectors=connectors, progress=progress)
    return Imported(imported, difference(known, imported, scope))


def run_import(
    paths: Sequence[Path],
    load_known: Callable[[], Known],
    append: Callable[[Sequence[Fact]], None],
    *,
    mapping: Path | None = None,
    scope: Scope = Scope.NAMED,
    json: bool = False,
    exit_code: bool = False,
    language: str = "zh",
    connectors: frozenset[str] = DEFAULT_CONNECTORS,
    out: Console | None = None,
    err: Console | None = None,
) -> int:
    """Import: append the facts, report. Raises ConfigError for the mapping file, before anything is read.

    Exit code 2 when nothing could be taken; 1 when rows were refused, if `exit_code` asks for it; else 0.
    """
    done = _compare(paths, load_known, mapping, scope, connectors, None if json else (err or _stderr()), language)
    if done.found.facts:
        append(done.found.facts)
    _report(done, len(done.found.facts), json=json, language=language, out=out or screen())
    if not done.imported.tables:
        return BAD_INPUT
    return FOUND if exit_code and done.imported.refusals else DONE


def run_check(
    paths: Sequence[Path],
    load_known: Callable[[], Known],
    *,
    mapping: Path | None = None,
    scope: Scope = Scope.NAMED,
    json: bool = False,
    exit_code: bool = False,
    language: str = "zh",
    connectors: frozenset[str] = DEFAULT_CONNECTORS,
    out: Console | None = None,
    err: Console | None = None,
) -> int:
    """The drift report: what an import of these files would change; writes nothing. Raises ConfigError.

    Exit code 2 when nothing could be read; 1 when something differs or was refused, if `exit_code` asks; else 0.
    """
    done = _compare(paths, load_known, mapping, scope, connectors, None if json else (err or _stderr()), language)
    _report(done, None, json=json, language=language, out=out or screen())
    if not done.imported.tables:
        return BAD_INPUT
    return FOUND if exit_code and (done.found.drift.changes or done.imported.refusals) else DONE


def _stderr() -> Console:
    return Console(stderr=True)


def _compare(
    paths: Sequence[Path],
    load_known: Callable[[], Known],
    mapping: Path | None,
    scope: Scope,
    connectors: frozenset[str],
    shown_on: Console | None,
    language: str,
) -> Imported:
    read = load_mapping(mapping) if mapping is not None else NO_MAPPING
    with import_bar(shown_on, language) as progress:
        return import_registry(paths, load_known(), read, scope=scope, connectors=connectors, progress=progress)


@contextmanager
def import_bar(
    console: Console | None, language: str, what: str = "reading", long: int = LONG_IMPORT
) -> Iterator[Callable[[int], None]]:
    """A bar that counts rows, from `long` rows on; nothing without a console."""
    if console is None:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]}"))
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(translate(what, language), total=None, rows="")

    def advance(rows: int) -> None:
        if rows > long:
            bar.start()
            bar.update(task, rows=translate("rows", language, count=f"{rows:,}"))

    try:
        yield advance
    finally:
        bar.stop()


def _report(done: Imported, written: int | None, *, json: bool, language: str, out: Console) -> None:
    if json:
        document = as_json(done.imported, done.found, written or 0, language)
        out.file.write(msgspec.json.encode(document).decode() + "\n")
        return
    for line in import_lines(done.imported, language):
        out.print(line, highlight=False)
    for part in drift_tables(done.found.drift, language):
        out.print(part, highlight=False)
    if written:
        out.print(translate("written", language, count=written), highlight=False)
