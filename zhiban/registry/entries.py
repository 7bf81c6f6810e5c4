"""From a row's cells to a subject or a source: every bad field of the row is named, and the row is refused for any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from streams.subjects import ColumnType, Kind, Source, Status, Subject
from zhiban.registry.aliases import (
    COLUMN_TYPES,
    CONNECTORS,
    EVERY_MINUTES,
    EVERY_MINUTES_ELSE,
    KINDS,
    PLATFORMS,
    PROBES_A_DAY,
    STATUSES,
)
from zhiban.registry.cells import Note, Value, code_of, halfwidth, is_empty, text_of, word_of
from zhiban.registry.fields import (
    date_of,
    declared_of,
    every_of,
    limit_of,
    mailbox_url_of,
    month_day_of,
    season_of,
    url_of,
    yes_no_of,
)
from zhiban.registry.remarks import Bad, Notice, Refusal, shown

T = TypeVar("T")


class Cells:
    """The cells of one row by field of ours, and what was said while they were read."""

    def __init__(self, file: str, sheet: str, row: int, cells: Mapping[str, Value]) -> None:
        self.file, self.sheet, self.row = file, sheet, row
        self.cells = cells
        self.refusals: list[Refusal] = []
        self.notices: list[Notice] = []

    def take(self, field: str, convert: Callable[[Value, Note], T], default: T) -> T:
        """The cell of `field`, converted; a bad one is refused, and the default stands in until the row is dropped."""
        value = self.cells.get(field)
        if value is None:
            return default
        try:
            return convert(value, lambda why, **args: self.note(field, why, **args))
        except Bad as bad:
            self.refuse(field, bad.why, **bad.details)
            return default

    def refuse(self, field: str, why: str, **args: str) -> None:
        """Refuse the row for this field."""
        place = {"file": self.file, "sheet": self.sheet, "field": field, "found": shown(self.cells.get(field))}
        refusal = Refusal(**place, row=self.row, why=why, args=args)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def note(self, field: str, why: str, **args: str) -> None:
        """Say something about this field, which is taken all the same."""
        place = {"file": self.file, "sheet": self.sheet, "field": field, "found": shown(self.cells.get(field))}
        self.notices.append(Notice(**place, row=self.row, why=why, args=args))

    def empty(self, field: str) -> bool:
        """Whether the row says nothing in this field."""
        return is_empty(self.cells.get(field))

    def readable(self, field: str) -> str:
        """What the cell says if it can be read at all, else ""; of a refused row, without a further word."""
        value = self.cells.get(field)
        try:
            return _id_of(value, _silent) if field in {"id", "subject"} else text_of(value)
        except Bad:
            return ""


def _silent(why: str, **args: str) -> None:
    """Note to nobody."""
    del why, args


def _text(value: Value, _note: Note) -> str:
    return text_of(value)


_FORMS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\d{10}"), Kind.SITE),
    (re.compile(r"bm\d{8}"), Kind.SITE),
    (re.compile(r"N\d{9}"), Kind.SITE),
    (re.compile(r"\d{6}M\d{3}([A-Z]+)\d{4}"), Kind.ACCOUNT),
)


def form_of(code: str) -> tuple[Kind | None, str]:
    """The kind whose 标识码 has this form (RULEBOOK section 9), and the platform's letters of an account's."""
    for pattern, kind in _FORMS:
        found = pattern.fullmatch(code)
        if found:
            return kind, found[1] if pattern.groups else ""
    return None, ""


def _id_of(value: Value, note: Note) -> str:
    code = code_of(value, note)
    for other in (code.upper(), code.lower()):
        if other != code and form_of(code)[0] is None and form_of(other)[0] is not None:
            note("code_case", code=other)
            return other
    return code


def subject_of(row: Cells) -> Subject | None:
    """The subject that a registry row describes, or None where the row was refused."""
    code = row.take("id", _id_of, "")
    if not code and not row.refusals:
        row.refuse("id", "required")
    name = row.take("name", _text, "")
    if row.empty("name"):
        row.refuse("name", "required")
    kind, platform = _kind(row, code)
    status, until = _status(row)
    url = _subject_url(row, kind)
    texts = {field: row.take(field, _text, "") for field in ("unit", "supervisor", "level", "contact", "contact2")}
    registered = row.take("registered_on", date_of, None)
    if row.refusals or kind is None:
        return None
    _check_form(row, code, kind)
    return Subject(
        id=code, name=name, kind=kind, platform=platform, url=url, status=status, status_until=until,
        registered_on=registered, **texts,
    )  # fmt: skip


def _kind(row: Cells, code: str) -> tuple[Kind | None, str]:
    """Kind and platform: 类型 may say either, a code's letters may say the platform."""
    form, letters = form_of(code)
    platform = row.take("platform", _platform, "")
    word, said = row.take("kind", lambda value, _: word_of(value), ""), row.take("kind", _text, "")
    if not word:
        row.refuse("kind", "required")
        return None, ""
    if word in KINDS:
        kind = KINDS[word]
        letters = PLATFORMS.get(letters.lower(), letters) if kind is Kind.ACCOUNT else ""
        return kind, platform or letters
    if word in PLATFORMS:
        return Kind.ACCOUNT, platform or PLATFORMS[word]
    if form is Kind.ACCOUNT:
        row.note("kind", "platform_kept")
        return Kind.ACCOUNT, platform or said
    row.refuse("kind", "kind")
    return None, ""


def _platform(value: Value, note: Note) -> str:
    word = word_of(value)
    if word and word not in PLATFORMS:
        note("platform_kept")
    return PLATFORMS.get(word) or text_of(value)


_UNTIL = re.compile(r"(.+?)(?:,|，|;|；|\(|（)?(?:至|到|until)\s*([\d年月日/.\-]+)[)）]?")


def _status(row: Cells) -> tuple[Status, date | None]:
    """Status and its end; 临时下线至2026-12-31 says both."""
    text = halfwidth(row.take("status", _text, ""))
    until = row.take("status_until", date_of, None)
    found = _UNTIL.fullmatch(text)
    if found and until is None:
        text = found[1]
        until = row.take("status", lambda _, note: date_of(found[2], note), None)
    word = word_of(text)
    if word and word not in STATUSES:
        row.refuse("status", "status")
    status = STATUSES.get(word, Status.RUNNING)
    if status is Status.SUSPENDED:
        if until is None:
            row.note("status_until", "until_missing")
    elif until is not None:
        row.note("status_until", "until_without")
        until = None
    return status, until


def _subject_url(row: Cells, kind: Kind | None) -> str:
    if kind is not Kind.SITE:
        return row.take("url", _url_or_nothing, "")
    url = row.take("url", url_of, "")
    if row.empty("url"):
        row.note("url", "no_url")
    return url


def _url_or_nothing(value: Value, note: Note) -> str:
    """An account's address, where there is one: the official annex has the owner's name in that column."""
    try:
        return url_of(value, note)
    except Bad as bad:
        if bad.why != "url":
            raise
        note("url_dropped")
        return ""


def _check_form(row: Cells, code: str, kind: Kind) -> None:
    form, _ = form_of(code)
    if form is None:
        row.note("id", "id_leading_zero" if re.fullmatch(r"\d{9}", code) else "id_pattern")
    elif form is not kind and kind is not Kind.MAILBOX:
        row.note("id", "id_kind", kind=form.value)


def source_of(row: Cells, known_connectors: frozenset[str]) -> Source | None:
    """The source that a row of the list of sources describes, still without an id; None where it was refused."""
    subject = row.take("subject", _id_of, "")
    connector = _connector(row, known_connectors)
    url = row.take("url", mailbox_url_of if connector == "mailbox" else url_of, "")
    for field in ("subject", "url"):
        if row.empty(field):
            row.refuse(field, "required")
    column_type = row.take("column_type", _column_type, None)
    texts = {field: row.take(field, _text, "") for field in ("name", "owner", "note")}
    top_level = row.take("top_level", yes_no_of, default=False)
    season = row.take("season", season_of, "")
    annual = row.take("annual_due", month_day_of, "")
    none = row.take("declared_none", declared_of, "")
    suspended = row.take("suspended_until", date_of, None)
    limit = row.take("limit", limit_of, None)
    every = _every(row, connector)
    if row.refusals:
        return None
    if connector == "column" and column_type is None:
        row.note("column_type", "no_column_type")
    return Source(
        id="", subject=subject, connector=connector, url=url, column_type=column_type, top_level=top_level,
        limit=limit, every=every, season=season, annual_due=annual, declared_none=none, suspended_until=suspended,
        **texts,
    )  # fmt: skip


def _connector(row: Cells, known: frozenset[str]) -> str:
    word = row.take("connector", lambda value, _: word_of(value), "")
    connector = CONNECTORS.get(word, word)
    if row.empty("connector"):
        row.refuse("connector", "required")
    elif word and connector not in known:
        row.refuse("connector", "connector", known=", ".join(sorted(known)))
    return connector


def _column_type(value: Value, _note: Note) -> ColumnType | None:
    word = re.sub(r"\s+", "", halfwidth(text_of(value)).lower())
    if word and word not in COLUMN_TYPES:
        raise Bad("column_type", known=", ".join(ColumnType))
    return COLUMN_TYPES.get(word)


def default_every(connector: str) -> timedelta:
    """How often a source of this connector is read, unless its row says otherwise."""
    return timedelta(minutes=EVERY_MINUTES.get(connector, EVERY_MINUTES_ELSE))


def _every(row: Cells, connector: str) -> timedelta:
    every = row.take("every", every_of, None) or default_every(connector)
    if connector == "probe" and every * PROBES_A_DAY > timedelta(days=1):
        row.note("every", "probe_rare")
    return every
