"""Where a page shows dates: text nodes that are a date, or a date with its label, and not dates inside prose.

A list's date stands by itself (`[2026-11-03]`), behind a label (`发布时间：2026-11-03`), or in two or three elements
(day `03` over `2026-11`). A date within a sentence or a title is what the text speaks of, and is no spot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from connectors._clocks import day_from, normal
from connectors._dates import read_date
from connectors._tree import Tree

# Only to find where in a text a date stands; what it means is `read_date`'s.
_FULL = re.compile(
    r"(?<![\d.])(?:19|20)\d\d ?[-/.年] ?\d\d? ?[-/.月] ?\d\d?(?![\d.]) ?日?(?:[ T]*\d\d?:\d\d(?::\d\d)?)?"
)
# A clock time alone is not today's date, nor ten digits a moment, where a row has other cells.
_MUTE = re.compile(r"[\s\d:：]*|\d?\d[:：时]\d\d.{0,6}")
_DIGITS = re.compile(r"\D{0,3}(?:19|20)\d{6}\D{0,3}")
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
_PIECE = re.compile("|".join(part.pattern for part in (_YEAR, _MONTH, _DAY, _YEAR_MONTH, _MONTH_DAY)))
MOST_SPOTS = 20_000
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


def spots(tree: Tree, asked_at: datetime) -> list[Spot]:
    """Every date spot of the page, in document order."""
    nodes = list(tree.texts)
    found: list[Spot] = []
    at = 0
    while at < len(nodes) and len(found) < MOST_SPOTS:
        spot = _pieces(tree, nodes[at : at + 3]) or _single(tree, nodes[at], asked_at)
        if spot:
            found.append(spot)
            while at < len(nodes) and nodes[at] <= spot.last:
                at += 1
        else:
            at += 1
    return found


def _single(tree: Tree, node: int, asked_at: datetime) -> Spot | None:
    text = tree.texts[node]
    if len(text) > 120 or not any(mark.isdigit() or mark in "刚今昨前年" for mark in text):
        return None
    plain = normal(text)
    full = _FULL.search(plain)
    most = _ROOM_IN_LINK if _linked(tree, node) else _ROOM
    label = _standing(plain, full, most)
    if label is None:
        return None
    value = read_date(plain, asked_at)
    return Spot(node, value.day, value.at, bool(full), label, node) if value else None


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


def _standing(text: str, found: re.Match[str] | None, most: int) -> bool | None:
    """Whether a label stands before the date; None where the date is part of prose."""
    if not found:
        mute = _MUTE.fullmatch(text) and not _DIGITS.fullmatch(text)
        return None if mute or len(text) > most else False
    label = bool(_LABEL.search(text[: found.start()]))
    room = len(text) - (found.end() - found.start())
    prose = room > most or bool(_PROSE.search(text) or _RANGE.search(text))
    tail = text[found.end() : found.end() + 1]
    # 2026年11月3日全县… speaks of a day; so does a title in front of which a date stands.
    glued = bool(tail) and tail.isalpha() and not label
    return label if label or not (prose or glued) else None


def _pieces(tree: Tree, nodes: list[int]) -> Spot | None:
    """A date in two or three text nodes that stand one after the other."""
    first = tree.texts[nodes[0]]
    if len(first) > 10 or not any(mark.isdigit() for mark in first) or not _PIECE.fullmatch(_word(tree, nodes[0])):
        return None
    words = [_word(tree, node) for node in nodes]
    for day, used in _joined(words):
        if day and _together(tree, nodes[:used]):
            return Spot(nodes[0], day, last=nodes[used - 1])
    return None


def _word(tree: Tree, node: int) -> str:
    return normal(tree.texts[node]).strip("[]()（）【】 /-.")


def _joined(words: list[str]) -> Iterator[tuple[date | None, int]]:
    for order in ((0, 1), (1, 0)):
        if len(words) > 1:
            small, big = words[order[0]], words[order[1]]
            if (day := _DAY.fullmatch(small)) and (month := _YEAR_MONTH.fullmatch(big)):
                yield day_from(month[1], month[2], day[1]), 2
            if (both := _MONTH_DAY.fullmatch(small)) and (year := _YEAR.fullmatch(big)):
                yield day_from(year[1], both[1], both[2]), 2
    if len(words) > 2:
        for one, two, three in (words, words[::-1]):
            months = _MONTH.fullmatch(two) or _DAY.fullmatch(two)
            if (year := _YEAR.fullmatch(one)) and months and (day := _DAY.fullmatch(three)):
                yield day_from(year[1], months[1], day[1]), 3


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
