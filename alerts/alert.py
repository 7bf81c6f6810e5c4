"""The alert: an open matter as people handle it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from streams.findings import ACCUSING, Finding, Grade, weight

OPEN, CLOSED, FALSE_ALARM, CONFIRMED = "open", "closed", "false_alarm", "confirmed"
ACKNOWLEDGED, FIXED, GRANTED = "acknowledged", "fixed", "granted"
STATES = (OPEN, ACKNOWLEDGED, FIXED, GRANTED, CONFIRMED, FALSE_ALARM, CLOSED)
IN_HAND = frozenset({ACKNOWLEDGED, FIXED, GRANTED, FALSE_ALARM})  # nobody is written to about it while it stands so
LONGEST = 100  # steps of a history: the first ones and the last ones are kept


def heaviness(finding: Finding) -> int:
    """How grave a finding is. Only what is graver than what was said is worth a letter."""
    return weight(finding.level, finding.step)


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done about an alert, by whom, and when (log time): a fact's kind, or what the desk saw."""

    at: datetime
    what: str
    by: str = ""
    text: str = ""
    until: datetime | None = None
    about: str = ""  # of an answer, or of a letter about a request: the kind of the request


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
    rung: bool = False  # whether a letter was written that its end must follow
    letters: dict[str, str] = {}  # the last letter to each recipient
    group: str = ""  # the group in which it waits to be told
    held: bool = False  # its letter waits for an incident, a suspicion or a stop of ours to end
    believed: bool = False  # a suspicion against its collector lasted too long to be heeded any more
    masked_by: str = ""
    by: str = ""  # who acknowledged, claimed, confirmed or dismissed it
    note: str = ""  # and what they said
    until: datetime | None = None  # the end of an acknowledgement, or of the patience with a claim
    taken_at: str = ""  # its level when it was acknowledged, or a request granted
    assignee: str = ""
    deadline: datetime | None = None  # by when it is to be put right
    history: tuple[Step, ...] = ()
    owed: str = ""  # a reason to write that is not about its level
    audience: int = 0  # up to which rung the owed letter goes
    loud: bool = False  # and whether through the loudest channel
    height: int = 0  # the rung that it has reached
    climbs_from: datetime | None = None  # from when the ladder counts
    muted: bool = False  # a silence kept a letter back
    flapped: int = 0  # how often its place had opened when it became calm
    asked: dict[str, str] = {}  # the last request of each kind, by its question
    offence: int = 0  # the how-manieth breach of its place in this quarter

    @property
    def id(self) -> str:
        """The matter's id."""
        return self.finding.id

    @property
    def accuses(self) -> bool:
        """Whether it is a breach or a veto."""
        return self.finding.level in ACCUSING

    @property
    def in_hand(self) -> bool:
        """Whether somebody has it in hand, says that it is put right, or that it is none, or was granted a request."""
        return self.state in IN_HAND and self.closed_at is None

    @property
    def shown(self) -> Grade:
        """The level that people see."""
        return Grade.UNKNOWN if self.masked_by and self.accuses else self.finding.level

    @property
    def place(self) -> str:
        """What it is about, whichever time it opened: letters about one place never come in floods."""
        finding = self.finding
        return f"{finding.rule}\x1f{finding.subject}\x1f{finding.source}\x1f{finding.item}"

    def after(self, step: Step, **fields: Any) -> Alert:
        """The alert after a step of its history, with `fields` changed."""
        return msgspec.structs.replace(self, history=extended(self.history, step), **fields)


def extended(history: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """A history with one step more; of a long one the middle is forgotten."""
    steps = (*history, step)
    return steps if len(steps) <= LONGEST else (*steps[: LONGEST // 2], *steps[LONGEST // 2 + 1 :])
