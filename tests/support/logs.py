"""Random logs: ties, dues in the past, equal dues on several columns, items of 1970 and 2036, late records; and what
mailboxes tell of messages, by themselves, by files, and by being read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from streams.looks import Item, Look, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.records import Body, Changed, Fact, FactKind, Off, Record, Tally, Tick
from streams.subjects import Kind, Source, Status, Subject

START = datetime(2026, 11, 1, tzinfo=UTC)
SUBJECTS = ("甲", "乙", "丙")
STEPS = st.sampled_from(
    [timedelta(0)] * 6
    + [timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=5), timedelta(hours=16), timedelta(days=2)]
)


def subject(name: str, status: Status = Status.RUNNING) -> Subject:
    """A subject of that id."""
    return Subject(id=name, name=f"{name}局", kind=Kind.ACCOUNT, status=status)


def source(of: str, number: int, **fields: Any) -> Source:
    """The subject's n-th source."""
    return Source(id=f"{of}/{number}", subject=of, connector="account", url=f"https://a.example/{number}", **fields)


MODES = dict(zip(SUBJECTS, ("push:", "file:", "https://letters.example/"), strict=True))


def mailbox(of: str) -> Source:
    """The subject's mailbox: one tells by itself, one by files, one is read."""
    return Source(id=f"{of}/m", subject=of, connector="mailbox", url=MODES[of])


def beginning() -> list[Record]:
    """Every subject registered, with three sources and a mailbox each, at one moment."""
    facts: list[Record] = []
    for name in SUBJECTS:
        facts.append(Record(START, name, Fact(kind=FactKind.REGISTERED, subject=subject(name))))
        facts.extend(Record(START, name, Fact(kind=FactKind.SOURCE_ADDED, source=source(name, n))) for n in range(3))
        facts.append(Record(START, name, Fact(kind=FactKind.SOURCE_ADDED, source=mailbox(name))))
    return facts


DAYS = st.integers(-6, 8).map(lambda n: date(2026, 11, 1) + timedelta(days=n))
ODD = st.sampled_from([date(1970, 1, 1), date(2036, 2, 7), None])


@st.composite
def shown(draw: st.DrawFn, now: datetime) -> tuple[Shown, tuple[Item, ...] | None]:
    """What a list shows, as a connector would say it: no newest after the day of the look."""
    days = draw(st.lists(st.one_of(DAYS, ODD), max_size=4))
    today = (now + timedelta(hours=8)).date()
    sane = [day for day in days if day is not None and date(1990, 1, 1) <= day <= today]
    items = tuple(Item(key=f"{day}/{i % 2}", title=f"第{i}条", day=day) for i, day in enumerate(days))
    level = Shown(
        count=draw(st.sampled_from([len(days), len(days), 7])),
        newest=(newest := max(sane, default=None)),
        title=draw(st.sampled_from(["上", "下", ""])) if newest else "",
        undated=days.count(None),
        future=tuple(sorted({day for day in days if day is not None and day > today})),
        ancient=sum(day is not None and day.year < 1990 for day in days),
    )
    return level, draw(st.sampled_from([items, items, None]))


@st.composite
def looks(draw: st.DrawFn, now: datetime, name: str) -> Look:
    """A look of one of the subject's sources, perhaps asked a while ago, perhaps through a relay that is behind."""
    asked = now - draw(st.sampled_from([timedelta(0), timedelta(seconds=9), timedelta(hours=9)]))
    outcome = draw(st.sampled_from([Outcome.GOOD] * 4 + [Outcome.FAILED, Outcome.UNKNOWN]))
    where = f"{name}/{draw(st.sampled_from([0, 0, 1, 1, 2, 2, 3, 3, 'm']))}"
    if outcome is not Outcome.GOOD:
        return Look(source=where, asked_at=asked, outcome=outcome, cause="http_503", collector="account:relay")
    level, items = draw(shown(asked))
    as_of = draw(st.sampled_from([None, None, asked - timedelta(hours=30), asked + timedelta(hours=1)]))
    return Look(
        source=where, asked_at=asked, outcome=outcome, level=level, items=items, as_of=as_of, collector="account:relay"
    )


@st.composite
def tellings(draw: st.DrawFn, now: datetime, name: str) -> Fact:
    """What the subject's mailbox tells: a few events, of now or a while ago, and perhaps that this is all."""
    events = draw(st.lists(events_of(now), min_size=1, max_size=3))
    as_of = draw(st.sampled_from([None, now, now, now - timedelta(days=2)]))
    return Fact(kind=FactKind.MESSAGES, mailbox=mailbox(name).id, events=tuple(events), as_of=as_of)


@st.composite
def events_of(draw: st.DrawFn, now: datetime, deeds: tuple[Deed, ...] = tuple(Deed)) -> MessageEvent:
    """Something that happened to one of three messages; what each is about is always the same."""
    at = now - draw(st.sampled_from([timedelta(0), timedelta(hours=20), timedelta(days=2), timedelta(days=6)]))
    message, deed = draw(st.integers(1, 3)), draw(st.sampled_from([Deed.RECEIVED] * 8 + [*deeds]))
    about = About("信箱", ("咨询", "我为政府网站找错", "投诉")[message - 1], ("住建局",), simple=message == 1)
    return MessageEvent(str(message), deed, at, about=about if deed is Deed.RECEIVED else None)


@st.composite
def bodies(draw: st.DrawFn, now: datetime, name: str) -> Body:
    """Anything that can happen to a subject."""
    choice = draw(st.integers(0, 24))
    if choice > 19 or choice < 14:
        seen: Body = draw(tellings(now, name)) if choice > 19 else draw(looks(now, name))
        return seen
    number = draw(st.integers(0, 3))
    if choice == 14:
        return Tally(source=f"{name}/{number}", hour=now.replace(minute=0, second=0), probes=20, failures=1)
    if choice == 15:
        return Fact(kind=FactKind.SOURCE_RETIRED, source=source(name, number))
    if choice == 16:
        declared = draw(st.sampled_from(["", "本单位无此类事项"]))
        return Fact(kind=FactKind.SOURCE_CHANGED, source=source(name, number, declared_none=declared))
    if choice == 17:
        return Fact(
            kind=FactKind.SOURCE_ADDED, source=source(name, number, name=draw(st.sampled_from(["", "unlucky"])))
        )
    text = draw(st.sampled_from(["", "", "trip"]))
    return Fact(kind=FactKind.CHANGED, subject=subject(name, draw(st.sampled_from(list(Status)))), text=text)


BROADCASTS = st.sampled_from(["tick", "tick", "tick", "changed", "off"])


@st.composite
def logs(draw: st.DrawFn, *, late: bool = False, size: int = 25) -> list[Record]:
    """A log of a few weeks. With `late`, some records bear a time before that of the record ahead of them."""
    log, now = beginning(), START
    for _ in range(draw(st.integers(1, size))):
        now += draw(STEPS)
        time = now - draw(st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=3)])) if late else now
        name = draw(st.sampled_from(["", *SUBJECTS * 3]))
        if name:
            log.append(Record(time, name, draw(bodies(time, name))))
            continue
        kind = draw(BROADCASTS)
        body: Body = Tick() if kind == "tick" else Changed("toys-2") if kind == "changed" else Off(START, now)
        log.append(Record(now, "", body))
    return log


def ending(log: list[Record]) -> Record:
    """A last tick, well after everything that could come due."""
    return Record(max(record.time for record in log) + timedelta(days=30), "", Tick())
