"""The mapping file: which of their columns is which of ours, and what no column says."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Table
from pathlib import Path

import msgspec

from zhiban.config import ConfigError, value_in_words
from zhiban.registry.aliases import FIELDS, MESSAGES, OF_REGISTRY
from zhiban.words import say


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[columns]` ours = theirs, `[constants]` ours = the value of every row whose cell is empty.

    `implied`: whether a site gets a probe of its home page, and a home column, where the list of sources has none.
    """

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    implied: bool = True


NO_MAPPING = Mapping()

OURS = frozenset(field for kind in OF_REGISTRY for field in FIELDS[kind])
OURS_OF_MESSAGES = frozenset({*FIELDS[MESSAGES], "mailbox"})  # which mailbox they are of: a constant


def load_mapping(path: Path, ours: Collection[str] = OURS) -> Mapping:
    """Read a mapping file over the fields `ours`; raises ConfigError that names file, key, found and expected."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(say("mapping.unreadable", path=path, detail=error)) from error
    return parse_mapping(text, str(path), ours)


def parse_mapping(text: str, where: str, ours: Collection[str] = OURS) -> Mapping:
    """A mapping from TOML; raises ConfigError."""
    try:
        mapping = msgspec.toml.decode(text.encode(), type=Mapping)
    except msgspec.ValidationError as error:
        raise ConfigError(say("mapping.shape", where=where, detail=value_in_words(str(error)))) from error
    except msgspec.DecodeError as error:
        raise ConfigError(say("config.toml", path=where, detail=error)) from error
    faults = [*_strangers("columns", mapping.columns, ours), *_strangers("constants", mapping.constants, ours)]
    if faults:
        raise ConfigError(
            say("mapping.strange", where=where, detail="; ".join(faults), expected=", ".join(sorted(ours)))
        )
    return mapping


def _strangers(section: str, table: Table[str, str], ours: Collection[str]) -> list[str]:
    return [say("mapping.field", section=section, key=key) for key in table if key not in ours]
