"""From what is known at the end of a week to the digest of one recipient."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import msgspec

from alerts.calendar import in_words
from alerts.digest import served
from alerts.digest.coverage import coverage
from alerts.digest.fold import AGAIN, Matter, Stood, Told
from alerts.digest.value import SHOWN, Bar, Day, Digest, Rank, Row, Section, Subscription
from alerts.digest.week import Week, week_of
from alerts.directory import UNITS, What, Who, in_charge
from alerts.incidents import Incident
from alerts.wording import SEALED, masked, term_in_words
from alerts.words import say
from alerts.writing import headline
from streams.days import MOMENT, day_of
from streams.findings import SEVERITY, Finding, Grade
from streams.subjects import Kind, Status
from streams.workdays import Workdays

MOST_DUE = 200  # rows of what is due
_OPERATED = frozenset({Status.RUNNING.value, Status.CLOSING.value})


class Source(msgspec.Struct, frozen=True):
    """What every digest of a week is made from; `foreseen` is what will be due soon if nothing new is published."""

    week: Week
    told: Told
    letters: Sequence[served.Letter]
    foreseen: Sequence[Finding]
    percent: served.Percent
    workdays: Workdays


def make(source: Source, whose: Subscription, language: str) -> Digest:
    """The digest of one recipient."""
    return _Making(source, whose, language).digest()


class _Making:
    """One digest in the making."""

    def __init__(self, source: Source, whose: Subscription, language: str) -> None:
        self.source, self.whose, self.language = source, whose, language
        self.told, self.week = source.told, source.week
        self.mine = [one for one in self.told.matters.values() if self._has(one.last)]
        self.problems = [one for one in self.mine if one.is_problem]
        stand = [one for one in self.problems if one.stands]
        folded = {name for one in stand for name in one.last.folds}
        self.stand = [one for one in stand if one.last.id not in folded]
        self.folded = folded
        self.subjects = self._subjects()
        self.letters = served.within(self.told, source.letters, whose)

    def digest(self) -> Digest:
        week, until = self.week, self.told.until
        opened = [one for one in self.problems if self._fresh(one) and one.last.id not in self.folded]
        closed = [one for one in self.problems if one.closed_at is not None and one.closed_at >= week.since]
        due, later = self._due()
        now, before = served.served(self.letters, week, self.source.percent)
        level = Counter(one.last.level for one in self.stand)
        ranks = self._ranks(opened, closed)
        return Digest(
            week=week.name,
            since=week.since,
            until=until,
            whole=until >= week.until,
            scope=self._scope(),
            coverage=coverage(self.told, self.subjects, self.language),
            vetoes=level[Grade.VETO],
            breaches=level[Grade.BREACH],
            notices=level[Grade.NOTICE],
            opened=self._section(opened),
            closed=self._section(closed),
            standing=self._section([one for one in self.stand if not self._fresh(one)]),
            repeated=self._repeated(opened),
            withheld=sum(one.masked and one.closed_at is None for one in self.mine),
            incidents=sum(self._is_of_week(one) for _, one in self.told.board.all(Incident)),
            due=due,
            later=later,
            served=now,
            served_before=before,
            trend=tuple(self._trend()),
            ranks=ranks,
            calm_units=self._calm(ranks),
        )

    # -- what is meant -----------------------------------------------------------------------------------------------

    def _owners(self, finding: Finding | Stood) -> list[Who]:
        """Whose matter it is, of those who are meant."""
        who = self.told.board.get(Who, finding.subject) or Who(finding.subject)
        return [one for one in in_charge(who, finding.args) if self.whose.has(one.unit, one.supervisor)]

    def _has(self, finding: Finding | Stood) -> bool:
        return bool(self._owners(finding))

    def _scope(self) -> str:
        if self.whose.is_whole:
            return say(self.language, "digest.whole")
        patterns = [one for group in (self.whose.supervisors, self.whose.units) if "*" not in group for one in group]
        return say(self.language, "digest.and").join(patterns)

    def _subjects(self) -> dict[str, Who]:
        """The subjects in operation that are meant."""
        board = self.told.board
        return {
            key: who
            for key, who in board.all(Who)
            if who.kind != Kind.MONITOR.value and who.status in _OPERATED and self.whose.has(who.unit, who.supervisor)
        }

    def _fresh(self, one: Matter) -> bool:
        """Whether it became a problem in the week."""
        return one.since is not None and one.since >= self.week.since

    def _is_of_week(self, incident: Incident) -> bool:
        return incident.opened_at < self.week.until and (
            incident.closed_at is None or incident.closed_at >= self.week.since
        )

    # -- matters -----------------------------------------------------------------------------------------------------

    def _section(self, matters: Sequence[Matter]) -> Section:
        listed = sorted(
            matters, key=lambda one: (-SEVERITY[one.last.level], self._unit(one.last), self._text(one.last))
        )
        return Section(len(listed), tuple(self._row(one) for one in listed[:SHOWN]))

    def _row(self, one: Matter, times: int = 0) -> Row:
        return Row(
            id=one.last.id,
            level=one.last.level.value,
            text=self._text(one.last),
            unit=self._unit(one.last),
            day=None if one.since is None else day_of(one.since),
            closed=None if one.closed_at is None else day_of(one.closed_at),
            times=times,
            url="" if _is_sealed(one.last) else self._url(one.last),
        )

    def _url(self, finding: Finding) -> str:
        """The page that it is about; of an account that is read through a relay, not the relay's."""
        what, who = self.told.board.get(What, finding.source), self.told.board.get(Who, finding.subject)
        if what is not None and what.connector != "account":
            return what.url if what.url.startswith("http") else ""
        return who.url if who is not None else ""

    def _text(self, finding: Finding) -> str:
        if not _is_sealed(finding):
            return masked(headline(self.told.board, finding, self.language))
        who = self.told.board.get(Who, finding.subject)
        what = say(self.language, "what.sealed", id=finding.id)
        return masked(say(self.language, "title", subject=who.name if who else finding.subject, what=what))

    def _unit(self, finding: Finding) -> str:
        return masked(UNITS.join(one.unit for one in self._owners(finding)))

    def _repeated(self, opened: Iterable[Matter]) -> Section:
        """What opened in the week at a place where the same had been so, and over, within 90 days before."""
        before: dict[tuple[str, str, str, str], int] = Counter(
            one.place
            for one in self.problems
            if one.closed_at is not None and one.closed_at >= self.told.until - AGAIN and not self._fresh(one)
        )
        within = Counter(one.place for one in opened)
        last = {one.place: one for one in opened if before[one.place] + within[one.place] > 1}
        listed = sorted(last.values(), key=lambda one: (-before[one.place], self._text(one.last)))
        rows = (self._row(one, before[one.place] + within[one.place]) for one in listed[:SHOWN])
        return Section(len(listed), tuple(rows))

    # -- what comes --------------------------------------------------------------------------------------------------

    def _due(self) -> tuple[tuple[Day, ...], int]:
        """What is due in the week after, by its last day; and how many are due soon but later."""
        end = self.week.moved(1).until
        soon = self._soon()
        rows = [self._due_row(due, one) for due, one in soon if self.told.until < due <= end]
        rows += [self._message(one) for one in served.waiting(self.letters, self.told.until, end)]
        rows.sort(key=lambda row: (row.last or date.max, row.unit, row.text))
        once = {row.event: row for row in reversed(rows)}  # of two terms of one message the first
        listed = [row for row in rows if once[row.event] is row]
        ahead = {one.id for one in self.source.foreseen}
        later = sum(due > end and one.id not in ahead for due, one in soon)  # of what is not due soon yet, no word
        return tuple(self._days(listed[:MOST_DUE])), later

    def _soon(self) -> list[tuple[datetime, Finding]]:
        """What is due soon by the ledger, and what will be by what is shown; of one place the ledger's word."""
        known = [one.last for one in self.mine if one.closed_at is None]
        places = {_place(one) for one in known}
        ahead = [one for one in self.source.foreseen if _place(one) not in places and self._has(one)]
        soon = [one for one in (*known, *ahead) if one.level is Grade.DUE_SOON and not one.rule.startswith("OWN-")]
        return [(one.due, one) for one in soon if one.due is not None]

    def _due_row(self, due: datetime, finding: Finding) -> Row:
        row = self._row(Matter(finding))
        is_message = "message" in finding.args
        name = _event_id(finding.source, finding.item) if is_message else _event_id(*_place(finding))
        return msgspec.structs.replace(row, event=name, last=day_of(due - MOMENT))

    def _message(self, letter: served.Letter) -> Row:
        """A message that waits, whether the ledger speaks of it already or not."""
        one = letter.now
        assert one.due_at is not None
        who = self.told.board.get(Who, letter.subject)
        fields = {"category": one.about.category, "message": one.id, "term": term_in_words(one.limit, self.language)}
        name = who.name if who is not None else letter.subject
        text = say(self.language, "title", subject=name, what=say(self.language, "digest.message", **fields))
        units = UNITS.join(one.about.units) or (who.unit if who is not None else "")
        return Row(
            event=_event_id(one.mailbox, one.id), level=Grade.DUE_SOON.value, text=masked(text), unit=masked(units),
            last=day_of(one.due_at - MOMENT),
        )  # fmt: skip

    def _days(self, rows: Iterable[Row]) -> Iterator[Day]:
        days: dict[date, list[Row]] = defaultdict(list)
        for row in rows:
            assert row.last is not None
            days[row.last].append(row)
        for day, listed in sorted(days.items()):
            yield Day(day, in_words(day, self.language, self.source.workdays), tuple(listed))

    # -- figures -----------------------------------------------------------------------------------------------------

    def _trend(self) -> Iterator[Bar]:
        for end, stood in self.told.standing:
            mine = [one for one in stood if self._accuses(one)]
            folded = {name for one in mine for name in one.folds}
            level = Counter(one.level for one in mine if one.id not in folded)
            yield Bar(week_of(end - MOMENT).name[5:], level[Grade.VETO], level[Grade.BREACH])

    def _accuses(self, one: Stood) -> bool:
        matter = self.told.matters.get(one.id)
        dismissed = matter is not None and matter.dismissed
        return not dismissed and self._has(one)

    def _ranks(self, opened: Iterable[Matter], closed: Iterable[Matter]) -> tuple[Rank, ...]:
        """The units that have or had something: by what stands open against them, vetoes first."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for name, matters in (("opened", opened), ("closed", closed)):
            self._tally(counts, ((name, one) for one in matters))
        self._tally(counts, ((one.last.level.value, one) for one in self.stand))
        ranks = [
            Rank(masked(unit), some["veto"], some["breach"], some["opened"], some["closed"])
            for unit, some in counts.items()
        ]
        return tuple(sorted(ranks, key=lambda one: (-one.vetoes, -one.breaches, -one.opened, one.unit)))

    def _calm(self, ranks: Iterable[Rank]) -> int:
        """How many units have nothing open."""
        units = {masked(who.unit) for who in self.subjects.values()}
        return len(units - {one.unit for one in ranks if one.vetoes or one.breaches})

    def _tally(self, counts: dict[str, Counter[str]], named: Iterable[tuple[str, Matter]]) -> None:
        for name, matter in named:
            for owner in self._owners(matter.last):
                counts[owner.unit][name] += 1


def _place(finding: Finding) -> tuple[str, str, str, str]:
    return finding.rule, finding.subject, finding.source, finding.item


def _event_id(*names: str) -> str:
    """A name in calendars: the same before there is a finding and after."""
    return hashlib.blake2b("\x1f".join(names).encode(), digest_size=10).hexdigest()


def _is_sealed(finding: Finding) -> bool:
    """Whether its words, its column and its address stay out of a mail that may be forwarded."""
    return finding.rule in SEALED or finding.rule.startswith("SEC-")
