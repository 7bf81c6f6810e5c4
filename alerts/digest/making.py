"""From what is known at the end of a week to the digest of one recipient."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from alerts.alert import Alert
from alerts.calendar import in_words
from alerts.digest import served
from alerts.digest.fold import BLIND, WATCH, Matter, Told
from alerts.digest.value import Bar, Day, Digest, Rank, Row, Section, Subscription, Watched
from alerts.digest.week import Week, week_of
from alerts.directory import UNITS, What, Who, in_charge
from alerts.incidents import Incident
from alerts.wording import SEALED, masked, term_in_words
from alerts.words import say
from alerts.writing import headline
from streams.days import DAY, day_of
from streams.findings import SEVERITY, Finding, Grade
from streams.subjects import FILE, PUSH, Kind, Status
from streams.workdays import Workdays

SHOWN = 20  # rows of a section; the figures are of all
MOST_DUE = 200  # rows of what is due
AGAIN = 90 * DAY
MOMENT = timedelta(microseconds=1)
_OPERATED = frozenset({Status.RUNNING.value, Status.CLOSING.value})


class Source(msgspec.Struct, frozen=True):
    """What every digest of a week is made from."""

    week: Week
    told: Told
    letters: Sequence[served.Letter]
    percent: served.Percent
    workdays: Workdays


def make(source: Source, whose: Subscription, language: str, unsubscribe: str = "") -> Digest:
    """The digest of one recipient."""
    return _Making(source, whose, language).digest(unsubscribe)


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
        self.letters = served.within(self.told, source.letters, whose)

    def digest(self, unsubscribe: str) -> Digest:
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
            coverage=self._coverage(),
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
            calm_units=len(self._units() - {one.unit for one in ranks if one.vetoes or one.breaches}),
            unsubscribe=unsubscribe,
        )

    # -- what is meant -----------------------------------------------------------------------------------------------

    def _owners(self, finding: Finding) -> list[Who]:
        """Whose matter it is, of those who are meant."""
        who = self.told.board.get(Who, finding.subject) or Who(finding.subject)
        return [one for one in in_charge(who, finding.args) if self.whose.has(one.unit, one.supervisor)]

    def _has(self, finding: Finding) -> bool:
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

    def _units(self) -> set[str]:
        return {who.unit for who in self._subjects().values()}

    def _fresh(self, one: Matter) -> bool:
        """Whether it became a problem in the week."""
        return one.since is not None and one.since >= self.week.since

    def _is_of_week(self, incident: Incident) -> bool:
        return incident.opened_at < self.week.until and (
            incident.closed_at is None or incident.closed_at >= self.week.since
        )

    # -- coverage ----------------------------------------------------------------------------------------------------

    def _coverage(self) -> Watched:
        subjects = self._subjects()
        sources: dict[str, list[str]] = defaultdict(list)
        for key, what in self.told.board.all(What):
            if what.subject in subjects and not what.retired:
                sources[what.subject].append(key)
        dark = {one.last.source for one in self.mine if one.last.rule == BLIND and one.closed_at is None}
        good = {key for keys in sources.values() for key in keys if key not in dark and self._is_watched(key)}
        bad = [key for key in subjects if not sources[key] or not good.issuperset(sources[key])]
        rows = [self._blind(key, subjects[key], [one for one in sources[key] if one not in good]) for key in bad]
        rows.sort(key=lambda row: (row.unit, row.text))
        count = sum(len(keys) for keys in sources.values())
        return Watched(
            len(subjects) - len(bad), len(subjects), len(good), count, Section(len(rows), tuple(rows[:SHOWN]))
        )

    def _is_watched(self, source: str) -> bool:
        """Whether it was seen well in the last 48 hours, or tells by itself."""
        what = self.told.board.get(What, source)
        if what is not None and what.url.startswith((PUSH, FILE)):
            return True
        lost = self.told.lost.get(source, self.told.until - WATCH - MOMENT)
        return lost is None or lost >= self.told.until - WATCH

    def _blind(self, subject: str, who: Who, sources: Sequence[str]) -> Row:
        key = "digest.blind" if sources else "digest.no_source"
        lost = [moment for one in sources if (moment := self.told.lost.get(one)) is not None]
        text = say(self.language, key, subject=who.name, count=len(sources))
        day = day_of(min(lost)) if lost else None
        return Row(id=subject, level=Grade.UNKNOWN.value, text=masked(text), unit=who.unit, day=day)

    # -- matters -----------------------------------------------------------------------------------------------------

    def _section(self, matters: Sequence[Matter]) -> Section:
        listed = sorted(
            matters, key=lambda one: (-SEVERITY[one.last.level], self._unit(one.last), self._text(one.last))
        )
        return Section(len(listed), tuple(self._row(one) for one in listed[:SHOWN]))

    def _row(self, one: Matter, times: int = 0) -> Row:
        what = self.told.board.get(What, one.last.source)
        return Row(
            id=one.last.id,
            level=one.last.level.value,
            text=self._text(one.last),
            unit=self._unit(one.last),
            day=None if one.since is None else day_of(one.since),
            closed=None if one.closed_at is None else day_of(one.closed_at),
            times=times,
            url="" if what is None or _is_sealed(one.last) or not what.url.startswith("http") else what.url,
        )

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
        soon = [one.last for one in self.mine if one.closed_at is None and one.last.level is Grade.DUE_SOON]
        dated = [(one.due, one) for one in soon if one.due is not None and not one.rule.startswith("OWN-")]
        end = self.week.moved(1).until
        known = {(one.source, one.item) for _, one in dated}
        rows = [self._soon(due, one) for due, one in dated if self.told.until < due <= end]
        rows += [
            self._message(one)
            for one in served.waiting(self.letters, self.told.until, end)
            if (one.now.mailbox, one.now.id) not in known
        ]
        rows.sort(key=lambda row: (row.last or date.max, row.unit, row.text))
        return tuple(self._days(rows[:MOST_DUE])), sum(due > end for due, _ in dated)

    def _soon(self, due: datetime, finding: Finding) -> Row:
        row = self._row(Matter(finding))
        name = _message_id(finding.source, finding.item) if "message" in finding.args else row.id
        return msgspec.structs.replace(row, id=name, last=day_of(due - MOMENT))

    def _message(self, letter: served.Letter) -> Row:
        """A message that waits and of which the ledger says nothing yet."""
        one = letter.now
        assert one.due_at is not None
        who = self.told.board.get(Who, letter.subject)
        fields = {"category": one.about.category, "message": one.id, "term": term_in_words(one.limit, self.language)}
        name = who.name if who is not None else letter.subject
        text = say(self.language, "title", subject=name, what=say(self.language, "digest.message", **fields))
        units = UNITS.join(one.about.units) or (who.unit if who is not None else "")
        return Row(
            id=_message_id(one.mailbox, one.id), level=Grade.DUE_SOON.value, text=masked(text), unit=masked(units),
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
        for end, alerts in self.told.standing:
            mine = [one for one in alerts if self._accuses(one)]
            folded = {name for one in mine for name in one.finding.folds}
            level = Counter(one.shown for one in mine if one.id not in folded)
            yield Bar(week_of(end - MOMENT).name[5:], level[Grade.VETO], level[Grade.BREACH])

    def _accuses(self, alert: Alert) -> bool:
        matter = self.told.matters.get(alert.id)
        dismissed = matter is not None and matter.dismissed
        return not dismissed and not alert.finding.rule.startswith("OWN-") and self._has(alert.finding)

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

    def _tally(self, counts: dict[str, Counter[str]], named: Iterable[tuple[str, Matter]]) -> None:
        for name, matter in named:
            for owner in self._owners(matter.last):
                counts[owner.unit][name] += 1


def _message_id(source: str, message: str) -> str:
    """A message's own name, which is the same before there is a finding about it and after."""
    return hashlib.blake2b(f"{source}\x1f{message}".encode(), digest_size=10).hexdigest()


def _is_sealed(finding: Finding) -> bool:
    """Whether its words, its column and its address stay out of a mail that may be forwarded."""
    return finding.rule in SEALED or finding.rule.startswith("SEC-")
