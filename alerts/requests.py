"""What somebody asks for and others decide: it is put to them, they are reminded, and their answer is told.

Whose it is (不归我管) is a question about the registry, which the operator keeps. Exemption, merger and closure are the
supervising unit's to approve before anything is done (RULEBOOK section 7): the top of the ladder that leads to anybody,
and the operator where there is no ladder.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from alerts.alert import Alert, Step
from alerts.board import Board, Clause
from alerts.directory import What
from alerts.letter import Point, Reason
from alerts.mailing import as_routed
from alerts.questions import heads, keep, morning_in, next_morning, operators, question_id, shown
from alerts.remembered import Question
from alerts.routing import Matter, Recipient, recipients
from alerts.wording import SEALED, local, masked
from alerts.words import say
from alerts.writing import headline
from streams.findings import Finding
from streams.records import REQUESTS, FactKind

RULE = "REQUEST"
KINDS = frozenset(kind.value for kind in REQUESTS)
MOST = 3  # letters to whoever decides about one request: the first, and two that remind
TOLD, ANSWER_TOLD = "request_told", "answer_told"  # steps of the desk's own in a history
Told = Iterator[tuple[Recipient, Reason, Point]]


def request(board: Board, alert: Alert, finding: Finding) -> Alert:
    """Somebody asks: it is put to whoever decides the next working morning, unless it waits there already."""
    args, kind = finding.args, finding.why
    asked = alert.after(Step(finding.time, kind, args.get("by", ""), args.get("text", "")))
    if waiting(board, alert, kind):
        return asked
    key = question_id(kind, alert.id, finding.time.isoformat())
    question = Question(
        what=kind,
        about=alert.id,
        subject=finding.subject,
        at=finding.time,
        asker=args.get("by", ""),
        text=args.get("text", ""),
        due=next_morning(board, finding.time),
    )
    keep(board, key, question)
    return msgspec.structs.replace(asked, asked=alert.asked | {kind: key})


def waiting(board: Board, alert: Alert, kind: str = "") -> dict[str, tuple[str, Question]]:
    """The requests about an alert that nobody has answered, by kind: their keys, and what they are."""
    found = {one: (key, question) for one, key in alert.asked.items() if (question := board.get(Question, key))}
    return {one: pair for one, pair in found.items() if not (pair[1].answer or pair[1].over) and kind in {"", one}}


def answer(board: Board, alert: Alert, finding: Finding) -> str:
    """Somebody decides: which request is answered; none where none waits, or where it is not said which of several."""
    found = waiting(board, alert, finding.args.get("about", ""))
    if len(found) != 1:
        return ""
    ((kind, (key, question)),) = found.items()
    answered = msgspec.structs.replace(
        question,
        answer=finding.why,
        by=finding.args.get("by", ""),
        said=finding.args.get("text", ""),
        answered_at=finding.time,
        due=next_morning(board, finding.time),
    )
    keep(board, key, answered)
    return kind


def let_go(board: Board, alert: Alert) -> None:
    """The alert is over, or was none: nobody is written to about its requests any more."""
    for key in alert.asked.values():
        question = board.get(Question, key)
        if question is not None and not question.over:
            board.put(key, msgspec.structs.replace(question, due=None, over=True))


def deciders(board: Board, alert: Alert, kind: str, at: datetime) -> list[Recipient]:
    """Who decides about a request."""
    matters = as_routed(board, alert)
    rungs = sorted({route.rung for route in board.settings.routes if route.rung and not route.operator}, reverse=True)
    for rung in rungs if kind != FactKind.NOT_OURS.value else ():
        found = {to for matter in matters for to in heads(board, matter, rung, at)}
        if found:
            return sorted(found)
    return sorted({to for matter in matters for to in operators(board, matter, at)})


def put_on(board: Board, key: str, question: Question, at: datetime) -> Told:
    """Put a request to whoever decides, remind them, or tell the answer to whoever asked."""
    alert = board.get(Alert, question.about)
    if alert is None:
        board.take(Question, key)
        return
    if question.answer:
        yield from _tell_answer(board, key, question, alert, at)
    else:
        yield from _ask(board, key, question, alert, at)


def _ask(board: Board, key: str, question: Question, alert: Alert, at: datetime) -> Told:
    found = deciders(board, alert, question.what, at)
    count = question.count + 1
    if count == MOST:  # whoever keeps Zhiban should know that nobody answers
        found = sorted({*found, *(to for matter in as_routed(board, alert) for to in operators(board, matter, at))})
    if not found:
        board.unrouted.append(alert.id)
        board.head_to(unrouted=board.head.unrouted + 1)
    point = _point(board, key, question, alert)
    for recipient in found:
        yield recipient, Reason.REQUEST, point
    due = morning_in(board, at, board.settings.request_days) if count < MOST else None
    names = tuple(sorted({*question.asked, *(one.name for one in found)}))
    keep(board, key, msgspec.structs.replace(question, count=count, due=due, asked=names))
    if found:
        board.put(alert.id, alert.after(Step(at, TOLD, about=question.what)))


def _tell_answer(board: Board, key: str, question: Question, alert: Alert, at: datetime) -> Told:
    point = _point(board, key, question, alert)
    for recipient in askers(board, alert, question, at):
        yield recipient, Reason.ANSWERED, point
    board.put(key, msgspec.structs.replace(question, due=None))
    board.put(alert.id, alert.after(Step(at, ANSWER_TOLD, about=question.what)))


def askers(board: Board, alert: Alert, question: Question, at: datetime) -> list[Recipient]:
    """Who is told of the answer: the reader who pressed, else whoever is told of the alert first."""
    told = [Recipient(*name.split("\x1f", 1)) for name in sorted(alert.letters)]
    mine = [one for one in told if shown(one) == question.asker]
    return mine or sorted({to for one in as_routed(board, alert) for to in _first(board, one, at)})


def _first(board: Board, matter: Matter, at: datetime) -> list[Recipient]:
    return recipients(board.settings.routes, msgspec.structs.replace(matter, rung=0, loud=False), at)


# -- in words --------------------------------------------------------------------------------------------------------


def _point(board: Board, key: str, question: Question, alert: Alert) -> Point:
    language, finding = board.language.name, alert.finding
    what = board.get(What, finding.source)
    sealed = finding.rule in SEALED
    lines = _answered(question, language) if question.answer else _asked(question, alert, language)
    return Point(
        alert=key,
        title=say(language, f"request.{question.what}", title=headline(board, finding, language)),
        level=alert.shown.value,
        rule=RULE,
        subject=finding.subject,
        lines=(who_asks(question, language), *lines),
        clause=board.language.clauses.get(finding.rule, Clause()).text,
        url=what.url if what is not None and not sealed else "",
    )


def who_asks(question: Question, language: str) -> str:
    """Who asks for it, since when, and why."""
    text = say(language, "request.text", text=masked(question.text)) if question.text else ""
    return say(language, "line.request.by", by=masked(question.asker), time=local(question.at), text=text)


def _asked(question: Question, alert: Alert, language: str) -> Iterator[str]:
    level = say(language, f"level.{alert.shown.value}")
    yield say(language, "line.request.stands", level=level, time=local(alert.finding.opened_at))
    if question.count:
        yield say(language, "line.request.again", n=question.count + 1)
    yield say(language, f"line.request.{question.what}")
    yield say(language, "line.request.how", id=alert.id, kind=question.what)


def _answered(question: Question, language: str) -> Iterator[str]:
    text = say(language, "request.text", text=masked(question.said)) if question.said else ""
    time = local(question.answered_at) if question.answered_at is not None else ""
    yield say(language, f"line.{question.answer}", by=masked(question.by), time=time, text=text)
    what = f".{question.what}" if question.answer == FactKind.GRANTED.value else ""
    yield say(language, f"line.{question.answer}.then{what}")
