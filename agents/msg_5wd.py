"""MSG-5WD: a consultation that nobody answered within five working days."""

from __future__ import annotations

from agents._messages import WorkdayRule


class Msg5wd(WorkdayRule, frozen=True, kw_only=True):
    """A citizen's consultation waits for more than five working days (咨询类留言5个工作日内答复).

    What it sees: what happened to each message, and the calendar of working days with make-up workdays.
    When it speaks: due soon when half of the days are left and on the last; a breach from 00:00 after the last working
    day, where we know for certain that no answer came. A receipt (已收悉, 已转有关部门) is no answer.
    What to do: answer; a message that is withdrawn, a duplicate or not ours is to be marked so.
    """
