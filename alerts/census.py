"""How all sources are seen at this moment, counted by collector and by host. Derived, never stored."""

from __future__ import annotations

from alerts.incidents import HOSTS, LEAST, Sight, Tally, host_of


class Census:
    """Kept up with every sight, so that one more outcome costs the same in a city and in a province."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._collectors: dict[str, Tally] = {}
        self._hosts: dict[str, Tally] = {}
        self._failing: set[str] = set()
        self._all = Tally()
        self._registered: set[str] = set()

    def register(self, subject: str) -> None:
        """A subject that has a source: it counts for our own network before it was ever seen."""
        self._registered.add(subject)

    def count(self, sight: Sight, by: int) -> None:
        """Add a sight (`by` = 1), or take it away (-1)."""
        self.of(sight.collector).count(sight, by)
        self._all.count(sight, by)
        name = host_of(sight.collector)
        host = self._hosts.setdefault(name, Tally())
        host.count(sight, by)
        (self._failing.add if host.bad and host.bad * 2 >= host.known else self._failing.discard)(name)
        if not host.known:
            del self._hosts[name]

    def of(self, collector: str) -> Tally:
        """One collector's subjects."""
        return self._collectors.setdefault(collector, Tally())

    def down(self) -> list[str]:
        """The collectors of which an incident must be open, by name."""
        return sorted(name for name, tally in self._collectors.items() if tally.is_down)

    @property
    def whole(self) -> Tally:
        """All subjects together."""
        return self._all

    def network_is_down(self) -> bool:
        """Whether so many fail in so many places that it must be our own network."""
        known = max(self._all.known, len(self._registered))
        hosts = len(self._failing)
        return (
            hosts >= HOSTS and hosts * 2 >= len(self._hosts) and self._all.bad >= LEAST and self._all.bad * 2 >= known
        )

    def network_is_up(self) -> bool:
        """Whether our own network may be called well again."""
        return self._all.is_up or len(self._failing) * 2 < len(self._hosts)
