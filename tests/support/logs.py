"""Random logs: ties, dues in the past, equal dues on several columns, items of 1970 and 2036, late records; and what
mailboxes tell of messages, by themselves, by files, and by being read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from picking import pick

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
LISTED = st.lists(st.one_of(DAYS, ODD), max_size=4)


def shown(draw: st.DrawFn, now: datetime) -> tuple[Shown, tuple[Item, ...] | None]:
    """What a list shows, as a connector would say it: no newest after the day of the look."""
    days = draw(LISTED)
    today = (now + timedelta(hours=8)).date()
    sane = [day for day in days if day is not None and date(1990, 1, 1) <= day <= today]
    items = tuple(Item(key=f"{day}/{i % 2}", title=f"第{i}条", day=day) for i, day in enumerate(days))
    level = Shown(
        count=7 if pick(draw, "as listed", "as listed", "7") == "7" else len(days),
        newest=(newest := max(sane, default=None)),
        title=pick(draw, "上", "下", "") if newest else "",
        undated=days.count(None),
        future=tuple(sorted({day for day in days if day is not None and day > today})),
        ancient=sum(day is not None and day.year < 1990 for day in days),
    )
    return level, None if pick(draw, "items", "items", "none") == "none" else items


def look(draw: st.DrawFn, now: datetime, name: str) -> Look:
    """A look of one of the subject's sources, perhaps asked a while ago, perhaps through a relay that is behind."""
    asked = now - pick(draw, timedelta(0), timedelta(seconds=9), timedelta(hours=9))
    outcome = pick(draw, *[Outcome.GOOD] * 4, Outcome.FAILED, Outcome.UNKNOWN)
    where = f"{name}/{pick(draw, *'00112233m')}"
    if outcome is not Outcome.GOOD:
        return Look(source=where, asked_at=asked, outcome=outcome, cause="http_503", collector="account:relay")
    level, items = shown(draw, asked)
    behind = pick(draw, None, None, timedelta(hours=30), timedelta(hours=-1))
    as_of = None if behind is None else asked - behind
    return Look(
        source=where, asked_at=asked, outcome=outcome, level=level, items=items, as_of=as_of, collector="account:relay"
    )


AGO = st.sampled_from([timedelta(0), timedelta(hours=20), timedelta(days=2), timedelta(days=6)])
HAPPENED = st.tuples(AGO, st.integers(1, 3), st.sampled_from([Deed.RECEIVED] * 8 + [*Deed]))
FEW = st.lists(HAPPENED, min_size=1, max_size=3)


def telling(draw: st.DrawFn, now: datetime, name: str) -> Fact:
    """What the subject's mailbox tells: a few events, of now or a while ago, and perhaps that this is all."""
    events = tuple(event_of(now, *happened) for happened in draw(FEW))
    behind = pick(draw, None, timedelta(0), timedelta(0), timedelta(days=2))
    as_of = None if behind is None else now - behind
    return Fact(kind=FactKind.MESSAGES, mailbox=mailbox(name).id, events=events, as_of=as_of)


def event_of(now: datetime, ago: timedelta, message: int, deed: Deed) -> MessageEvent:
    """Something that happened to one of three messages; what each is about is always the same."""
    about = About("信箱", ("咨询", "我为政府网站找错", "投诉")[message - 1], ("住建局",), simple=message == 1)
    return MessageEvent(str(message), deed, now - ago, about=about if deed is Deed.RECEIVED else None)


def events_of(now: datetime) -> st.SearchStrategy[MessageEvent]:
    """Such events, at `now` or before."""
    return HAPPENED.map(lambda happened: event_of(now, *happened))


@st.composite  # whole, so that a failing log loses its events one by one
def bodies(draw: st.DrawFn, now: datetime, name: str) -> Body:
    """Anything that can happen to a subject."""
    choice = draw(CHOICES)
    if choice > 19 or choice < 14:
        return telling(draw, now, name) if choice > 19 else look(draw, now, name)
    number = draw(NUMBERS)
    if choice == 14:
        return Tally(source=f"{name}/{number}", hour=now.replace(minute=0, second=0), probes=20, failures=1)
    if choice == 15:
        return Fact(kind=FactKind.SOURCE_RETIRED, source=source(name, number))
    if choice == 16:
        declared = pick(draw, "", "本单位无此类事项")
        return Fact(kind=FactKind.SOURCE_CHANGED, source=source(name, number, declared_none=declared))
    if choice == 17:
        return Fact(kind=FactKind.SOURCE_ADDED, source=source(name, number, name=pick(draw, "", "unlucky")))
    text = pick(draw, "", "", "trip")
    return Fact(kind=FactKind.CHANGED, subject=subject(name, pick(draw, *Status)), text=text)


CHOICES, NUMBERS = st.integers(0, 24), st.integers(0, 3)
BROADCASTS = st.sampled_from(["tick", "tick", "tick", "changed", "off"])


@st.composite
def logs(draw: st.DrawFn, *, late: bool = False, size: int = 25) -> list[Record]:
    """A log of a few weeks. With `late`, some records bear a time before that of the record ahead of them."""
    log, now = beginning(), START
    for _ in range(draw(st.integers(1, size))):
        now += draw(STEPS)
        time = now - pick(draw, timedelta(0), timedelta(hours=1), timedelta(days=3)) if late else now
        name = pick(draw, "", *SUBJECTS * 3)
        if name:
            log.append(Record(time, name, draw(bodies(time, name))))
            continue
        kind = draw(BROADCASTS)
        told: Body = Tick() if kind == "tick" else Changed("toys-2") if kind == "changed" else Off(START, now)
        log.append(Record(now, "", told))
    return log


def ending(log: list[Record]) -> Record:
    """A last tick, well after everything that could come due."""
    return Record(max(record.time for record in log) + timedelta(days=30), "", Tick())
