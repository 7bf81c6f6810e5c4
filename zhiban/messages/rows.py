"""From one row of a mailbox's export to what happened to its message. No text goes on: only keyed fingerprints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from streams.days import day_of, start_of
from streams.messages import About, Deed, MessageEvent
from zhiban.registry.cells import Lost, Note, Value, code_of, text_of, word_of
from zhiban.registry.entries import Cells
from zhiban.registry.fields import yes_no_of
from zhiban.registry.moments import Moment, moment_of
from zhiban.registry.remarks import Bad
from zhiban.registry.stands import LEAVING, PASSED_ON, STATUSES, TRUTHS, Stand

MAX_ID = 200  # characters; the store's
MAX_WORD = 200  # of a channel, a category or a unit
_BETWEEN_UNITS = re.compile(r"[、，,;；/／|]+")
_TIMES = ("accepted_at", "transferred_at", "answered_at", "withdrawn_at", "reopened_at")


class Manner(NamedTuple):
    """How rows are read: which replies answer, texts' fingerprints, the category of those without one, up to when the
    file tells, and how texts that are to be kept are masked."""

    answers: Callable[[str], bool]
    print_of: Callable[[str], str]
    uncategorised: str
    as_of: datetime
    masked: Callable[[str], str] | None = None  # None: texts are not held


class Told(msgspec.Struct, frozen=True, gc=False):
    """What one row tells. `assumed` deeds have no time of their own in it; `place` is (file, sheet, row)."""

    id: str
    asked_at: datetime
    about: About
    events: tuple[MessageEvent, ...]
    place: tuple[str, str, int]
    assumed: frozenset[Deed] = frozenset()
    texts: tuple[tuple[str, datetime, str], ...] = ()  # masked: (part, when that was, text)

    @property
    def replies(self) -> frozenset[datetime]:
        """When it was replied to, receipts included."""
        return frozenset(event.at for event in self.events if event.deed in {Deed.ANSWERED, Deed.RECEIPT})


def told_of(row: Cells, manner: Manner) -> Told | None:
    """What the row tells, or None where it was refused."""
    name = row.take("id", _id_of, "")
    asked = row.take("asked_at", moment_of, None)
    for field in ("id", "asked_at"):
        if row.empty(field):
            row.refuse(field, "required")
    times = {field: row.take(field, moment_of, None) for field in _TIMES}
    about = _about(row, manner)
    answer = row.take("answer", _raw, "")
    status, truth = row.take("status", _status, None), row.take("true", _truth, None)
    if asked is not None:
        times = {field: _as_day(moment, asked) for field, moment in times.items()}
        _order(row, asked, times, manner.as_of)
    if row.refusals or asked is None:
        return None
    story = _Story(row, name, asked.at, times, manner)
    story.tell(status, answer, truth, about, day_only=asked.day_only)
    place, texts = (row.file, row.sheet, row.row), tuple(_texts(row, story.events, manner))
    return Told(name, asked.at, about, tuple(story.events), place, frozenset(story.assumed), texts)


def _id_of(value: Value, note: Note) -> str:
    code = code_of(value, note)
    if len(code) > MAX_ID:
        raise Bad("too_long", limit=str(MAX_ID))
    return code


def _raw(value: Value, _note: Note) -> str:
    """A text as it is, however long."""
    if isinstance(value, Lost):
        raise Bad(value.why)
    return "" if value is None else str(value)


def _word(value: Value, _note: Note) -> str:
    text = text_of(value)
    if len(text) > MAX_WORD:
        raise Bad("too_long", limit=str(MAX_WORD))
    return text


def _units(value: Value, note: Note) -> tuple[str, ...]:
    """住建局、城管局 are two."""
    return tuple(dict.fromkeys(unit.strip() for unit in _BETWEEN_UNITS.split(_word(value, note)) if unit.strip()))


def _status(value: Value, note: Note) -> Stand | None:
    word = word_of(value)
    if word and word not in STATUSES:
        note("status_word")
    return STATUSES.get(word)


def _truth(value: Value, note: Note) -> bool | None:
    word = word_of(value)
    if not word:
        return None
    try:
        return TRUTHS[word] if word in TRUTHS else yes_no_of(value, note)
    except Bad as bad:
        raise Bad("truth") from bad


def _about(row: Cells, manner: Manner) -> About:
    title, text = row.take("title", _raw, ""), row.take("text", _raw, "")
    return About(
        channel=row.take("channel", _word, ""),
        category=row.take("category", _word, "") or manner.uncategorised,
        units=row.take("unit", _units, ()),
        simple=row.take("simple", yes_no_of, default=False),
        test=row.take("test", yes_no_of, default=False),
        print=manner.print_of(f"{title}\n{text}"),
    )


def _as_day(moment: Moment | None, asked: Moment) -> Moment | None:
    """A midnight before the question of the same day is that day: some systems write dates as times."""
    if moment is not None and moment.at < asked.at and start_of(day_of(asked.at)) == moment.at:
        return Moment(moment.at, day_only=True)
    return moment


def _order(row: Cells, asked: Moment, times: dict[str, Moment | None], as_of: datetime) -> None:
    """Refuse what comes before the question, and what nobody can know yet."""
    for field, moment in {"asked_at": asked, **times}.items():
        if moment is not None and moment.at > as_of:
            row.refuse(field, "future", as_of=as_of.isoformat(timespec="minutes"))
        elif moment is not None and moment.last < asked.at:
            row.refuse(field, "before_question", asked=str(row.cells.get("asked_at")))


def _texts(row: Cells, events: list[MessageEvent], manner: Manner) -> Iterator[tuple[str, datetime, str]]:
    """The texts that are to be kept, each with the time of its event."""
    for event in events if manner.masked is not None else ():
        fields = _TEXTS_OF.get(event.deed, ())
        text = "\n".join(filter(None, (str(row.cells.get(field) or "").strip() for field in fields)))
        if text and manner.masked is not None:
            yield ("question" if event.deed is Deed.RECEIVED else "reply"), event.at, manner.masked(text)


_TEXTS_OF = {Deed.RECEIVED: ("title", "text"), Deed.ANSWERED: ("answer",), Deed.RECEIPT: ("answer",)}


class _Story:
    """The events of one row while they are told."""

    def __init__(self, row: Cells, name: str, asked: datetime, times: dict[str, Moment | None], manner: Manner) -> None:
        self._row, self._name, self._asked, self._times, self._manner = row, name, asked, times, manner
        self.events: list[MessageEvent] = []
        self.assumed: set[Deed] = set()

    def tell(self, status: Stand | None, answer: str, truth: bool | None, about: About, *, day_only: bool) -> None:
        """Everything that the row says happened."""
        self.events.append(MessageEvent(self._name, Deed.RECEIVED, self._asked, day_only, about))
        self._begins(Deed.ACCEPTED, "accepted_at")
        self._begins(Deed.TRANSFERRED, "transferred_at")
        self._reply(status, answer)
        self._begins(Deed.REOPENED, "reopened_at")
        self._leaves(status)
        if truth is not None:
            self.events.append(MessageEvent(self._name, Deed.TRUE if truth else Deed.UNTRUE, self._last()))

    def _begins(self, deed: Deed, field: str) -> None:
        moment = self._times[field]
        if moment is not None:  # of a day alone: not before the question of that day
            self.events.append(MessageEvent(self._name, deed, max(moment.at, self._asked), moment.day_only))

    def _reply(self, status: Stand | None, answer: str) -> None:
        moment, says = self._times["answered_at"], answer.strip()
        if moment is None and not says and status is not Stand.ANSWERED:
            return
        if says:
            deed = Deed.ANSWERED if self._manner.answers(says) else Deed.RECEIPT
        else:
            deed = Deed.RECEIPT if status in PASSED_ON else Deed.ANSWERED
        printed = self._manner.print_of(says)
        if moment is None:
            self._row.note("answered_at", "no_reply_time")
            self.assumed.add(deed)
            self.events.append(MessageEvent(self._name, deed, self._manner.as_of, print=printed))
        else:
            self.events.append(MessageEvent(self._name, deed, moment.last, moment.day_only, print=printed))

    def _leaves(self, status: Stand | None) -> None:
        withdrawn = self._times["withdrawn_at"]
        if withdrawn is not None:
            self.events.append(MessageEvent(self._name, Deed.WITHDRAWN, withdrawn.last, withdrawn.day_only))
        deed = LEAVING.get(status) if status is not None else None
        if deed is None or (deed is Deed.WITHDRAWN and withdrawn is not None):
            return
        self._row.note("status", "no_leave_time")
        self.assumed.add(deed)
        self.events.append(MessageEvent(self._name, deed, self._last()))

    def _last(self) -> datetime:
        """The last time that the row knows."""
        return max(event.at for event in self.events)


def kept_fields(row: Cells) -> Iterator[tuple[str, str]]:
    """What of a refused row may lie in quarantine: no text, no name, nothing that we do not know."""
    for field in ("id", "channel", "category", "unit", "asked_at", *_TIMES, "status", "simple", "test", "true"):
        if not row.empty(field):
            yield field, str(row.cells[field])[:MAX_WORD]
