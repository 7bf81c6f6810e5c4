"""What a letter says of an alert's life: how often, who has it, by when, and why it is written about again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.alert import Alert, Step
from alerts.board import Board
from alerts.calendar import in_words
from alerts.letter import Reason
from alerts.remembered import Flap
from alerts.wording import local, masked
from alerts.words import say
from streams.days import day_of
from streams.records import FactKind
from streams.secondlook import STILL

_FIXED = FactKind.FIXED.value
_HANDS = (FactKind.ACKNOWLEDGED.value, FactKind.GRANTED.value)


def life_lines(alert: Alert, reason: Reason, board: Board) -> Iterator[str]:
    """Lines for the point of a standing alert, in the desk's language; of most alerts there are none."""
    language = board.language.name
    if alert.closed_at is not None:
        if alert.flapped:
            yield say(language, "line.flapped", n=alert.flapped)
        return
    yield from _again(alert, language)
    if alert.offence > 1:
        yield say(language, "line.offence", n=alert.offence)
    if reason is Reason.FLAPPING:
        known = board.get(Flap, alert.place)
        yield say(language, "line.flapping", n=known.count if known is not None else 0)
    elif alert.flapped:
        yield say(language, "line.flapped", n=alert.flapped)
    if alert.assignee:
        yield say(language, "line.assignee", name=masked(alert.assignee))
    if alert.deadline is not None and alert.accuses:
        yield say(language, "line.deadline", day=in_words(day_of(alert.deadline), language, board.language.workdays))


def _again(alert: Alert, language: str) -> Iterator[str]:
    """Why it is written about though people know of it."""
    if alert.owed == Reason.REOPENED.value and (claim := _last(alert, _FIXED)) is not None:
        seen = _last(alert, STILL)
        key = "line.still" if seen is not None and seen.at >= claim.at else "line.unseen"
        yield say(language, key, by=masked(claim.by), time=local(claim.at))
    elif alert.owed == Reason.ACK_BROKEN.value and (hand := _last(alert, *_HANDS)) is not None:
        yield say(language, f"line.ack_broken.{hand.what}", by=masked(hand.by), time=local(hand.at))
    elif alert.owed == Reason.ACK_OVER.value and _is_granted_last(alert):
        yield say(language, "line.grant_over")
    elif alert.owed == Reason.ACK_OVER.value and (ack := _last(alert, FactKind.ACKNOWLEDGED.value)) is not None:
        yield say(language, "line.ack_over", by=masked(ack.by), time=local(ack.at))
    elif alert.owed == Reason.ESCALATED.value and alert.climbs_from is not None:
        yield say(language, "line.escalated", n=alert.height, time=local(alert.climbs_from))


def _is_granted_last(alert: Alert) -> bool:
    last = _last(alert, *_HANDS)
    return last is not None and last.what == FactKind.GRANTED.value


def _last(alert: Alert, *what: str) -> Step | None:
    return next((step for step in reversed(alert.history) if step.what in what), None)
