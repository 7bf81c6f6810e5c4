"""The ladder of an age limit: amber, red, breach, as moments counted from the last shown date."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from streams.days import DAY, Limit, breach_at, start_of
from streams.findings import Grade, Verdict, ok
from streams.holidays import swept_at
from streams.looks import Shown
from streams.workdays import Workdays


@lru_cache(maxsize=65536)
def steps(newest: date, limit: Limit, amber: int, red: int) -> tuple[datetime, datetime, datetime]:
    """(amber, red, breach). `amber` and `red` count days: after the last shown date for limits in days, before the
    breach for limits in months (RULEBOOK section 17: 10 and 12 days; 30 and 14 days before)."""
    breach = breach_at(newest, limit)
    if limit.months:
        return breach - amber * DAY, breach - red * DAY, breach
    return start_of(newest + amber * DAY), start_of(newest + red * DAY), breach


def climb(shown: Shown, moment: datetime, limit: Limit, days: tuple[int, int], worst: Grade) -> Verdict:
    """Where on the ladder a good look at `moment` stands and shows a dated item; `worst` is the grade of the breach."""
    assert shown.newest is not None
    amber, red, breach = steps(shown.newest, limit, *days)
    if moment < amber:
        return ok("updated")
    since, last = start_of(shown.newest), last_item(shown, limit)
    if moment >= breach:
        return Verdict(level=worst, since=since, due=breach, why="stale", args=last)
    step = "red" if moment >= red else "amber"
    return Verdict(level=Grade.DUE_SOON, step=step, since=since, due=breach, why="due_soon", args=last)


def lapse(shown: Shown, moment: datetime, limit: Limit, workdays: Workdays) -> tuple[Verdict, ...]:
    """Word for the desk, from the day of the sweep on, of what is not due soon yet but lapses before offices open
    again; none of all else."""
    assert shown.newest is not None
    breach = breach_at(shown.newest, limit)
    sweep = swept_at(breach, workdays)
    if sweep is None or moment < sweep:
        return ()
    said = last_item(shown, limit)
    return (Verdict(level=Grade.OK, since=start_of(shown.newest), due=breach, why="lapses", args=said, signal=True),)


def with_sweep(boundaries: tuple[datetime, datetime, datetime], workdays: Workdays) -> tuple[datetime, ...]:
    """The moments of the ladder, and before them the day of the sweep, where a holiday asks for one."""
    sweep = swept_at(boundaries[-1], workdays)
    return (sweep, *boundaries) if sweep is not None and sweep < boundaries[0] else boundaries


def last_item(shown: Shown, limit: Limit) -> dict[str, str]:
    """What a letter says of the last item: its shown date, its title where it has one, and the limit it is held to."""
    assert shown.newest is not None
    named = {"title": shown.title} if shown.title else {}
    return {"newest": shown.newest.isoformat(), "limit": str(limit)} | named


def scaled(limit: Limit, before: tuple[int, int] = (30, 14)) -> tuple[int, int]:
    """The due-soon steps of a limit that has none of its own: 10/14 and 12/14 of the days; for months `before` (30 and
    14 days before the breach), and less for limits too short for that: 10 and 5 days for each month."""
    if limit.months:
        return min(before[0], 10 * limit.months), min(before[1], 5 * limit.months)
    return max(limit.days * 10 // 14, 1), max(limit.days * 12 // 14, 1)
