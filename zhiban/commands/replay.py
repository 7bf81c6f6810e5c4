"""`zhiban replay`: recorded responses through the real connectors, rules and desk."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from rich.markup import render

from alerts.board import Language
from streams.ports.archive import Archive
from streams.ports.store import open_store
from zhiban import words
from zhiban.commands.registry import import_registry
from zhiban.commands.screen import screen
from zhiban.commands.showing import findings_document, print_findings
from zhiban.config import Config, load_config
from zhiban.deskwork import clauses_of
from zhiban.reading import standing_at
from zhiban.registry import Known
from zhiban.registry.mapping import Mapping, load_mapping
from zhiban.registry.showing import import_lines
from zhiban.replaying import Replay
from zhiban.watch import desk_settings
from zhiban.ways import build_connectors, to_json
from zhiban.wiring import load_pack, load_workdays, rules_of


def replay(
    files: Sequence[Path],
    tables: Sequence[Path],
    until: datetime | None,
    folder: Path,
    *,
    state: str,
    json: bool,
    mapping: Path | None,
) -> int:
    """Replay into a store in memory and show what stands open at the end; nothing is sent anywhere."""
    for path in (*files, *tables):
        if not path.is_file():
            raise FileNotFoundError(words.say("gone.file", path=path))
    where = folder / "zhiban.toml"
    config = load_config(where) if where.is_file() else Config()
    words.configure(config.watch.language)
    pack = load_pack(config.watch.pack, folder)
    # Nothing implied: a probe that nobody recorded would only be blind.
    named = load_mapping(mapping) if mapping is not None else Mapping(implied=False)
    imported = import_registry(tables, Known(), named).imported
    _complain(import_lines(imported, words.language()))
    archive = Archive(files)
    _complain(f"{one}" for one in archive.damage)
    store = open_store("sqlite://")
    rules = rules_of(config, folder, pack)
    connectors = build_connectors(config.connectors, str(where), folder, pack.messages)
    done = Replay(store, rules, connectors).run(imported.subjects, imported.sources, archive, until)
    language = Language(words.language(), clauses_of(pack), load_workdays(config, folder))
    standing = standing_at(store, done.at, desk_settings(config, folder), language)
    document = findings_document(standing, language, store, state)
    document |= {"looks": done.looks, "records": done.records, "unmatched": done.unmatched}
    if json:
        sys.stdout.write(to_json(document) + "\n")
    else:
        print_findings(standing, document["findings"], language, screen())
    return 0


def _complain(lines: Iterable[str]) -> None:
    for line in lines:
        print(render(line).plain, file=sys.stderr)
