"""WEB-COL-STALE: news columns of two weeks, first-rank notices and policies of six months."""

from __future__ import annotations

from agents._columnage import ColumnAgeRule
from agents._columns import is_first_rank, is_watched_column
from agents._count import Count
from streams.days import Limit
from streams.subjects import ColumnType, Source, Subject


class WebColStale(ColumnAgeRule, frozen=True, kw_only=True):
    """A news column, or a first-rank notice or policy column, is not updated within its window; five are a veto.

    What it sees: good looks at the column, by the date that each item shows.
    When it speaks: due soon and breach for each column; a veto for the site once `veto` columns are in breach.
    What to do: publish in the column, or merge columns that one cannot keep.
    """

    news: Limit
    first_rank: Limit
    veto: int

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """The columns that V4.1 names."""
        watched = is_watched_column(subject, source, closing=self.closing_must_update)
        return watched and source is not None and is_first_rank(source)

    def limit_of(self, source: Source) -> Limit | None:
        """The declared limit, else the window of its type."""
        return source.limit or (self.news if source.column_type is ColumnType.NEWS else self.first_rank)

    def above(self) -> Count:
        """The site's count."""
        return Count("WEB-COL-STALE", self, self.veto)
