"""What the log knows of the registry: the facts so far, folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from streams.records import Fact, FactKind
from streams.subjects import Source, Subject


class Known(msgspec.Struct, frozen=True):
    """Subjects and sources by id, as the last facts have them; `vanished` subjects are known and still watched."""

    subjects: Mapping[str, Subject] = {}
    sources: Mapping[str, Source] = {}
    vanished: frozenset[str] = frozenset()


_SAID = frozenset({FactKind.REGISTERED, FactKind.CHANGED})
_READ = frozenset({FactKind.SOURCE_ADDED, FactKind.SOURCE_CHANGED})


def applied(known: Known, facts: Iterable[Fact]) -> Known:
    """What is known after these facts. `applied(Known(), every fact of the log in order)` is what is known now."""
    subjects, sources, vanished = dict(known.subjects), dict(known.sources), set(known.vanished)
    for fact in facts:
        if fact.subject is not None and fact.kind in _SAID:
            subjects[fact.subject.id] = fact.subject
            vanished.discard(fact.subject.id)
        elif fact.subject is not None and fact.kind is FactKind.VANISHED:
            vanished.add(fact.subject.id)
        elif fact.source is not None and fact.kind in _READ:
            sources[fact.source.id] = fact.source
        elif fact.source is not None and fact.kind is FactKind.SOURCE_RETIRED:
            sources.pop(fact.source.id, None)
    return Known(subjects, sources, frozenset(vanished))


def about(fact: Fact) -> str:
    """The subject in whose log the fact belongs."""
    if fact.subject is not None:
        return fact.subject.id
    return fact.source.subject if fact.source is not None else ""
