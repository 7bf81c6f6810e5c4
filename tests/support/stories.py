"""Random histories for the real rules: every kind of subject, of column and of rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

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


@st.composite
def sources(draw: st.DrawFn, kind: Kind, number: int) -> Source:
    """The n-th source: a relay, a column, or a probe; some of them rest, some have no such business."""
    if kind is Kind.MAILBOX:
        return Source(id=f"s{number}", subject="甲", connector="mailbox", url=draw(st.sampled_from(MODES)))
    connector = {Kind.ACCOUNT: "account", Kind.MONITOR: "self"}.get(kind) or draw(
        st.sampled_from(["column"] * 5 + ["probe"])
    )
    column = draw(st.sampled_from(COLUMNS)) if connector == "column" else None
    seasons = ["05-15..09-30", "11-15..02-29"] if column is ColumnType.SEASONAL else ["", "", "", "11-15..02-29"]
    return Source(
        id=f"s{number}",
        subject="甲",
        connector=connector,
        url=f"https://s{number}.example/",
        column_type=column,
        name=draw(st.sampled_from(["", "留言统计"])) if column is ColumnType.LETTERS else "",
        top_level=draw(st.booleans()),
        limit=draw(st.sampled_from([None, None, Limit(10), Limit(months=2)])),
        season=draw(st.sampled_from(seasons)),
        annual_due=draw(st.sampled_from(["01-31", ""])),
        suspended_until=draw(st.sampled_from([None, None, None, date(2026, 1, 31)])),
        declared_none=draw(st.sampled_from(["", "", "", "", "", "办公室"])),
    )


@st.composite
def levels(draw: st.DrawFn, now: datetime, connector: str) -> Shown | Opening:
    """What a good look shows: dates around every limit, none at all, or nothing."""
    if connector == "probe":
        return Opening(opens=draw(st.booleans()), cause="tcp")
    today = now.astimezone(SHANGHAI).date()
    newest = draw(
        st.sampled_from([None, *(today - timedelta(days=n) for n in (0, 1, 9, 10, 12, 14, 15, 100, 200, 400))])
    )
    count = draw(st.sampled_from([0, 3])) if newest is None else 3
    title = "" if newest is None else draw(st.sampled_from(["上", "下"]))
    ancient, rendered = draw(st.sampled_from([0, 0, 1])), draw(st.booleans())
    waiting = draw(st.sampled_from([None, (), (1,), (1, 2, 3)])) if connector == "mailbox" else None
    return Shown(count=count, newest=newest, title=title, ancient=ancient, rendered=rendered, waiting=_named(waiting))


def _named(numbers: tuple[int, ...] | None) -> tuple[str, ...] | None:
    """These messages, of whichever mailbox."""
    return None if numbers is None else tuple(f"s{box}/{number}" for box in range(4) for number in numbers)


@st.composite
def looks(draw: st.DrawFn, now: datetime, source: Source) -> Look:
    """A look, good or not, perhaps asked a while ago, perhaps through a relay that is behind."""
    asked = now - draw(st.sampled_from([timedelta(0), timedelta(hours=3)]))
    if draw(st.integers(0, 3)) == 0:
        outcome = draw(st.sampled_from([Outcome.FAILED, Outcome.UNKNOWN]))
        return Look(
            source=source.id, asked_at=asked, outcome=outcome, cause=draw(st.sampled_from(["emptied", "http_503"]))
        )
    level = draw(levels(asked, source.connector))
    items = tuple(Item(key=f"{level}/{n}", title="一") for n in range(3)) if draw(st.booleans()) else None
    as_of = draw(st.sampled_from([None, None, None, asked - timedelta(days=3)]))
    return Look(source=source.id, asked_at=asked, outcome=Outcome.GOOD, level=level, items=items, as_of=as_of)


@st.composite
def tellings(draw: st.DrawFn, now: datetime, mailbox: Source) -> Fact:
    """What a mailbox tells: a few events, late or in time, and perhaps that this is all."""
    events = draw(st.lists(events_of(mailbox.id, now), max_size=4))
    as_of = draw(st.sampled_from([None, now, now - timedelta(days=3)]))
    return Fact(kind=FactKind.MESSAGES, mailbox=mailbox.id, events=tuple(events), as_of=as_of)


@st.composite
def events_of(draw: st.DrawFn, mailbox: str, now: datetime) -> MessageEvent:
    """Something that happened to one of few messages, now or a while ago."""
    at = now - draw(st.sampled_from([timedelta(0), timedelta(hours=30), timedelta(days=8), timedelta(days=100)]))
    deed = draw(st.sampled_from([Deed.RECEIVED, Deed.RECEIVED, *Deed]))
    about = About("信箱", draw(st.sampled_from(["咨询", "找错", "投诉"])), ("住建局",), draw(st.booleans()))
    message = f"{mailbox}/{draw(st.integers(1, 3))}"
    return MessageEvent(message, deed, at, about=about if deed is Deed.RECEIVED else None)


STEPS = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(hours=20), timedelta(days=5), timedelta(days=70)])


@st.composite
def stories(draw: st.DrawFn) -> list[Record]:
    """A random history of one subject: an account, a site, or the monitor itself."""
    kind = draw(st.sampled_from(KINDS))
    born = draw(st.sampled_from([None, date(2025, 12, 1)]))
    given_sources = [draw(sources(kind, number)) for number in range(draw(st.integers(1, 7)))]
    log = [Record(START, "甲", Fact(kind=FactKind.REGISTERED, subject=subject(kind, registered_on=born)))]
    log.extend(Record(START, "甲", Fact(kind=FactKind.SOURCE_ADDED, source=source)) for source in given_sources)
    now = START
    for _ in range(draw(st.integers(5, 30))):
        now += draw(STEPS)
        log.append(Record(now, "甲", draw(happenings(now, kind, given_sources, born))))
    return log


@st.composite
def happenings(draw: st.DrawFn, now: datetime, kind: Kind, known: Sequence[Source], born: date | None) -> Body:
    """Anything that can happen to a subject."""
    dice, source = draw(st.integers(0, 19)), draw(st.sampled_from(known))
    if dice < 11 and kind is Kind.MAILBOX:
        return draw(tellings(now, source))
    if dice < 13:
        return draw(looks(now, source))
    if dice < 15:
        hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return Tally(source=source.id, hour=hour, probes=20, failures=draw(st.sampled_from([0, 0, 20])))
    if dice == 15:
        until = draw(st.sampled_from([None, now.date() + timedelta(days=20)]))
        status = draw(st.sampled_from(list(Status)))
        told = subject(kind, status, status_until=until, registered_on=born)
        return Fact(kind=FactKind.CHANGED, subject=told)
    if dice == 16:
        return Fact(kind=FactKind.SOURCE_CHANGED, source=draw(sources(kind, int(source.id[1:]))))
    others: list[Body] = [Changed("2"), Off(now - timedelta(hours=1), now), Tick()]
    return others[dice - 17]
