"""Groups of alerts that are told together, wakes of the desk's own, and the mails that come of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.letter import Reason
from alerts.routing import Recipient
from streams.days import DAY, day_of, start_of


class Group(msgspec.Struct, omit_defaults=True):
    """Alerts and incidents, by id, that are told at `at`. Changed in place: a morning may hold thousands."""

    at: datetime
    keys: dict[str, bool] = {}


class Wake(msgspec.Struct, frozen=True):
    """Something of the desk's own to be done at `at`; its name says what."""

    at: datetime


class Times(msgspec.Struct, frozen=True):
    """When a place was last written about, by reason."""

    at: dict[str, datetime] = {}


class Waiting(msgspec.Struct, omit_defaults=True):
    """The alerts of a letter about which no newer letter was written to the same recipient."""

    keys: dict[str, bool] = {}


class Mail(msgspec.Struct, frozen=True):
    """What one recipient is told at one moment: alerts or incidents, by id, each for its reason. Words come later."""

    key: str
    recipient: Recipient
    reason: Reason
    at: datetime
    keys: tuple[str, ...]
    reasons: tuple[Reason, ...]


def morning_after(at: datetime, hour: int) -> datetime:
    """The next `hour` o'clock, Shanghai, at or after `at`."""
    today = start_of(day_of(at)) + timedelta(hours=hour)
    return today if at <= today else today + DAY
