"""A letter as plain text, and what every channel does first: texts made harmless, short enough, and whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from alerts.letter import Action, Letter, Point
from alerts.words import say

# Control characters, marks that turn the reading direction, and half surrogates: a title from a page must neither move
# a terminal's cursor nor make a text read as another one.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")  # neither quotes nor angle brackets: markup around it must hold
SUBJECT, TITLE, LINE, URL, LINES = 200, 300, 1000, 2000, 30  # the most that a reader is given
POINTS = 100
ACTIONS, LABEL = 6, 20  # of one point; characters of a label


def tidy(letter: Letter) -> Letter:
    """The letter with hostile characters gone and every text bounded; what is left of the points is counted."""
    return msgspec.structs.replace(
        letter,
        subject=one_line(letter.subject, SUBJECT) or say(letter.language, "subject.none"),
        intro=_block(letter.intro),
        outro=_block(letter.outro),
        points=tuple(_tidy(point) for point in letter.points[:POINTS]),
    )


def left_out(letter: Letter, shown: int) -> str:
    """The words that say how many points are not shown; none where all are."""
    left = len(letter.points) + letter.more - shown
    return say(letter.language, "more", count=left) if left > 0 else ""


def one_line(text: str, most: int = LINE) -> str:
    """One line of at most `most` characters, without hostile ones: what is cut ends in an ellipsis."""
    line = " ".join(_HOSTILE.sub("", text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def is_link(url: str) -> bool:
    """Whether `url` may be given to a reader to follow: http or https, one word of ASCII, not too long."""
    return _LINK.fullmatch(url) is not None and len(url) <= URL


def halves(line: str) -> tuple[str, str]:
    """A line as label and value; no label where the colon comes late."""
    found = re.match(r"([^：:]{1,12})(?:：|: )(.+)", line)
    return (found[1], found[2]) if found else ("", line)


def mark(letter: Letter) -> str:
    """A short id that is the letter's for ever: who sees it twice has seen a repeat."""
    return hashlib.blake2b(letter.key.encode("utf-8", "replace"), digest_size=4).hexdigest()


def marked(letter: Letter) -> str:
    """The line that says so, where a service has no key by which it would know a repeat."""
    return say(letter.language, "mark", id=mark(letter))


def as_text(letter: Letter) -> str:
    """The whole letter, without its subject line."""
    return _as_text(letter, tidy(letter).points)


def as_text_within(letter: Letter, most: int) -> str:
    """As much of it as fits into `most` characters, cut between two points, with word of how many are left."""
    points = tidy(letter).points
    for shown in range(len(points), 0, -1):
        if len(text := _as_text(letter, points[:shown])) <= most:
            return text
    text = _as_text(letter, points[:1])
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _as_text(letter: Letter, points: Sequence[Point]) -> str:
    shown = (_point(point, number, letter.language) for number, point in enumerate(points, 1))
    blocks = [_block(letter.intro), *shown, left_out(letter, len(points)), _block(letter.outro)]
    return "\n\n".join(block for block in blocks if block)


def _tidy(point: Point) -> Point:
    return msgspec.structs.replace(
        point,
        title=one_line(point.title, TITLE),
        lines=tuple(one_line(line) for line in point.lines[:LINES]),
        clause=one_line(point.clause),
        url=one_line(point.url, URL),
        actions=_tidy_actions(point.actions),
    )


def _tidy_actions(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Those that can be followed: a link that were cut would lead elsewhere, so one that is too long is left out."""
    found = (Action(one_line(one.label, LABEL), one.url) for one in actions if is_link(one.url))
    return tuple(one for one in found if one.label)[:ACTIONS]


def _block(text: str) -> str:
    return "\n".join(one_line(line) for line in text.splitlines()[:LINES]).strip()


def _point(point: Point, number: int, language: str) -> str:
    lines = [f"{number}. {point.title}", *(f"   {line}" for line in point.lines)]
    if point.clause:
        lines.append(f"   “{point.clause}”")
    if point.url:
        lines.append(f"   {point.url}")
    lines += [f"   {say(language, 'action', label=one.label, url=one.url)}" for one in point.actions]
    return "\n".join(lines)
