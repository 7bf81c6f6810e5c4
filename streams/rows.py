"""The unit of state: the subject's row, cut into one bundle per source so that a store may load what it needs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from streams.findings import Grade
from streams.looks import Look
from streams.messages import Case
from streams.records import Position
from streams.subjects import Source, Subject

SUBJECT_BUNDLE = ""  # the bundle of stage 2, which belongs to no source


class Open(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A matter that is open: what was last said of it, and the id that was coined when it opened."""

    id: str
    opened_at: datetime
    level: Grade
    item: str = ""
    step: str = ""
    since: datetime | None = None
    due: datetime | None = None
    why: str = ""
    args: dict[str, str] = {}
    folds: tuple[str, ...] = ()
    candidate: bool = False


class Aside(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Why a part was set aside: the rules' version, the record, the error, and the open OWN-RULE matter's id."""

    version: str
    position: Position | None
    error: str
    matter: Open


class Part(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One rule at work on one source (stage 1) or on the subject (stage 2)."""

    stage: int
    rule: str
    state: msgspec.Struct
    due: datetime | None = None
    opens: tuple[Open, ...] = ()
    aside: Aside | None = None


class Claim(msgspec.Struct, frozen=True, gc=False):
    """Somebody said at `at` that a matter is put right: a good look of each of `sources` will tell."""

    matter: str
    at: datetime
    sources: tuple[str, ...]


class Bundle(msgspec.Struct, gc=False, omit_defaults=True):
    """The parts of one source, in the order (stage, rule). `due` is the earliest of theirs; `ask` is the moment at or
    after which a good look is wanted; `last` is the last good look, without its items. Of a mailbox, `waiting` are the
    cases that nobody has answered yet, and `as_of` is up to when it has been told of in full. The subject's own bundle
    keeps the `claims` of all its sources."""

    source: Source | None
    parts: list[Part] = []
    due: datetime | None = None
    ask: datetime | None = None
    last: Look | None = None
    waiting: tuple[Case, ...] = ()
    as_of: datetime | None = None
    claims: tuple[Claim, ...] = ()

    def copy(self) -> Bundle:
        """A bundle of its own with the same (immutable) parts."""
        own = list(self.parts)
        return Bundle(self.source, own, self.due, self.ask, self.last, self.waiting, self.as_of, self.claims)

    def find(self, stage: int, rule: str) -> int | None:
        """Where this part stands, or None."""
        for index, part in enumerate(self.parts):
            if part.rule == rule and part.stage == stage:
                return index
        return None

    def set_due(self) -> None:
        """Make `due` the earliest of the parts'; those set aside wait for a new version."""
        due = None
        for part in self.parts:
            if part.due is not None and part.aside is None and (due is None or part.due < due):
                due = part.due
        self.due = due


class Row(msgspec.Struct, gc=False):
    """The state of one subject. `clock` never goes back; `count` is the number of its findings so far.

    `bundles` may be partial: it must hold the record's source, stage 2 and every bundle that is due by then.
    """

    id: str
    subject: Subject | None = None
    position: Position | None = None
    clock: datetime | None = None
    count: int = 0
    version: str = ""
    bundles: dict[str, Bundle] = {}
