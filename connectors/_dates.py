"""Dates as Chinese pages and feeds show them, read into Shanghai days; what is not surely a date is not read.

A date with a full year may stand anywhere in the text. Weaker forms (11-03, 昨天 10:20, 26-11-03, 3小时前, bare digits)
are read only where they are the whole text, less a label, brackets and a weekday: in running text they are telephone
numbers, prices, page numbers and document numbers as often as dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from connectors._clocks import CLOCK, TIME, ZONE, When, day_from, han_number, normal, when_of
from streams.days import DAY, day_of, months_before


def read_date(text: str, asked_at: datetime) -> When | None:
    """The date that `text` shows, or None. `asked_at` resolves relative and year-less ones; naive times are Shanghai's.

    1970 and the far future are returned as they stand; days that do not exist are refused.
    """
    plain = normal(text)
    if not plain:
        return None
    usual = _usual(plain)
    if usual:
        return usual
    label = _PUBLISHED.search(plain)
    found = _strong(plain[label.end() :]) if label else None
    return found or _strong(plain) or _weak(_bare(plain), asked_at)


def date_in_url(url: str) -> date | None:
    """The day that an article's path carries (t20261103_1.html, /2026/11/03/, /202611/03/), or None."""
    try:
        path = urlsplit(url[:2000]).path
    except ValueError:
        return None
    if "20" not in path and "199" not in path:
        return None
    for pattern in _PATHS:
        for found in pattern.finditer(path):
            day = day_from(found["y"], found["m"], found["d"])
            if day is not None:
                return day
    return None


def from_epoch(seconds: float) -> When | None:
    """A moment given as Unix seconds or milliseconds; None where it lies outside the calendar."""
    whole = seconds / 1000 if abs(seconds) >= 1e11 else seconds
    try:
        at = datetime.fromtimestamp(whole, UTC).replace(microsecond=0)
        return When(day_of(at), at)
    except (OverflowError, ValueError, OSError):
        return None


# Strong forms: a full year, anywhere in the text

_PUBLISHED = re.compile(r"(?:发布|发表|上网|公开|刊发)(?:日期|时间|于) ?:? ?|pubdate ?:? ?", re.IGNORECASE)
_FREE = r"(?<![0-9A-Za-z])(?<![0-9][./_-])(?<![第号])"
_YEAR = r"(?P<y>(?:1[6-9]|2[0-9])[0-9]{2}|9999|0001)"
_SEPARATED = rf"{_YEAR} ?(?P<sep>[-/.]) ?(?P<m>[0-9]{{1,2}}) ?(?P=sep) ?(?P<d>[0-9]{{1,2}})"
_NUMERIC = re.compile(
    rf"{_FREE}{_SEPARATED}(?:(?:日|T|[ ,]{{1,2}}|(?<=[0-9]{{2}})(?=[0-9]{{2}}:)){TIME})?"
    r"(?![0-9号])(?![-/.][0-9])"
)
_CHINESE = re.compile(
    rf"(?<![0-9]){_YEAR} ?年 ?(?P<m>[0-9]{{1,2}}) ?月 ?(?P<d>[0-9]{{1,2}})(?: ?[日号]|(?![0-9]))"
    rf"(?:[ ,]{{0,2}}(?:(?:星期|周)[一二三四五六日天][ ,]?)?{TIME})?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<mon>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6})\.?"
_RFC822 = re.compile(
    rf"(?<![0-9A-Za-z])(?P<d>[0-9]{{1,2}})[ -]{_MONTH}[ ,-]{{1,2}}(?P<y>[0-9]{{4}}|[0-9]{{2}})(?![0-9])"
    rf"(?:[ ,]{{1,2}}{TIME})?",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    rf"(?<![0-9A-Za-z]){_MONTH} (?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<y>[0-9]{{4}})(?:[ ,]{{1,2}}{TIME})?",
    re.IGNORECASE,
)
_UNIX = re.compile(rf"(?<![0-9A-Za-z]){_MONTH} {{1,2}}(?P<d>[0-9]{{1,2}}) {CLOCK}{ZONE} (?P<y>[0-9]{{4}})(?![0-9])")


def _english(found: re.Match[str]) -> When | None:
    month = _MONTHS.index(found["mon"][:3].lower()) + 1
    year = found["y"] if len(found["y"]) == 4 else str(_century(int(found["y"]), 2069))
    return when_of(day_from(year, str(month), found["d"]), found)


def _plain(found: re.Match[str]) -> When | None:
    return when_of(day_from(found["y"], found["m"], found["d"]), found)


_STRONG: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], When | None]], ...] = (
    (_NUMERIC, _plain),
    (_CHINESE, _plain),
    (_RFC822, _english),
    (_UNIX, _english),
    (_AMERICAN, _english),
)


# The two forms that nearly everybody writes, as the whole text: read at once, and as the five above read them.
_EXACT = r"(?P<half>)(?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2}))?"
_IN_FEEDS = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(?P<d>[0-9]{1,2}) (?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<y>[0-9]{4}) "
    rf"{_EXACT} (?P<zone>GMT|[+-][0-9]{{4}})"
)
_IN_LISTS = re.compile(
    rf"{_YEAR}-(?P<m>[0-9]{{2}})-(?P<d>[0-9]{{2}})(?:[ T]{_EXACT}(?P<zone>Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?"
)


def _usual(text: str) -> When | None:
    listed = _IN_LISTS.fullmatch(text)
    if listed:
        return _plain(listed)
    fed = _IN_FEEDS.fullmatch(text)
    return _english(fed) if fed else None


def _strong(text: str) -> When | None:
    """The first date with a full year."""
    best: tuple[int, When] | None = None
    for pattern, read in _STRONG:
        for found in pattern.finditer(text):
            when = read(found)
            if when is not None:
                best = (found.start(), when) if best is None or found.start() < best[0] else best
                break
    return best[1] if best else None


def _century(short: int, last: int) -> int:
    """The full year of two digits: the latest that is not after `last`."""
    return last - (last - short) % 100


# Weak forms: the whole text

_LABEL = re.compile(r"^(?:[\u4e00-\u9fff]{0,4}(?:日期|时间)|(?:发布|更新|发表|编辑|刊发)于?)(?: ?: ?| |(?=[0-9]))")
_WEEKDAY = re.compile(r"[ ,(]*(?:星期|周)[一二三四五六日天]\)?$")
_BRACKETS = "[](){}<>【】〖〗「」『』《》|·,;: "


_HAN_COUNT = re.compile(r"^([一二两三四五六七八九十]{1,3})(?=个?(?:小时|分钟|天|周|星期|月|年|秒))")


def _bare(text: str) -> str:
    return _HAN_COUNT.sub(_count, _WEEKDAY.sub("", _LABEL.sub("", text)).strip(_BRACKETS))


def _count(found: re.Match[str]) -> str:
    return str(han_number(found[1]))


def _two_digit_year(found: re.Match[str], asked_at: datetime) -> When | None:
    year = _century(int(found["y"]), day_of(asked_at).year + 1)
    return when_of(day_from(str(year), found["m"], found["d"]), found)


def _yearless(found: re.Match[str], asked_at: datetime) -> When | None:
    """The nearest such day that is not after the day of the look."""
    today = day_of(asked_at)
    for year in range(today.year, today.year - 9, -1):
        day = day_from(str(year), found["m"], found["d"])
        if day is not None and day <= today:
            return when_of(day, found)
    return None


def _digits(found: re.Match[str], _asked_at: datetime) -> When | None:
    return when_of(day_from(found["y"], found["m"], found["d"]), found)


def _epoch(found: re.Match[str], _asked_at: datetime) -> When | None:
    return from_epoch(int(found[0]))


_NAMED = {"今": 0, "昨": 1, "前": 2, "大前": 3}


def _named(found: re.Match[str], asked_at: datetime) -> When | None:
    return when_of(day_of(asked_at) - _NAMED[found["name"]] * DAY, found)


def _today(found: re.Match[str], asked_at: datetime) -> When | None:
    return when_of(day_of(asked_at), found)


_SPANS = {"秒": 1, "分": 60, "小时": 3600}


def _ago(found: re.Match[str], asked_at: datetime) -> When | None:
    """The moment so long ago; of weeks, months and years the latest day that they can mean."""
    count, unit = float(found["n"].replace("半", "0.5")), found["unit"].removesuffix("钟")
    if unit in _SPANS:
        at = (asked_at - timedelta(seconds=count * _SPANS[unit])).astimezone(UTC)
        return When(day_of(at), at)
    today = day_of(asked_at)
    if unit in {"月", "年"}:
        months = round(count * (12 if unit == "年" else 1))
        return When(months_before(today, months)) if months <= 1200 else None
    return When(today - int(count) * (7 if unit in {"周", "星期"} else 1) * DAY)


def _just_now(_found: re.Match[str], asked_at: datetime) -> When | None:
    return When(day_of(asked_at), asked_at.astimezone(UTC))


_MAYBE_TIME = rf"(?: ?{CLOCK})?"
_COMPACT = r"(?:T?(?P<half>)(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?P<S>[0-9]{2})(?P<zone>Z)?)?"
_WEAK: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], When | None]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (rf"(?P<y>[0-9]{{2}})(?P<sep>[-/.])(?P<m>[0-9]{{2}})(?P=sep)(?P<d>[0-9]{{2}})(?: {CLOCK})?", _two_digit_year),
        (rf"(?P<y>[0-9]{{2}})年(?P<m>[0-9]{{1,2}})月(?P<d>[0-9]{{1,2}})[日号]{_MAYBE_TIME}", _two_digit_year),
        (rf"(?P<m>[0-9]{{2}})-(?P<d>[0-9]{{2}})(?: {CLOCK})?", _yearless),
        (rf"(?P<m>[0-9]{{1,2}})月(?P<d>[0-9]{{1,2}})[日号]{_MAYBE_TIME}", _yearless),
        (rf"(?P<m>[0-9]{{1,2}})/(?P<d>[0-9]{{1,2}}) {CLOCK}", _yearless),
        (r"(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})" + _COMPACT, _digits),
        (r"(?P<d>[0-9]{1,2})日? (?P<y>(?:19|20)[0-9]{2})[-/.年](?P<m>[0-9]{1,2})月?", _digits),
        (r"(?P<m>[0-9]{1,2})(?:[-/.]|月)(?P<d>[0-9]{1,2})日? (?P<y>(?:19|20)[0-9]{2})年?", _digits),
        (r"1[0-9]{9}|1[0-9]{12}", _epoch),
        (rf"(?P<name>今|昨|前|大前)[天日]{_MAYBE_TIME}", _named),
        (CLOCK.replace(")?(?P<H>", ")(?P<H>", 1), _today),
        (r"(?P<n>[0-9]{1,4}|半) ?个? ?(?P<unit>秒钟?|分钟?|小时|天|周|星期|月|年)前", _ago),
        (r"刚刚|刚才|just now", _just_now),
    )
)  # fmt: skip


def _weak(text: str, asked_at: datetime) -> When | None:
    for pattern, read in _WEAK:
        found = pattern.fullmatch(text)
        if found:
            try:
                return read(found, asked_at)
            except (ValueError, OverflowError):
                return None
    return None


# Paths

_Y, _M, _D = r"(?P<y>(?:199|20[0-9])[0-9])", r"(?P<m>[0-9]{2})", r"(?P<d>[0-9]{2})"
_PATHS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"/[a-z]?{_Y}{_M}{_D}(?:[0-9]{{4}}|[0-9]{{6}})?(?=[_./-]|$)",
        rf"[_-]{_Y}{_M}{_D}(?=[_./-]|$)",
        rf"/{_Y}[/-](?P<m>[0-9]{{1,2}})[/-](?P<d>[0-9]{{1,2}})(?=[/_.]|$)",
        rf"/{_Y}{_M}/{_D}/",
        rf"/{_Y}/{_M}{_D}(?=[/_.]|$)",
    )
)
