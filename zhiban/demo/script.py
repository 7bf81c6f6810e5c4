"""The script of the demo city: who posts when, what goes wrong, and what a good monitor must say of it.

Only the city's servers and the final check read it. The pipeline in between is the one of `zhiban run`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from streams.days import SHANGHAI
from streams.subjects import ColumnType
from zhiban.demo.letters import Letter, Mailbox

START = datetime(2026, 3, 1, 16, tzinfo=UTC)  # Monday 2 March 2026, 00:00 in Shanghai
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Post:
    """One thing published: when, what, and the date that its page shows, where that is not the day of publication."""

    at: datetime
    title: str
    shown: date | None = None

    @property
    def day(self) -> date:
        """The date that a page shows."""
        return self.shown or self.at.astimezone(SHANGHAI).date()


@dataclass
class Column:
    """A column of a site, read as a page, a feed or a sitemap."""

    name: str
    path: str
    type: ColumnType
    posts: list[Post] = field(default_factory=list)
    connector: str = "column"
    top_level: bool = True
    moves_at: datetime | None = None  # from then on the old address answers 301


@dataclass
class Site:
    """A site: its address on loopback, its page template, its columns, and how badly it answers."""

    id: str
    name: str
    unit: str
    host: str
    template: int
    columns: list[Column] = field(default_factory=list)
    late: frozenset[tuple[int, int]] = frozenset()  # (day, n-th visit of that day) that are answered too late
    down: tuple[datetime, datetime] | None = None


@dataclass
class Relay:
    """A relay of accounts' feeds, which may break (503) or freeze (200, but old bytes)."""

    name: str
    host: str
    broken: tuple[datetime, datetime] | None = None
    frozen_from: datetime | None = None


@dataclass
class Account:
    """An account that is read through a relay."""

    id: str
    name: str
    unit: str
    relay: Relay
    posts: list[Post]
    registered_on: date | None = None


@dataclass(frozen=True)
class Fault:
    """What must be found: the finding's rule, subject, item and gravest level, and by when it can be."""

    what: str
    rule: str
    subject: str
    level: str
    by: float  # days after the start
    item: str = ""


@dataclass
class City:
    """The whole city, with the faults of its fortnight."""

    sites: list[Site]
    relays: list[Relay]
    accounts: list[Account]
    mailbox: Mailbox
    faults: list[Fault]


TOPICS = (
    "召开重点工作推进会",
    "开展安全生产检查",
    "公示拟支持项目名单",
    "发布便民服务指南",
    "部署春季造林绿化",
    "走访慰问困难群众",
)
UNITS = ("市政府办公室", "教育局", "财政局", "住房和城乡建设局", "交通运输局", "卫生健康委员会", "民政局", "应急管理局",
         "文化和旅游局", "农业农村局", "生态环境局", "人力资源和社会保障局")  # fmt: skip
NEWS = ("工作动态", "图片新闻", "区县动态", "部门动态", "要闻")
TYPES = {"news": ColumnType.NEWS, "notice": ColumnType.NOTICE, "policy": ColumnType.POLICY}


def at(days: float) -> datetime:
    """The moment so many days after the start."""
    return START + timedelta(days=days)


def posts(dice: random.Random, unit: str, gap: float, until: float = 99.0, since: float = -20.0) -> list[Post]:
    """Posts about every `gap` days from `since` to `until`, at office hours."""
    moments: list[float] = []
    day = since
    while day < min(until, 30.0):
        moments.append(day)
        day += gap * dice.uniform(0.6, 1.3)
    if until < 30.0:
        moments.append(until)
    return [
        Post(at(int(moment) + dice.uniform(0.38, 0.7)), f"{unit}{dice.choice(TOPICS)}（第{i + 1}期）")
        for i, moment in enumerate(moments)
    ]


def write_city(seed: int) -> City:
    """A city, its people's habits and its faults, all from the seed."""
    dice = random.Random(seed)  # noqa: S311 - a story, no secret
    mailbox = Mailbox("6109990099", "示例市市长信箱", UNITS[0], [])
    city = City(sites=_sites(dice), relays=_relays(), accounts=[], mailbox=mailbox, faults=[])
    city.accounts = _accounts(dice, city.relays)
    _trouble_sites(dice, city)
    _trouble_accounts(dice, city)
    _write_letters(dice, city)
    return city


def _sites(dice: random.Random) -> list[Site]:
    sites = []
    for index, unit in enumerate(UNITS):
        site = Site(f"610999{index + 1:04d}", f"示例市{unit}网站", unit, f"127.31.0.{index + 10}", index % 4)
        site.columns = [_column(dice, unit, i, name) for i, name in enumerate(NEWS)]
        site.columns.append(Column("通知公告", "/tzgg/", ColumnType.NOTICE, posts(dice, unit, 9, since=-60)))
        site.columns.append(Column("政策文件", "/zcwj/", ColumnType.POLICY, posts(dice, unit, 20, since=-90)))
        sites.append(site)
    for site in sites[:4]:
        site.columns.append(Column("网站地图", "/sitemap.xml", ColumnType.OTHER, site.columns[0].posts, "sitemap"))
    for site in sites[4:8]:
        site.columns[1].connector, site.columns[1].path = "feed", "/rss/1.xml"
    return sites


def _column(dice: random.Random, unit: str, index: int, name: str) -> Column:
    return Column(name, f"/news{index}/", ColumnType.NEWS, posts(dice, unit, dice.uniform(1.5, 4)))


def _relays() -> list[Relay]:
    return [Relay(name, f"127.31.1.{i + 10}") for i, name in enumerate(("中继甲", "中继乙", "中继丙"))]


def _accounts(dice: random.Random, relays: list[Relay]) -> list[Account]:
    accounts = []
    for index in range(30):
        unit = UNITS[index % len(UNITS)]
        platform, label = (("WX", "微信"), ("DY", "抖音"), ("WB", "微博"))[index // len(UNITS)]
        name = f"示例{unit}{label}"
        relay = relays[0] if index < 10 else relays[1 + index % 2]
        code = f"610999M{index % len(UNITS) + 1:03d}{platform}0001"
        accounts.append(Account(code, name, unit, relay, posts(dice, name, dice.uniform(1, 4)), date(2025, 1, 1)))
    return accounts


def _trouble_sites(dice: random.Random, city: City) -> None:
    stale, nearly, weak, twin, moved, down, blank, future = dice.sample(city.sites, 8)
    _stop_columns(dice, city, stale, 5)
    city.faults.append(Fault("silent_columns", "WEB-COL-STALE", stale.id, "veto", 10.6))
    _stop_columns(dice, city, nearly, 4)
    weak.late, twin.late = _late(dice, 9), _late(dice, 4)  # of 140: seven are the veto
    city.faults.append(Fault("down_often", "WEB-AVAIL", weak.id, "veto", 8.2))
    moved.columns[2].moves_at = at(dice.uniform(4, 6))
    begins = dice.uniform(4, 6)
    down.down = (at(begins), at(begins + 0.16))  # three or four probes: below the veto, but three in a row
    city.faults.append(Fault("down_now", "WEB-AVAIL", down.id, "due_soon", begins + 0.3, "now"))
    blank.columns.append(Column("意见征集", "/yjzj/", ColumnType.OTHER, []))
    city.faults.append(Fault("blank", "WEB-COL-BLANK", blank.id, "breach", 2.0))
    future.columns[3].posts.append(Post(at(3.4), "关于做好来年工作的通知", date(2036, 2, 7)))
    city.faults.append(Fault("future", "OWN-DATE", future.id, "notice", 4.2))


def _stop_columns(dice: random.Random, city: City, site: Site, count: int) -> None:
    """These columns' last posts are five days before the start: breach on the eleventh day (D+15)."""
    for column in site.columns[:count]:
        column.posts = posts(dice, site.unit, 3, until=-5, since=-30)
        # A column's own breach is one finding for each; they are told apart by their source, not counted here.
    city.faults.append(Fault(f"columns:{count}", "WEB-COL-STALE", site.id, "breach", 10.6))


def _late(dice: random.Random, count: int) -> frozenset[tuple[int, int]]:
    """So many late answers in the first full week of the watch, at most two a day and never two in a row."""
    week = range(1, 8)
    mornings, evenings = dice.sample(week, min(count, 7)), dice.sample(week, max(count - 7, 0))
    return frozenset((day, dice.randint(3, 9)) for day in mornings) | {(day, dice.randint(11, 17)) for day in evenings}


def _trouble_accounts(dice: random.Random, city: City) -> None:
    first, second, third = city.relays
    second.broken = (at(4.5), at(7.5))
    third.frozen_from = at(5.2)
    city.faults.append(Fault("blind_relay", "OWN-INCIDENT", f"account:{second.host}", "incident", 5.5))
    city.faults.append(Fault("frozen_relay", "OWN-INCIDENT", f"account:{third.host}", "incident", 8.5))
    silent, never, lapsing = dice.sample([a for a in city.accounts if a.relay is first], 3)
    silent.posts = posts(dice, silent.name, 3, until=-8, since=-40)
    city.faults.append(Fault("silent", "MED-STALE", silent.id, "veto", 7.6))
    city.faults.append(Fault("lapsing", "MED-NEARDUE", silent.id, "due_soon", 4.6))
    never.posts, never.registered_on = [], date(2026, 2, 20)
    city.faults.append(Fault("never", "MED-NEVER", never.id, "veto", 6.0))
    lapsing.posts = posts(dice, lapsing.name, 3, until=-4, since=-40)
    lapsing.posts.append(Post(at(8.45), f"{lapsing.name}恢复更新"))
    city.faults.append(Fault("resumed", "MED-NEARDUE", lapsing.id, "due_soon", 6.6))


ANSWER, RECEIPT = (
    "经核实，办理所需材料和时限已在本局网站公布，窗口周末照常受理。",
    "您好，您的来信已收悉，已转有关部门办理。",
)


def _write_letters(dice: random.Random, city: City) -> None:
    """Three letters a day, answered on the next workday or the one after: in time for either term, and before anybody
    is reminded. In these two weeks workdays are Monday to Friday."""
    for day in range(14):
        for _ in range(3):
            asked = day + dice.uniform(0.3, 0.95)
            answered = _workday_after(day, dice.randint(1, 2)) + dice.uniform(0.4, 0.7)
            letter = _letter(dice, city, asked, dice.choice(["咨询", "咨询", "投诉", "找错"]))
            letter.happens += [(at(asked + 0.02), "accepted_at", ""), (at(answered), "answered_at", ANSWER)]
    _trouble_letters(dice, city)


def _trouble_letters(dice: random.Random, city: City) -> None:
    day = dice.randint(0, 3)  # Monday to Thursday of the first week: five workdays end a week later
    late = _letter(dice, city, day + 0.5, "咨询")
    city.faults.append(Fault("unanswered", "MSG-5WD", city.mailbox.id, "breach", day + 8.1, late.id))
    day = dice.randint(0, 3)
    receipt = _letter(dice, city, day + 0.4, "咨询")
    receipt.happens.append((at(day + 1.6), "answered_at", RECEIPT))
    city.faults.append(Fault("receipt_only", "MSG-5WD", city.mailbox.id, "breach", day + 8.1, receipt.id))
    day = dice.randint(0, 1)  # Monday, Tuesday: three workdays end in the same week
    wrong = _letter(dice, city, day + 0.6, "找错")
    city.faults.append(Fault("report_unanswered", "FINDERR-3WD", city.mailbox.id, "breach", day + 4.1, wrong.id))
    day = dice.randint(0, 3)
    last = _letter(dice, city, day + 0.5, "咨询")
    last.happens.append((at(day + 7.6), "answered_at", ANSWER))
    city.faults.append(Fault("last_day", "MSG-5WD", city.mailbox.id, "due_soon", day + 7.1, last.id))
    day = dice.randint(0, 3)
    _letter(dice, city, day + 0.5, "咨询").happens.append((at(day + 1.7), "withdrawn_at", ""))
    _letter(dice, city, day + 0.5, "咨询").test = True
    _letter(dice, city, day + 0.5, "咨询").channel = "网上信访"


def _letter(dice: random.Random, city: City, asked: float, category: str) -> Letter:
    letters = city.mailbox.letters
    name = f"SZXX-2026-{len(letters) + 1:04d}"
    letters.append(Letter(name, category, dice.choice(UNITS), [(at(asked), "asked_at", "")], "市长信箱"))
    return letters[-1]


def _workday_after(day: int, count: int) -> int:
    """The workday so many workdays after `day`; day 0 is a Monday."""
    while count:
        day += 1
        count -= day % 7 < 5
    return day
