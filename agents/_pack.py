"""Rule packs: a versioned set of rules with thresholds, clause text and source; a national base, regional overlays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Literal, get_type_hints

import msgspec

from streams.catalogue import catalogue, rule_id
from streams.days import Limit, parse_limit
from streams.rules import Rule, Rules
from streams.workdays import STATUTORY, Workdays

CODE_VERSION = "2"  # raised when a rule's law changes, so that every row steps with the new version

CALENDAR = "@"  # in a version, what is after it is the calendar's

ELSEWHERE = frozenset({"OWN-RULE", "OWN-INCIDENT"})  # said by `advance` and by the desk, not by a rule


class PackError(Exception):
    """A pack cannot be used; the message names file, rule and key, what was found and what was expected."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule of a pack. `points` is absent where nobody has confirmed the number: unknown is never zero."""

    title: str
    clause: str = ""
    type: str = ""  # V veto, D deduction, R local or record, K KPI, OWN about ourselves
    scope: str = ""
    window: str = ""
    source: str = ""  # provenance tag of the rulebook
    advice: str = ""
    points: float | None = None
    like: str = ""  # a local rule: the law of this rule with settings of its own
    enabled: bool = True
    implemented: bool = True  # false: listed, for a person or a later version to judge
    settings: dict[str, Any] = {}


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How citizens' messages are read and counted, whichever rule judges them.

    `receipts` and `courtesies` are what a clause of a reply says that is no answer (regular expressions, over the whole
    clause); `uncategorised` is how a message without a category is counted; `decimals` and `rounding` are how a
    circular writes its percentages; `office` the hours of a working day.
    """

    receipts: tuple[str, ...] = ()
    courtesies: tuple[str, ...] = ()
    uncategorised: str = ""
    decimals: int = 2
    rounding: Literal["half_up", "down"] = "half_up"
    office: tuple[str, ...] = ("09:00-12:00", "14:00-17:30")


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A pack as it is written. `base` names the pack that an overlay changes."""

    name: str
    version: str
    title: str
    base: str = ""
    messages: Messages = Messages()
    rules: dict[str, Entry] = {}


class _Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    version: str
    title: str
    base: str = ""
    messages: dict[str, Any] = {}
    rules: dict[str, dict[str, Any]] = {}


def parse_packs(texts: Sequence[tuple[str, str]]) -> Pack:
    """The pack of (file name, TOML) texts, the base first and each overlay over what is before it."""
    if not texts:
        raise PackError("no pack is named; expected one, such as national-2019, and then its overlays")
    merged: dict[str, Any] = {}
    below: list[str] = []
    for where, text in texts:
        overlay = _overlay(where, text)
        if overlay.base not in (below or [""]):
            expected = " or ".join(below) or "none, as it is first"
            raise PackError(f"{where}: `base` is {overlay.base!r}, expected {expected}")
        below.append(overlay.name)
        rules: dict[str, Any] = merged.get("rules", {})
        for name, table in overlay.rules.items():
            rules[name] = _merge(rules.get(name, {}), table)
        version = overlay.version if not merged else f"{merged['version']}+{overlay.name}-{overlay.version}"
        messages = {**merged.get("messages", {}), **overlay.messages}
        named = {"name": overlay.name, "version": version, "title": overlay.title}
        merged = {**named, "messages": messages, "rules": rules}
    return _convert(merged, texts[-1][0])


def _overlay(where: str, text: str) -> _Overlay:
    try:
        overlay = msgspec.toml.decode(text, type=_Overlay)
    except msgspec.MsgspecError as error:
        raise PackError(f"{where}: {error}") from error
    for name, table in overlay.rules.items():
        for key in table:
            if key not in Entry.__struct_fields__:
                known = ", ".join(sorted(Entry.__struct_fields__))
                raise PackError(f"{where}: [rules.{name}] unknown key `{key}`, expected one of {known}")
    return overlay


def _convert(merged: dict[str, Any], where: str) -> Pack:
    for name, table in merged["rules"].items():
        try:
            msgspec.convert(table, Entry)
        except msgspec.ValidationError as error:
            raise PackError(f"{where}: [rules.{name}]: {error}") from error
    try:
        return msgspec.convert(merged, Pack)
    except msgspec.ValidationError as error:
        raise PackError(f"{where}: {error}") from error


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**below, **above}
    both = below.get("settings"), above.get("settings")
    if isinstance(both[0], dict) and isinstance(both[1], dict):
        merged["settings"] = {**both[0], **both[1]}
    return merged


def build(
    pack: Pack,
    settings: Mapping[str, Mapping[str, Any]],
    without: Sequence[str] = (),
    workdays: Workdays = STATUTORY,
) -> Rules:
    """The rules of a pack, with our own steps from the configuration (`[rules.ID]`), but those that are switched off;
    those that count working days count them by `workdays`.

    Raises PackError for a rule, a key or a value that cannot be.
    """
    classes = {rule_id(name): cls for name, cls in catalogue("agents", "zhiban.rules").items()}
    for name in (*settings, *without):
        if name not in pack.rules:
            raise PackError(f"[rules.{name}]: no such rule in pack {pack.name}; it has {', '.join(sorted(pack.rules))}")
    laws: list[tuple[str, int, Rule]] = []
    for name, entry in pack.rules.items():
        cls = _class_of(name, entry, classes)
        if cls is not None:  # what is switched off is read too, so that its mistakes are heard
            made = _laws(name, cls, entry, settings.get(name, {}), workdays)
            laws.extend(made if entry.enabled and name not in without else ())
    return Rules(_version(pack, settings, without, workdays), laws)


def _class_of(name: str, entry: Entry, classes: Mapping[str, type]) -> type | None:
    if not entry.implemented or name in ELSEWHERE:
        return None
    wanted = entry.like or name
    if wanted not in classes:
        listed = ", ".join(sorted(classes))
        raise PackError(f"[rules.{name}] there is no rule {wanted}; expected one of {listed}, or `implemented = false`")
    return classes[wanted]


def _laws(
    name: str, cls: type, entry: Entry, ours: Mapping[str, Any], workdays: Workdays
) -> list[tuple[str, int, Rule]]:
    for key in ours:
        if key in entry.settings:
            raise PackError(f"[rules.{name}] `{key}`: an official value, which only a pack may change")
    rule = _instance(name, cls, {**entry.settings, **ours}, workdays)
    above = getattr(rule, "above", None)
    return [(name, 1, rule)] if above is None else [(name, 1, rule), (name, 2, above())]


def _instance(name: str, cls: type, raw: Mapping[str, Any], workdays: Workdays) -> Rule:
    hints, fields = _settings_of(cls)
    values: dict[str, Any] = {key: workdays for key, hint in hints.items() if hint is Workdays}
    for key, value in raw.items():
        if key not in fields:
            raise PackError(f"[rules.{name}] unknown key `{key}`, expected one of {', '.join(fields) or 'none'}")
        try:
            values[key] = msgspec.convert(_value(hints[key], value), hints[key])
        except ValueError as error:  # msgspec's own errors are ValueErrors
            raise PackError(f"[rules.{name}] `{key}`: {error}") from error
    try:
        rule: Rule = cls(**values)
    except TypeError as error:
        raise PackError(f"[rules.{name}]: {error}") from error
    return rule


@cache
def _settings_of(cls: type) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The types of a rule's fields, and the names of those that are settings."""
    hints = get_type_hints(cls)
    return hints, tuple(one.name for one in msgspec.structs.fields(cls) if hints[one.name] is not Workdays)


_SPAN = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _value(hint: Any, value: Any) -> Any:
    """Limits and spans are written as text, in tables too."""
    if hint is Limit and isinstance(value, str):
        return parse_limit(value)
    if hint == dict[str, Limit] and isinstance(value, dict):
        return {key: _value(Limit, one) for key, one in value.items()}
    if hint is timedelta and isinstance(value, str):
        found = _SPAN.fullmatch(value)
        if found is None:
            raise ValueError(f"span {value!r}: expected a number with s, m, h or d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    return value


def _version(pack: Pack, settings: Mapping[str, Mapping[str, Any]], without: Sequence[str], workdays: Workdays) -> str:
    ours = {k: dict(v) for k, v in settings.items()}
    plain = msgspec.to_builtins([CODE_VERSION, pack, ours, sorted(without)])
    digest = hashlib.blake2b(msgspec.json.encode(plain, order="deterministic"), digest_size=5).hexdigest()
    return f"{pack.name}-{pack.version[:30]}-{digest}{CALENDAR}{workdays.version}"
