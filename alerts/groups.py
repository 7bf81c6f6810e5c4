"""Groups of alerts that are told together, and the mails that come of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerts.routing import Recipient
from streams.days import DAY, day_of, start_of


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """Alerts of one unit that are told at `at`, each with its reason."""

    at: datetime
    began: datetime
    reasons: dict[str, str] = {}


class Mail(msgspec.Struct, frozen=True):
    """What one recipient is told at one moment: alert (or incident) ids with their reasons. Words come later."""

    key: str
    recipient: Recipient
    at: datetime
    reasons: dict[str, str]


def morning_after(at: datetime, hour: int) -> datetime:
    """The next `hour` o'clock, Shanghai, at or after `at`."""
    today = start_of(day_of(at)) + timedelta(hours=hour)
    return today if at <= today else today + DAY
