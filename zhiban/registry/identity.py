"""Which source is which: ids of their own that stay when a URL or a name changes, and the sources nobody must list."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

import msgspec

from streams.subjects import ColumnType, Kind, Source, Subject
from zhiban.registry.entries import default_every
from zhiban.registry.fields import address_key

HOME_NAME = "首页"
_SLUG_LENGTH = 60
_NOT_IN_SLUG = re.compile(r"[^\w]+")
# Of these a subject has one, as a rule: name and address may both change, and it is still the same.
_SOLE = frozenset({"probe", "account", "mailbox"})


def import_source(subject: str) -> str:
    """The id of the source through which imported files tell of a mailbox's messages."""
    return f"{subject}/mailbox/import"


def made_by_import(source: Source) -> bool:
    """Whether an import of messages made it. No list of sources has it: none takes it away, or its place."""
    return source.connector == "mailbox" and source.id.startswith(import_source(source.subject))


def implied_sources(subject: Subject, declared: Iterable[Source]) -> list[Source]:
    """What a site gets without a row: a probe of its home page, and a home column where none is declared."""
    if subject.kind is not Kind.SITE or not subject.url:
        return []
    sources = list(declared)
    implied = []
    if not any(source.connector == "probe" for source in sources):
        implied.append(_of_home(subject, "probe", None))
    if not any(source.column_type is ColumnType.HOME for source in sources):
        implied.append(_of_home(subject, "column", ColumnType.HOME))
    return implied


def _of_home(subject: Subject, connector: str, column_type: ColumnType | None) -> Source:
    return Source(
        id=f"{subject.id}/{connector}/home",
        subject=subject.id,
        connector=connector,
        url=subject.url,
        name=HOME_NAME,
        column_type=column_type,
        every=default_every(connector),
    )


def by_subject(sources: Iterable[Source]) -> dict[str, list[Source]]:
    """Sources in lists, one for each subject id."""
    lists: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        lists[source.subject].append(source)
    return lists


def identified(imported: Sequence[Source], known: Sequence[Source]) -> list[Source]:
    """One subject's imported sources, each with the id of the known one that it is, or a new one; order kept.

    Matched in turn by connector with name and address; name; address (but for http/https and slash); being the only
    one of its sort; being the only nameless one. New ids are `<subject>/<connector>/<slug of the name, or a number>`.
    """
    ids: list[str | None] = [None] * len(imported)
    free = list(known)
    for key, sole in _PASSES:
        _match(key, sole, imported, ids, free)
    taken = {source.id for source in known} | {found for found in ids if found}
    named = []
    for source, found in zip(imported, ids, strict=True):
        new = found or _new_id(source, taken)
        taken.add(new)
        named.append(msgspec.structs.replace(source, id=new))
    return named


Key = Callable[[Source], Hashable | None]


def _by_all(source: Source) -> Hashable | None:
    return source.connector, source.name, source.url


def _by_name(source: Source) -> Hashable | None:
    return (source.connector, source.name) if source.name else None


def _by_address(source: Source) -> Hashable | None:
    return source.connector, address_key(source.url)


def _by_sort(source: Source) -> Hashable | None:
    home = source.column_type is ColumnType.HOME
    return (source.connector, home) if home or source.connector in _SOLE else None


def _by_silence(source: Source) -> Hashable | None:
    return None if source.name else source.connector


_PASSES: tuple[tuple[Key, bool], ...] = (
    (_by_all, False),
    (_by_name, False),
    (_by_address, False),
    (_by_sort, True),
    (_by_silence, True),
)


def _match(key: Key, sole: bool, imported: Sequence[Source], ids: list[str | None], free: list[Source]) -> None:
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index, source in enumerate(imported):
        if ids[index] is None:
            waiting[key(source)].append(index)
    offered: dict[Hashable, list[Source]] = defaultdict(list)
    for source in free:
        offered[key(source)].append(source)
    for word, indexes in waiting.items():
        offers = offered.get(word, [])
        if word is None or (sole and not len(indexes) == len(offers) == 1):
            continue
        for index, source in zip(indexes, offers, strict=False):
            ids[index] = source.id
            free.remove(source)


def _new_id(source: Source, taken: set[str]) -> str:
    base = f"{source.subject}/{source.connector}/"
    return next(base + end for end in _ends(slug(source.name)) if base + end not in taken)


def _ends(name: str) -> Iterator[str]:
    """The name, then with numbers; bare numbers for what has none."""
    if name:
        yield name
    number = 1 if not name else 2
    while True:
        yield f"{name}-{number}" if name else str(number)
        number += 1


def slug(name: str) -> str:
    """The part of an id that a name gives: letters and digits of any script; 首页 is `home`."""
    word = _NOT_IN_SLUG.sub("-", name.lower()).strip("-")[:_SLUG_LENGTH]
    return "home" if word in {HOME_NAME, "网站首页"} else word
