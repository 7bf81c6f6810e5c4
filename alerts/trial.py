"""Routes on trial: a desk of its own is told of one matter, and what it would write is returned. Pure; nothing is kept.

It is the desk's own code that answers: quiet hours, silences, the ladder and the last days are as they would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from alerts.board import Board
from alerts.desk import Desk
from alerts.directory import What, Who
from alerts.groups import Wake
from alerts.letter import Letter, Reason
from alerts.remembered import Mute
from alerts.routing import Matter, Recipient, Route, taken
from streams.days import DAY, day_of, start_of
from streams.findings import Event, Finding, Grade

SPAN = 8 * DAY
DUE = 5 * DAY  # a matter that is due soon is tried on day ten of fourteen


class Trial(msgspec.Struct, frozen=True):
    """A letter that would go: when, why it is written, to whom, by which route of the list, and why by that one."""

    at: datetime
    reason: Reason
    recipient: Recipient
    route: int
    why: str  # matched, operator, rung, loud or second


def trial(board: Board, subject: str, rule: str, level: str, at: datetime) -> list[Trial]:
    """What would be written of a matter of that rule and level that opened at `at` and stood for eight days."""
    desk = Desk(msgspec.structs.replace(board.settings, most=0, sweep=False), board.language, {})
    who = board.who_of(subject)
    desk.board.put(subject, who)
    for name, mute in board.all(Mute):
        desk.board.put(name, mute)
        desk.board.put(f"mute/{name}", Wake(mute.silence.until))
    source = next((key for key, what in board.all(What) if what.subject == subject and not what.retired), "")
    finding = _finding(subject, source, rule, Grade(level), at)
    letters = desk.turn([finding], at + SPAN, complete=True).letters
    return [one for letter in letters for one in _trials(board.settings.routes, who, finding, letter)]


def _finding(subject: str, source: str, rule: str, level: Grade, at: datetime) -> Finding:
    soon = level is Grade.DUE_SOON
    due = start_of(day_of(at)) + DUE if soon else start_of(day_of(at))
    return Finding(
        subject=subject,
        n=1,
        time=at,
        event=Event.OPENS,
        id="trial",
        rule=rule,
        source=source,
        level=level,
        step="amber" if soon else "",
        opened_at=at,
        due=due,
        why="due_soon" if soon else "stale",
        args={"limit": "14d"},
        witnessed_at=at,
    )


def _trials(routes: tuple[Route, ...], who: Who, finding: Finding, letter: Letter) -> Iterator[Trial]:
    """By which routes a letter found its recipient."""
    recipient = Recipient(letter.channel, letter.to)
    operator = finding.rule.startswith("OWN-")
    highest = max((route.rung for route in routes), default=0)
    for loud in (False, True):
        matter = Matter(who, finding.rule, finding.level.value, operator=operator, rung=highest, loud=loud)
        for number, found in taken(routes, matter, letter.written_at):
            if found == recipient and (loud or not routes[number].loud):
                yield Trial(
                    letter.written_at, letter.reason, recipient, number, _why(routes[number], who, recipient, operator)
                )
                return


def _why(route: Route, who: Who, recipient: Recipient, operator: bool) -> str:
    if route.operator and not operator:
        return "operator"
    if route.loud:
        return "loud"
    if route.rung:
        return "rung"
    return "second" if recipient.to not in route.addresses(who) else "matched"
