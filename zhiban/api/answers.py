"""From a question to a document: the rows that the commands print, chosen, put in the order of their ids, and cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from alerts.view import iso
from zhiban.api.declared import Operation, Question
from zhiban.api.folded import Folded
from zhiban.api.readers import READERS, Reader, Row
from zhiban.reading import Standing

Document = dict[str, Any]


class Answers:
    """Makes documents; rows of the present are kept as long as the watermark stands."""

    def __init__(self, folded: Folded) -> None:
        """Answer from `folded`."""
        self._folded = folded
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._rows_at: datetime | None = None

    def document(self, operation: Operation, question: Question) -> Document:
        """The answer to one question. Raises ValueError before the first tick, and Busy."""
        reader = READERS[operation.name]
        with self._standing(question.at) as standing:
            rows = self._all(operation.name, reader, question, standing)
            chosen = [row for row in rows if _is_wanted(row, question)]
            page, more = _cut(chosen, question)
            following = _next(operation, question, page[-1].key) if more else None
            head: Document = {"at": iso(standing.at), "total": len(chosen), "next": following}
            return head | reader.body(self._folded, standing, page, chosen)

    @contextmanager
    def _standing(self, at: datetime | None) -> Iterator[Standing]:
        if at is not None:
            yield self._folded.then(at)
            return
        with self._folded.now() as standing:
            yield standing

    def _all(self, name: str, reader: Reader, question: Question, standing: Standing) -> list[Row]:
        """Every row, in the order of their ids; those of the present are made once, under the fold's own lock."""
        if question.at is not None:
            return _ordered(reader.rows(self._folded, standing, question.state))
        if self._rows_at != standing.at:
            self._rows.clear()
            self._rows_at = standing.at
        key = name, question.state
        if key not in self._rows:
            self._rows[key] = _ordered(reader.rows(self._folded, standing, question.state))
        return self._rows[key]


def _ordered(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.key)


def _is_wanted(row: Row, question: Question) -> bool:
    is_about = not question.subject or row.subject == question.subject
    return is_about and (not question.unit or row.unit == question.unit)


def _cut(rows: Sequence[Row], question: Question) -> tuple[Sequence[Row], bool]:
    """One page, and whether there is more."""
    begin = bisect_right(rows, question.after, key=lambda row: row.key) if question.after else 0
    end = begin + question.limit
    return rows[begin:end], end < len(rows)


def _next(operation: Operation, question: Question, last: str) -> str:
    """Where the next page is: the same question, after the last row."""
    asked = {name: value for name, value in msgspec.structs.asdict(question).items() if value != _PLAIN[name]}
    asked |= {"after": last} | ({"at": question.at.isoformat()} if question.at is not None else {})
    return f"{operation.path}?{urlencode(asked)}"


_PLAIN = msgspec.structs.asdict(Question())
