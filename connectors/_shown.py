"""The level of a list: what its items show on the day of the look."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from connectors._lists import Found
from streams.days import day_of
from streams.looks import Item, Level, Shown

_ANCIENT = date(1990, 1, 1)
_NOTICE = re.compile(
    r"(?:停止(?:更新|运营|使用)|(?:关停|注销|下线|迁移|并入|合并|整合).{0,12}(?:公告|通知|说明|启事)|(?:公告|通知).{0,20}(?:关停|停用|迁移))"
)


def to_items(found: Iterable[Found]) -> tuple[Item, ...]:
    """The items with their keys: the address, else title and day (one title may come back every month)."""
    return tuple(
        Item(item.url or f"{item.title} {item.day or ''}".strip(), item.title, item.url, item.day, item.at)
        for item in found
    )


def level_of(items: tuple[Item, ...], asked_at: datetime, name: str = "") -> Shown:
    """What `items` show on the Shanghai day of the look: dates in the future or before 1990 are no update."""
    today = day_of(asked_at)
    days = [item.day for item in items if item.day is not None]
    past = [day for day in days if _ANCIENT <= day <= today]
    return Shown(
        count=len(items),
        newest=max(past, default=None),
        undated=len(items) - len(days),
        future=tuple(sorted({day for day in days if day > today})[:8]),
        ancient=sum(day < _ANCIENT for day in days),
        name=name,
        notice=next((item.title for item in items[:5] if _NOTICE.search(item.title)), ""),
    )


def ahead(items: tuple[Item, ...], asked_at: datetime) -> tuple[Item, ...]:
    """The items dated in the future, of which a cursor must think on the day that they come true; at most 50."""
    today = day_of(asked_at)
    return tuple(item for item in items if item.day is not None and item.day > today)[:50]


def repeated(level: Level | None, waiting: tuple[Item, ...], asked_at: datetime) -> Level | None:
    """The level of a body that did not change: what was in the future may have come meanwhile."""
    if not isinstance(level, Shown) or not waiting:
        return level
    today = day_of(asked_at)
    days = [item.day for item in waiting if item.day is not None]
    come = [day for day in days if day <= today]
    newest = max([*come, *([level.newest] if level.newest else [])], default=None)
    return msgspec.structs.replace(level, newest=newest, future=tuple(sorted({day for day in days if day > today})[:8]))
