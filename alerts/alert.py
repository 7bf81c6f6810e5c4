"""The alert: an open matter as people handle it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from streams.findings import ACCUSING, Finding, Grade, weight

OPEN, CLOSED, FALSE_ALARM, CONFIRMED = "open", "closed", "false_alarm", "confirmed"


def heaviness(finding: Finding) -> int:
    """How grave a finding is. Only what is graver than what was said is worth a letter."""
    return weight(finding.level, finding.step)


class Alert(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One matter on the desk: the last finding about it, its state, what was told of it, and what masks it.

    `masked_by` is the incident inside which it opened: it is shown `unknown`, and its letter is held.
    """

    finding: Finding
    state: str = OPEN
    closed_at: datetime | None = None
    accused_at: datetime | None = None  # the moment of the look on which it became a breach or veto
    told: str = ""  # the reason of the last letter about it
    told_at: datetime | None = None
    said: int = 0  # the weight of what people know of it
    rung: bool = False  # whether a NEW or WORSE letter was written: only then its end is told
    letters: dict[str, str] = {}  # the last letter to each recipient
    group: str = ""  # the group in which it waits to be told
    held: bool = False  # its letter waits for an incident, a suspicion or a stop of ours to end
    believed: bool = False  # a suspicion against its collector lasted too long to be heeded any more
    masked_by: str = ""
    by: str = ""  # who confirmed or dismissed it

    @property
    def id(self) -> str:
        """The matter's id."""
        return self.finding.id

    @property
    def accuses(self) -> bool:
        """Whether it is a breach or a veto."""
        return self.finding.level in ACCUSING

    @property
    def shown(self) -> Grade:
        """The level that people see."""
        return Grade.UNKNOWN if self.masked_by and self.accuses else self.finding.level

    @property
    def place(self) -> str:
        """What it is about, whichever time it opened: letters about one place never come in floods."""
        finding = self.finding
        return f"{finding.rule}\x1f{finding.subject}\x1f{finding.source}\x1f{finding.item}"
