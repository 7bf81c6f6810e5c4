"""When people are told of an alert: grouping, calm mornings, and what is held back."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from alerts.alert import CLOSED, FALSE_ALARM, Alert
from alerts.board import Board
from alerts.directory import Who
from alerts.groups import Group, Mail, morning_after
from alerts.incidents import Incident
from alerts.letter import Reason
from alerts.routing import Recipient, recipients
from alerts.writing import write
from streams.findings import ACCUSING, Grade

GROUP_WAIT = timedelta(seconds=30)
SUSPECT_STEP = timedelta(minutes=15)
SUSPECT_MOST = timedelta(hours=6)  # a suspicion that is never borne out must not become silence
OURS = frozenset({"OWN-BLIND", "OWN-OFF", "OWN-RULE", "OWN-DATE", "OWN-INCIDENT", "OWN-STALL"})
_QUIET = frozenset({Grade.NOTICE, Grade.UNKNOWN})


def tell(board: Board, alert: Alert, reason: Reason, at: datetime) -> None:
    """Put an alert into the group in which it will be told: at once after the group wait, or next morning."""
    quiet = reason is Reason.DUE_SOON or alert.finding.rule in OURS or alert.finding.level in _QUIET
    if reason is Reason.RESOLVED:
        quiet = alert.told == Reason.DUE_SOON.value or alert.finding.rule in OURS
    join(board, alert.id, reason, at, morning=quiet and alert.finding.why != "down")


def join(board: Board, key: str, reason: Reason, at: datetime, *, morning: bool) -> None:
    """Put an alert or an incident into its unit's group."""
    name = f"{'morning' if morning else 'now'}/{_unit(board, key)}"
    group = board.get(Group, name)
    if group is None:
        group = Group(morning_after(at, board.settings.morning) if morning else at + GROUP_WAIT, at)
    board.put(name, msgspec.structs.replace(group, reasons=group.reasons | {key: reason.value}))


def _unit(board: Board, key: str) -> str:
    alert = board.get(Alert, key)
    if alert is None or alert.finding.rule in OURS:
        return ""
    who = board.get(Who, alert.finding.subject)
    return who.unit if who is not None else ""


def first_due(board: Board) -> tuple[datetime, str] | None:
    """The group that is told first."""
    return min(((group.at, name) for name, group in board.all(Group)), default=None)


def send(board: Board, name: str, at: datetime) -> None:
    """Tell one group, each alert as it stands now; what is closed, held or suspect is left out."""
    group = board.take(Group, name)
    if group is None:
        return
    ready: dict[str, str] = {}
    waiting: dict[str, str] = {}
    for key, reason in sorted(group.reasons.items()):
        if _is_suspect(board, key, group, at):
            waiting[key] = reason
        elif _may_tell(board, key, Reason(reason)):
            ready[key] = reason
    if waiting:
        board.put(name, Group(at + SUSPECT_STEP, group.began, waiting))
    for mail in _mails(board, ready, at):
        board.letters.append(write(board, mail))
        for key, reason in mail.reasons.items():
            _mark(board, key, reason, mail)
    for key, reason in ready.items():
        if reason == Reason.RESOLVED.value and board.get(Alert, key) is not None:
            board.take(Alert, key)  # its story is told to the end


def _is_suspect(board: Board, key: str, group: Group, at: datetime) -> bool:
    """Whether an accusation waits, because nothing new came through its collector for unusually long."""
    alert = board.get(Alert, key)
    if alert is None or alert.state == CLOSED or alert.finding.level not in ACCUSING:
        return False
    way = board.way(alert.finding.source)
    return way is not None and way[1].is_suspect(at) and at < group.began + SUSPECT_MOST


def _may_tell(board: Board, key: str, reason: Reason) -> bool:
    alert = board.get(Alert, key)
    if alert is None:
        return board.get(Incident, key) is not None
    if reason is Reason.RESOLVED:
        return alert.state == CLOSED
    if alert.state in {CLOSED, FALSE_ALARM}:
        return False
    if alert.masked_by or board.head.off or _in_incident(board, alert):
        board.put(key, msgspec.structs.replace(alert, held=reason.value))
        return False
    return True


def _in_incident(board: Board, alert: Alert) -> bool:
    """Blind sources inside an incident are its matter; due-soon letters wait until it is over."""
    way = board.way(alert.finding.source)
    return way is not None and way[1].incident != "" and alert.finding.level not in ACCUSING


def _mails(board: Board, ready: dict[str, str], at: datetime) -> list[Mail]:
    by_recipient: dict[tuple[Recipient, str], dict[str, str]] = {}
    for key, reason in ready.items():
        for recipient in _recipients(board, key, at):
            by_recipient.setdefault((recipient, reason), {})[key] = reason
    return [
        Mail(_key(recipient, reason, keys, at), recipient, at, keys)
        for (recipient, reason), keys in sorted(by_recipient.items())
    ]


def _recipients(board: Board, key: str, at: datetime) -> list[Recipient]:
    routes = board.settings.routes
    alert = board.get(Alert, key)
    if alert is None:
        return recipients(routes, Who(""), "OWN-INCIDENT", "unknown", at, operator=True)
    who = board.get(Who, alert.finding.subject) or Who(alert.finding.subject)
    ours = alert.finding.rule in OURS
    return recipients(routes, who, alert.finding.rule, alert.finding.level.value, at, operator=ours)


def _key(recipient: Recipient, reason: str, keys: dict[str, str], at: datetime) -> str:
    text = "\x1f".join((recipient.channel, recipient.to, reason, at.isoformat(), *sorted(keys)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _mark(board: Board, key: str, reason: str, mail: Mail) -> None:
    """Remember what was told; a letter about the same alert that still waits is overtaken."""
    alert = board.get(Alert, key)
    if alert is not None:
        if len(mail.reasons) == 1 and alert.letter:
            board.superseded.append(alert.letter)
        letter = mail.key if len(mail.reasons) == 1 else ""
        board.put(key, msgspec.structs.replace(alert, told=reason, told_at=mail.at, letter=letter, held=""))
    incident = board.get(Incident, key)
    if incident is not None:
        board.put(key, msgspec.structs.replace(incident, told=True))
