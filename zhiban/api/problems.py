"""What is wrong with a request, said as RFC 9457 has it: by name, with what was found and what was expected."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from zhiban.words import say

MEDIA_TYPE = "application/problem+json"
LONGEST = 100  # characters of what was found that are said back


class Details(msgspec.Struct, frozen=True, rename={"kind": "type"}):
    """A problem as it goes out. `parameter`, `found` and `expected` are there where one parameter is at fault; `index`
    and `field` where one message of a body is (the first one, counted from 0)."""

    kind: str
    title: str
    status: int
    detail: str
    parameter: str | UnsetType = UNSET
    index: int | UnsetType = UNSET
    field: str | UnsetType = UNSET
    found: str | UnsetType = UNSET
    expected: str | UnsetType = UNSET


class Problem(Exception):
    """A request that cannot be answered, by the name of what is wrong with it."""

    def __init__(self, name: str, status: int, *, headers: dict[str, str] | None = None, **fields: Any) -> None:
        """`name` is a key of our words (`api.NAME`), whose fields are `fields`."""
        super().__init__(name)
        self.name, self.status, self.headers = name, status, headers or {}
        self.fields: dict[str, Any] = {
            key: value if key == "index" else _cut(str(value)) for key, value in fields.items()
        }

    def details(self) -> Details:
        """What goes out, in the language of our screens."""
        named: dict[str, Any] = {key: self.fields[key] for key in _NAMED if key in self.fields}
        detail = say(f"api.{self.name}", **self.fields)
        return Details(f"urn:zhiban:{self.name}", say(f"api.{self.status}"), self.status, detail, **named)

    def response(self) -> Response:
        """The answer."""
        body = msgspec.json.encode(self.details())
        return Response(body, self.status, self.headers, media_type=MEDIA_TYPE)


_NAMED = ("parameter", "index", "field", "found", "expected")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
