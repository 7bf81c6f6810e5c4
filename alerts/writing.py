"""From a mail of the desk to a letter in words. Pure: clause texts come as an argument."""

from __future__ import annotations

from collections import Counter

import msgspec

from alerts import wording
from alerts.alert import Alert
from alerts.board import Board, Clause
from alerts.directory import What, Who, in_charge
from alerts.groups import Mail
from alerts.incidents import NETWORK, Incident
from alerts.letter import Letter, Point, Reason
from alerts.lifelines import life_lines
from alerts.plain import POINTS as WRITTEN
from alerts.remembered import Lapse
from alerts.words import say
from streams.findings import ACCUSING, Finding, Grade

_INTROS = frozenset({Reason.RESOLVED, Reason.SUMMARY, Reason.SWEEP, Reason.ESCALATED, Reason.REOPENED})


def write(board: Board, mail: Mail) -> Letter:
    """The letter that one recipient gets, of the alerts as they stand now."""
    language = board.language.name
    written = zip(mail.keys[:WRITTEN], mail.reasons, strict=False)
    stands = _Stands(board)
    points = tuple(_point(board, key, why, mail, stands) for key, why in written)
    reason, count = mail.reason, len(mail.keys)
    first = next((point for point in points if point.level != Grade.OK), points[0])  # what stands is the headline
    title = first.title if count == 1 else say(language, "subject.more", title=first.title, count=count)
    level = say(language, f"level.{first.level}")
    return Letter(
        key=mail.key,
        channel=mail.recipient.channel,
        to=mail.recipient.to,
        reason=reason,
        thread=first.alert,
        subject=say(language, f"subject.{reason.value}", title=title, level=level),
        intro=_intro(board, mail, reason, count, language),
        points=points,
        more=count - len(points),
        outro="" if reason in {Reason.RESOLVED, Reason.INCIDENT} else say(language, "outro"),
        language=language,
        written_at=mail.at,
    )


def _intro(board: Board, mail: Mail, reason: Reason, count: int, language: str) -> str:
    alert = _alert(board, mail.keys[0])
    who = board.get(Who, alert.finding.subject) if alert is not None else None
    if alert is None or who is None or alert.finding.rule.startswith("OWN-"):
        return say(language, "intro.operator", count=count)
    key = f"intro.{reason.value}" if reason in _INTROS else "intro"
    who = in_charge(who, alert.finding.args)[0]
    unit = who.unit or who.name or say(language, "unit.none")
    return say(language, key, unit=unit, count=count, units=_units(board, mail) if reason is Reason.SUMMARY else 1)


def _units(board: Board, mail: Mail) -> int:
    return len({board.unit_of(alert) for key in mail.keys if (alert := _alert(board, key)) is not None})


def _alert(board: Board, key: str) -> Alert | None:
    """The alert of a key, or what a sweep writes about as if it were one; None of an incident."""
    lapse = board.get(Lapse, key)
    return board.get(Alert, key) if lapse is None else lapse.as_alert()


def _point(board: Board, key: str, reason: Reason, mail: Mail, stands: _Stands) -> Point:
    alert = _alert(board, key)
    if alert is None:
        return _incident_point(board, key, board.language.name)
    finding = alert.finding
    clause = board.language.clauses.get(finding.rule, Clause())
    who, what = board.get(Who, finding.subject), board.get(What, finding.source)
    matter = wording.Matter(
        id=finding.id,
        rule=finding.rule,
        level=alert.shown,
        why=finding.why,
        subject=who.name if who is not None else finding.subject,
        subject_id=finding.subject,
        source=_column(who, what),
        url=what.url if what is not None else "",
        since=finding.since,
        due=finding.due,
        closed_at=alert.closed_at,
        at=mail.at,
        args=stands.quotable(finding),
        clause=clause.text,
        advice=clause.advice,
        n=stands.breached(finding),
        of=clause.of,
        candidate=finding.candidate,
        workdays=board.language.workdays,
        life=tuple(life_lines(alert, reason, board)),
    )
    point = msgspec.structs.replace(wording.write(matter, board.language.name), reason=reason.value)
    if alert.closed_at is not None and mail.reason is not Reason.RESOLVED:  # one morning's letter tells of both
        point = msgspec.structs.replace(point, title=say(board.language.name, "subject.resolved", title=point.title))
    return point


class _Stands:
    """What stands against the subjects of one letter, counted once for each."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._known: dict[str, tuple[bool, Counter[str]]] = {}

    def quotable(self, finding: Finding) -> dict[str, str]:
        """What may be quoted of it: no title while a matter that is never quoted stands against the same subject."""
        if not self._of(finding.subject)[0]:
            return finding.args
        return {name: text for name, text in finding.args.items() if name not in wording.QUOTED}

    def breached(self, finding: Finding) -> int:
        """How many sources of the subject are in breach of this rule; what is masked accuses nobody."""
        return self._of(finding.subject)[1][finding.rule]

    def _of(self, subject: str) -> tuple[bool, Counter[str]]:
        """Whether anything is sealed, and the sources in breach by rule."""
        if subject not in self._known:
            standing = self._board.standing(subject)
            sealed = any(alert.finding.rule in wording.SEALED for alert in standing)
            accused = (alert for alert in standing if alert.shown in ACCUSING and alert.finding.source)
            self._known[subject] = sealed, Counter(alert.finding.rule for alert in accused)
        return self._known[subject]


def _column(who: Who | None, what: What | None) -> str:
    """A source's name, where it says more than the subject's."""
    return what.name if what is not None and who is not None and what.name != who.name else ""


def headline(board: Board, finding: Finding, language: str) -> str:
    """A finding in one line: who, which column, what."""
    who, what = board.get(Who, finding.subject), board.get(What, finding.source)
    matter = wording.Matter(
        id=finding.id,
        rule=finding.rule,
        level=finding.level,
        why=finding.why,
        subject=who.name if who is not None else finding.subject,
        source=_column(who, what),
        args=finding.args,
    )
    return wording.title(matter, language)


def summary(finding: Finding, language: str) -> str:
    """What is so, in words."""
    return wording.summary(finding.why, finding.args, language)


def _incident_point(board: Board, key: str, language: str) -> Point:
    incident = board.get(Incident, key)
    assert incident is not None
    what = say(language, f"what.incident.{_kind(incident)}", **_numbers(board, incident, language))
    lines = (say(language, "line.masked"),)
    return Point(alert=key, title=what, level="unknown", rule="OWN-INCIDENT", subject=incident.collector, lines=lines)


def _kind(incident: Incident) -> str:
    if incident.collector == NETWORK:
        return "network"
    return "frozen" if incident.is_frozen else "collector"


def _numbers(board: Board, incident: Incident, language: str) -> dict[str, object]:
    tally = board.census.whole if incident.collector == NETWORK else board.census.of(incident.collector)
    why = say(language, f"why.{incident.why}")
    usual = round(incident.usual)
    return {"collector": incident.collector, "count": tally.bad, "why": why, "hours": incident.hours, "usual": usual}
