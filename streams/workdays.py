"""Working days in China: the State Council's holidays and make-up workdays (调休), and what a city adds to them.

The statutory table is chinesecalendar's; an override file brings next year's notice on the day it is published, and
local days off or worked. A year without a notice is refused by name: it is never taken for plain weeks.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache

import msgspec
from chinese_calendar import constants

from streams.days import DAY


class UnknownYear(Exception):
    """No notice of holidays is known for `year`, so that no working day in it can be counted."""

    def __init__(self, year: int) -> None:
        """Name the year."""
        super().__init__(f"{year}: no notice of holidays and make-up workdays is known for this year")
        self.year = year


class OverrideError(ValueError):
    """An override file cannot be used; names file, key, what was found and what was expected."""


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year's notice: `off` and `work` are days such as 2027-02-06, or spans such as 2027-02-05..2027-02-11."""

    source: str
    off: tuple[str, ...] = ()
    work: tuple[str, ...] = ()


class LocalDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day of our own: whether it is worked here, why, and who said so."""

    work: bool
    why: str
    by: str = ""


class Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a city adds: `years` by number, `days` by date."""

    years: dict[str, Notice] = {}
    days: dict[str, LocalDay] = {}


NONE = Overrides()


class Workdays:
    """A calendar. Years are known or not, as a whole; two calendars with equal days have one `version`."""

    def __init__(self, overrides: Overrides = NONE, where: str = "overrides") -> None:
        """The statutory table under `overrides`; raises OverrideError that names `where`."""
        self._off: dict[date, str] = dict(constants.holidays)
        self._work: dict[date, str] = dict(constants.workdays)
        self._local: dict[date, LocalDay] = {}
        self._tables: dict[int, list[date]] = {}
        self.years = set(range(min(self._off).year, max(self._off).year + 1))
        for year, notice in overrides.years.items():
            self._take(_year(year, where), notice, where)
        for text, local in overrides.days.items():
            self._local[_day(text, f"{where}: [days.{text}]")] = local

    def _take(self, year: int, notice: Notice, where: str) -> None:
        """A year's notice replaces all that was known of the year."""
        self.years.add(year)
        for table, spans, what in ((self._off, notice.off, "off"), (self._work, notice.work, "work")):
            for day in [day for day in table if day.year == year]:
                del table[day]
            for day in _spread(spans, place := f"{where}: [years.{year}] {what}"):
                self._put(table, day, year, notice.source, place)

    def _put(self, table: dict[date, str], day: date, year: int, name: str, where: str) -> None:
        """A notice speaks of its year and of the days before it, and says one thing of each."""
        if day.year not in {year, year - 1}:
            message = f"{where}: {day}: expected a day of {year}"
            raise OverrideError(message)
        other = self._off if table is self._work else self._work
        if day.year == year and day in other:
            message = f"{where}: {day}: found under `off` and under `work`, expected under one of them"
            raise OverrideError(message)
        other.pop(day, None)
        table[day] = name

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day; raises UnknownYear."""
        if day.year not in self.years:  # local days alone make no year known
            raise UnknownYear(day.year)
        local = self._local.get(day)
        if local is not None:
            return local.work
        return day in self._work or (day.weekday() < 5 and day not in self._off)

    def reason(self, day: date) -> tuple[str, str]:
        """Why a day is worked or not: (`local`, `holiday`, `make_up`, `weekend` or `workday`, its name or "");
        raises UnknownYear."""
        worked, local = self.is_workday(day), self._local.get(day)
        if local is not None:
            return "local", local.why
        if worked:
            return ("make_up", self._work[day]) if day in self._work else ("workday", "")
        return ("holiday", self._off[day]) if day in self._off else ("weekend", "")

    def by(self, day: date) -> str:
        """Who said that a day of our own is worked or not; "" of all others."""
        local = self._local.get(day)
        return "" if local is None else local.by

    def after(self, start: date, days: int) -> date:
        """The last of `days` working days after `start`, which itself does not count; raises UnknownYear."""
        left, year = days, start.year
        begin = bisect_right(self._of(year), start)
        while begin + left > len(self._of(year)):
            left -= len(self._of(year)) - begin
            year, begin = year + 1, 0
        return self._of(year)[begin + left - 1] if days else start

    def count(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`; raises UnknownYear."""
        if end <= start:
            return 0
        whole = -bisect_right(self._of(start.year), start)
        whole += sum(len(self._of(year)) for year in range(start.year, end.year))
        return whole + bisect_right(self._of(end.year), end)

    @cached_property
    def version(self) -> str:
        """A short hash of every day that is known."""
        text = "".join(f"{year}:{','.join(day.isoformat() for day in self._of(year))};" for year in sorted(self.years))
        return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()

    def _of(self, year: int) -> list[date]:
        """The year's working days, ascending."""
        if year not in self.years:
            raise UnknownYear(year)
        if year not in self._tables:
            days = (set(_weekdays(year)) - self._off.keys()) | {day for day in self._work if day.year == year}
            for day, local in self._local.items():
                if day.year == year:
                    (days.add if local.work else days.discard)(day)
            self._tables[year] = sorted(days)
        return self._tables[year]


@lru_cache(maxsize=128)
def _weekdays(year: int) -> tuple[date, ...]:
    """Every Monday to Friday of a year."""
    first = date(year, 1, 1)
    every = (first + number * DAY for number in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in every if day.weekday() < 5)


STATUTORY = Workdays()


def parse_overrides(text: str, where: str) -> Overrides:
    """Read an override file's TOML; raises OverrideError that names `where` and the key."""
    try:
        return msgspec.toml.decode(text, type=Overrides)
    except msgspec.MsgspecError as error:
        message = f"{where}: {error}"
        raise OverrideError(message) from error


def _spread(spans: tuple[str, ...], where: str) -> Iterator[date]:
    for text in spans:
        first, _, last = text.partition("..")
        day, end = _day(first, where), _day(last or first, where)
        if end < day or (end - day).days > 60:
            message = f"{where}: {text!r}: expected a first and a later day of one holiday"
            raise OverrideError(message)
        yield from (day + number * DAY for number in range((end - day).days + 1))


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = f"{where}: {text!r}: expected a day such as 2027-02-06"
        raise OverrideError(message) from None


def _year(text: str, where: str) -> int:
    if text.isdecimal() and 2000 <= int(text) <= 2100:
        return int(text)
    message = f"{where}: [years.{text}]: expected a year such as 2027"
    raise OverrideError(message)
