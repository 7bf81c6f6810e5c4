"""The one declaration of the API: requests are read by it, and `openapi.json` is made from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from zhiban.api import pushed, rows
from zhiban.commands.trying import when

ROOT = "/api/v1"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)  # beyond them no offset can be applied
_ISO = "ISO 8601, such as 2026-11-24T09:00:00+08:00"


class Kind(Protocol):
    """What a parameter's value may be."""

    def schema(self) -> dict[str, Any]:
        """As JSON Schema says it."""
        ...

    def read(self, text: str) -> Any:
        """The value of `text`; raises ValueError with what was expected."""
        ...


class Choice(msgspec.Struct, frozen=True):
    """One of a few words, the first if none is given."""

    of: tuple[str, ...]

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"type": "string", "enum": list(self.of), "default": self.of[0]}

    def read(self, text: str) -> str:
        """The word."""
        if text not in self.of:
            raise ValueError(", ".join(self.of))
        return text


class Whole(msgspec.Struct, frozen=True):
    """A whole number within bounds."""

    least: int
    most: int
    default: int

    def schema(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}

    def read(self, text: str) -> int:
        """The number, in plain digits."""
        if not re.fullmatch("[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
            raise ValueError(f"{self.least}-{self.most}")
        return int(text)


class Moment(msgspec.Struct, frozen=True):
    """A moment of log time, or the beginning of a day; without an offset it is Shanghai's."""

    def schema(self) -> dict[str, Any]:
        """Text: a bare day is good too."""
        forms = [{"format": "date-time"}, {"format": "date"}]
        return {"type": "string", "maxLength": 40, "anyOf": forms, "examples": ["2026-11-24T09:00:00+08:00"]}

    def read(self, text: str) -> datetime:
        """The aware moment."""
        try:
            moment = when(text.upper())
        except ValueError:
            raise ValueError(_ISO) from None
        return FIRST if moment.year < FIRST.year else min(moment, LAST)


class Text(msgspec.Struct, frozen=True):
    """Text, to be met whole."""

    most: int

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "minLength": 1, "maxLength": self.most}

    def read(self, text: str) -> str:
        """The text as it is."""
        if not 1 <= len(text) <= self.most:
            raise ValueError(f"1-{self.most} characters")
        return text


class Parameter(msgspec.Struct, frozen=True):
    """Something that may be asked for in a query, once."""

    name: str
    about: str
    kind: Choice | Whole | Moment | Text


class Operation(msgspec.Struct, frozen=True):
    """One thing that can be done: `answer` is the shape of what comes back."""

    name: str
    about: str
    answer: type[msgspec.Struct]
    parameters: tuple[Parameter, ...] = ()
    method: str = "get"
    body: Any = None  # the type of what is sent, if anything is

    @property
    def path(self) -> str:
        """Where it is done."""
        return f"{ROOT}/{self.name}"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, read and within bounds."""

    state: str = "open"
    at: datetime | None = None
    unit: str = ""
    subject: str = ""
    limit: int = 100
    after: str = ""


STATE = Parameter("state", "What stands open, what was closed, or both.", Choice(("open", "closed", "all")))
AT = Parameter("at", "What was known then; by default what the watermark allows to know now.", Moment())
UNIT = Parameter("unit", "Only of this unit, by its full name.", Text(200))
SUBJECT = Parameter("subject", "Only about this subject, by its id.", Text(200))
LIMIT = Parameter("limit", "Rows on a page.", Whole(1, 1000, 100))
AFTER = Parameter("after", "The id of the last row of the page before: rows come in the order of their ids.", Text(400))

OPERATIONS = (
    Operation("findings", "What is open, as of `at`.", rows.Findings, (STATE, AT, UNIT, SUBJECT, LIMIT, AFTER)),
    Operation("alerts", "Alerts and incidents.", rows.Alerts, (STATE, AT, UNIT, SUBJECT, LIMIT, AFTER)),
    Operation("looks", "The last look of every source.", rows.Looks, (AT, UNIT, SUBJECT, LIMIT, AFTER)),
    Operation("subjects", "Every subject's verdict.", rows.Subjects, (AT, UNIT, SUBJECT, LIMIT, AFTER)),
)
PUSH = Operation(
    "messages",
    "Tell what happened to citizens' messages. All of a request is taken, or nothing of it; what is known already"
    " changes nothing, so whoever got no answer sends the same again.",
    rows.Taken,
    method="post",
    body=pushed.Body,
)
