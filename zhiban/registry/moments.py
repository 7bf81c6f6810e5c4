"""Moments in cells: text as people write it, spreadsheet dates and serial numbers. Naive means Shanghai."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from streams.days import SHANGHAI
from zhiban.registry.cells import Note, Value, halfwidth, text_of
from zhiban.registry.remarks import Bad

YEARS = range(2000, 2101)  # before 2000 no office had a mailbox on a site

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]?(\d{1,2})[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})(?:\.\d+)?)?)?)?秒?)?"
    r" ?(Z|[+-]\d{2}:?\d{2})?"
)
_TIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?()")
_DASHES = re.compile("[‐‑‒–—―－]+")
_LOOSE = re.compile(r"\s*([-/.年月:时点分])\s*")
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
_SERIALS = (36_526, 80_000)  # 2000 .. 2119


class Moment(msgspec.Struct, frozen=True):
    """A moment, aware UTC; where only the day was told, 00:00 of it in Shanghai, and `day_only`."""

    at: datetime
    day_only: bool = False

    @property
    def last(self) -> datetime:
        """The moment at the latest: 23:59 of a day."""
        return self.at + timedelta(hours=23, minutes=59) if self.day_only else self.at


def moment_of(value: Value, note: Note) -> Moment | None:
    """The cell's moment; None when empty. A spreadsheet's midnight is a day: it knows no dates without times."""
    if isinstance(value, datetime):
        return _sane(value, day_only=value.time() == time())
    if isinstance(value, date):
        return _sane(datetime.combine(value, time()), day_only=True)
    if isinstance(value, int | float) and not isinstance(value, bool) and _SERIALS[0] <= value < _SERIALS[1]:
        moment = _DAY_0 + timedelta(seconds=round(value * 86400))
        note("date_serial", date=moment.isoformat(" "))
        return _sane(moment, day_only=moment.time() == time())
    text = _LOOSE.sub(r"\1", _DASHES.sub("-", halfwidth(text_of(value))))
    if not text:
        return None
    found = _MOMENT.fullmatch(text) or _TIGHT.fullmatch(text)
    if found is None:
        raise Bad("moment")
    return _written(found)


def _written(found: re.Match[str]) -> Moment:
    year, month, day, hour, minute, second, zone = found.groups()
    numbers = [int(part or 0) for part in (year, month, day, hour, minute, second)]
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - its zone comes next
        aware = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{zone}").tzinfo) if zone else moment
    except ValueError as error:
        raise Bad("moment") from error
    return _sane(aware, day_only=hour is None)


def _sane(moment: datetime, *, day_only: bool) -> Moment:
    if moment.year not in YEARS:
        raise Bad("moment")
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)
    return Moment(aware.astimezone(UTC), day_only)
