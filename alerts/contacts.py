"""Contacts are posts: once a quarter whoever holds one says so with one tap, or that it is somebody else's.

It closes nothing and opens nothing, and nobody is dropped by it: an address is written to until the registry changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from alerts.board import Board
from alerts.directory import OVER, Who
from alerts.groups import Wake
from alerts.letter import Point, Reason
from alerts.officehours import at_hour, next_quarter, quarter_of, working_morning
from alerts.questions import heads, keep, letter_of, morning_in, next_morning, operators, question_id
from alerts.remembered import Post, Question
from alerts.routing import Matter, Recipient, recipients
from alerts.wording import covered, local
from alerts.words import say
from streams.days import day_of
from streams.findings import Finding, Grade
from streams.holidays import is_workday
from streams.records import FactKind

ASK = "contacts/"
RULE = "CONTACT"
HOLDS, LEFT = FactKind.CONTACT.value, FactKind.CONTACT_LEFT.value
NAMES = 5  # subjects that a letter names of one post
Whose = dict[str, Who]  # the subjects of a post, by id


def confirm(board: Board, finding: Finding) -> bool:
    """Take a contact's word on their post; whether it was one."""
    if finding.why in {HOLDS, LEFT}:
        _answered(board, finding)
        return True
    return False


def _answered(board: Board, finding: Finding) -> None:
    at, by, address = finding.time, finding.args.get("by", ""), finding.args.get("text", "")
    known = board.get(Post, address) or Post()
    holds = finding.why == HOLDS
    board.put(
        address,
        msgspec.structs.replace(
            known, by=by, confirmed_at=at if holds else known.confirmed_at, left_at=None if holds else at
        ),
    )
    key = contact_id(address, at)
    asked = board.get(Question, key)
    if asked is None and holds:
        return
    whose = posts_of(board).get(address, {})
    question = asked or Question(what=HOLDS, about=address, subject=next(iter(whose), ""), at=at)
    due = None if holds or Reason.CONTACT_LEFT.value in question.told else next_morning(board, at)
    keep(board, key, msgspec.structs.replace(question, answer=finding.why, by=by, answered_at=at, due=due))


def contact_id(address: str, at: datetime) -> str:
    """What an address is asked in the quarter of `at`: an answer is good for it and for no other."""
    return question_id(HOLDS, address, quarter_of(at))


# -- asked -----------------------------------------------------------------------------------------------------------


def plan_asking(board: Board, at: datetime) -> None:
    """Be woken when the next quarter begins, whenever somebody has come to want it."""
    if board.settings.confirm_contacts and board.get(Wake, ASK) is None:
        board.put(ASK, Wake(_first_morning(board, next_quarter(at))))


def ask_contacts(board: Board, _name: str, at: datetime) -> None:
    """A quarter has begun: ask every address that has not confirmed itself in it; what is older is forgotten."""
    if not board.settings.confirm_contacts:
        return
    posts = posts_of(board)
    for address in [address for address, _ in board.all(Post) if address not in posts]:
        board.take(Post, address)
    for key in [key for key, one in board.all(Question) if one.what == HOLDS and key != contact_id(one.about, at)]:
        board.take(Question, key)
    for address, whose in sorted(posts.items()):
        known = board.get(Post, address) or Post()
        if not _is_of_quarter(known.confirmed_at, at) and not _is_of_quarter(known.left_at, at):
            _ask(board, address, whose, at)
    plan_asking(board, at)


def posts_of(board: Board) -> dict[str, Whose]:
    """The subjects of each address, in their order: what is no longer inspected needs nobody."""
    found: dict[str, Whose] = {}
    for name, who in board.all(Who):
        for address in (who.contact, who.contact2):
            if address and who.status not in OVER:
                found.setdefault(address, {})[name] = who
    return found


def _is_of_quarter(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and quarter_of(moment) == quarter_of(at)


def _first_morning(board: Board, quarter: datetime) -> datetime:
    settings, workdays = board.settings, board.language.workdays
    morning = at_hour(day_of(quarter), settings.morning)
    return morning if is_workday(day_of(quarter), workdays) else working_morning(morning, settings.morning, workdays)


def _ask(board: Board, address: str, whose: Whose, at: datetime) -> None:
    """Ask through the channel by which this contact is written to; whom no route leads to is not asked."""
    found = recipients(board.settings.routes, _matter(address, whose), at)
    way = next((one for one in found if one.to == address), None)
    if way is None:
        return
    key, due = contact_id(address, at), morning_in(board, at, board.settings.confirm_days)
    board.put(address, msgspec.structs.replace(board.get(Post, address) or Post(), asked_at=at))
    keep(board, key, Question(what=HOLDS, about=address, subject=next(iter(whose)), at=at, asked=(way.name,), due=due))
    language = board.language.name
    lines = (_names(whose, language), say(language, "line.post.by", time=local(due)))
    asking = _point(key, say(language, "post.holds", unit=_unit(whose)), whose, lines)
    letter = letter_of(board, way, Reason.CONFIRM_CONTACT, [asking], at)
    words = {name: say(language, f"{name}.confirm_contact", unit=_unit(whose)) for name in ("intro", "outro")}
    board.letters.append(msgspec.structs.replace(letter, **words))


def _matter(address: str, whose: Whose) -> Matter:
    return Matter(msgspec.structs.replace(_first(whose), contact=address, contact2=""), RULE, Grade.NOTICE.value)


# -- told to others --------------------------------------------------------------------------------------------------


def report(board: Board, key: str, question: Question, at: datetime) -> Iterator[tuple[Recipient, Reason, Point]]:
    """A post was given up, or nobody has answered for it: who must name another is told, once for each reason."""
    reason = Reason.CONTACT_LEFT if question.answer == LEFT else Reason.CONTACT_SILENT
    whose = posts_of(board).get(question.about, {})
    done = msgspec.structs.replace(question, due=None)
    if question.answer != HOLDS and whose and reason.value not in question.told:
        point = _reported(board, key, question, whose)
        for recipient in _above(board, _matter(question.about, whose), reason, at):
            yield recipient, reason, point
        done = msgspec.structs.replace(done, told=(*question.told, reason.value))
        known = board.get(Post, question.about) or Post()
        board.put(question.about, msgspec.structs.replace(known, told_at=at))
    board.put(key, done)


def _above(board: Board, matter: Matter, reason: Reason, at: datetime) -> list[Recipient]:
    """The first rung, or the operator where there is none; of a post that is given up both: one names another, and one
    writes it into the registry."""
    found = heads(board, matter, 1, at)
    if not found or reason is Reason.CONTACT_LEFT:
        found = [*found, *operators(board, matter, at)]
    return sorted(one for one in set(found) if one.to != matter.who.contact) or sorted(set(found))


def _reported(board: Board, key: str, question: Question, whose: Whose) -> Point:
    language, left = board.language.name, question.answer == LEFT
    title = say(language, "post.left" if left else "post.silent", unit=_unit(whose), to=covered(question.about))
    moment = question.answered_at if left and question.answered_at is not None else question.at
    when = say(language, "line.post.left" if left else "line.post.asked", by=question.by, time=local(moment))
    return _point(key, title, whose, (when, _names(whose, language), say(language, "line.post.name")))


def _names(whose: Whose, language: str) -> str:
    shown = "、".join(who.name for who in [*whose.values()][:NAMES])
    more = say(language, "line.post.more", count=len(whose)) if len(whose) > NAMES else ""
    return say(language, "line.post.for", names=shown, more=more)


def _unit(whose: Whose) -> str:
    who = _first(whose)
    return who.unit or who.name


def _first(whose: Whose) -> Who:
    return next(iter(whose.values()))


def _point(key: str, title: str, whose: Whose, lines: tuple[str, ...]) -> Point:
    return Point(alert=key, title=title, level=Grade.NOTICE.value, rule=RULE, subject=next(iter(whose)), lines=lines)
