"""Where a page shows dates: text nodes that are a date, or a date with its label, and not dates inside prose.

A list's date stands by itself (`[2026-11-03]`), behind a label (`发布时间：2026-11-03`), or in two or three elements
(day `03` over `2026-11`). A date within a sentence or a title is what the text speaks of, and is no spot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from connectors._tree import Tree

_SEP = r"\s*[-/.年\u2010-\u2015\u2212\uff0d\uff0f]\s*"
_SEP2 = r"\s*[-/.月\u2010-\u2015\u2212\uff0d\uff0f]\s*"
_CLOCK = r"(?:[\sT]*(?P<hour>[01]?\d|2[0-3])[:：](?P<minute>[0-5]\d)(?:[:：][0-5]\d)?)?"
_FULL = re.compile(rf"(?<![\d.])(?P<year>(?:19|20)\d\d){_SEP}(?P<month>\d\d?){_SEP2}(?P<day>\d\d?)(?!\d)\s*日?{_CLOCK}")
_EDGE = r"[\s\[\]【】()（）〔〕|·:：]*"
_WHOLE = (
    re.compile(rf"{_EDGE}(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d){_EDGE}"),
    re.compile(rf"{_EDGE}(?P<short>\d\d)[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?){_EDGE}"),
    re.compile(rf"{_EDGE}(?P<month>\d\d?)[-/.月](?P<day>\d\d?)日?{_CLOCK}{_EDGE}"),
)
_AGO = re.compile(
    rf"{_EDGE}(?:(?P<n>\d{{1,3}})\s*(?P<unit>秒|分钟|小时|天)前|(?P<word>刚刚|今天|昨天|前天)){_CLOCK}{_EDGE}"
)
_UNITS = {"秒": "seconds", "分钟": "minutes", "小时": "hours", "天": "days"}
_WORDS = {"刚刚": 0, "今天": 0, "昨天": 1, "前天": 2}
# Not 申请时间 or 会议时间: those are dates that the text speaks of.
_LABEL = re.compile(
    r"(?:(?:发布|更新|发文|成文|公开|印发|发稿|刊发|上传|添加|公布)(?:时间|日期|日)?|(?<![\u4e00-\u9fff])(?:时间|日期|日间))[\s:：\[【(（]*$"
)
_RANGE = re.compile(r"\d\s*日?\s*[-—–~至到]{1,2}\s*(?:19|20)\d\d\s*[-/.年]")
_PROSE = re.compile(r"[，。；！？,;]|今天|今日|星期|现在")
_YEAR = re.compile(r"((?:19|20)\d\d)\s*年?")
_MONTH = re.compile(r"(\d\d?)\s*月")
_DAY = re.compile(r"(\d\d?)\s*日?")
_YEAR_MONTH = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d\d?)\s*[-/.月]?")
_MONTH_DAY = re.compile(r"(\d\d?)\s*[-/.月]\s*(\d\d?)\s*日?")
_OFFSET = timedelta(hours=8)
_ROOM = 30  # characters beside an unlabelled date: more is prose
_ROOM_IN_LINK = 8


class Spot(msgspec.Struct, frozen=True):
    """A date that text node `node` shows; `sure` is False where the year is not shown."""

    node: int
    day: date
    at: datetime | None = None
    sure: bool = True
    label: bool = False  # a label says that it is the publication
    last: int = 0  # the last text node that it is made of


def read(text: str, asked_at: datetime) -> tuple[date, datetime | None, bool] | None:
    """The date that `text` shows or starts from, its clock time (UTC) and whether the year is shown."""
    if found := _FULL.search(text):
        return _value(found, asked_at)
    for pattern in _WHOLE:
        if found := pattern.fullmatch(text):
            return _value(found, asked_at)
    found = _AGO.fullmatch(text)
    return _ago(found, asked_at) if found else None


def spots(tree: Tree, asked_at: datetime) -> list[Spot]:
    """Every date spot of the page, in document order."""
    nodes = list(tree.texts)
    found: list[Spot] = []
    at = 0
    while at < len(nodes):
        spot = _single(tree, nodes[at], asked_at) or _pieces(tree, nodes[at : at + 3])
        if spot:
            found.append(spot)
            while at < len(nodes) and nodes[at] <= spot.last:
                at += 1
        else:
            at += 1
    return found


def _single(tree: Tree, node: int, asked_at: datetime) -> Spot | None:
    text = tree.texts[node]
    if len(text) > 120 or not any(mark.isdigit() or mark in "刚今昨前" for mark in text[:120]):
        return None
    label = _standing(text, _ROOM_IN_LINK if _linked(tree, node) else _ROOM)
    if label is None:
        return None
    value = read(text, asked_at)
    return Spot(node, value[0], value[1], value[2], label, node) if value else None


def _linked(tree: Tree, node: int) -> bool:
    """Whether a text is within a link or a heading, where a date is more likely part of the title."""
    at = tree.parents[node]
    for _ in range(4):
        if at < 0:
            return False
        if tree.tags[at] in ("a", "h1", "h2", "h3", "h4", "h5", "h6"):
            return True
        at = tree.parents[at]
    return False


def _standing(text: str, most: int) -> bool | None:
    """Whether a label stands before the date; None where the date is part of prose."""
    found = _FULL.search(text)
    if not found:
        return None if len(text) > most else False
    label = bool(_LABEL.search(text[: found.start()]))
    room = len(text) - (found.end() - found.start())
    prose = room > most or bool(_PROSE.search(text) or _RANGE.search(text))
    tail = text[found.end() : found.end() + 1]
    # 2026年11月3日全县… speaks of a day; so does a title in front of which a date stands.
    glued = bool(tail) and tail.isalpha() and not label
    return label if label or not (prose or glued) else None


def _value(found: re.Match[str], asked_at: datetime) -> tuple[date, datetime | None, bool] | None:
    parts = found.groupdict()
    month, day = int(parts["month"]), int(parts["day"])
    year = _year(parts)
    value = make_day(year, month, day) if year else year_of(month, day, asked_at)
    if value is None:
        return None
    return value, moment(value, parts.get("hour"), parts.get("minute")), year is not None


def _year(parts: dict[str, str | None]) -> int | None:
    if parts.get("year"):
        return int(parts["year"] or 0)
    short = parts.get("short")
    if short is None:
        return None
    return 2000 + int(short) if int(short) < 70 else 1900 + int(short)


def make_day(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def year_of(month: int, day: int, asked_at: datetime) -> date | None:
    """The latest such day that is not after the day of the look: a list shows the past."""
    today = (asked_at + _OFFSET).date()
    for year in (today.year, today.year - 1, today.year - 2, today.year - 3, today.year - 4):
        value = make_day(year, month, day)
        if value and value <= today:
            return value
    return None


def moment(day: date, hour: str | None, minute: str | None) -> datetime | None:
    """The clock time of Shanghai as aware UTC; None where none, or midnight (a date in disguise), is shown."""
    if not hour or not minute or (int(hour), int(minute)) == (0, 0):
        return None
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC) - _OFFSET


def _ago(found: re.Match[str], asked_at: datetime) -> tuple[date, datetime | None, bool]:
    if found["word"]:
        day = (asked_at + _OFFSET).date() - timedelta(days=_WORDS[found["word"]])
        return day, moment(day, found["hour"], found["minute"]), True
    then = asked_at - timedelta(**{_UNITS[found["unit"]]: int(found["n"])})
    return (then + _OFFSET).date(), None if found["unit"] == "天" else then, True


def _pieces(tree: Tree, nodes: list[int]) -> Spot | None:
    """A date in two or three text nodes that stand one after the other."""
    if len(tree.texts[nodes[0]]) > 10:
        return None
    words = [tree.texts[node].strip("[]()（）【】 /-.") for node in nodes]
    for day, used in _joined(words):
        if day and _together(tree, nodes[:used]):
            return Spot(nodes[0], day, last=nodes[used - 1])
    return None


def _joined(words: list[str]) -> Iterator[tuple[date | None, int]]:
    for order in ((0, 1), (1, 0)):
        if len(words) > 1:
            small, big = words[order[0]], words[order[1]]
            if (day := _DAY.fullmatch(small)) and (month := _YEAR_MONTH.fullmatch(big)):
                yield make_day(int(month[1]), int(month[2]), int(day[1])), 2
            if (both := _MONTH_DAY.fullmatch(small)) and (year := _YEAR.fullmatch(big)):
                yield make_day(int(year[1]), int(both[1]), int(both[2])), 2
    if len(words) > 2:
        for one, two, three in (words, words[::-1]):
            months = _MONTH.fullmatch(two) or _DAY.fullmatch(two)
            if (year := _YEAR.fullmatch(one)) and months and (day := _DAY.fullmatch(three)):
                yield make_day(int(year[1]), int(months[1]), int(day[1])), 3


def _together(tree: Tree, nodes: list[int]) -> bool:
    """Whether one element close above holds all pieces: a page number and a year are not a date."""
    outer = nodes[0]
    for _ in range(4):
        outer = tree.parents[outer]
        if outer < 0:
            return False
        if tree.inside(nodes[-1], outer):
            return True
    return False
