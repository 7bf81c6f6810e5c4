"""Mails: who gets one letter about which alerts, what people then know, and which older letters are overtaken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from alerts.alert import Alert, heaviness
from alerts.board import Board
from alerts.directory import Who, in_charge
from alerts.groups import Mail, Times, Waiting
from alerts.incidents import Incident
from alerts.letter import Reason
from alerts.routing import Recipient, recipients
from alerts.writing import write

_RUNG = frozenset({Reason.NEW, Reason.WORSE})
# Of a letter about several things, the first of these is the reason.
_ORDER = (Reason.INCIDENT, Reason.WORSE, Reason.DUE_SOON, Reason.NEW, Reason.RESOLVED)


def mail_out(board: Board, ready: Mapping[str, Reason], at: datetime, *, one_letter: bool) -> None:
    """Write about each alert for its reason; to one recipient one letter, or one for each reason."""
    by: dict[tuple[Recipient, str], list[str]] = {}
    letters: dict[str, dict[str, str]] = {key: {} for key in ready}
    for key, reason in ready.items():
        found = _recipients(board, key, reason, at)
        if not found:
            board.unrouted.append(key)
            board.head_to(unrouted=board.head.unrouted + 1)
        for recipient in found:
            by.setdefault((recipient, "" if one_letter else reason.value), []).append(key)
    for (recipient, _), keys in sorted(by.items()):
        mail = _mail(recipient, keys, ready, at)
        board.letters.append(write(board, mail))
        board.put(mail.key, Waiting(dict.fromkeys(keys, True)))
        for key in keys:
            letters[key][recipient.name] = mail.key
    for key, reason in ready.items():
        _mark(board, key, reason, letters[key], at)


def _mail(recipient: Recipient, keys: list[str], ready: Mapping[str, Reason], at: datetime) -> Mail:
    reasons = {ready[key] for key in keys}
    reason = next(one for one in _ORDER if one in reasons)
    ordered = tuple(sorted(keys, key=lambda key: (_ORDER.index(ready[key]), key)))
    text = "\x1f".join((recipient.channel, recipient.to, reason.value, at.isoformat(), *sorted(keys)))
    return Mail(hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), recipient, reason, at, ordered)


def _recipients(board: Board, key: str, reason: Reason, at: datetime) -> list[Recipient]:
    """By the routes; that a matter is over is told to those who were told of it."""
    one = board.get(Alert, key) or board.get(Incident, key)
    if one is None:
        return []
    if reason is Reason.RESOLVED:
        return [Recipient(*name.split("\x1f", 1)) for name in sorted(one.letters)]
    routes = board.settings.routes
    if isinstance(one, Incident):
        return recipients(routes, Who(""), "OWN-INCIDENT", "unknown", at, operator=True)
    finding = one.finding
    who = board.get(Who, finding.subject) or Who(finding.subject)
    ours = finding.rule.startswith("OWN-")
    found = {
        recipient
        for one in in_charge(who, finding.args)
        for recipient in recipients(routes, one, finding.rule, finding.level.value, at, operator=ours)
    }
    return sorted(found)


def _mark(board: Board, key: str, reason: Reason, letters: dict[str, str], at: datetime) -> None:
    """Remember what was told, to whom and when."""
    one = board.get(Alert, key) or board.get(Incident, key)
    if one is None:
        return
    for recipient in letters:
        overtake(board, key, one.letters.get(recipient, ""))
    kept = one.letters | letters
    if isinstance(one, Incident):
        board.put(key, msgspec.structs.replace(one, told=reason is Reason.INCIDENT and bool(kept), letters=kept))
    else:
        said = heaviness(one.finding) if one.closed_at is None else 0
        told = {"told": reason.value, "told_at": at} if letters else {}
        rung = one.rung or (reason in _RUNG and bool(letters))
        board.put(key, msgspec.structs.replace(one, **told, rung=rung, said=said, letters=kept))
    times = board.get(Times, one.place)
    board.put(one.place, Times((times.at if times is not None else {}) | {reason.value: at}))


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
