"""Letters in JSON or JSONP: the array and its fields, found by their usual names or named by configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors._dates import from_epoch
from connectors._letters import Letter, letter_of
from connectors._links import absolute
from connectors._tree import squeeze
from streams.days import SHANGHAI

_PADDING = re.compile(r"^\s*[\w.$]{1,80}\s*\(")
_TAGS = re.compile(r"<[^<>]{0,300}>")
_MOST_VALUES = 200_000
MOST = 2_000
FIELDS = (
    "id",
    "url",
    "title",
    "asked_at",
    "accepted_at",
    "answered_at",
    "status",
    "channel",
    "category",
    "unit",
    "reply",
)
# What platforms call the fields, in lower case without underscores, the surest name first.
_USUAL = {
    field: tuple(names.split())
    for field, names in {
        "id": "letterid mailid infoid id uuid guid bh xjbh lettercode code no number",
        "url": "url link href detailurl linkurl pageurl",
        "title": "title lettertitle subject bt xjbt topic name",
        "asked_at": (
            "askedat asktime askdate lettertime letterdate writetime submittime submitdate lxsj "
            "lysj xjsj tjsj mailtime questiontime createtime createdate addtime createdat"
        ),
        "accepted_at": "acceptedat accepttime acceptdate slsj",
        "answered_at": (
            "answeredat answertime answerdate replytime replydate replyat hfsj "
            "dfsj bjsj finishtime finishdate endtime handletime repliedat"
        ),
        "status": "statusname statustext statename status state zt blzt",
        "channel": "channel boxname mailbox xxmc source",
        "category": "category categoryname typename lettertype type lx xjlx",
        "unit": "unit unitname deptname dept department orgname organname replydept bldw dfdw",
        "reply": "reply replycontent answercontent answer hfnr dfnr",
    }.items()
}
_OURS = {"asked_at": "asked", "accepted_at": "accepted", "answered_at": "answered", "status": "state"}


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a JSON answer has its letters: `path` to the array (`data.rows`), and `fields` as ours = theirs; a field of
    theirs may be a path too. Both empty: found by the usual names."""

    path: str = ""
    fields: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse fields that we do not have, by name."""
        for name in self.fields:
            if name not in FIELDS:
                message = f"fields: unknown field `{name}`, expected one of {', '.join(FIELDS)}"
                raise ValueError(message)


def listed_letters(
    text: str, base: str, listing: Listing, asked_at: datetime, known: Mapping[str, str]
) -> list[Letter] | None:
    """The letters of a JSON answer; None where it is none, or has no array where one is expected."""
    value = _decoded(text)
    if value is None:
        return None
    rows = _at(value, listing.path) if listing.path else _best(value, listing.fields)
    if not isinstance(rows, list):
        return None
    found = (_letter(row, base, listing.fields, asked_at, known) for row in rows[:MOST] if isinstance(row, dict))
    once = {letter.id: letter for letter in found if letter is not None}
    return list(once.values())


def _decoded(text: str) -> Any:
    body = text.strip().lstrip("\ufeff").rstrip(";")
    if found := _PADDING.match(body):
        body = body[found.end() :].removesuffix(")")
    if not body.startswith(("{", "[")):
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _best(value: Any, named: Mapping[str, str]) -> list[Any] | None:
    """The array whose objects look most like letters; the first of those that have none, if they are all empty."""
    arrays = list(_arrays(value))
    scored = [(sum(_score(row, named) for row in rows[:20]), rows) for rows in arrays]
    best = max(scored, key=lambda one: one[0], default=None)
    if best is not None and best[0] > 0:
        return best[1]
    return [] if arrays and not any(arrays) else None


def _arrays(value: Any) -> Iterator[list[Any]]:
    waiting, left = [value], _MOST_VALUES
    while waiting and left:
        one = waiting.pop()
        left -= 1
        if isinstance(one, list):
            yield one
        waiting += one if isinstance(one, list) else one.values() if isinstance(one, dict) else ()


def _score(row: Any, named: Mapping[str, str]) -> int:
    if not isinstance(row, dict):
        return 0
    told = _told(row, named)
    has = {"id", "title"} & told.keys() and {"asked", "accepted", "answered", "state"} & told.keys()
    return len(told) if has else 0


def _told(row: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, str]:
    """The fields of an object that it has, as text: a moment given as Unix time as the date that it is."""
    plain = {key.lower().replace("_", "").replace("-", ""): value for key, value in row.items()}
    told: dict[str, str] = {}
    for field, usual in _USUAL.items():
        if field in named:
            path = named[field]
            has, value = True, row[path] if path in row else _at(row, path)
        else:
            key = next((name for name in usual if name in plain), "")
            has, value = bool(key), plain.get(key)
        if has:
            told[_OURS.get(field, field)] = _text(value, moment=field.endswith("_at"))
    return told


def _text(value: Any, *, moment: bool) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    if moment and not isinstance(value, bool) and str(value).isdigit() and len(str(value)) in {10, 13}:
        when = from_epoch(int(value))
        return when.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if when and when.at else ""
    return squeeze(_TAGS.sub(" ", str(value)))[:6_000]


def _letter(
    row: Mapping[str, Any], base: str, named: Mapping[str, str], asked_at: datetime, known: Mapping[str, str]
) -> Letter | None:
    told = _told(row, named)
    url = absolute(base, told.pop("url", ""))
    number = told.get("id", "")
    return letter_of(told, url, asked_at, known=known, key=number if number.isalnum() else "")
