"""Random histories for the real rules: every kind of subject, of column and of rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from picking import flip, pick

from streams.days import SHANGHAI, Limit
from streams.looks import Item, Look, Opening, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.records import Body, Changed, Fact, FactKind, Off, Record, Tally, Tick
from streams.subjects import ColumnType, Kind, Source, Status, Subject

START = datetime(2025, 12, 20, tzinfo=UTC)
KINDS = (Kind.ACCOUNT, Kind.SITE, Kind.MONITOR, Kind.MAILBOX)
MODES = ("push:", "file:", "https://letters.example/")
# Half of them news, so that there are often five of one rule.
COLUMNS = [ColumnType.NEWS] * len(ColumnType) + list(ColumnType)
AGES = (0, 1, 9, 10, 12, 14, 15, 100, 200, 400)


def subject(kind: Kind, status: Status = Status.RUNNING, **fields: Any) -> Subject:
    """A subject of that kind."""
    return Subject(id="甲", name="示例", kind=kind, status=status, **fields)


def source_of(draw: st.DrawFn, kind: Kind, number: int) -> Source:
    """The n-th source: a relay, a column, or a probe; some of them rest, some have no such business."""
    if kind is Kind.MAILBOX:
        return Source(id=f"s{number}", subject="甲", connector="mailbox", url=pick(draw, *MODES))
    connector = {Kind.ACCOUNT: "account", Kind.MONITOR: "self"}.get(kind) or pick(draw, *["column"] * 5, "probe")
    column = pick(draw, *COLUMNS) if connector == "column" else None
    seasons = ["05-15..09-30", "11-15..02-29"] if column is ColumnType.SEASONAL else ["", "", "", "11-15..02-29"]
    return Source(
        id=f"s{number}",
        subject="甲",
        connector=connector,
        url=f"https://s{number}.example/",
        column_type=column,
        name=pick(draw, "", "留言统计") if column is ColumnType.LETTERS else "",
        top_level=flip(draw),
        limit=pick(draw, None, None, Limit(10), Limit(months=2)),
        season=pick(draw, *seasons),
        annual_due=pick(draw, "01-31", ""),
        suspended_until=pick(draw, None, None, None, date(2026, 1, 31)),
        declared_none=pick(draw, "", "", "", "", "", "办公室"),
    )


def level_of(draw: st.DrawFn, now: datetime, connector: str) -> Shown | Opening:
    """What a good look shows: dates around every limit, none at all, or nothing."""
    if connector == "probe":
        return Opening(opens=flip(draw), cause="tcp")
    today, age = now.astimezone(SHANGHAI).date(), pick(draw, None, *AGES)
    newest = None if age is None else today - timedelta(days=age)
    count = pick(draw, 0, 3) if newest is None else 3
    title = "" if newest is None else pick(draw, "上", "下")
    ancient, rendered = pick(draw, 0, 0, 1), flip(draw)
    waiting = pick(draw, None, (), (1,), (1, 2, 3)) if connector == "mailbox" else None
    return Shown(count=count, newest=newest, title=title, ancient=ancient, rendered=rendered, waiting=_named(waiting))


def _named(numbers: tuple[int, ...] | None) -> tuple[str, ...] | None:
    """These messages, of whichever mailbox."""
    return None if numbers is None else tuple(f"s{box}/{number}" for box in range(4) for number in numbers)


def look(draw: st.DrawFn, now: datetime, source: Source) -> Look:
    """A look, good or not, perhaps asked a while ago, perhaps through a relay that is behind."""
    asked = now - pick(draw, timedelta(0), timedelta(hours=3))
    if pick(draw, "bad", "good", "good", "good") == "bad":
        outcome = pick(draw, Outcome.FAILED, Outcome.UNKNOWN)
        return Look(source=source.id, asked_at=asked, outcome=outcome, cause=pick(draw, "emptied", "http_503"))
    level = level_of(draw, asked, source.connector)
    items = tuple(Item(key=f"{level}/{n}", title="一") for n in range(3)) if flip(draw) else None
    as_of = asked - timedelta(days=3) if pick(draw, *["now"] * 3, "behind") == "behind" else None
    return Look(source=source.id, asked_at=asked, outcome=Outcome.GOOD, level=level, items=items, as_of=as_of)


HAPPENED = st.tuples(
    st.sampled_from([timedelta(0), timedelta(hours=30), timedelta(days=8), timedelta(days=100)]),
    st.sampled_from([Deed.RECEIVED, Deed.RECEIVED, *Deed]),
    st.sampled_from(["咨询", "找错", "投诉"]),
    st.booleans(),
    st.integers(1, 3),
)
FEW = st.lists(HAPPENED, max_size=4)


def telling(draw: st.DrawFn, now: datetime, mailbox: Source) -> Fact:
    """What a mailbox tells: a few events, late or in time, and perhaps that this is all."""
    events = tuple(_event(mailbox.id, now, *happened) for happened in draw(FEW))
    behind = pick(draw, None, timedelta(0), timedelta(days=3))
    as_of = None if behind is None else now - behind
    return Fact(kind=FactKind.MESSAGES, mailbox=mailbox.id, events=events, as_of=as_of)


def _event(mailbox: str, now: datetime, ago: timedelta, deed: Deed, kind: str, simple: bool, n: int) -> MessageEvent:
    """Something that happened to one of few messages, now or a while ago."""
    about = About("信箱", kind, ("住建局",), simple)
    return MessageEvent(f"{mailbox}/{n}", deed, now - ago, about=about if deed is Deed.RECEIVED else None)


STEPS = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(hours=20), timedelta(days=5), timedelta(days=70)])
LENGTHS, MANY, DICE = st.integers(5, 30), st.integers(1, 7), st.integers(0, 19)


@st.composite
def stories(draw: st.DrawFn) -> list[Record]:
    """A random history of one subject: an account, a site, or the monitor itself."""
    kind = pick(draw, *KINDS)
    born = pick(draw, None, date(2025, 12, 1))
    known = [source_of(draw, kind, number) for number in range(draw(MANY))]
    log = [Record(START, "甲", Fact(kind=FactKind.REGISTERED, subject=subject(kind, registered_on=born)))]
    log.extend(Record(START, "甲", Fact(kind=FactKind.SOURCE_ADDED, source=source)) for source in known)
    now = START
    for _ in range(draw(LENGTHS)):
        now += draw(STEPS)
        log.append(Record(now, "甲", draw(happenings(now, kind, known, born))))
    return log


@st.composite  # whole, so that a failing story loses them one by one
def happenings(draw: st.DrawFn, now: datetime, kind: Kind, known: Sequence[Source], born: date | None) -> Body:
    """Anything that can happen to a subject."""
    dice, source = draw(DICE), known[pick(draw, *range(len(known)))]
    if dice < 11 and kind is Kind.MAILBOX:
        return telling(draw, now, source)
    if dice < 13:
        return look(draw, now, source)
    if dice < 15:
        hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return Tally(source=source.id, hour=hour, probes=20, failures=pick(draw, 0, 0, 20))
    if dice == 15:
        until = now.date() + timedelta(days=20) if flip(draw) else None
        told = subject(kind, pick(draw, *Status), status_until=until, registered_on=born)
        return Fact(kind=FactKind.CHANGED, subject=told)
    if dice == 16:
        return Fact(kind=FactKind.SOURCE_CHANGED, source=source_of(draw, kind, int(source.id[1:])))
    others: list[Body] = [Changed("2"), Off(now - timedelta(hours=1), now), Tick()]
    return others[dice - 17]
