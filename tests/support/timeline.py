"""A subject's history, written as it happened and folded through the real engine; days and hours are Shanghai's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack

import msgspec
from harness import fold

from streams.days import SHANGHAI
from streams.findings import Event, Finding
from streams.looks import Level, Look, Opening, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.records import Changed, Fact, FactKind, Off, Record, Tally, Tick
from streams.rules import Rules
from streams.subjects import Kind, Source, Subject
from zhiban.wiring import load_rules

NATIONAL = load_rules(("national-2019",), {})
HANZHONG = load_rules(("national-2019", "hanzhong"), {})
HOUR = timedelta(hours=1)
ID = "6107000001"


class Other(TypedDict, total=False):
    """What a good look may differ in from a plain one."""

    source: str
    as_of: datetime | None


def at(when: str) -> datetime:
    """The Shanghai moment `2026-03-05 09:30` (or noon of `2026-03-05`)."""
    text = when if " " in when else f"{when} 12:00"
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def day(text: str) -> date:
    """The date of ISO text."""
    return date.fromisoformat(text)


class Timeline:
    """A log in the making. Each method appends records and returns the timeline."""

    def __init__(self, kind: Kind, began: str, rules: Rules = NATIONAL, **fields: Any) -> None:
        """Register a subject at `began`; `fields` are further fields of it."""
        self.rules = rules
        self.subject = Subject(id=ID, name="示例单位", kind=kind, **fields)
        self.sources: dict[str, Source] = {}
        self.log: list[Record] = []
        self._append(began, Fact(kind=FactKind.REGISTERED, subject=self.subject))

    def source(self, name: str, connector: str, /, when: str = "", **fields: Any) -> Timeline:
        """Add a source of the id `name`, at `when` or at once."""
        made = Source(id=name, subject=ID, connector=connector, url=f"https://{name}.example.cn/", **fields)
        return self._told(when, FactKind.SOURCE_ADDED, made)

    def tells(self, when: str, message: str, deed: Deed = Deed.RECEIVED, own: str = "", **about: Any) -> Timeline:
        """A mailbox says what happened to a message, at `when` or at a time of its own."""
        told = About(category="咨询", **about) if deed is Deed.RECEIVED else None
        event = MessageEvent(message, deed, at(own or when), about=told)
        return self._append(when, Fact(kind=FactKind.MESSAGES, mailbox=next(iter(self.sources)), events=(event,)))

    def complete(self, when: str, as_of: str) -> Timeline:
        """An import says that it is all, up to a moment."""
        fact = Fact(kind=FactKind.MESSAGES, mailbox=next(iter(self.sources)), as_of=at(as_of))
        return self._append(when, fact)

    def columns(self, count: int, kind: Any, **fields: Any) -> Timeline:
        """Add columns c1, c2, ... of one type."""
        for number in range(1, count + 1):
            self.source(f"c{number}", "column", column_type=kind, **fields)
        return self

    def changes(self, when: str, name: str = "", **fields: Any) -> Timeline:
        """The registry changes a source, or without `name` the subject."""
        if name:
            return self._told(when, FactKind.SOURCE_CHANGED, msgspec.structs.replace(self.sources[name], **fields))
        self.subject = msgspec.structs.replace(self.subject, **fields)
        return self._append(when, Fact(kind=FactKind.CHANGED, subject=self.subject))

    def retires(self, when: str, name: str) -> Timeline:
        """A source is taken away."""
        return self._told(when, FactKind.SOURCE_RETIRED, self.sources.pop(name))

    def shows(
        self, when: str, newest: str | None, count: int = 5, *, title: str = "", **fields: Unpack[Other]
    ) -> Timeline:
        """A good look that shows `count` items, the newest of that date and title."""
        level = Shown(count=count, newest=None if newest is None else day(newest), title=title)
        return self.looks(when, level, **fields)

    def looks(
        self,
        when: str,
        level: Level | None,
        *,
        source: str = "",
        outcome: Outcome = Outcome.GOOD,
        cause: str = "",
        as_of: datetime | None = None,
    ) -> Timeline:
        """A look of the first source (or of `source`) that shows `level`."""
        name = source or next(iter(self.sources))
        look = Look(source=name, asked_at=at(when), outcome=outcome, cause=cause, level=level, as_of=as_of)
        return self._append(when, look)

    def fails(self, when: str, source: str = "") -> Timeline:
        """A look that could not read the source."""
        name = source or next(iter(self.sources))
        return self._append(when, Look(source=name, asked_at=at(when), outcome=Outcome.FAILED, cause="http_503"))

    def opens(self, when: str, *, opens: bool = True, cause: str = "", source: str = "") -> Timeline:
        """A probe that proves whether the site opens."""
        return self.looks(when, Opening(opens=opens, cause=cause), source=source)

    def tallies(self, first: str, days: int, failures: int = 0, probes: int = 20) -> Timeline:
        """Whole days of hourly tallies from `first`: `probes` a day; the failures all fall early."""
        left = failures
        for number in range(days):
            for hour in range(24):
                asked = probes // 24 + (hour < probes % 24)
                failed = min(left, asked)
                left -= failed
                when = at(f"{first} 00:00") + timedelta(days=number, hours=hour)
                body = Tally(source=next(iter(self.sources)), hour=when, probes=asked, failures=failed)
                self._put(when + HOUR, ID, body)
        assert left == 0
        return self

    def ticks(self, *whens: str) -> Timeline:
        """Time passes."""
        for when in whens:
            self._put(at(when), "", Tick())
        return self

    def off(self, since: str, until: str) -> Timeline:
        """The monitor was off."""
        return self._put(at(until), "", Off(at(since), at(until)))

    def revised(self, when: str, rules: Rules) -> Timeline:
        """A new version is in force: fold what is before by the old rules first if they differ in more than version."""
        self.rules = rules
        return self._put(at(when), "", Changed(rules.version))

    def ledger(self, rule: str) -> list[Finding]:
        """The rule's findings, signals aside."""
        return [f for f in fold(self.rules, self.log) if f.rule == rule and f.event is not Event.SIGNALS]

    def finds(self, rule: str) -> list[str]:
        """The rule's findings in short: event, level, and step where there is one; `closes why`."""
        return [in_short(finding) for finding in self.ledger(rule)]

    def stands(self, rule: str, source: str | None = None) -> list[str]:
        """What is open at the end: `level` or `level/step`, of one source where it is named."""
        standing: dict[str, Finding] = {}
        for finding in self.ledger(rule):
            standing.pop(finding.id, None)
            if finding.event is not Event.CLOSES:
                standing[finding.id] = finding
        return sorted(graded(f) for f in standing.values() if source is None or f.source == source)

    def _told(self, when: str, kind: FactKind, source: Source) -> Timeline:
        if kind is not FactKind.SOURCE_RETIRED:
            self.sources[source.id] = source
        return self._append(when, Fact(kind=kind, source=source))

    def _append(self, when: str, body: Any) -> Timeline:
        return self._put(at(when) if when else self.log[-1].time, ID, body)

    def _put(self, time: datetime, subject: str, body: Any) -> Timeline:
        self.log.append(Record(max([time, *(record.time for record in self.log[-1:])]), subject, body))
        return self


def account(began: str = "2026-01-01", rules: Rules = NATIONAL, **fields: Any) -> Timeline:
    """An account with one relay."""
    return Timeline(Kind.ACCOUNT, began, rules, **fields).source("relay", "account")


def site(began: str = "2026-01-01", rules: Rules = NATIONAL, **fields: Any) -> Timeline:
    """A site without any source yet."""
    return Timeline(Kind.SITE, began, rules, **fields)


def mailbox(began: str = "2026-01-01", url: str = "push:", rules: Rules = NATIONAL, **fields: Any) -> Timeline:
    """A mailbox that tells by itself."""
    made = Timeline(Kind.MAILBOX, began, rules, **fields).source("letters", "mailbox")
    return made.changes(began, "letters", url=url)


def graded(finding: Finding) -> str:
    """`due_soon/amber`, `veto`."""
    return f"{finding.level}/{finding.step}" if finding.step else str(finding.level)


def in_short(finding: Finding) -> str:
    """`opens veto`, `closes updated`."""
    return f"closes {finding.why}" if finding.event is Event.CLOSES else f"{finding.event} {graded(finding)}"


def whys(findings: Iterable[Finding]) -> list[str]:
    """The words that the rule said."""
    return [finding.why for finding in findings]
