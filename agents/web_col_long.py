"""WEB-COL-LONG: columns that should be updated and have not been for long."""

from __future__ import annotations

import msgspec

from agents._annual import is_annual_due
from agents._columnage import ColumnAgeRule
from agents._columns import AGELESS, is_first_rank, is_watched_column
from agents._count import Count
from streams.days import Limit
from streams.subjects import ColumnType, Source, Subject

_YEAR = Limit(months=12)
_ELSEWHERE = frozenset({ColumnType.HOME, ColumnType.LETTERS})  # WEB-HOME-STALE; MSG-PUB-2M and MSG-STAT, a deduction


class WebColLong(ColumnAgeRule, frozen=True, kw_only=True):
    """A column that should be updated has not been for longer than its limit (应更新但长期未更新); ten are a veto.

    What it sees: good looks at the column, by the date that each item shows.
    When it speaks: only where the column's limit is declared or its type has one; otherwise it is not judged. A yearly
    column is judged by its due day: a notice where nothing is dated in the year by then.
    What to do: update it, declare that there is no such business (本单位无此类事项), or merge it.
    """

    limits: dict[str, Limit]
    veto: int
    notices: dict[str, Limit] = msgspec.field(default_factory=dict)  # types that circulars name without counting them

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Columns with a limit that V4.1 does not judge already."""
        if not is_watched_column(subject, source, closing=self.closing_must_update) or source is None:
            return False
        if source.column_type in AGELESS or source.column_type in _ELSEWHERE or is_first_rank(source):
            return False
        if source.column_type is ColumnType.SEASONAL and not source.season:
            return False
        return self.limit_of(source) is not None

    def annual_of(self, source: Source) -> str:
        """The declared due day of a yearly column."""
        return source.annual_due if source.column_type is ColumnType.ANNUAL else ""

    def limit_of(self, source: Source) -> Limit | None:
        """The declared limit, else that of its type."""
        if source.column_type is ColumnType.ANNUAL:
            return _YEAR if is_annual_due(source.annual_due) else None
        kind = str(source.column_type)
        return source.limit or self.limits.get(kind) or self.notices.get(kind)

    def is_mild(self, source: Source) -> bool:
        """Named, not counted."""
        kind = str(source.column_type)
        return source.limit is None and kind not in self.limits and kind in self.notices

    def above(self) -> Count:
        """The site's count."""
        return Count("WEB-COL-LONG", self, self.veto)
