"""From a mail of the desk to a letter in words. Pure: clause texts come as an argument."""

from __future__ import annotations

from datetime import date

from alerts.alert import Alert
from alerts.board import Board, Clause, Clauses
from alerts.calendar import in_words
from alerts.directory import What, Who
from alerts.groups import Mail
from alerts.incidents import NETWORK, Incident
from alerts.letter import Letter, Point, Reason
from alerts.words import say
from streams.days import DAY, SHANGHAI, Limit, day_of, parse_limit
from streams.findings import Finding, Grade


def write(board: Board, mail: Mail) -> Letter:
    """The letter that one recipient gets, of the alerts as they stand now."""
    language = board.language.name
    points = tuple(_point(board, key, mail.reason, board.language.clauses, language) for key in mail.keys)
    reason = mail.reason
    first = points[0]
    title = first.title if len(points) == 1 else say(language, "subject.more", title=first.title, count=len(points))
    level = say(language, f"level.{first.level}")
    return Letter(
        key=mail.key,
        channel=mail.recipient.channel,
        to=mail.recipient.to,
        reason=reason,
        thread=first.alert,
        subject=say(language, f"subject.{reason.value}", title=title, level=level),
        intro=_intro(board, mail, reason, len(points), language),
        points=points,
        outro="" if reason in {Reason.RESOLVED, Reason.INCIDENT} else say(language, "outro"),
        language=language,
        written_at=mail.at,
    )


def _intro(board: Board, mail: Mail, reason: Reason, count: int, language: str) -> str:
    alert = board.get(Alert, mail.keys[0])
    who = board.get(Who, alert.finding.subject) if alert is not None else None
    if alert is None or who is None or alert.finding.rule.startswith("OWN-"):
        return say(language, "intro.operator", count=count)
    key = "intro.resolved" if reason is Reason.RESOLVED else "intro"
    return say(language, key, unit=who.unit or who.name or say(language, "unit.none"), count=count)


def _point(board: Board, key: str, reason: Reason, clauses: Clauses, language: str) -> Point:
    alert = board.get(Alert, key)
    if alert is None:
        return _incident_point(board, key, language)
    finding = alert.finding
    clause = clauses.get(finding.rule, Clause())
    what = board.get(What, finding.source)
    title = headline(board, finding, language)
    if alert.closed_at is not None and reason is not Reason.RESOLVED:  # one morning's letter tells of both
        title = say(language, "subject.resolved", title=title)
    return Point(
        alert=finding.id,
        title=title,
        level=alert.shown.value,
        rule=finding.rule,
        subject=finding.subject,
        lines=tuple(_lines(finding, clause, language)),
        clause=clause.text,
        url=what.url if what is not None else "",
    )


def headline(board: Board, finding: Finding, language: str) -> str:
    """A finding in one line: who, which column, what."""
    who = board.get(Who, finding.subject)
    what = board.get(What, finding.source)
    name = what.name if what is not None and who is not None and what.name != who.name else ""
    mark = f"「{name}」" if language == "zh" else f" “{name}”"
    subject = who.name if who is not None else finding.subject
    return say(language, "title", subject=subject, source=mark if name else "", what=summary(finding, language))


def summary(finding: Finding, language: str) -> str:
    """What is so, in words."""
    fields = dict.fromkeys(_FIELDS, "") | finding.args
    fields["limit"] = limit_in_words(finding.args.get("limit", ""), language)
    fields["cause"] = say(language, f"cause.{finding.args.get('cause', '')}")
    return say(language, f"what.{finding.why}", **fields)


_FIELDS = (
    "limit", "certain", "unknown", "n", "days", "probes", "failures", "cause", "future", "ancient", "rule", "count",
    "why", "collector",
)  # fmt: skip


def limit_in_words(text: str, language: str) -> str:
    """`14d` as 14 天; what cannot be read stays as it is."""
    try:
        limit: Limit = parse_limit(text)
    except ValueError:
        return text
    return say(language, "limit.days", n=limit.days) if limit.days else say(language, "limit.months", n=limit.months)


def _lines(finding: Finding, clause: Clause, language: str) -> list[str]:
    lines = []
    if "newest" in finding.args:
        lines.append(say(language, "line.newest", day=in_words(date.fromisoformat(finding.args["newest"]), language)))
    if finding.due is not None and finding.level in {Grade.DUE_SOON, Grade.BREACH, Grade.VETO}:
        lines.append(say(language, "line.last_safe", day=in_words(day_of(finding.due) - DAY, language)))
    if finding.since is not None and finding.rule.startswith("OWN-"):
        lines.append(say(language, "line.since", time=local(finding)))
    if finding.args.get("notice"):
        lines.append(say(language, "line.notice", title=finding.args["notice"]))
    if finding.level in {Grade.DUE_SOON, Grade.VETO} and finding.rule.startswith("MED-"):
        lines.append(say(language, "line.not_count"))
    if clause.advice:
        lines.append(say(language, "line.advice", advice=clause.advice))
    return lines


def local(finding: Finding) -> str:
    """When it began, as people in China read the time."""
    assert finding.since is not None
    return finding.since.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


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
