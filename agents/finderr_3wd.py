"""FINDERR-3WD: an error report that nobody answered within three working days."""

from __future__ import annotations

from agents._messages import WorkdayRule


class Finderr3wd(WorkdayRule, frozen=True, kw_only=True):
    """A report by 「我为政府网站找错」 waits for more than three working days (3个工作日内审核答复).

    What it sees: what happened to each report, and the calendar of working days.
    When it speaks: due soon on the last working day, a breach after it.
    What to do: check and answer it, and say whether it was true (属实).
    """
