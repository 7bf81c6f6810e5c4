"""MSG-PUB-2M: no answered message published for two months."""

from __future__ import annotations

from agents._columnage import ColumnAgeRule
from agents._letters import is_letters, is_statistics
from streams.days import Limit
from streams.subjects import Source, Subject


class MsgPub2m(ColumnAgeRule, frozen=True, kw_only=True):
    """The column in which a portal publishes messages and their answers (留言公开) is not updated for two months.

    What it sees: good looks at columns of the type `letters`, by the date that each item shows; not those whose name
    says that they hold statistics.
    When it speaks: due soon, and a breach from the day after the two months, or after the limit that is declared.
    What to do: publish answered messages, or declare that there is no such business.
    """

    limit: Limit
    statistics: tuple[str, ...]

    def applies(self, subject: Subject, source: Source | None) -> bool:
        """Columns of published messages."""
        return is_letters(subject, source) and source is not None and not is_statistics(source, self.statistics)

    def limit_of(self, source: Source) -> Limit | None:
        """The declared limit, else two months."""
        return source.limit or self.limit
