"""What an import says of its files: refusals, notices and unmapped headers, each with its place. Values, no text."""

from __future__ import annotations

import msgspec

FOUND_SHOWN = 80  # characters of a bad cell that are repeated to the reader


class Remark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One remark about a place: `row` counts from 1 as a spreadsheet shows it, 0 is the whole sheet or file.

    `why` is a key of `zhiban.registry.words`; `args` fill its text. `field` is our name of the column.
    """

    file: str
    sheet: str = ""
    row: int = 0
    field: str = ""
    found: str = ""
    why: str
    args: dict[str, str] = {}


class Refusal(Remark, frozen=True, kw_only=True, omit_defaults=True):
    """A row, sheet or file that was not taken; the rest was."""


class Notice(Remark, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was taken, and that a person should know of."""


class Unmapped(msgspec.Struct, frozen=True):
    """The headers of one sheet that mean nothing to us: their columns were not read."""

    file: str
    sheet: str
    headers: tuple[str, ...]


class Bad(ValueError):
    """A cell cannot be what its field wants; `why` says what was expected."""

    def __init__(self, why: str, **args: str) -> None:
        super().__init__(why)
        self.why = why
        self.details = args


def shown(value: object) -> str:
    """A cell's value as a remark repeats it: one line, cut."""
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= FOUND_SHOWN else text[:FOUND_SHOWN] + "…"
