"""The desk's state: values by kind and key, which of them changed in this turn, and what is derived from them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec

from alerts.alert import Alert
from alerts.census import Census
from alerts.directory import What, Who, in_charge
from alerts.groups import Group, Times, Waiting, Wake
from alerts.incidents import Collector, Incident, Sight
from alerts.letter import Letter
from alerts.remembered import Flap, Lapse, Lesson, Mute, Offences, Post, Question, Quota
from alerts.routing import Route, Rung, hours_of
from streams.workdays import STATUTORY, Workdays

Key = tuple[str, str]
V = TypeVar("V", bound=msgspec.Struct)


BOUNDS = {
    "morning": (0, 23), "last_day": (0, 23), "ack": (1, 60), "rectify": (1, 250), "second_look": (1, 240),
    "flaps": (0, 100), "flap_hours": (1, 240), "calm_hours": (1, 240), "most": (0, 1000),
    "window": (1, 3600), "confirm_days": (1, 60), "request_days": (1, 60),
}  # fmt: skip


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk's own settings. `quiet` such as "22:00-07:00" (Shanghai): only vetoes, incidents and what has a day left
    are told in it, and on holidays."""

    routes: tuple[Route, ...] = ()
    morning: int = 9  # o'clock, Shanghai
    quiet: str = ""
    group_wait: int = 30  # seconds
    again: int = 3600  # seconds: about one matter and for one reason, no two letters within it
    holidays: bool = True  # whether holidays are quiet
    remind: bool = True  # each working morning of a breach that nobody has in hand, and on the last two days before one
    last_day: int = 10  # o'clock of the last safe day, when it is told most loudly
    rungs: tuple[Rung, ...] = (Rung(after="1wd"), Rung(after="3wd"))  # of the ladder, where routes have these rungs
    ack: int = 3  # working days that an acknowledgement lasts, if it does not say until when
    rectify: int = 5  # working days in which a breach is to be put right, if nobody says by when
    second_look: int = 24  # hours within which a look must bear out that something was put right
    flaps: int = 3  # openings of one place within `flap_hours`, from which on it is told once and summed up; 0: never
    flap_hours: int = 24
    calm_hours: int = 6  # without an opening, after which it is calm
    most: int = 3  # letters to one recipient within `window`, the last of them a summary; 0: no limit
    window: int = 60  # seconds
    sweep: bool = True  # before holidays, one letter about all that lapses until offices open again
    confirm_contacts: bool = False  # ask contacts once a quarter if they still are; unsaid: where [web] public is set
    request_days: int = 5  # working days after which whoever decides about a request is reminded, twice at most
    confirm_days: int = 5  # working days after which the next rung is told of who has not answered

    def __post_init__(self) -> None:
        """Raise ValueError where `quiet` cannot be read, or a number is out of its bounds."""
        hours_of(self.quiet)
        for name, (least, most) in BOUNDS.items():
            found = getattr(self, name)
            if not least <= found <= most:
                message = f"{name} {found}: expected {least} to {most}"
                raise ValueError(message)


class Clause(msgspec.Struct, frozen=True):
    """What a rule pack says of a rule: its title, the official words, what to do, and how many columns are a veto."""

    title: str = ""
    text: str = ""
    advice: str = ""
    of: int = 0


Clauses = Mapping[str, Clause]


class Language(msgspec.Struct, frozen=True):
    """In which language letters are written, what the pack says of each rule, and the calendar of days."""

    name: str = "zh"
    clauses: Clauses = {}
    workdays: Workdays = STATUTORY


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last finding taken, the OWN-OFF matter that is open, if any, and when the last one closed."""

    time: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    subject: str = ""
    n: int = 0
    off: str = ""
    on_since: datetime | None = None
    unrouted: int = 0  # letters that nobody could be found for
    no_sweep_before: date | None = None  # no holiday is known: not looked for again until then


_KINDS: Mapping[type[msgspec.Struct], str] = {
    Head: "head",
    Who: "who",
    What: "what",
    Alert: "alert",
    Incident: "incident",
    Collector: "collector",
    Sight: "sight",
    Group: "group",
    Wake: "wake",
    Times: "times",
    Waiting: "waiting",
    Offences: "offences",
    Lesson: "lesson",
    Mute: "mute",
    Flap: "flap",
    Lapse: "lapse",
    Post: "post",
    Question: "question",
    Quota: "quota",
}
_TYPES = {name: kind for kind, name in _KINDS.items()}
_encode = msgspec.json.Encoder().encode


class Board:
    """Values in memory, as they were folded from the ledger."""

    def __init__(self, settings: Settings, language: Language, state: Mapping[Key, bytes]) -> None:
        """Take up `state` as a store kept it."""
        self.settings = settings
        self.language = language
        self.letters: list[Letter] = []
        self.superseded: list[str] = []
        self.unrouted: list[str] = []
        self.census = Census()
        self.led = frozenset(route.rung for route in settings.routes)  # the rungs that lead to anybody
        self._changed: dict[Key, None] = {}
        self._values: dict[type[msgspec.Struct], dict[str, msgspec.Struct]] = {kind: {} for kind in _KINDS}
        self._dues: list[tuple[datetime, str, str]] = []
        self._standing: dict[str, set[str]] = {}  # subject: alerts that are not closed
        self._held: set[str] = set()
        for (name, key), body in sorted(state.items()):
            self.put(key, msgspec.json.decode(body, type=_TYPES[name]))
        self._changed.clear()

    @property
    def head(self) -> Head:
        """How far the ledger was read."""
        return self.get(Head, "") or Head()

    def get(self, kind: type[V], key: str) -> V | None:
        """One value."""
        value: V | None = self._values[kind].get(key)  # type: ignore[assignment] # its own kind alone is under it
        return value

    def all(self, kind: type[V]) -> Iterator[tuple[str, V]]:
        """Every value of a kind, by key."""
        for key, value in sorted(self._values[kind].items()):
            if isinstance(value, kind):
                yield key, value

    def put(self, key: str, value: msgspec.Struct) -> None:
        """Set a value."""
        kind = type(value)
        values = self._values[kind]
        self._index(key, values.get(key), value)
        values[key] = value
        self._changed[_KINDS[kind], key] = None

    def take(self, kind: type[V], key: str) -> V | None:
        """Take a value away."""
        value = self.get(kind, key)
        if value is not None:
            self._index(key, value, None)
            del self._values[kind][key]
            self._changed[_KINDS[kind], key] = None
        return value

    def _index(self, key: str, before: msgspec.Struct | None, value: msgspec.Struct | None) -> None:
        """Keep up what is derived from the values: most kinds have nothing."""
        kind = type(value if value is not None else before)
        if kind is Alert:
            self._index_alert(key, before, value)  # type: ignore[arg-type]
        elif kind is Group or kind is Wake:
            if value is not None:
                heapq.heappush(self._dues, (value.at, _KINDS[kind], key))  # type: ignore[attr-defined]
        elif kind is Sight:
            for sight, by in ((before, -1), (value, 1)):
                if isinstance(sight, Sight):
                    self.census.count(sight, by)
        elif isinstance(value, What):
            self.census.register(value.subject)

    def _index_alert(self, key: str, before: Alert | None, value: Alert | None) -> None:
        was, now = (
            None if one is None or one.closed_at is not None else one.finding.subject for one in (before, value)
        )
        if was != now and was is not None:
            self._standing[was].discard(key)
        if was != now and now is not None:
            self._standing.setdefault(now, set()).add(key)
        if value is not None and value.held:
            self._held.add(key)
        else:
            self._held.discard(key)

    def touch(self, kind: type[msgspec.Struct], key: str) -> None:
        """Say that a value was changed in place."""
        self._changed[_KINDS[kind], key] = None

    def head_to(self, **fields: object) -> None:
        """Change the head."""
        self.put("", msgspec.structs.replace(self.head, **fields))

    def standing(self, subject: str | None = None) -> list[Alert]:
        """The alerts that are not closed, of one subject or of all, by id."""
        if subject is None:
            keys = sorted(key for some in self._standing.values() for key in some)
        else:
            keys = sorted(self._standing.get(subject, ()))
        return [alert for key in keys if (alert := self.get(Alert, key)) is not None]

    def held(self) -> list[Alert]:
        """The alerts whose letters wait, by id."""
        return [alert for key in sorted(self._held) if (alert := self.get(Alert, key)) is not None]

    def incidents(self) -> list[Incident]:
        """The incidents that are open, by id."""
        names = [one.incident for _, one in self.all(Collector) if one.incident]
        return [one for name in sorted(names) if (one := self.get(Incident, name)) is not None]

    def collector_of(self, alert: Alert) -> str:
        """The collector through which an alert's source was last seen, or through which it was witnessed."""
        sight = self.get(Sight, alert.finding.source) if alert.finding.source else None
        return sight.collector if sight is not None else alert.finding.collector

    def who_of(self, subject: str) -> Who:
        """A subject as letters need it, its id for its name where it is not known."""
        return self.get(Who, subject) or Who(subject)

    def unit_of(self, alert: Alert) -> str:
        """The unit whose letter speaks of an alert."""
        return in_charge(self.who_of(alert.finding.subject), alert.finding.args)[0].unit

    def first_due(self) -> tuple[datetime, str, str] | None:
        """The due that fires first: its moment, its kind and its key."""
        while self._dues:
            at, kind, key = self._dues[0]
            value = self._values[_TYPES[kind]].get(key)
            if isinstance(value, (Group, Wake)) and value.at == at:
                return at, kind, key
            heapq.heappop(self._dues)
        return None

    def changes(self) -> dict[Key, bytes | None]:
        """What changed since it was last settled; None where it is gone."""
        changed: dict[Key, bytes | None] = {}
        for name, key in self._changed:
            value = self._values[_TYPES[name]].get(key)
            changed[name, key] = None if value is None else _encode(value)
        return changed

    def settle(self) -> None:
        """A turn is over: what it changed and told has been taken, or nobody wants it."""
        self._changed.clear()
        for told in (self.letters, self.superseded, self.unrouted):
            told.clear()

    def state(self) -> Iterator[tuple[Key, bytes]]:
        """Every value, as a store keeps it."""
        for kind, values in self._values.items():
            for key, value in values.items():
                yield (_KINDS[kind], key), _encode(value)
