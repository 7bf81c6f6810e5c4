"""Hosts: what a limit holds for, and how we stand with one."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import msgspec


class Standing(msgspec.Struct, frozen=True):
    """What whoever asks a host next must know of those before: not before `next_start`, sent away until `away_until`,
    after so many refusals in a row. Moments of the log's clock."""

    next_start: datetime
    away_until: datetime
    refusals: int = 0


def host_of(url: str) -> str:
    """Host and port in lower case: what a limit holds for. "" for what is no URL."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def name_of(url: str) -> str:
    """The host alone, without its port; "" where a URL names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
