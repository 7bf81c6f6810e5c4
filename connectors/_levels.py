"""From what was read to what is shown: levels, their repetition at a later time, cursors, and the emptied list.

How a connector of lists works: ask with `conditional()`; let `_answers.refusal()` judge the answer; let `repeated()`
see whether the body is known already; parse; end with `shown()`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from connectors._answers import failed
from streams.connectors import Cursor, Reading, Response, digest_of
from streams.days import day_of
from streams.looks import Item, Outcome, Shown

NEVER = datetime.min.replace(tzinfo=UTC)
EARLIEST = date(1990, 1, 1)  # what is dated before is odd (1970 above all), never an update
FUTURE_DAYS = 8  # distinct days that a level lists
KEPT = 200  # items dated in the future that a cursor keeps, the soonest
EMPTY_FOR = timedelta(hours=24)  # between the two looks that make an emptied column blank
_EMPTIED_AT = "emptied_at"
_CUT = "cut"


def level_of(items: Sequence[Item], asked_at: datetime, name: str = "", *, rendered: bool = True) -> Shown:
    """What a list of `items` shows on the Shanghai day of `asked_at`, as streams/looks.py defines it."""
    level = Shown(
        count=len(items),
        undated=sum(item.day is None for item in items),
        ancient=sum(item.day is not None and item.day < EARLIEST for item in items),
        name=name,
        notice=closing_notice(items),
        rendered=rendered,
    )
    return _dated(level, items, asked_at)


def _dated(level: Shown, items: Sequence[Item], asked_at: datetime) -> Shown:
    """`level` with the newest day and its title, and the future days, of `items`; an older newest stays."""
    today = day_of(asked_at)
    days = {item.day for item in items if item.day is not None and item.day >= EARLIEST}
    future = tuple(sorted(day for day in days if day > today)[:FUTURE_DAYS])
    newest = max((day for day in days if day <= today), default=None)
    if newest is None or (level.newest is not None and newest <= level.newest):
        return msgspec.structs.replace(level, future=future)
    return msgspec.structs.replace(level, newest=newest, title=_title_of(items, newest), future=future)


def _title_of(items: Sequence[Item], day: date) -> str:
    """The title of what was published last on `day`; where no clock time tells, of what is listed first."""
    return max((item for item in items if item.day == day), key=lambda item: item.at or NEVER).title


def repeat(cursor: Cursor, asked_at: datetime) -> Shown | None:
    """The cursor's level as it stands at a later `asked_at`: a future date that has arrived may be the newest now."""
    if not isinstance(cursor.level, Shown):
        return None
    return _dated(cursor.level, cursor.items, asked_at)


def body_hash(response: Response) -> str:
    """The hash by which an unchanged body is known before it is parsed."""
    return response.digest or digest_of(response.body)


def conditional(cursor: Cursor, parser: int) -> dict[str, str]:
    """Headers that ask for the body only if it changed; none unless this `parser` version read the last one."""
    if cursor.parser != parser or not isinstance(cursor.level, Shown):
        return {}
    pairs = (("if-none-match", cursor.etag), ("if-modified-since", cursor.last_modified))
    return {name: value for name, value in pairs if value}


def repeated(cursor: Cursor, parser: int, response: Response, asked_at: datetime) -> Reading | None:
    """The good reading of a body that this `parser` read before (304, or the same hash); None if it must be parsed.

    A 304 to a question that was not conditional is a failure.
    """
    level = repeat(cursor, asked_at) if cursor.parser == parser else None
    if response.status == 304:
        return _good(level, cursor) if level else failed("http_304", "304, though nothing was asked conditionally")
    if level is None or body_hash(response) != cursor.body_hash:
        return None
    return _good(level, msgspec.structs.replace(cursor, **_validators(response)))


def _good(level: Shown, cursor: Cursor) -> Reading:
    # The cursor's own level and items stay as they were parsed: the next repetition starts from them again.
    extra = {key: value for key, value in cursor.extra.items() if key != _EMPTIED_AT}
    return Reading(outcome=Outcome.GOOD, level=level, cursor=msgspec.structs.replace(cursor, extra=extra))


def shown(
    cursor: Cursor,
    parser: int,
    response: Response,
    items: Sequence[Item],
    asked_at: datetime,
    *,
    name: str = "",
    rendered: bool = True,
    column: bool = False,
    detail: str = "",
    extra: dict[str, str] | None = None,
) -> Reading:
    """The reading of a list that was parsed, with its new cursor; UNKNOWN `emptied` if there were items before.

    On a column a second rendered look at least 24 h later that shows none either is good. `extra` is the connector's.
    """
    level = level_of(items, asked_at, name, rendered=rendered)
    if not items and _had_items(cursor) and not (column and rendered and _empty_long(cursor, asked_at)):
        return _emptied(cursor, asked_at, mark=column and rendered)
    new = Cursor(
        parser=parser,
        body_hash=body_hash(response),
        level=level,
        items=_future(items, asked_at),
        extra=extra or {},
        **_validators(response),
    )
    return Reading(outcome=Outcome.GOOD, level=level, items=tuple(items), detail=detail, cursor=new)


def _had_items(cursor: Cursor) -> bool:
    return isinstance(cursor.level, Shown) and cursor.level.count > 0


def _empty_long(cursor: Cursor, asked_at: datetime) -> bool:
    since = cursor.extra.get(_EMPTIED_AT, "")
    try:
        return bool(since) and asked_at - datetime.fromisoformat(since) >= EMPTY_FOR
    except (ValueError, TypeError):
        return False


def _emptied(cursor: Cursor, asked_at: datetime, *, mark: bool) -> Reading:
    """Not conclusive: the old level is kept, and on a column the moment at which it was first seen empty."""
    count = cursor.level.count if isinstance(cursor.level, Shown) else 0
    kept = None
    if mark and _EMPTIED_AT not in cursor.extra:
        marked = cursor.extra | {_EMPTIED_AT: asked_at.isoformat()}
        kept = msgspec.structs.replace(cursor, extra=marked)
    detail = f"no items, where there were {count}"
    return Reading(outcome=Outcome.UNKNOWN, cause="emptied", detail=detail, cursor=kept)


def cut_short(cursor: Cursor, response: Response, items: Sequence[Item], flaw: str) -> Reading:
    """The reading of a list whose end is missing: what could be read is given, but what it lacks may be in the rest.

    The items are given once for the same bytes, so that a list that stays broken is not written at each look.
    """
    seen = body_hash(response)
    again = cursor.extra.get(_CUT) == seen
    marked = msgspec.structs.replace(cursor, extra=cursor.extra | {_CUT: seen})
    detail = f"{flaw}; {len(items)} items before that"
    given = None if again else tuple(items)
    return Reading(outcome=Outcome.UNKNOWN, cause="truncated", detail=detail, items=given, cursor=marked)


def read_at(headers: Mapping[str, str], asked_at: datetime, said: datetime | None = None) -> datetime | None:
    """The `as_of` of an answer: what a relay `said` of its own reading, and not later than a cache's `Age` allows."""
    age = headers.get("age", "").strip()
    cached = asked_at - timedelta(seconds=int(age)) if re.fullmatch("[0-9]{1,8}", age) and int(age) else None
    moments = [moment for moment in (said, cached) if moment is not None]
    return min(moments, default=None)


def _future(items: Sequence[Item], asked_at: datetime) -> tuple[Item, ...]:
    today = day_of(asked_at)
    later = [(item.day, number, item) for number, item in enumerate(items) if item.day is not None and item.day > today]
    return tuple(item for _, _, item in sorted(later, key=lambda entry: entry[:2])[:KEPT])


_HEADER = re.compile(r"[\x20-\x7e]{1,500}")


def _validators(response: Response) -> dict[str, str]:
    """The answer's ETag and Last-Modified, if they can be sent back as they are."""
    pairs = (("etag", "etag"), ("last_modified", "last-modified"))
    found = {field: response.headers.get(header, "") for field, header in pairs}
    return {field: value if _HEADER.fullmatch(value) else "" for field, value in found.items()}


_ACTION = re.compile("整合|注销|停用|停更|停止(?:更新|使用|运营|运维|服务)|迁移|关停|关闭|合并|撤销|下线|归并")
_ACCOUNT = re.compile(
    "公众号|政务新媒体|新媒体|[账帐]号|微信|微博|抖音|快手|头条号|视频号|客户端|小程序|本号|网站|APP", re.IGNORECASE
)
_NOTICE = re.compile("公告|通告|通知|启事|声明|公示|告知|说明")
# Notices about other people's things: they speak of 注销 and 关闭 every day.
_OTHERS = re.compile("名单|营业执照|许可证|登记|企业|证书|资质|道路|路段|备案")


def closing_notice(items: Sequence[Item]) -> str:
    """The newest title that announces that this account or site closes, moves or merges, or ""."""
    titles = [item for item in items if len(item.title) <= 80 and _announces(item.title)]
    return max(titles, key=lambda item: item.day or date.min).title if titles else ""


def _announces(title: str) -> bool:
    found = _ACTION.search(title) and _ACCOUNT.search(title) and _NOTICE.search(title)
    return bool(found) and not _OTHERS.search(title)
