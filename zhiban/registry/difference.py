"""The difference between what the log knows and what an import says: facts for the log, drift for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain

import msgspec

from streams.records import Fact, FactKind
from streams.subjects import Source, Subject
from zhiban.registry.aliases import REGISTRY, SOURCES
from zhiban.registry.fields import address_key
from zhiban.registry.identity import by_subject, identified, implied_sources, made_by_import
from zhiban.registry.importing import Import
from zhiban.registry.known import Known


class Scope(StrEnum):
    """How much an import speaks for: what is missing in it counts as missing only there.

    `named`: a registry for the kinds of subject that it has (a list of accounts says nothing of sites), a list of
    sources for the subjects that it names. `part`: for nothing else than its rows. `all`: for everything.
    """

    NAMED = "named"
    PART = "part"
    ALL = "all"


class Event(StrEnum):
    """What became of a subject or a source."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"  # the address changed, by more than http/https or a slash
    VANISHED = "vanished"  # a subject that the registry no longer has; it stays watched
    RETURNED = "returned"
    RETIRED = "retired"  # a source that the list no longer has; it is read no more


class Change(msgspec.Struct, frozen=True):
    """One line of the drift report. `fields` has (field, old, new); `fresh` is false for what was known to be gone."""

    event: Event
    what: str  # subject or source
    id: str
    name: str
    fields: tuple[tuple[str, str, str], ...] = ()
    fresh: bool = True


class Drift(msgspec.Struct, frozen=True):
    """What changed, and how much did not. `judged`: whether missing rows could be told from unread ones."""

    changes: tuple[Change, ...] = ()
    unchanged_subjects: int = 0
    unchanged_sources: int = 0
    judged: bool = True

    def of(self, *events: Event) -> list[Change]:
        """The changes of these sorts, in order."""
        return [change for change in self.changes if change.event in events]


class Difference(msgspec.Struct, frozen=True):
    """Facts that bring the log to the import, in order, and the report of them."""

    facts: tuple[Fact, ...]
    drift: Drift


def difference(known: Known, imported: Import, scope: Scope = Scope.NAMED) -> Difference:
    """What the import changes. The same import against what is known after it gives no facts."""
    steps = [*_subjects(known, imported), *_vanished(known, imported, scope)]
    subjects_same = len(imported.subjects) - sum(step[1].event is not Event.VANISHED for step in steps)
    wanted = _wanted(known, imported, scope)
    sources = list(chain.from_iterable(wanted.values()))
    changes = list(_sources(known, sources))
    retired = list(_retired(known, wanted))
    drift = Drift(
        tuple(change for _, change in [*steps, *changes, *retired]),
        subjects_same,
        len(sources) - len(changes),
        bool(imported.tables) and imported.tables == imported.whole,
    )
    facts = tuple(fact for fact, _ in [*steps, *changes, *retired] if fact is not None)
    return Difference(facts, drift)


Step = tuple[Fact | None, Change]


def _subjects(known: Known, imported: Import) -> Iterator[Step]:
    for subject in imported.subjects:
        old = known.subjects.get(subject.id)
        if old is None:
            fact = Fact(kind=FactKind.REGISTERED, subject=subject)
            yield fact, Change(Event.ADDED, "subject", subject.id, subject.name)
        elif old != subject or subject.id in known.vanished:
            event = Event.RETURNED if subject.id in known.vanished else _event(old.url, subject.url)
            change = Change(event, "subject", subject.id, subject.name, _fields(old, subject))
            yield Fact(kind=FactKind.CHANGED, subject=subject, text=_said(change)), change


def _said(change: Change) -> str:
    named = [field for field, _, _ in change.fields]
    return ",".join([*([change.event.value] if change.event is Event.RETURNED else []), *named])


def _event(old: str, new: str) -> Event:
    return Event.CHANGED if address_key(old) == address_key(new) else Event.MOVED


def _fields(old: msgspec.Struct, new: msgspec.Struct) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (field, _plain(getattr(old, field)), _plain(getattr(new, field)))
        for field in new.__struct_fields__
        if getattr(old, field) != getattr(new, field)
    )


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _vanished(known: Known, imported: Import, scope: Scope) -> Iterator[Step]:
    """Known subjects that the registry no longer has: a fact once, a line in every report."""
    here = {subject.id for subject in imported.subjects}
    kinds = {subject.kind for subject in imported.subjects}
    for subject in known.subjects.values() if REGISTRY in imported.tables else ():
        before = subject.id in known.vanished
        if subject.id in here or _held(imported, REGISTRY, subject.id, subject.name):
            continue
        spoken = scope is Scope.ALL or (scope is Scope.NAMED and subject.kind in kinds)
        if before or (spoken and REGISTRY in imported.whole):
            fact = None if before else Fact(kind=FactKind.VANISHED, subject=subject)
            yield fact, Change(Event.VANISHED, "subject", subject.id, subject.name, fresh=not before)


def _held(imported: Import, kind: str, *names: str) -> bool:
    return any(f"{kind}:{name}" in imported.held for name in names)


def _wanted(known: Known, imported: Import, scope: Scope) -> dict[str, list[Source]]:
    """The sources that there shall be, with their ids, of each subject that the import speaks of."""
    listed = (source for source in known.sources.values() if not made_by_import(source))
    old, new = by_subject(listed), by_subject(imported.declared)
    wanted: dict[str, list[Source]] = {}
    for subject in _named(known, imported, new, scope):
        rows, own = new.get(subject.id, []), old.get(subject.id, [])
        if not _tells_all(imported, subject.id, subject.id in new, scope):
            rows = [*rows, *_others(rows, list(_known_rows(known, subject.id, own)))]
        implied = implied_sources(subject, rows) if imported.implied else []
        wanted[subject.id] = identified([*rows, *implied], own)
    return wanted


def _named(known: Known, imported: Import, listed: Iterable[str], scope: Scope) -> list[Subject]:
    """The subjects that the import speaks of, as they are after it."""
    subjects = {subject.id: subject for subject in imported.subjects}
    others = listed
    if scope is Scope.ALL and SOURCES in imported.whole and REGISTRY not in imported.tables:
        others = [id_ for id_ in known.subjects if id_ not in known.vanished]
    for id_ in others:
        if id_ not in subjects and id_ in known.subjects:
            subjects[id_] = known.subjects[id_]
    return list(subjects.values())


def _tells_all(imported: Import, subject: str, listed: bool, scope: Scope) -> bool:
    """Whether the import's rows are all the sources of this subject that anybody declares."""
    if scope is Scope.PART or SOURCES not in imported.whole or _held(imported, SOURCES, subject):
        return False
    return scope is Scope.ALL or listed


def _known_rows(known: Known, subject: str, own: Sequence[Source]) -> Iterator[Source]:
    """The known sources that somebody declared. An implied one is what the subject, as known, implies."""
    was = known.subjects.get(subject)
    implied = implied_sources(was, ()) if was is not None else []
    return (source for source in own if source not in implied)


def _others(rows: Sequence[Source], kept: Sequence[Source]) -> list[Source]:
    """Of `kept` those that no row is: some row of their subject was refused, and it may have been theirs."""
    matched = {source.id for source in identified(rows, kept)}
    return [source for source in kept if source.id not in matched]


def _sources(known: Known, wanted: Iterable[Source]) -> Iterator[Step]:
    for source in wanted:
        old = known.sources.get(source.id)
        if old is None:
            fact = Fact(kind=FactKind.SOURCE_ADDED, source=source)
            yield fact, Change(Event.ADDED, "source", source.id, source.name)
        elif old != source:
            change = Change(_event(old.url, source.url), "source", source.id, source.name, _fields(old, source))
            yield Fact(kind=FactKind.SOURCE_CHANGED, source=source, text=_said(change)), change


def _retired(known: Known, wanted: Mapping[str, Sequence[Source]]) -> Iterator[Step]:
    """Known sources that are wanted no more. Those of a subject that is gone from the registry are kept."""
    keep = {source.id for sources in wanted.values() for source in sources}
    for source in known.sources.values():
        if source.id not in keep and source.subject in wanted and not made_by_import(source):
            change = Change(Event.RETIRED, "source", source.id, source.name)
            yield Fact(kind=FactKind.SOURCE_RETIRED, source=source), change
