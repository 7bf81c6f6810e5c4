"""Days as people read them: with weekday, and with the holiday where the State Council's notice is known."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from streams.days import DAY
from streams.workdays import STATUTORY, UnknownYear, Workdays

_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}
_MAKE_UP = {"zh": "调休上班", "en": "make-up workday"}
_UNKNOWN = {"zh": "节假日安排未公布", "en": "holidays not announced yet"}


@lru_cache(maxsize=4096)
def in_words(day: date, language: str = "zh", workdays: Workdays = STATUTORY) -> str:
    """`2026-02-17（星期二，春节）`, or `2026-02-17 (Tue, Spring Festival)`."""
    language = language if language in _WEEKDAYS else "zh"
    weekday = _WEEKDAYS[language][day.weekday()]
    extra = _extra(day, language, workdays)
    if language == "zh":
        return f"{day.isoformat()}（星期{weekday}{f'，{extra}' if extra else ''}）"
    return f"{day.isoformat()} ({weekday}{f', {extra}' if extra else ''})"


def holiday_in_words(name: str, language: str = "zh") -> str:
    """A holiday's name in this language; one of which we have no translation as it is."""
    return _HOLIDAYS.get(name, name) if language == "zh" else name


def workday_before(day: date, workdays: Workdays = STATUTORY) -> date | None:
    """The last working day before a day off; None where `day` is a working day, or its year's notice is not known."""
    try:
        if workdays.is_workday(day):
            return None
        while not workdays.is_workday(day):
            day -= DAY
    except UnknownYear:
        return None
    return day


def _extra(day: date, language: str, workdays: Workdays) -> str:
    try:
        kind, name = workdays.reason(day)
    except UnknownYear:  # a year without data is said, never guessed
        return _UNKNOWN[language]
    if kind == "make_up":
        return _MAKE_UP[language]
    return holiday_in_words(name, language)
