"""A recount of replies that shares nothing with Zhiban: the file's rows, holiday files, and day after day."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from chinese_calendar import constants

from streams.workdays import STATUTORY

DAY = timedelta(days=1)


class Letter(NamedTuple):
    """One row of the file; naive times are Shanghai's."""

    id: str
    asked: datetime
    replied: datetime
    reply: str


class Calendar(NamedTuple):
    """Days that differ from plain weeks: whether they are worked."""

    special: Mapping[date, bool]
    years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Whether offices work on it."""
        return self.special.get(day, day.weekday() < 5)

    def last_day(self, asked: date, days: int) -> date:
        """The last of `days` working days after the day of asking."""
        day = asked
        while days:
            day += DAY
            days -= self.is_workday(day)
        return day


def letters(path: Path) -> list[Letter]:
    """The file's rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Letter(
                row["id"],
                datetime.fromisoformat(row["asked_at"]),
                datetime.fromisoformat(row["replied_at"]),
                row["reply"],
            )
            for row in csv.DictReader(file)
        ]


def within(row: Letter, days: int, calendar: Calendar) -> bool:
    """Whether it was replied to on or before the last day."""
    return row.replied.date() <= calendar.last_day(row.asked.date(), days)


def from_package() -> Calendar:
    """The table of chinesecalendar itself, which alone reaches back to 2004."""
    special = dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True)
    return Calendar(special, frozenset(day.year for day in special))


def from_files(folder: Path) -> Calendar:
    """The JSON files; where there is an iCalendar file of the same year, it must say the same."""
    special: dict[date, bool] = {}
    years = set()
    for path in sorted(folder.glob("20*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        years.add(found["year"])
        days = {date.fromisoformat(day["date"]): not day["isOffDay"] for day in found["days"]}
        ics = folder / "ics" / f"{path.stem}.ics"
        if ics.is_file() and dict(_from_ics(ics.read_text(encoding="utf-8"))) != days:
            message = f"{ics.name} and {path.name} differ"
            raise RuntimeError(message)
        special |= days
    return Calendar(special, frozenset(years))


_EVENT = re.compile(
    r"SUMMARY:(?P<what>[^\n]*)\n(?:[A-Z-]+[:;][^\n]*\n)*?DTSTART;VALUE=DATE:(?P<first>\d{8})\n"
    r"DTEND;VALUE=DATE:(?P<after>\d{8})"
)


def _from_ics(text: str) -> Iterator[tuple[date, bool]]:
    for event in _EVENT.finditer(text.replace("\r\n", "\n").replace("\n ", "")):
        day, after = (datetime.strptime(event[name], "%Y%m%d").date() for name in ("first", "after"))
        while day < after:
            yield day, event["what"].startswith("上班")
            day += DAY


def differing_days(files: Calendar) -> list[tuple[date, str]]:
    """The days of the files' years on which they and Zhiban's calendar differ."""
    first, last = date(min(files.years), 1, 1), date(max(files.years), 12, 31)
    every = (first + number * DAY for number in range((last - first).days + 1))
    return [
        (day, "worked" if files.is_workday(day) else "off")
        for day in every
        if files.is_workday(day) != STATUTORY.is_workday(day)
    ]
