"""Parts of dates: the normal form of a text, Chinese numerals, clock times and zones."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from streams.days import SHANGHAI, day_of

LONGEST = 400  # characters of a text that are looked at


class When(NamedTuple):
    """A date that was shown: its Shanghai day, and the moment (UTC) where a clock time stands beside it."""

    day: date
    at: datetime | None = None


_DASHES = re.compile("[\u2010-\u2015\u2212\u2500\u2501\u30fc\ufe58\uff0d_]+|-{2,}")
_RUNS = re.compile("_|--")
_SPACES = re.compile(r"\s+")
_DIGITS = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}
_HAN = "〇零○一二三四五六七八九"
_NUMBER = rf"[{_HAN}十廿卅]{{1,3}}|[0-9]{{1,2}}"
_HAN_DATE = re.compile(
    rf"(?<![{_HAN}十])(?:([{_HAN}]{{4}}|[{_HAN}]{{2}}) ?年 ?)?({_NUMBER}) ?月 ?({_NUMBER}) ?([日号])"
)


def normal(text: str) -> str:
    """One kind of digit, dash and space; dates in Chinese numerals written with digits."""
    if text.isascii() and not _RUNS.search(text):
        return " ".join(text[:LONGEST].split())
    plain = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
    # A run of underscores parts nothing in a date, but a run of dashes of any kind does (2026——11——03).
    plain = _SPACES.sub(" ", _DASHES.sub(lambda run: "_" if run[0][0] == "_" else "-", plain)).strip()
    return _HAN_DATE.sub(_arabic, plain) if "月" in plain else plain


def _arabic(found: re.Match[str]) -> str:
    year = "".join(str(_DIGITS[digit]) for digit in found[1] or "")
    return f"{year}{'年' if year else ''}{han_number(found[2])}月{han_number(found[3])}{found[4]}"


def han_number(text: str) -> int:
    """十一 → 11, 二十三 → 23, 廿三 → 23, 〇三 → 3; nonsense gives a number that no calendar has."""
    if text.isascii():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if "十" not in text:
        return int("".join(str(_DIGITS[digit]) for digit in text))
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return 99
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


# Clock times and zones

_HALF = r"(?:(?P<half>上午|下午|中午|晚上|凌晨|早上|傍晚|[AP]M) ?)?"
CLOCK = rf"{_HALF}(?P<H>[0-9]{{1,2}})(?::|时|点)(?P<M>[0-9]{{2}})(?:(?::|分)(?P<S>[0-9]{{2}}))?(?:\.[0-9]+)?[分秒]?"
_TAIL = r"(?: ?(?P<half2>[AP]M)\b)?"
ZONE = r"(?: ?(?P<zone>Z\b|(?:GMT|UTC)?[+-][0-9]{1,2}(?::?[0-9]{2})?(?![0-9])|\(?[A-Z]{2,5}\)?(?![A-Za-z])))?"
TIME = rf"{CLOCK}{_TAIL}{ZONE}"
# CST is China's own time on Chinese pages (Java prints it), not Central Time as RFC 822 has it.
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "CST": 8, "BJT": 8, "HKT": 8, "JST": 9, "KST": 9, "CET": 1, "CEST": 2}
_ZONES |= {"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1, "WET": 0, "EET": 2}
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")


def _zone(text: str | None) -> timezone | None:
    """The zone of a suffix; Shanghai without one; None where its name is unknown."""
    if not text:
        return SHANGHAI
    name = text.strip("()")
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    offset = _OFFSET.fullmatch(name)
    if not offset:
        return None
    span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if span > timedelta(hours=15):
        return None
    return timezone(span if offset[1] == "+" else -span)


def _hour(found: re.Match[str]) -> int:
    hour = int(found["H"])
    half = found["half"] or found.groupdict().get("half2") or ""
    if half in {"下午", "晚上", "傍晚", "PM"} and hour < 12:
        return hour + 12
    if half == "中午" and hour < 3:
        return hour + 12
    return 0 if half in {"AM", "凌晨"} and hour == 12 else hour


def when_of(day: date | None, found: re.Match[str]) -> When | None:
    """`day` with the clock time of the match, where that is one; a zone may move the day."""
    if day is None or not found.groupdict().get("H"):
        return When(day) if day else None
    zone = _zone(found.groupdict().get("zone"))
    try:
        clock = time(_hour(found), int(found["M"]), int(found["S"] or 0))
        at = datetime.combine(day, clock, zone).astimezone(UTC) if zone else None
        return When(day_of(at), at) if at else When(day)
    except (ValueError, OverflowError):
        return When(day)


def day_from(year: str, month: str, day: str) -> date | None:
    """The day, or None where the calendar has no such day."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
