"""A chat and its rights: only chats that routes or contacts name may do anything, each about what it was told of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from alerts.alert import Alert
from alerts.board import Board
from alerts.directory import Who
from alerts.incidents import Incident
from alerts.routing import Recipient, Route
from alerts.taps import buttons_are_for
from streams.findings import SEVERITY


class Room(msgspec.Struct, frozen=True):
    """One chat of one channel, beside the desk's board as it stands."""

    reader: Recipient
    board: Board
    routes: Sequence[Route]

    @property
    def is_operators(self) -> bool:
        """Whether it is told of everything that is about ourselves: it may see and do all."""
        named = (route for route in self.routes if route.operator and route.channel == self.reader.channel)
        return any(route.to.strip() == self.reader.to for route in named)

    def told_of(self) -> list[Alert]:
        """The alerts that stand and that it was told of, the gravest first."""
        everything = self.is_operators
        found = [
            alert
            for alert in self.board.standing()
            if buttons_are_for(alert.id) and (everything or self.reader.name in alert.letters)
        ]
        return sorted(found, key=lambda alert: (-SEVERITY[alert.shown], alert.finding.opened_at, alert.id))

    def ever_told_of(self) -> list[Alert]:
        """With those that are over, as long as the desk remembers them."""
        everything = self.is_operators
        alerts = [alert for _, alert in self.board.all(Alert) if buttons_are_for(alert.id)]
        return [alert for alert in alerts if everything or self.reader.name in alert.letters]

    def one(self, beginning: str) -> Alert | None:
        """The one alert that stands whose id begins so."""
        found = [alert for alert in self.told_of() if alert.id.startswith(beginning.lower())]
        return found[0] if len(found) == 1 and len(beginning) >= 4 else None

    def incident(self, beginning: str) -> Incident | None:
        """The one incident that lasts and that it was told of whose id begins so."""
        told = [one for one in self.board.incidents() if self.is_operators or self.reader.name in one.letters]
        found = [one for one in told if one.id.startswith(beginning.lower())]
        return found[0] if len(found) == 1 and len(beginning) >= 4 else None


def chats_of(channel: str, board: Board, routes: Sequence[Route]) -> frozenset[str]:
    """Every chat that a route of a channel names, or the contact of a subject to which a route leads."""
    ours = [route for route in routes if route.channel == channel]
    plain = {route.to.strip() for route in ours if "{" not in route.to}
    led = [route for route in ours if "{" in route.to]
    contacts = {to.strip() for _, who in board.all(Who) for route in led for to in route.addresses(who, second=True)}
    return frozenset(plain | contacts) - {""}
