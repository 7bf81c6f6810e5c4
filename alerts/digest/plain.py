"""The digest as plain text: the mail's twin, and the short form that other channels carry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from alerts.digest.value import Bar, Digest, Row, Section, Subscription
from alerts.letter import Letter, Point, Reason
from alerts.words import say
from streams.days import SHANGHAI, day_of
from streams.findings import Grade

FIGURES = ("received", "answered", "on_time", "missed", "rate", "open", "overdue", "unknown")
_BRIEF = 5  # rows of a section in the short form


class Speech:
    """A digest in the words of one language."""

    def __init__(self, digest: Digest, language: str) -> None:
        self.digest, self.language = digest, language

    def say(self, key: str, **fields: object) -> str:
        """The words of a key of the digest's own."""
        return say(self.language, f"digest.{key}", **fields)

    # -- lines -------------------------------------------------------------------------------------------------------

    @property
    def subject(self) -> str:
        """The subject line."""
        one = self.digest
        since, last = (day.isoformat()[5:] for day in self.days)
        return say(self.language, "subject.digest", scope=one.scope, week=one.week, since=since, until=last)

    @property
    def days(self) -> tuple[date, date]:
        """The first day and the last."""
        return day_of(self.digest.since), date.fromordinal(day_of(self.digest.since).toordinal() + 6)

    @property
    def period(self) -> str:
        """The week, and its days; where it is not over, until when it is told."""
        since, last = self.days
        named = self.say("period", week=self.digest.week, since=since, until=last)
        return named if self.digest.whole else f"{named}. {self.say('so_far', until=_minute(self.digest.until))}"

    @property
    def watched(self) -> str:
        """The first line: how much was under good watch."""
        one = self.digest.coverage
        fields = {"good": one.good, "subjects": one.subjects}
        return self.say("watched", **fields, good_sources=one.good_sources, sources=one.sources)

    @property
    def summary(self) -> str:
        """The figures in one line."""
        one = self.digest
        counts = {"opened": one.opened.count, "closed": one.closed.count, "due": one.due_count}
        stand = {name: self._stands(name) for name in ("vetoes", "breaches")}
        return self.say("summary", notices=one.notices, **stand, **counts)

    def _stands(self, name: str) -> str:
        now, before = getattr(self.digest, name), self.before(name)
        return f"{now} ({before})" if before else str(now)

    def before(self, name: str) -> str:
        """How many stood open a week before, in words; nothing where the watch had not begun."""
        trend = self.digest.trend
        return self.say("before", count=getattr(trend[-2], name)) if len(trend) > 1 else ""

    @property
    def own(self) -> str:
        """What happened to Zhiban itself, and what it withholds for that."""
        return self.say("own", incidents=self.digest.incidents, withheld=self.digest.withheld)

    @property
    def chart(self) -> str:
        """What the chart shows, in words."""
        bars = (self.say("bar", week=b.week, vetoes=b.vetoes, breaches=b.breaches) for b in self.digest.trend)
        return self.say("chart", bars="; ".join(bars) if self.language == "en" else "；".join(bars))

    def level(self, row: Row) -> str:
        """A row's level in words; what is over is over."""
        return say(self.language, f"level.{row.level if row.closed is None else Grade.OK.value}")

    def since(self, row: Row) -> str:
        """Since when it is so."""
        return "" if row.day is None else self.say("day", day=row.day.isoformat()[5:])

    def about(self, row: Row) -> str:
        """What is said beside a row: whose it is, since when, when it was over, how often."""
        said = [row.unit] if row.unit else []
        if row.last is None and row.day is not None:
            said.append(self.since(row))
        if row.closed is not None:
            said.append(self.say("over_on", day=row.closed.isoformat()[5:]))
        if row.times:
            said.append(self.say("times", times=row.times))
        return " · ".join(said)

    def sections(self) -> tuple[tuple[str, Section], ...]:
        """The lists, in their order."""
        one = self.digest
        return ("opened", one.opened), ("standing", one.standing), ("repeated", one.repeated), ("closed", one.closed)

    def figures(self) -> Iterator[tuple[str, str, str]]:
        """The figures of messages: the name, this week's, last week's."""
        for name in FIGURES:
            values = (str(getattr(one, name)) for one in (self.digest.served, self.digest.served_before))
            yield self.say(f"served.{name}"), next(values), next(values)


# -- the twin --------------------------------------------------------------------------------------------------------


def as_text(digest: Digest, language: str, attached: str = "") -> str:
    """The whole digest; `attached` names the calendar that comes with it."""
    speech = Speech(digest, language)
    blocks = [
        f"{speech.watched}\n{speech.summary}\n{speech.own}",
        f"{speech.say('title')} · {digest.scope}\n{speech.period}",
        "\n".join(_due(speech)),
        *("\n".join(_listed(speech, name, section)) for name, section in speech.sections()),
        "\n".join(_served(speech)),
        "\n".join(_ranked(speech)),
        "\n".join((_head(speech.say("trend"), None), *(f"  {_bar(speech, bar)}" for bar in digest.trend))),
        "\n".join(_listed(speech, "blinds", digest.coverage.blind)),
        "\n".join(_foot(speech, attached)),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(title: str, count: int | None) -> str:
    return f"== {title} ==" if count is None else f"== {title}: {count} =="


def _listed(speech: Speech, name: str, section: Section) -> Iterator[str]:
    yield _head(speech.say(name), section.count)
    if not section.count:
        yield f"  {speech.say(f'none.{name}')}"
    for row in section.rows:
        yield from _row(speech, row)
    if section.left:
        yield f"  {speech.say('more', count=section.left)}"


def _row(speech: Speech, row: Row) -> Iterator[str]:
    yield f"  [{speech.level(row)}] {row.text}"
    if about := speech.about(row):
        yield f"      {about}"


def _due(speech: Speech) -> Iterator[str]:
    digest = speech.digest
    yield _head(speech.say("due"), digest.due_count)
    if not digest.due:
        yield f"  {speech.say('none.due')}"
    for day in digest.due:
        yield f"  {day.title}"
        for row in day.rows:
            yield f"    - {row.text}" + (f" ({row.unit})" if row.unit else "")
    yield f"  {speech.say('later', count=digest.later)}"


def _served(speech: Speech) -> Iterator[str]:
    yield _head(speech.say("served"), None)
    now, before = speech.say("col.now"), speech.say("col.before")
    for name, value, old in speech.figures():
        yield f"  {name}: {now} {value}, {before} {old}"


def _ranked(speech: Speech) -> Iterator[str]:
    yield _head(speech.say("ranks"), None)
    for number, one in enumerate(speech.digest.ranks, 1):
        figures = (
            f"{speech.say(f'col.{name}')} {getattr(one, name)}" for name in ("vetoes", "breaches", "opened", "closed")
        )
        yield f"  {number}. {one.unit}: {', '.join(figures)}"
    if not speech.digest.ranks:
        yield f"  {speech.say('none.ranks')}"
    yield f"  {speech.say('calm', count=speech.digest.calm_units)}"


def _bar(speech: Speech, bar: Bar) -> str:
    return speech.say("bar", week=bar.week, vetoes=bar.vetoes, breaches=bar.breaches)


def _foot(speech: Speech, attached: str) -> Iterator[str]:
    if attached and speech.digest.due:
        yield speech.say("attached", name=attached)
    yield speech.say("why")
    if speech.digest.unsubscribe:
        yield f"{speech.say('unsubscribe')}: {speech.digest.unsubscribe}"


# -- the letter ------------------------------------------------------------------------------------------------------


def letter_of(digest: Digest, whose: Subscription, language: str, at: datetime) -> Letter:
    """The digest as a letter, with a short form for channels that have room for nothing else.

    The key is (kind, week, recipient), so that there is never a second one; mails of one recipient make one thread.
    """
    speech = Speech(digest, language)
    lists = [(name, section) for name, section in speech.sections() if name != "closed"]
    return Letter(
        key=key_of(digest.week, whose),
        channel=whose.channel,
        to=whose.to,
        reason=Reason.DIGEST,
        thread=f"digest/{whose.id}",
        subject=speech.subject,
        intro=f"{speech.watched}\n{speech.summary}",
        points=(_brief_due(speech), *(_brief(speech, name, section) for name, section in lists)),
        outro=speech.say("why"),
        language=language,
        written_at=at,
        digest=digest,
    )


def key_of(week: str, whose: Subscription) -> str:
    """The key of a recipient's digest of a week."""
    return f"digest/{week}/{whose.id}"


def _brief(speech: Speech, name: str, section: Section) -> Point:
    lines = [f"[{speech.level(row)}] {row.text}" for row in section.rows[:_BRIEF]]
    return _point(speech, name, section.count, lines)


def _brief_due(speech: Speech) -> Point:
    rows = [(day, row) for day in speech.digest.due for row in day.rows]
    return _point(speech, "due", len(rows), [f"{day.title} {row.text}" for day, row in rows[:_BRIEF]])


def _point(speech: Speech, name: str, count: int, lines: list[str]) -> Point:
    if count > len(lines):
        lines.append(speech.say("more", count=count - len(lines)))
    lines = lines or [speech.say(f"none.{name}")]
    title = f"{speech.say(name)} ({count})"
    return Point(alert="", title=title, level=Grade.NOTICE.value, rule="", subject="", lines=tuple(lines))


def _minute(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
