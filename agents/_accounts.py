"""Which accounts the account rules judge."""

from __future__ import annotations

from streams.subjects import Kind, Source, Status, Subject

READERS = frozenset({"account", "feed", "column"})


def is_watched_account(subject: Subject, source: Source | None, *, closing: bool) -> bool:
    """A source that shows an account's posts. 注销中 is judged only where `closing` says that it must still update."""
    if source is None or subject.kind is not Kind.ACCOUNT or source.connector not in READERS or source.declared_none:
        return False
    return subject.status in {Status.RUNNING, Status.SUSPENDED} or (closing and subject.status is Status.CLOSING)
