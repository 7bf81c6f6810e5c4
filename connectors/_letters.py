"""Letters as a public list shows them: what each field means, and the events that they tell.

Titles and replies are read, and not kept: what leaves here are ids, times, channel, category, unit, and fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import msgspec

from connectors._clocks import When
from connectors._dates import read_date
from connectors._replies import Phrases, fingerprint
from streams.days import DAY, start_of
from streams.messages import About, Deed, MessageEvent


class State(StrEnum):
    """What the page says of a letter."""

    UNSAID = ""
    WAITING = "waiting"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"


LEFT = {
    State.WITHDRAWN: Deed.WITHDRAWN,
    State.DUPLICATE: Deed.DUPLICATE,
    State.NOT_OURS: Deed.NOT_OURS,
}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter as read. `shown` is a date that no label explains; `title` and `reply` are for this look alone."""

    id: str
    url: str = ""
    asked: When | None = None
    accepted: When | None = None
    answered: When | None = None
    shown: When | None = None
    state: State = State.UNSAID
    channel: str = ""
    category: str = ""
    unit: str = ""
    title: str = ""
    reply: str = ""

    @property
    def start(self) -> When | None:
        """From when it waits, as far as the page tells: acceptance, or a date without a label, is never before it."""
        return self.asked or self.accepted or self.shown

    @property
    def is_whole(self) -> bool:
        """Whether the times that its state calls for are there."""
        if self.state is State.UNSAID or self.start is None:
            return False
        # A date without a label may be the answer's own where there is one.
        return self.state is not State.ANSWERED or (self.answered is not None and self.start is not self.shown)


# What heads a column, or stands before a value.
_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        ("id", r"(?:信件|来信|受理|留言|诉求|办件|工单|问题|咨询)?(?:编号|编码)|流水号|(?:信件|受理|工单)号"),
        (
            "asked",
            r"(?:来信|写信|提交|留言|咨询|提问|发信|投诉|反映|诉求|信件|登记|创建|申请|接收|收信|发起|[来收]件)(?:时间|日期)",
        ),
        ("accepted", r"受理(?:时间|日期)"),
        ("answered", r"(?:答复|回复|办结|办理|处理|反馈|回应|完成|解决|答覆)(?:时间|日期)"),
        ("shown", r"(?:发布|公开)?(?:时间|日期)"),
        (
            "state",
            r"(?:办理|信件|处理|答复|回复|受理|当前|办件|来信|留言)?(?:状态|进度)|(?:答复|回复)情况|是否(?:答复|回复)",
        ),
        ("unit", r"(?:受理|答复|办理|承办|回复|处理|责任|主办|办件)(?:单位|部门|机构)|部门|单位"),
        ("channel", r"信箱(?:名称)?|(?:来信|写信)对象|收信人|写给|渠道|来信渠道|信箱类[型别]"),
        ("category", r"(?:信件|来信|留言|诉求|咨询|问题|办件|内容)?(?:类型|类别|分类|性质)"),
        ("title", r"(?:信件|来信|留言|诉求|办件|问题|咨询)?(?:标题|主题|题目|名称)|事项"),
        (
            "reply",
            r"(?:答复|回复|反馈|办理|处理)(?:内容|意见|结果|信息|详情)|(?:答复|回复)",
        ),
    )
)
_TRIM = re.compile(r"[\s:：\[\]【】（）()]+")


def field_of(name: str) -> str:
    """The field that a heading or a label names, or ""."""
    plain = _TRIM.sub("", name)
    if not 1 < len(plain) <= 10:
        return ""
    return next((field for field, pattern in _NAMES if pattern.fullmatch(plain)), "")


_STATES: tuple[tuple[State, re.Pattern[str]], ...] = tuple(
    (state, re.compile(pattern))
    for state, pattern in (
        (State.WITHDRAWN, r"撤[回销诉件]|已取消"),
        (State.DUPLICATE, r"重复"),
        (State.NOT_OURS, r"不予?受理|拒绝受理|无效|不属于?本|非本(?:单位|部门)"),
        (State.WAITING, r"[未待]|正在|中$|中\)|延期|审核"),
        (State.ANSWERED, r"已?(?:答复|回复|办结|办毕|办理|处理|反馈|解决|回应|完成|完结|公开|评价)|完毕|办结|^是$"),
        (State.WAITING, r"受理|转|交办|分发|新(?:信|办|来)|提交|收[到悉]|登记|签收|^否$"),
    )
)


def state_of(words: str, known: Mapping[str, str] | None = None) -> State:
    """What a status says: as the configuration's `known` words have it, else by the field's usual ones."""
    plain = _TRIM.sub("", words)
    if known and plain in known:
        return State(known[plain])
    if not plain or len(plain) > 16:
        return State.UNSAID
    return next((state for state, pattern in _STATES if pattern.search(plain)), State.UNSAID)


def letter_of(
    told: Mapping[str, str], url: str, asked_at: datetime, *, known: Mapping[str, str] | None = None, key: str = ""
) -> Letter | None:
    """The letter of a row's fields; None where nothing tells it from others. An answer's date that is expressly empty
    says that it waits. `key` is an id that a script's call carries."""
    moments = {name: _date(told.get(name, ""), asked_at) for name in ("asked", "accepted", "answered", "shown")}
    title = told.get("title", "")
    letter = Letter(
        id=_id(told, url, key, title, moments["asked"] or moments["accepted"] or moments["shown"]),
        url=url,
        state=_standing(told, moments["answered"], known),
        channel=told.get("channel", "")[:60],
        category=told.get("category", "")[:60],
        unit=told.get("unit", "")[:60],
        title=title,
        reply=told.get("reply", ""),
        **moments,
    )
    return letter if letter.id else None


def _date(text: str, asked_at: datetime) -> When | None:
    value = read_date(text, asked_at) if text else None
    # What lies ahead is a promise or a mistake.
    return value if value and start_of(value.day) <= asked_at and value.day.year >= 1990 else None


def _standing(told: Mapping[str, str], answered: When | None, known: Mapping[str, str] | None) -> State:
    said = state_of(told.get("state", ""), known)
    if said is not State.UNSAID:
        return said
    if answered is not None or _TRIM.sub("", told.get("reply", "")):
        return State.ANSWERED
    empty = [name for name in ("answered", "reply") if name in told]
    return State.WAITING if empty and not any(_TRIM.sub("", told[name]).strip("-—/无") for name in empty) else said


_NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z\-_.]{3,40}")
_KEYS = frozenset(
    f"{name}id"
    for name in ("", "mail", "letter", "info", "m", "u", "gu", "uu", "content", "article", "msg", "doc", "case")
) | {"xjid", "lyid", "xxid", "bh", "xh", "no", "code", "sn"}
_LEAF = re.compile(r"(?:.*[^0-9A-Za-z])?([0-9a-f-]{24,40}|[0-9]{4,}(?:_[0-9]+)?)")


def _id(told: Mapping[str, str], url: str, key: str, title: str, start: When | None) -> str:
    number = told.get("id", "").strip()
    if _NUMBER.fullmatch(number):
        return number
    if url:
        return id_in(url)
    if key:
        return key
    return mark(f"{title}\n{start.day}") if title and start else ""


def id_in(url: str) -> str:
    """A letter's id out of its address: the parameter or the file that numbers it, else a hash of both."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query)[:40]:
        if name.lower() in _KEYS and _NUMBER.fullmatch(value):
            return value
    leaf = parts.path.partition(";")[0].rpartition("/")[2].partition(".")[0]
    found = None if parts.query else _LEAF.fullmatch(leaf)
    return found[1] if found else mark(f"{parts.path.partition(';')[0]}?{parts.query}")


def mark(text: str) -> str:
    """A hash by which a thing is known again: 16 hex digits."""
    return sha256(text.encode()).hexdigest()[:16]


# -- events ------------------------------------------------------------------------------------------------------------


class Teller(msgspec.Struct, frozen=True):
    """Makes events of letters. `channel` and `category` are those of a letter that names none; without a `key` no
    fingerprint is taken."""

    phrases: Phrases
    channel: str = ""
    category: str = ""
    key: bytes = b""

    def events(self, letter: Letter, seen_waiting: datetime | None = None) -> tuple[MessageEvent, ...]:
        """What the letter's page tells, with the page's own times; nothing of a letter that shows no state.

        An answer without a time was given after the letter was last seen waiting: that moment is taken. Where it never
        was, nothing is told of the letter.
        """
        if letter.state is State.UNSAID:
            return ()
        if letter.state is State.ANSWERED and letter.answered is None and seen_waiting is None:
            return ()
        if letter.start is None:
            return self._end(letter, seen_waiting, seen_waiting) if seen_waiting is not None else ()
        came = letter.start.at or start_of(letter.start.day)
        return (*self._beginning(letter, came), *self._end(letter, came, seen_waiting))

    def _beginning(self, letter: Letter, came: datetime) -> list[MessageEvent]:
        units = (letter.unit,) if letter.unit else ()
        about = About(
            letter.channel or self.channel, letter.category or self.category, units, print=self._print(letter.title)
        )
        day_only = letter.start is not None and letter.start.at is None
        told = [MessageEvent(letter.id, Deed.RECEIVED, came, day_only=day_only, about=about)]
        if letter.accepted is not None and letter.asked is not None:
            at = max(letter.accepted.at or start_of(letter.accepted.day), came)
            told.append(MessageEvent(letter.id, Deed.ACCEPTED, at, day_only=letter.accepted.at is None))
        return told

    def _end(self, letter: Letter, came: datetime, seen_waiting: datetime | None) -> tuple[MessageEvent, ...]:
        """How it ended, if it did: never before it came, and an answer at the end of a day that has no clock time."""
        if letter.state in LEFT:
            return (MessageEvent(letter.id, LEFT[letter.state], came, day_only=True),)
        if letter.state is not State.ANSWERED:
            return ()
        receipt = bool(letter.reply) and not self.phrases.answers(letter.reply)
        deed, when = Deed.RECEIPT if receipt else Deed.ANSWERED, letter.answered
        at = seen_waiting or came
        if when is not None:
            at = when.at or start_of(when.day) + DAY - timedelta(minutes=1)
        day_only = when is not None and when.at is None
        at = at if letter.start is None else max(at, came)
        return (MessageEvent(letter.id, deed, at, day_only=day_only, print=self._print(letter.reply)),)

    def _print(self, text: str) -> str:
        return fingerprint(text, self.key) if text and self.key else ""
