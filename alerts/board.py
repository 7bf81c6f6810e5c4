"""The desk's state: values by kind and key, and which of them changed in this turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from alerts.alert import CLOSED, Alert
from alerts.directory import What, Who
from alerts.groups import Group
from alerts.incidents import Collector, Incident
from alerts.letter import Letter
from alerts.routing import Route

Key = tuple[str, str]
V = TypeVar("V", bound=msgspec.Struct)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk's own settings."""

    routes: tuple[Route, ...] = ()
    morning: int = 9  # o'clock, Shanghai


class Clause(msgspec.Struct, frozen=True):
    """What a rule pack says of a rule: its title, the official words, and what to do."""

    title: str = ""
    text: str = ""
    advice: str = ""


Clauses = Mapping[str, Clause]


class Language(msgspec.Struct, frozen=True):
    """In which language letters are written, and what the pack says of each rule."""

    name: str = "zh"
    clauses: Clauses = {}


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last finding taken, and the OWN-OFF matter that is open, if any."""

    time: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    subject: str = ""
    n: int = 0
    off: str = ""


_KINDS: Mapping[type[msgspec.Struct], str] = {
    Head: "head",
    Who: "who",
    What: "what",
    Alert: "alert",
    Incident: "incident",
    Collector: "collector",
    Group: "group",
}


class Board:
    """Values in memory, as they were folded from the ledger."""

    def __init__(self, settings: Settings, language: Language, state: Mapping[Key, bytes]) -> None:
        """Take up `state` as a store kept it."""
        self.settings = settings
        self.language = language
        self.letters: list[Letter] = []
        self.superseded: list[str] = []
        self._changed: set[Key] = set()
        self._values: dict[type[msgspec.Struct], dict[str, msgspec.Struct]] = {kind: {} for kind in _KINDS}
        by_name = {name: kind for kind, name in _KINDS.items()}
        for (name, key), body in state.items():
            self._values[by_name[name]][key] = msgspec.json.decode(body, type=by_name[name])
        self._standing = {alert.id for _, alert in self.all(Alert) if alert.state != CLOSED}
        self._ways = {source: name for name, one in self.all(Collector) for source in one.outcomes}

    @property
    def head(self) -> Head:
        """How far the ledger was read."""
        return self.get(Head, "") or Head()

    def get(self, kind: type[V], key: str) -> V | None:
        """One value."""
        value = self._values[kind].get(key)
        return value if isinstance(value, kind) else None

    def all(self, kind: type[V]) -> Iterator[tuple[str, V]]:
        """Every value of a kind, by key."""
        for key, value in sorted(self._values[kind].items()):
            if isinstance(value, kind):
                yield key, value

    def put(self, key: str, value: msgspec.Struct) -> None:
        """Set a value."""
        self._values[type(value)][key] = value
        self._changed.add((_KINDS[type(value)], key))
        if isinstance(value, Alert):
            (self._standing.discard if value.state == CLOSED else self._standing.add)(key)
        if isinstance(value, Collector):
            self._ways.update(dict.fromkeys(value.outcomes, key))

    def take(self, kind: type[V], key: str) -> V | None:
        """Take a value away."""
        value = self.get(kind, key)
        self._values[kind].pop(key, None)
        self._standing.discard(key)
        self._changed.add((_KINDS[kind], key))
        return value

    def standing(self) -> list[Alert]:
        """The alerts that are not closed, by id."""
        return [alert for key in sorted(self._standing) if (alert := self.get(Alert, key)) is not None]

    def way(self, source: str) -> tuple[str, Collector] | None:
        """The collector through which a source was last read."""
        name = self._ways.get(source, "")
        collector = self.get(Collector, name)
        return None if collector is None or source not in collector.outcomes else (name, collector)

    def changes(self) -> dict[Key, bytes | None]:
        """What changed since the last call; None where it is gone."""
        kinds = {name: kind for kind, name in _KINDS.items()}
        changed: dict[Key, bytes | None] = {}
        for name, key in sorted(self._changed):
            value = self._values[kinds[name]].get(key)
            changed[name, key] = None if value is None else msgspec.json.encode(value)
        self._changed.clear()
        return changed
