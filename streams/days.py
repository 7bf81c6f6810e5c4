"""Calendar days in Asia/Shanghai: pages show dates, and inspectors read them (DESIGN section 4).

A limit is a number of days or of calendar months. With the last shown date D and a limit of 14 days, D+14 is the
last safe date and the breach begins at D+15 00:00, Shanghai time. With 6 months, the last safe date is the last T
for which T minus 6 months (month ends clamped) is not after D.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

import msgspec

# China has kept UTC+8 without daylight saving since 1991: a fixed offset is exact for every date that we judge, and
# ten times faster than a zone database in the innermost loop.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)  # the least there is: before or after a limit that is exclusive
_OFFSET = timedelta(hours=8)


class Limit(msgspec.Struct, frozen=True, gc=False, order=True):
    """A span of calendar time: `days` or `months`, exactly one of them positive."""

    days: int = 0
    months: int = 0

    def __post_init__(self) -> None:
        if (self.days > 0) == (self.months > 0) or min(self.days, self.months) < 0:
            message = f"a limit is a positive number of days or of months, found {self.days} d and {self.months} mo"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"{self.days}d" if self.days else f"{self.months}mo"


_LIMIT = re.compile(r"(\d+)\s*(d|w|mo|y)")
_UNITS = {"d": ("days", 1), "w": ("days", 7), "mo": ("months", 1), "y": ("months", 12)}


def parse_limit(text: str) -> Limit:
    """Read `14d`, `2w`, `6mo` or `1y`; raises ValueError that names the text and what was expected."""
    found = _LIMIT.fullmatch(text.strip().lower())
    if not found or not int(found[1]):
        message = f"limit {text!r}: expected a number with d, w, mo or y, such as 14d or 6mo"
        raise ValueError(message)
    unit, factor = _UNITS[found[2]]
    return Limit(**{unit: int(found[1]) * factor})


def day_of(moment: datetime) -> date:
    """The Shanghai calendar day of an aware moment."""
    return (moment.astimezone(UTC) + _OFFSET).date()


@lru_cache(maxsize=65536)
def start_of(day: date) -> datetime:
    """00:00 Shanghai time of `day`, as an aware UTC moment."""
    return datetime.combine(day, time(), UTC) - _OFFSET


def months_before(day: date, months: int) -> date:
    """`day` minus calendar months, the day of the month clamped to the month's end."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_safe(newest: date, limit: Limit) -> date:
    """The last day on which something dated `newest` still satisfies `limit`."""
    if limit.days:
        return newest + limit.days * DAY
    candidate = months_before(newest, -limit.months)
    # The clamp makes several days point at one month end (31 Aug .. 28 Feb): walk on while the text still holds.
    while months_before(candidate + DAY, limit.months) <= newest:
        candidate += DAY
    return candidate


@lru_cache(maxsize=65536)
def breach_at(newest: date, limit: Limit) -> datetime:
    """The first moment at which something dated `newest` breaks `limit`: 00:00 after the last safe day."""
    return start_of(last_safe(newest, limit) + DAY)
