"""WEB-COL-BLANK: columns without content."""

from __future__ import annotations

from agents._blankness import BlankRule
from agents._count import Count
from streams.subjects import Source, Subject


class WebColBlank(BlankRule, frozen=True, kw_only=True):
    """A column has no content (空白栏目, 有栏目无内容); five are a veto.

    What it sees: good looks that show no item in a list that was in the page itself, not left to a script; and the
    first look at which a list that had items was empty.
    When it speaks: a breach on the second such look at least `apart` after the first, and not before the column has
    been with us for `grace`; a veto at `veto` columns.
    What to do: publish in it, or take the column off the site.
    """

    veto: int

    def counts(self, subject: Subject, source: Source) -> bool:
        """Each that it judges."""
        return self.applies(subject, source)

    def above(self) -> Count:
        """The site's count."""
        return Count("WEB-COL-BLANK", self, self.veto)
