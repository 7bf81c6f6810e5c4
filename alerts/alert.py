"""The alert: an open matter as people handle it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from streams.findings import ACCUSING, Finding, Grade

OPEN, CLOSED, FALSE_ALARM, CONFIRMED = "open", "closed", "false_alarm", "confirmed"


class Alert(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One matter on the desk: the last finding about it, its state, what was told of it, and what masks it.

    `masked_by` is the incident inside which it opened: it is shown `unknown`, and its letter is held.
    """

    finding: Finding
    state: str = OPEN
    closed_at: datetime | None = None
    told: str = ""  # the reason of the last letter about it
    told_at: datetime | None = None
    letter: str = ""  # the key of that letter
    masked_by: str = ""
    held: str = ""  # the reason of a letter that waits for a mask or a stop to end
    by: str = ""  # who confirmed or dismissed it

    @property
    def id(self) -> str:
        """The matter's id."""
        return self.finding.id

    @property
    def shown(self) -> Grade:
        """The level that people see."""
        masked = self.masked_by and self.finding.level in ACCUSING
        return Grade.UNKNOWN if masked else self.finding.level
