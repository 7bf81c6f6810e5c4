"""How much was under good watch: what was seen well in the last 48 hours, and what was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alerts.digest.fold import WATCH, Told
from alerts.digest.value import SHOWN, Row, Section, Watched
from alerts.directory import What, Who
from alerts.wording import masked
from alerts.words import say
from streams.days import day_of
from streams.findings import Grade
from streams.subjects import FILE, PUSH

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def coverage(told: Told, subjects: Mapping[str, Who], language: str) -> Watched:
    """The figures of these subjects. One without a source is not under watch, and one is if all its sources are."""
    sources: dict[str, list[str]] = {subject: [] for subject in subjects}
    for key, what in told.board.all(What):
        if what.subject in subjects and not what.retired:
            sources[what.subject].append(key)
    blind = told.blind
    good = {key for keys in sources.values() for key in keys if key not in blind and _is_watched(told, key)}
    bad = {name: [key for key in keys if key not in good] for name, keys in sources.items()}
    dark = [name for name, keys in bad.items() if keys or not sources[name]]
    rows = sorted((_row(told, name, subjects[name], bad[name], language) for name in dark), key=_order)
    count = sum(map(len, sources.values()))
    listed = Section(len(rows), tuple(rows[:SHOWN]))
    return Watched(len(subjects) - len(dark), len(subjects), len(good), count, listed)


def _is_watched(told: Told, source: str) -> bool:
    """Whether it was seen well in the last 48 hours, or tells by itself; of an export, whether it is as new as a good
    look at such a source must be."""
    what = told.board.get(What, source)
    if what is not None and what.url.startswith(PUSH):
        return True
    if what is not None and what.url.startswith(FILE):
        return told.files.get(source, NEVER) + max(WATCH, 3 * timedelta(seconds=what.every)) >= told.until
    lost = told.lost.get(source, NEVER) or told.awake
    return lost >= told.until - WATCH


def _row(told: Told, subject: str, who: Who, sources: Sequence[str], language: str) -> Row:
    lost = [moment for one in sources if (moment := told.files.get(one) or told.lost.get(one)) is not None]
    text = say(language, _why(told, sources), subject=who.name, count=len(sources))
    day = day_of(min(lost)) if lost else None
    return Row(id=subject, level=Grade.UNKNOWN.value, text=masked(text), unit=masked(who.unit), day=day)


def _why(told: Told, sources: Sequence[str]) -> str:
    """What to say of these sources, none of which is under good watch."""
    if not sources:
        return "digest.no_source"
    urls = [what.url for one in sources if (what := told.board.get(What, one)) is not None]
    if not all(url.startswith(FILE) for url in urls):
        return "digest.blind"
    return "digest.old_file" if any(one in told.files for one in sources) else "digest.no_file"


def _order(row: Row) -> tuple[str, str]:
    return row.unit, row.text
