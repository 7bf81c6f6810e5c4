"""What the desk knows of subjects and sources: only what the ledger told it (signals of rule REGISTRY)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from streams.subjects import Status

EVERY = 4 * 3600  # the interval of a source that does not say it, in seconds
OVER = frozenset({Status.CANCELLED.value, Status.SHUT.value})  # of a subject that is inspected no more


class Who(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subject as letters need it."""

    name: str
    kind: str = ""
    platform: str = ""
    unit: str = ""
    supervisor: str = ""
    url: str = ""
    status: str = "running"
    contact: str = ""
    contact2: str = ""


class What(msgspec.Struct, frozen=True, omit_defaults=True):
    """A source as letters need it."""

    subject: str
    name: str = ""
    url: str = ""
    connector: str = ""
    column_type: str = ""
    every: int = EVERY  # seconds
    retired: bool = False


UNITS = "、"  # between the units of one message


def in_charge(who: Who, args: Mapping[str, str]) -> list[Who]:
    """Whoever answers for a matter: the subject's unit, or each unit that a message was given to."""
    units = [unit for unit in args.get("unit", "").split(UNITS) if unit] if "message" in args else []
    return [msgspec.structs.replace(who, unit=unit) for unit in units] or [who]


def who_of(args: Mapping[str, str]) -> Who:
    """From a registry signal about a subject."""
    fields = {name: args[name] for name in Who.__struct_fields__ if name in args}
    return Who(**{"name": args.get("id", ""), **fields})


def what_of(args: Mapping[str, str], *, retired: bool) -> What:
    """From a registry signal about a source."""
    texts = {name: args.get(name, "") for name in ("subject", "name", "url", "connector", "column_type")}
    every = int(msgspec.convert(args["every"], timedelta).total_seconds()) if "every" in args else EVERY
    return What(**texts, every=every, retired=retired)
