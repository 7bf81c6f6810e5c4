"""What each field wants of its cell: dates, addresses, spans, yes or no. Each raises Bad with what was expected."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.parse import SplitResult, urlsplit, urlunsplit

from streams.days import Limit, parse_limit
from zhiban.config import parse_span
from zhiban.registry.cells import Note, Value, halfwidth, text_of
from zhiban.registry.remarks import Bad

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_TIGHT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DASHES = re.compile("[-‐‑‒–—―－]+")
_SERIAL_DAY_0 = date(1899, 12, 30)  # day 60 of a spreadsheet is a 29 February 1900 that never was
_SERIALS = range(20_000, 80_000)  # 1954 .. 2119
_YEARS = range(1949, 2101)


def date_of(value: Value, note: Note) -> date | None:
    """A Shanghai calendar day; None when empty. Month-first and two-digit years are refused, never guessed."""
    if isinstance(value, datetime):
        return _sane(value.date())
    if isinstance(value, date):
        return _sane(value)
    if isinstance(value, int | float) and value in _SERIALS:
        day = _SERIAL_DAY_0 + timedelta(days=int(value))
        note("date_serial", date=day.isoformat())
        return day
    text = _DASHES.sub("-", halfwidth(text_of(value)))
    found = _DATE.fullmatch(re.sub(r"\s*([-/.年月日])\s*", r"\1", text)) or _TIGHT_DATE.fullmatch(text)
    if not text:
        return None
    if not found:
        raise Bad("date")
    return _calendar_day(*(int(part) for part in found.groups()))


def _calendar_day(year: int, month: int, day: int) -> date:
    try:
        return _sane(date(year, month, day))
    except ValueError as error:
        raise Bad("date") from error


def _sane(day: date) -> date:
    if day.year not in _YEARS:
        raise Bad("date")
    return day


_MONTH_DAY = re.compile(r"(\d{1,2})[-/.月](\d{1,2})日?")
_TO = re.compile(r"\.\.+|…+|至|到|~|～")
_LEAP_YEAR = 2024


def month_day_of(value: Value, _note: Note) -> str:
    """`01-31`, "" when empty. A spreadsheet makes a date of this year of it: month and day are what was typed."""
    if isinstance(value, date):
        return f"{value.month:02}-{value.day:02}"
    text = halfwidth(text_of(value)).replace(" ", "")
    return _month_day(text, "month_day") if text else ""


def _month_day(text: str, why: str) -> str:
    found = _MONTH_DAY.fullmatch(_DASHES.sub("-", text))
    try:
        day = date(_LEAP_YEAR, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Bad(why)
    return f"{day.month:02}-{day.day:02}"


def season_of(value: Value, _note: Note) -> str:
    """`05-15..09-30`, "" when empty; also 5月15日至9月30日."""
    text = halfwidth(text_of(value)).replace(" ", "")
    if not text:
        return ""
    ends = _TO.split(text)
    if len(ends) != 2:
        raise Bad("season")
    return "..".join(_month_day(end, "season") for end in ends)


_YES = frozenset(["是", "有", "y", "yes", "true", "1", "√", "✓", "✔", "对"])
_NO = frozenset(["否", "无", "不是", "n", "no", "false", "0", "×", "x", "✗"])


def yes_no_of(value: Value, _note: Note) -> bool:
    """Whether the cell says yes; empty is no."""
    word = halfwidth(text_of(value)).lower()
    if word in _YES:
        return True
    if word in _NO or not word:
        return False
    raise Bad("yes_no")


def declared_of(value: Value, _note: Note) -> str:
    """Who declared that there is no such business, and when; a bare no is an empty declaration."""
    text = text_of(value)
    return "" if text.lower() in _NO else text


_IN_LATIN = (("个月", "mo"), ("月", "mo"), ("天", "d"), ("日", "d"), ("周", "w"), ("星期", "w"), ("年", "y"))
_SPANS = (("分钟", "m"), ("小时", "h"), ("分", "m"), ("时", "h"), ("天", "d"), ("日", "d"), ("min", "m"))
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=31)


def limit_of(value: Value, _note: Note) -> Limit | None:
    """`14d`, `6mo` or 14天, 6个月; None when empty."""
    text = _latin(value, _IN_LATIN)
    if not text:
        return None
    if len(text) > 8:  # nobody means a million years, and date arithmetic would overflow
        raise Bad("limit")
    try:
        return parse_limit(text)
    except ValueError as error:
        raise Bad("limit") from error


def every_of(value: Value, _note: Note) -> timedelta | None:
    """`4h`, `30m`, `1d` or 4小时; None when empty."""
    text = _latin(value, _SPANS)
    if not text:
        return None
    try:
        span = parse_span(text)
    except (ValueError, OverflowError) as error:
        raise Bad("every") from error
    if not _SHORTEST <= span <= _LONGEST:
        raise Bad("every")
    return span


def _latin(value: Value, units: tuple[tuple[str, str], ...]) -> str:
    text = halfwidth(text_of(value)).replace(" ", "").lower()
    for chinese, unit in units:
        text = text.replace(chinese, unit)
    return text


_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS = {"http": 80, "https": 443, "imap": 143, "imaps": 993}
_WEB = frozenset({"http", "https"})
_TOLD = re.compile(r"(?:push|file):[\w./-]{0,200}", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):/+", re.IGNORECASE)


def url_of(value: Value, _note: Note) -> str:
    """An http(s) address in one form, "" when empty: scheme there, host in lower case, `/` as the least path.

    The scheme is kept as given; `address_key` says when two addresses differ only by it.
    """
    text = halfwidth(text_of(value)).replace(" ", "").replace("\\", "/").replace("。", ".")
    if not text:
        return ""
    found = _SCHEME.match(text)
    bare = text[found.end() :] if found else text
    scheme = found[1].lower() if found else "http"
    if scheme not in _WEB or (not found and "." not in bare.partition("/")[0]):
        raise Bad("url")
    try:
        return _one_form(scheme, urlsplit(f"{scheme}://{bare}"))
    except Bad:
        raise
    except ValueError as error:  # a port that is no number, half an IPv6 address
        raise Bad("url") from error


def mailbox_url_of(value: Value, note: Note) -> str:
    """What a mailbox is read at: an http(s) or imap(s) address, or `push:` or `file:` where it is told to us."""
    text = halfwidth(text_of(value)).strip()
    if _TOLD.fullmatch(text):
        return text[:5].lower() + text[5:]
    try:
        if not text.lower().startswith(("imap://", "imaps://")):
            return url_of(value, note)
        parts = urlsplit(text)
        return _one_form(parts.scheme, parts)
    except Bad as bad:
        raise Bad("mailbox_url" if bad.why == "url" else bad.why) from bad
    except ValueError as error:
        raise Bad("mailbox_url") from error


def _one_form(scheme: str, parts: SplitResult) -> str:
    if parts.username is not None:
        raise Bad("url_user")
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if ":" in host:
        host = f"[{host}]"
    if not _HOST.fullmatch(host):
        raise Bad("url")
    at = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    # A script-built site keeps its page after the sign (#/home); any other fragment is only a place in the page.
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    return urlunsplit((scheme, at, parts.path or "/", parts.query, fragment))


def address_key(url: str) -> str:
    """What two addresses share that differ only by http or https, or by a slash at the end."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path.rstrip('/')}?{parts.query}#{parts.fragment}"
