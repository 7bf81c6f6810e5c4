"""Who is inspected and what is read of them: subjects and sources, as the registry says and the log carries."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

import msgspec

from streams.days import Limit

PUSH, FILE = "push:", "file:"  # addresses of mailboxes that tell by themselves


class Kind(StrEnum):
    """What kind of subject (检查对象) is inspected; `monitor` is Zhiban itself."""

    SITE = "site"
    ACCOUNT = "account"
    MAILBOX = "mailbox"
    MONITOR = "monitor"


class Status(StrEnum):
    """The registry's life-cycle status of a subject (RULEBOOK section 9)."""

    RUNNING = "running"  # 正常运行
    CLOSING = "closing"  # 注销中
    CANCELLED = "cancelled"  # 已注销
    SHUT = "shut"  # 关停
    SUSPENDED = "suspended"  # 临时下线, until `status_until`


class ColumnType(StrEnum):
    """RULEBOOK section 15: what a column is, hence how its age may be judged."""

    NEWS = "news"
    NOTICE = "notice"
    POLICY = "policy"
    INTERPRETATION = "interpretation"
    DISCLOSURE = "disclosure"
    PERSONNEL = "personnel"
    PLAN = "plan"
    SERVICE_STATS = "service_stats"
    LETTERS = "letters"
    SURVEY = "survey"
    HOME = "home"
    OTHER = "other"
    ANNUAL = "annual"
    STATIC = "static"
    SEASONAL = "seasonal"
    ARCHIVED = "archived"
    LINK = "link"
    SYSTEM = "system"
    ALIAS = "alias"


class Subject(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One site, account or mailbox of the registry (名录). `id` is its 标识码 (or any non-empty unique text)."""

    id: str
    name: str
    kind: Kind
    platform: str = ""
    unit: str = ""  # 主办单位
    supervisor: str = ""  # 主管单位
    level: str = ""
    url: str = ""
    status: Status = Status.RUNNING
    status_until: date | None = None  # the last day of a 临时下线, Shanghai
    registered_on: date | None = None
    contact: str = ""
    contact2: str = ""

    def watched_on(self, day: date) -> bool:
        """Whether the rules judge it on this Shanghai day: running, or its suspension is over."""
        if self.status is Status.SUSPENDED:
            return self.status_until is not None and day > self.status_until
        return self.status is Status.RUNNING


class Source(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing that a connector reads for a subject. `id` is its own, not its URL: it stays when the URL moves."""

    id: str
    subject: str
    connector: str
    url: str
    name: str = ""
    column_type: ColumnType | None = None
    top_level: bool = False  # 一级栏目
    limit: Limit | None = None  # overrides the type's
    every: timedelta = timedelta(hours=4)
    season: str = ""  # "05-15..09-30"
    annual_due: str = ""  # "01-31"
    declared_none: str = ""  # 本单位无此类事项: who approved it, and when
    suspended_until: date | None = None
    owner: str = ""
    note: str = ""

    @property
    def is_read(self) -> bool:
        """Whether there is something to ask: what is pushed (`push:`) or imported (`file:`) tells by itself."""
        return not self.url.startswith((PUSH, FILE))

    @property
    def horizon(self) -> timedelta:
        """Blindness horizon: max(48 h, 3 x `every`) without a good look (DESIGN section 4)."""
        return max(timedelta(hours=48), 3 * self.every)
