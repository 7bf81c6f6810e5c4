"""Columns of 留言公开: which of them publish answered messages, and which their statistics (by name)."""

from __future__ import annotations

from fnmatch import fnmatchcase

from agents._columns import is_watched_column
from streams.subjects import ColumnType, Source, Subject


def is_letters(subject: Subject, source: Source | None) -> bool:
    """A watched column of the type `letters`."""
    watched = is_watched_column(subject, source)
    return watched and source is not None and source.column_type is ColumnType.LETTERS


def is_statistics(source: Source, names: tuple[str, ...]) -> bool:
    """Whether the column's name says that it publishes statistics; `names` are shell globs."""
    return any(fnmatchcase(source.name, name) for name in names)
