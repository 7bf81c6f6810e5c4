"""The shapes of the answers, for the document that describes them. The rows themselves are made where the commands have
theirs from (`alerts/view.py`, `zhiban/commands/showing.py`); a test holds the two together."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Level = Literal["due_soon", "breach", "veto", "unknown", "notice", "ok"]


class FindingRow(Struct, kw_only=True):
    """A finding, masked and folded as on screens."""

    id: str
    rule: str
    subject: str
    source: str | None
    level: Level
    step: str | None
    opened_at: Moment
    since: Moment | None
    due: Moment | None
    closed_at: Moment | None
    clause: str
    text: str
    evidence: str | None
    item: str | None
    args: dict[str, str]
    folds: list[str]
    candidate: bool
    masked_by: str | None
    blind_since: Moment | UnsetType | None = UNSET


class StepRow(Struct, kw_only=True):
    """What was done about an alert; nobody is named where the desk did it."""

    at: Moment
    what: str
    by: str | None
    text: str
    until: Moment | None
    about: str | None


class RequestRow(Struct, kw_only=True):
    """What somebody asked for, how often that was put to whoever decides, and what was answered."""

    kind: Literal["not_ours", "exempt", "shutdown"]
    by: str | None
    text: str
    at: Moment
    told: int
    answer: Literal["granted", "refused"] | None
    answered_by: str | None
    answered_at: Moment | None


class AlertRow(Struct, kw_only=True):
    """A matter as people handle it, or an incident of a collector."""

    id: str
    kind: Literal["matter", "incident"]
    rule: str
    state: str
    unit: str
    subject: str | None
    findings: list[str]
    opened_at: Moment
    closed_at: Moment | None
    level: Level | UnsetType = UNSET
    told: str | UnsetType | None = UNSET
    told_at: Moment | UnsetType | None = UNSET
    masked_by: str | UnsetType | None = UNSET
    by: str | UnsetType | None = UNSET
    note: str | UnsetType | None = UNSET
    until: Moment | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET
    deadline: Moment | UnsetType | None = UNSET
    rung: int | UnsetType = UNSET
    offence: int | UnsetType = UNSET
    silenced: bool | UnsetType = UNSET
    requests: list[RequestRow] | UnsetType = UNSET
    history: list[StepRow] | UnsetType = UNSET
    collector: str | UnsetType = UNSET
    since: Moment | UnsetType = UNSET
    why: str | UnsetType = UNSET
    part_of: str | UnsetType | None = UNSET


class LookRow(Struct, kw_only=True):
    """The last look of a source that was kept."""

    source: str
    subject: str
    connector: str
    url: str
    outcome: str | None
    cause: str
    newest: Day | None
    asked_at: Moment | None
    evidence: str | None
    as_of: Moment | UnsetType | None = UNSET
    collector: str | UnsetType = UNSET
    count: int | UnsetType = UNSET
    opens: bool | UnsetType = UNSET
    seconds: float | UnsetType = UNSET
    opening_cause: str | UnsetType = UNSET


class Brief(Struct, kw_only=True):
    """A finding in few words, in a verdict."""

    id: str
    rule: str
    source: str | None
    level: Level
    text: str
    since: Moment | None
    due: Moment | None


class SubjectRow(Struct, kw_only=True):
    """A subject and its verdict, as in a mock inspection. There is no score from points that nobody has confirmed."""

    id: str
    name: str
    unit: str
    verdict: Literal["qualified", "unqualified", "unknown"]
    vetoes: list[Brief]
    deductions: list[Brief]
    unknowns: list[Brief]
    score: float | None


class Page(Struct, kw_only=True):
    """`total` rows in all; `next` is where the next page is, or null."""

    at: Moment
    total: int
    next: str | None


class Findings(Page, kw_only=True):
    """`alerts` are those of the findings on this page; `looks` and `records` count what the log holds."""

    findings: list[FindingRow]
    looks: int
    records: int
    alerts: list[AlertRow]


class Alerts(Page, kw_only=True):
    """Alerts and incidents."""

    alerts: list[AlertRow]


class Looks(Page, kw_only=True):
    """Looks."""

    looks: list[LookRow]


class Totals(Struct, kw_only=True):
    """How many subjects have which verdict."""

    qualified: int
    unqualified: int
    unknown: int
    subjects: int


class Subjects(Page, kw_only=True):
    """Subjects; `totals` are over all pages."""

    subjects: list[SubjectRow]
    totals: Totals


_Field = Literal["channel", "category", "unit", "simple", "test"]
ABOUT: tuple[_Field, ...] = get_args(_Field)


class Kept(Struct, kw_only=True):
    """A message that is told to be about something else than at first: what was told first is kept."""

    index: int
    field: _Field


class Taken(Struct, kw_only=True):
    """What was taken, safe in the log: `new` events, and those that were `known` already and change nothing.
    `without_question` are ids of messages whose question was not told yet: they are judged once it is."""

    at: Moment
    messages: int
    new: int
    known: int
    without_question: list[str]
    kept: list[Kept]
