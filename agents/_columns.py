"""Which columns the column rules judge (RULEBOOK section 15)."""

from __future__ import annotations

from streams.subjects import ColumnType, Kind, Source, Status, Subject

READERS = frozenset({"column", "feed", "sitemap"})
AGELESS = frozenset({ColumnType.STATIC, ColumnType.ARCHIVED, ColumnType.LINK, ColumnType.SYSTEM, ColumnType.ALIAS})


def is_watched_column(subject: Subject, source: Source | None, *, closing: bool = False) -> bool:
    """A column of a site in operation, for which nobody declared that there is no such business."""
    if source is None or subject.kind is not Kind.SITE or source.connector not in READERS or source.declared_none:
        return False
    if source.column_type is None:
        return False
    return subject.status in {Status.RUNNING, Status.SUSPENDED} or (closing and subject.status is Status.CLOSING)


def is_first_rank(source: Source) -> bool:
    """V4.1: 动态、要闻类栏目, and 一级 通知公告、政策文件类栏目."""
    if source.column_type is ColumnType.NEWS:
        return True
    return source.top_level and source.column_type in {ColumnType.NOTICE, ColumnType.POLICY}
