"""A small town whose weeks are lived through the real log, agent and ticker, hour by hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from timeline import NATIONAL

from alerts.digest.making import make
from alerts.digest.value import Digest, Subscription
from alerts.digest.week import Week
from streams.agent import Agent
from streams.days import day_of
from streams.looks import Item, Look, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.ports.store import Store
from streams.records import Body, Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Status, Subject
from streams.ticker import tick
from streams.workdays import STATUTORY
from zhiban.digesting import WeekBook
from zhiban.telling import begin
from zhiban.wiring import load_pack

PACK = load_pack(("national-2019",))
HOUR = timedelta(hours=1)
WHOLE = Subscription(channel="mail", to="boss@example.cn")
ACCOUNTS, COLUMNS, BOX, FILES = ("账号一", "账号二"), 5, "信箱", "文件信箱"


class Town:
    """Two accounts, a site of five columns, a mailbox that pushes what happens, and one whose exports are imported."""

    def __init__(self, store: Store, start: datetime) -> None:
        self.store, self.now = store, start
        self.agent = Agent(store, NATIONAL)
        self.items, self.files = 0, ""
        begin(store, NATIONAL, start)
        for name in ACCOUNTS:
            self._register(Subject(id=name, name=name, kind=Kind.ACCOUNT, unit="教育局"))
            self._add(Source(id=f"{name}/1", subject=name, connector="account", url=f"https://relay.example.cn/{name}"))
        self._register(Subject(id="网站", name="网站", kind=Kind.SITE, unit="政府办"))
        for n in range(COLUMNS):
            url, kind = f"https://www.example.cn/{n}", ColumnType.NEWS
            source = Source(id=f"c{n}", subject="网站", connector="column", url=url, column_type=kind, name=f"栏目{n}")
            self._add(source)
        self._register(Subject(id=BOX, name="市长信箱", kind=Kind.MAILBOX, unit="政府办"))
        self._add(Source(id=f"{BOX}/1", subject=BOX, connector="mailbox", url="push:"))
        self.passes(0)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Every (subject, source) that is read."""
        return [(name, f"{name}/1") for name in ACCOUNTS] + [("网站", f"c{n}") for n in range(COLUMNS)]

    def passes(self, hours: float, *, off: bool = False) -> Town:
        """Time goes on, with ticks; or without, as we were off."""
        self.now += hours * HOUR
        tick(self.store, self.now, HOUR if off else timedelta(days=365))
        self.agent.catch_up(0)
        return self

    def looks(self, number: int, age: int = 0, *, good: bool = True) -> Town:
        """A look at the n-th source, which shows an item that many days old; or one that fails."""
        subject, source = self.sources[number % len(self.sources)]
        if not good:
            return self._append(subject, Look(source=source, asked_at=self.now, outcome=Outcome.FAILED, cause="http"))
        self.items += 1
        day = day_of(self.now) - timedelta(days=age)
        items = (Item(key=f"i{self.items}", title=f"标题{self.items}", day=day),)
        level = Shown(count=1, newest=day, title=items[0].title)
        look = Look(
            source=source, asked_at=self.now, outcome=Outcome.GOOD, level=level, items=items, collector="column:www"
        )
        return self._append(subject, look)

    def asks(self, number: int, age: int = 0) -> Town:
        """A message that came so many days ago is told of now."""
        about = About(category="咨询", units=("住建局",))
        return self._tells(MessageEvent(f"M{number}", Deed.RECEIVED, self.now - timedelta(days=age), about=about))

    def answers(self, number: int, age: int = 0) -> Town:
        """It is told now that a message was answered so many days ago."""
        return self._tells(MessageEvent(f"M{number}", Deed.ANSWERED, self.now - timedelta(days=age)))

    def exports(self, age: int = 0) -> Town:
        """The export of another mailbox is imported, which tells everything up to so many days ago."""
        if not self.files:
            self.files = f"{FILES}/1"
            self._register(Subject(id=FILES, name="局长信箱", kind=Kind.MAILBOX, unit="教育局"))
            self._add(Source(id=self.files, subject=FILES, connector="mailbox", url="file:"))
        fact = Fact(kind=FactKind.MESSAGES, mailbox=self.files, as_of=self.now - timedelta(days=age))
        return self._append(FILES, fact)

    def changes(self, number: int, status: Status) -> Town:
        """An account's status changes."""
        name = ACCOUNTS[number % len(ACCOUNTS)]
        subject = Subject(id=name, name=name, kind=Kind.ACCOUNT, unit="教育局", status=status)
        return self._append(name, Fact(kind=FactKind.CHANGED, subject=subject))

    def digest(self, week: Week) -> Digest:
        """The digest of a week, as it is made now."""
        book = WeekBook(self.store, NATIONAL, PACK, STATUTORY)
        return make(book.read(week), WHOLE, "zh")

    @property
    def watermark(self) -> datetime:
        """Up to when everything is settled."""
        with self.store.read() as tx:
            return tx.watermark() or datetime.min.replace(tzinfo=UTC)

    def _tells(self, *events: MessageEvent) -> Town:
        with self.store.read() as tx:
            known = tx.stories([(BOX, f"{BOX}/1", one.message) for one in events])
        told = {event.key for case in known.values() for event in case.events}
        fresh = tuple(one for one in events if one.key not in told)
        return self._append(BOX, Fact(kind=FactKind.MESSAGES, mailbox=f"{BOX}/1", events=fresh)) if fresh else self

    def _register(self, subject: Subject) -> None:
        self._append(subject.id, Fact(kind=FactKind.REGISTERED, subject=subject))

    def _add(self, source: Source) -> None:
        self._append(source.subject, Fact(kind=FactKind.SOURCE_ADDED, source=source))

    def _append(self, subject: str, body: Body) -> Town:
        with self.store.write() as tx:
            tx.append(0, [(subject, body)], self.now)
        self.agent.catch_up(0)
        return self


Act = tuple[int, str, int, int]  # hours before it, what, which, how many days old


def live(town: Town, acts: Sequence[Act]) -> None:
    """Do these one after the other."""
    for hours, what, which, age in acts:
        town.passes(hours, off=what == "off")
        if what == "look":
            town.looks(which, age)
        elif what == "fail":
            town.looks(which, good=False)
        elif what == "ask":
            town.asks(which, age)
        elif what == "answer":
            town.answers(which, age)
        elif what == "export":
            town.exports(age)
        elif what == "close":
            town.changes(which, Status.CANCELLED)
