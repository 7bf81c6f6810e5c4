"""What somebody was asked: kept until it is answered or has no more meaning, and written about in the mornings.

All that falls due on one morning is one letter for each recipient and reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from alerts.board import Board
from alerts.groups import Wake
from alerts.letter import Letter, Point, Reason
from alerts.officehours import at_hour, working_morning
from alerts.plain import POINTS as WRITTEN
from alerts.remembered import Question
from alerts.routing import Matter, Recipient, recipients
from alerts.wording import covered
from alerts.words import say
from streams.days import day_of
from streams.holidays import workday_after

DUE = "questions/"
Told = Mapping[tuple[Recipient, Reason], Sequence[Point]]


def question_id(*parts: str) -> str:
    """Of what it is about and when, as ids of matters are: links carry either."""
    return hashlib.blake2b("\x1f".join(("question", *parts)).encode(), digest_size=10).hexdigest()


def keep(board: Board, key: str, question: Question) -> None:
    """Remember a question, and be woken when it is to be written about."""
    board.put(key, question)
    known = board.get(Wake, DUE)
    if question.due is not None and (known is None or question.due < known.at):
        board.put(DUE, Wake(question.due))


def ripe(board: Board, at: datetime) -> list[tuple[str, Question]]:
    """The questions about which is to be written by `at`; the next wake is for the earliest of the others."""
    every = list(board.all(Question))
    later = [one.due for _, one in every if one.due is not None and one.due > at]
    if later:
        board.put(DUE, Wake(min(later)))
    return [(key, one) for key, one in every if one.due is not None and one.due <= at]


def shown(reader: Recipient) -> str:
    """A reader as others may see them: the channel, and the address with its middle covered."""
    return f"{covered(reader.to)} ({reader.channel})"


def next_morning(board: Board, at: datetime) -> datetime:
    """The next morning of a working day."""
    return working_morning(at, board.settings.morning, board.language.workdays)


def morning_in(board: Board, at: datetime, days: int) -> datetime:
    """The morning of the `days`-th working day after."""
    return at_hour(workday_after(day_of(at), days, board.language.workdays), board.settings.morning)


def heads(board: Board, matter: Matter, rung: int, at: datetime) -> list[Recipient]:
    """Whoever stands on one rung above a matter's first recipients."""
    own = (one for one in board.settings.routes if one.rung == rung and not one.operator)
    above = tuple(msgspec.structs.replace(one, rung=0, go_on=True) for one in own)
    return recipients(above, msgspec.structs.replace(matter, rung=0, loud=False), at)


def operators(board: Board, matter: Matter, at: datetime) -> list[Recipient]:
    """Whoever is told what is about ourselves."""
    return recipients(board.settings.routes, msgspec.structs.replace(matter, operator=True, rung=0, loud=False), at)


def write_out(board: Board, told: Told, at: datetime) -> None:
    """One letter for each recipient and reason, in their order."""
    for (recipient, reason), points in sorted(told.items(), key=lambda pair: (pair[0][0], pair[0][1].value)):
        board.letters.append(letter_of(board, recipient, reason, points, at))


def letter_of(board: Board, to: Recipient, reason: Reason, points: Sequence[Point], at: datetime) -> Letter:
    """A letter about questions, its key of what it is about."""
    language, count = board.language.name, len(points)
    text = "\x1f".join((to.name, reason.value, at.isoformat(), *(point.alert for point in points)))
    title = points[0].title if count == 1 else say(language, "subject.more", title=points[0].title, count=count)
    return Letter(
        key=hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
        channel=to.channel,
        to=to.to,
        reason=reason,
        thread=points[0].alert,
        subject=say(language, f"subject.{reason.value}", title=title),
        intro=say(language, f"intro.{reason.value}", count=count),
        points=tuple(points[:WRITTEN]),
        more=count - len(points[:WRITTEN]),
        language=language,
        written_at=at,
    )
