"""The digests of a week, out of the store: what was known at the end of the week, whenever they are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from agents._pack import Pack
from alerts.digest.making import Source
from alerts.digest.served import counted
from alerts.digest.week import Week
from alerts.quotas import percent
from streams.advance import advance
from streams.days import MOMENT
from streams.findings import Event, Finding, Grade
from streams.looks import Look, Outcome, Shown
from streams.ports.store import Store
from streams.records import Fact, FactKind, Position, Record
from streams.rows import Row
from streams.rules import Rules
from streams.subjects import Source as Read
from streams.subjects import Subject
from streams.workdays import Workdays
from zhiban.counting import Counting
from zhiban.reading import continued
from zhiban.registry import Known, applied
from zhiban.weekfold import WeekFold


class WeekBook:
    """Reads one store for the digests of a week."""

    def __init__(self, store: Store, rules: Rules, pack: Pack, workdays: Workdays) -> None:
        """Nothing is read yet."""
        self._store, self._rules, self._workdays = store, rules, workdays
        self._counting = Counting(store, rules, pack, workdays)
        self.fold = WeekFold(store)

    def read(self, week: Week, until: datetime | None = None) -> Source:
        """What was known at the end of `week`, or at `until` where it is not over: findings, facts about messages and
        the desk, by log time strictly before it. What came later changes nothing."""
        end = week.until if until is None else min(until, week.until)
        told = self.fold.told(end)
        with self._store.read() as tx:
            letters = counted(told, tx.cases(end - MOMENT, known=end), self._counting.law)
            facts, newest = tx.facts(end), tx.newest_days(end)
        known, told.files = applied(Known(), facts), exported(facts)
        shown = {source: day for source, day in newest.items() if source not in told.dark}
        ahead = foreseen(self._rules, known, shown, end, week.moved(1).until)
        return Source(week, told, letters, ahead, self._percent, self._workdays)

    def _percent(self, part: int, whole: int) -> str:
        style = self._counting.pack.messages
        return percent(part, whole, style.decimals, style.rounding)


def exported(facts: Iterable[Fact]) -> dict[str, datetime]:
    """Up to when each mailbox whose messages come from files was told of in full."""
    found: dict[str, datetime] = {}
    for fact in facts:
        if fact.kind is FactKind.MESSAGES and fact.as_of is not None:
            found[fact.mailbox] = max(fact.as_of, found.get(fact.mailbox, fact.as_of))
    return found


def foreseen(
    rules: Rules, known: Known, newest: Mapping[str, date], at: datetime, until: datetime
) -> tuple[Finding, ...]:
    """What will be due soon by `until` if every source goes on to show `newest` as its last day: the rules' own word on
    a subject that is registered and looked at for the first time at `at`.

    It needs nothing but the registry and the item index, which tell of a moment long past as they did then.
    """
    shown: dict[str, list[Read]] = {}
    for source in known.sources.values():
        if source.id in newest and source.subject in known.subjects:
            shown.setdefault(source.subject, []).append(source)
    found = (_ahead(rules, known.subjects[name], sources, newest, at, until) for name, sources in shown.items())
    return tuple(finding for findings in found for finding in findings)


def _ahead(
    rules: Rules, subject: Subject, sources: Sequence[Read], newest: Mapping[str, date], at: datetime, until: datetime
) -> list[Finding]:
    bodies: list[Fact | Look] = [Fact(kind=FactKind.REGISTERED, subject=subject)]
    bodies += [Fact(kind=FactKind.SOURCE_ADDED, source=source) for source in sources]
    bodies += [
        Look(source=one.id, asked_at=at, outcome=Outcome.GOOD, level=Shown(count=1, newest=newest[one.id]))
        for one in sources
    ]
    row = Row(subject.id)
    findings: list[Finding] = []
    for offset, body in enumerate(bodies, 1):
        result = advance(rules, row, Record(at, subject.id, body), Position(1, offset), None)
        row = result.row
        findings += result.findings
    findings += continued(rules, row, until)
    return [one for one in findings if one.event is not Event.SIGNALS and one.level is Grade.DUE_SOON]
