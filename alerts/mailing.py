"""Mails: who gets one letter about which alerts, what people then know, and which older letters are overtaken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from alerts.alert import Alert, Step, heaviness
from alerts.board import Board
from alerts.damping import mark_flapping
from alerts.directory import Who, in_charge
from alerts.groups import Mail, Times, Waiting
from alerts.incidents import Incident
from alerts.letter import Reason
from alerts.limits import is_over
from alerts.officehours import at_hour
from alerts.planning import plan
from alerts.remembered import Lapse, Quota
from alerts.routing import Matter, Recipient, recipients
from alerts.writing import write
from streams.days import day_of
from streams.holidays import workday_after

_RUNG = frozenset({Reason.NEW, Reason.WORSE, Reason.FLAPPING, Reason.ACK_BROKEN})
# Of a letter about several things, the first of these is the reason.
_ORDER = (
    Reason.INCIDENT, Reason.SWEEP, Reason.ESCALATED, Reason.ACK_BROKEN, Reason.REOPENED, Reason.WORSE, Reason.DUE_SOON,
    Reason.NEW, Reason.FLAPPING, Reason.ACK_OVER, Reason.REMINDER, Reason.RESOLVED,
)  # fmt: skip


def mail_out(board: Board, ready: Mapping[str, Reason], at: datetime, *, one_letter: bool) -> None:
    """Write about each alert for its reason; to one recipient one letter, or one for each reason."""
    by: dict[tuple[Recipient, str], list[str]] = {}
    letters: dict[str, dict[str, str]] = {key: {} for key in ready}
    routed: dict[Matter, list[Recipient]] = {}
    named = {key: reason.value for key, reason in ready.items()}
    for key, reason in ready.items():
        found = _recipients(board, key, reason, at, routed)
        if not found:
            board.unrouted.append(key)
            board.head_to(unrouted=board.head.unrouted + 1)
        for recipient in found:
            by.setdefault((recipient, "" if one_letter else named[key]), []).append(key)
    for (recipient, _), keys in sorted(by.items()):
        if is_over(board, recipient, {key: named[key] for key in keys}, at):
            continue
        mail = _post(board, recipient, {key: ready[key] for key in keys}, at)
        for key in keys:
            letters[key][recipient.name] = mail.key
    for key, reason in ready.items():
        _mark(board, key, reason, letters[key], at)


def sum_up(board: Board, name: str, at: datetime) -> None:
    """The window is over in which somebody had enough letters: one more, about all that came meanwhile and stands."""
    quota = board.take(Quota, name)
    ready: dict[str, Reason] = {}
    for key, reason in quota.keys.items() if quota is not None else ():
        one = board.get(Alert, key) or board.get(Incident, key)
        resolved = reason == Reason.RESOLVED.value
        if one is not None and one.in_hand:  # nobody was told: should it come back, its level speaks anew
            if isinstance(one, Alert) and not one.told:
                board.put(key, replace(one, said=0))
        elif one is not None and (one.closed_at is not None) == resolved:
            ready[key] = Reason(reason)
    if not ready:
        return
    board.put(name, Quota(at))
    recipient = Recipient(*name.split("\x1f", 1))
    mail = _post(board, recipient, ready, at, Reason.SUMMARY)
    for key, reason_ in ready.items():
        _mark(board, key, reason_, {recipient.name: mail.key}, at, summed=True)


def _post(
    board: Board, recipient: Recipient, ready: Mapping[str, Reason], at: datetime, reason: Reason | None = None
) -> Mail:
    mail = _mail(recipient, ready, at, reason)
    heads = _heads(board, ready, at) - {(recipient.channel, recipient.to)}
    board.letters.append(replace(write(board, mail), heads=tuple(sorted(heads))))
    board.put(mail.key, Waiting(dict.fromkeys(mail.keys, True)))
    return mail


def _mail(recipient: Recipient, ready: Mapping[str, Reason], at: datetime, reason: Reason | None) -> Mail:
    reason = reason or next(one for one in _ORDER if one in ready.values())
    ordered = tuple(sorted(ready, key=lambda key: (_ORDER.index(ready[key]), key)))
    text = "\x1f".join((recipient.channel, recipient.to, reason.value, at.isoformat(), *sorted(ready)))
    name = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return Mail(name, recipient, reason, at, ordered, tuple(ready[key] for key in ordered))


def _heads(board: Board, ready: Mapping[str, Reason], at: datetime) -> set[tuple[str, str]]:
    """Who stands above the recipients of a letter: the first rung, where there is one."""
    if not any(route.rung == 1 for route in board.settings.routes):
        return set()
    alert = next((alert for key in ready if (alert := board.get(Alert, key)) is not None), None)
    if alert is None:
        return set()
    above = tuple(replace(one, rung=0, go_on=True) for one in board.settings.routes if one.rung == 1)
    found = {(one.channel, one.to) for matter in as_routed(board, alert) for one in recipients(above, matter, at)}
    return {pair for pair in found if pair[1]}


def _recipients(
    board: Board, key: str, reason: Reason, at: datetime, routed: dict[Matter, list[Recipient]]
) -> list[Recipient]:
    """By the routes; that a matter is over is told to those who were told of it. `routed` are those that were asked for
    at this moment: twenty columns of a site go the same way."""
    lapse = board.get(Lapse, key)
    one = board.get(Alert, key) or board.get(Incident, key) or (lapse.as_alert() if lapse is not None else None)
    if one is None:
        return []
    if reason is Reason.RESOLVED:
        return [Recipient(*name.split("\x1f", 1)) for name in sorted(one.letters)]
    routes = board.settings.routes
    if isinstance(one, Incident):
        return recipients(routes, Matter(Who(""), "OWN-INCIDENT", "unknown", operator=True), at)
    found: set[Recipient] = set()
    for matter in as_routed(board, one):
        if matter not in routed:
            routed[matter] = recipients(routes, matter, at)
        found.update(routed[matter])
    return sorted(found)


def as_routed(board: Board, alert: Alert) -> list[Matter]:
    """An alert as routes see it, once for each unit that answers for it."""
    finding = alert.finding
    return [
        Matter(
            who,
            finding.rule,
            finding.level.value,
            operator=finding.rule.startswith("OWN-"),
            rung=alert.audience,
            loud=alert.loud,
        )
        for who in in_charge(board.who_of(finding.subject), finding.args)
    ]


def _mark(
    board: Board, key: str, reason: Reason, letters: dict[str, str], at: datetime, *, summed: bool = False
) -> None:
    """Remember what was told, to whom and when. What is `summed` was known already when it was put off."""
    one = board.get(Alert, key) or board.get(Incident, key)
    if one is None:
        return
    for recipient in letters:
        overtake(board, key, one.letters.get(recipient, ""))
    kept = one.letters | letters
    if isinstance(one, Incident):
        fields: dict[str, Any] = {"told": reason is not Reason.RESOLVED and bool(kept), "letters": kept, "owed": ""}
        board.put(key, one.after(Step(at, "told", text=reason.value), **fields) if letters else replace(one, **fields))
    else:
        changed = ({} if summed else _known(board, one, reason)) | {"letters": kept}
        told = _written(board, one, reason, at, changed) if letters else replace(one, **changed)
        board.put(key, told)
        plan(board, told, at)
    place = one.place
    times = board.get(Times, place)
    board.put(place, Times((times.at if times is not None else {}) | {reason.value: at}))


def _known(board: Board, alert: Alert, reason: Reason) -> dict[str, Any]:
    """What changes of an alert once people know how it stands."""
    said = heaviness(alert.finding) if alert.closed_at is None else 0
    if reason is Reason.FLAPPING:  # how it stands is told when it is calm
        mark_flapping(board, alert)
        said = alert.said
    return {"said": said, "owed": "", "audience": 0, "loud": False}


def _written(board: Board, alert: Alert, reason: Reason, at: datetime, changed: dict[str, Any]) -> Alert:
    """The alert with what has `changed`, after letters about it: from when the ladder and the deadline count."""
    fields = changed | {"told": reason.value, "told_at": at, "rung": alert.rung or reason in _RUNG}
    if alert.accuses and alert.climbs_from is None:
        fields["climbs_from"] = at
        fields["deadline"] = alert.deadline or at_hour(
            workday_after(day_of(at), board.settings.rectify, board.language.workdays), board.settings.morning
        )
    return alert.after(Step(at, "told", text=reason.value), **fields)


def overtake(board: Board, key: str, letter: str) -> None:
    """A newer letter tells of `key`: an older one of which nothing is left is superseded, if it still waits."""
    waiting = board.get(Waiting, letter)
    if waiting is None:
        return
    waiting.keys.pop(key, None)
    if waiting.keys:
        board.touch(Waiting, letter)
    else:
        board.take(Waiting, letter)
        board.superseded.append(letter)


def forget_letters(board: Board, key: str, letters: Iterable[str]) -> None:
    """The alert is long over: nothing will overtake its letters any more."""
    for letter in letters:
        waiting = board.get(Waiting, letter)
        if waiting is not None:
            waiting.keys.pop(key, None)
            (board.touch if waiting.keys else board.take)(Waiting, letter)
