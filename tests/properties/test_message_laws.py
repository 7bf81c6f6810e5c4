"""Laws of citizens' messages: how days are counted, and that no order of telling changes what is so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from harness import fold
from hypothesis import assume, given
from hypothesis import strategies as st
from logs import START, SUBJECTS, beginning, ending, events_of, mailbox

from alerts.sla import Counted, Law, counted, totals
from streams.days import day_of, start_of
from streams.findings import Event, Finding
from streams.messages import Case, Deed, MessageEvent
from streams.records import Fact, FactKind, Record
from streams.terms import Counted as Day
from streams.terms import Term
from streams.workdays import STATUTORY, LocalDay, Overrides, UnknownYear, Workdays
from zhiban.wiring import load_rules

NATIONAL = load_rules(("national-2019",), {})
DAY = timedelta(days=1)
FIRST = datetime(2004, 1, 2, tzinfo=UTC)
# Through 2027, which nobody knows.
MOMENTS = st.integers(0, 24 * 8500).map(lambda hours: FIRST + timedelta(hours=hours))
TERMS = st.builds(
    Term,
    days=st.integers(1, 70),
    start=st.sampled_from(["received", "accepted"]),
    end=st.sampled_from(["day", "office"]),
    first_day_counts=st.booleans(),
) | st.builds(Term, months=st.integers(1, 12))
LOCAL = st.dictionaries(
    st.integers(0, 366 * 24).map(lambda number: (date(2004, 1, 2) + number * DAY).isoformat()),
    st.builds(LocalDay, work=st.booleans(), why=st.just("本地")),
    max_size=60,
)


def due(term: Term, start: datetime, workdays: Workdays) -> datetime | int:
    """The due time, or the year that is wanted for it."""
    try:
        return term.due(start, workdays)
    except UnknownYear as error:
        return error.year


def explained(term: Term, start: datetime, workdays: Workdays) -> tuple[list[Day], int]:
    """The days as far as they are known, and the year that is wanted for more."""
    days: list[Day] = []
    try:
        days.extend(term.explain(start, workdays))
    except UnknownYear as error:
        return days, error.year
    return days, 0


@given(TERMS, MOMENTS, st.integers(0, 24 * 40), LOCAL)
def test_who_asks_later_is_due_no_earlier(term: Term, start: datetime, hours: int, local: dict[str, LocalDay]) -> None:
    workdays = Workdays(Overrides(days=local))
    one, other = due(term, start, workdays), due(term, start + timedelta(hours=hours), workdays)
    if isinstance(one, datetime):
        assert isinstance(other, int) or other >= one
    else:
        assert other == one


@given(TERMS, MOMENTS, st.integers(0, 120))
def test_another_holiday_makes_nothing_due_earlier(term: Term, start: datetime, later: int) -> None:
    day = day_of(start) + later * DAY
    more = Workdays(Overrides(days={day.isoformat(): LocalDay(work=False, why="放假")}))
    one, other = due(term, start, STATUTORY), due(term, start, more)
    if isinstance(one, datetime):
        assert isinstance(other, int) or other >= one
    else:
        assert isinstance(other, int)


@given(TERMS, MOMENTS, LOCAL)
def test_an_explanation_adds_up_to_the_due_time(term: Term, start: datetime, local: dict[str, LocalDay]) -> None:
    workdays = Workdays(Overrides(days=local))
    expected, (days, lacks) = due(term, start, workdays), explained(term, start, workdays)
    assert [one.day for one in days] == [day_of(start) + number * DAY for number in range(len(days))]
    if lacks:
        assert lacks == expected
        assert day_of(start) + len(days) * DAY == max(date(lacks, 1, 1), day_of(start))
        return
    assert isinstance(expected, datetime)
    assert days[-1].day == day_of(expected - timedelta(microseconds=1))
    if term.days:
        assert [one.number for one in days if one.number] == list(range(1, term.days + 1))
        assert all(workdays.is_workday(one.day) == bool(one.number) for one in days if one.why != "start")
    if term.end == "day":
        assert start_of(days[-1].day + DAY) == expected


@given(MOMENTS, st.integers(0, 200), LOCAL)
def test_counting_back_what_was_counted_on(start: datetime, days: int, local: dict[str, LocalDay]) -> None:
    workdays, first = Workdays(Overrides(days=local)), day_of(start)
    assume(first.year < 2026)
    last = workdays.after(first, days)
    assert workdays.count(first, last) == days
    assert sum(workdays.is_workday(first + number * DAY) for number in range(1, (last - first).days + 1)) == days


# -- in any order -----------------------------------------------------------------------------------------------------

NOW = START + timedelta(days=20)
TOLD = st.lists(events_of(NOW), max_size=12)


@st.composite
def histories(draw: st.DrawFn) -> list[MessageEvent]:
    """What happened, each thing once."""
    events = draw(TOLD)
    return list({event.key: event for event in events}.values())


def cases_of(events: list[MessageEvent]) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for event in events:
        cases[event.message] = cases.get(event.message, Case(event.message)).told([event])
    return cases


def counted_of(events: list[MessageEvent], at: datetime, complete: datetime | None) -> list[Counted]:
    law = Law(lambda about: None if about.category == "投诉" else Term(days=5), STATUTORY)
    return counted([("m", case, complete) for case in cases_of(events).values()], law, at)


@given(histories(), st.data())
def test_events_in_any_order_and_again_make_the_same_cases(events: list[MessageEvent], data: st.DataObject) -> None:
    again = data.draw(st.permutations(events + events[::2]))
    assert cases_of(again) == cases_of(events)


@given(histories(), st.data(), st.integers(-9, 30), st.sampled_from([None, START, NOW]))
def test_events_in_any_order_make_the_same_count(
    events: list[MessageEvent], data: st.DataObject, days: int, complete: datetime | None
) -> None:
    at, again = NOW + days * DAY, data.draw(st.permutations(events + events[::2]))
    one, other = counted_of(events, at, complete), counted_of(again, at, complete)
    assert one == other
    assert totals(one) == totals(data.draw(st.permutations(other)))


def told(name: str, groups: list[list[MessageEvent]]) -> list[Finding]:
    """What is found where a mailbox tells these groups of events at one moment."""
    facts = [Fact(kind=FactKind.MESSAGES, mailbox=mailbox(name).id, events=tuple(group), as_of=NOW) for group in groups]
    log = [*beginning(), *(Record(NOW, name, fact) for fact in facts)]
    return fold(NATIONAL, [*log, ending(log)])


@given(histories(), st.integers(-400, 700))
def test_who_waits_too_long_is_who_a_plain_recount_finds(events: list[MessageEvent], hours: int) -> None:
    at = NOW + timedelta(hours=hours)
    found = {one.id: one.state for one in counted_of(events, at, None) if one.limit}
    late = {message for message, opened in waiting(events, at).items() if at >= walked(opened)}
    assert {name for name, state in found.items() if state == "overdue"} == late
    open_ = waiting(events, at).keys() - late
    assert {name for name, state in found.items() if state in {"open", "due_soon"}} == open_


def waiting(events: list[MessageEvent], at: datetime) -> dict[str, datetime]:
    """Since when each of the two messages that have a limit waits, as one would say who goes through the events."""
    since: dict[str, datetime] = {}
    for name in "12":
        mine = [event for event in events if event.message == name and event.at <= at]
        received = [event.at for event in mine if event.deed is Deed.RECEIVED]
        if not received:
            continue
        opened = max([event.at for event in mine if event.deed is Deed.REOPENED], default=min(received))
        over = {Deed.ANSWERED, Deed.WITHDRAWN, Deed.DUPLICATE, Deed.NOT_OURS}
        if not any(event.deed in over and event.at >= opened for event in mine):
            since[name] = opened
    return since


def walked(opened: datetime) -> datetime:
    """00:00 after the fifth working day, day by day."""
    day, left = day_of(opened), 5
    while left:
        day += DAY
        left -= STATUTORY.is_workday(day)
    return start_of(day + DAY)


@given(histories(), st.data(), st.sampled_from(SUBJECTS))
def test_told_at_one_moment_in_any_order_the_findings_are_the_same(
    events: list[MessageEvent], data: st.DataObject, name: str
) -> None:
    again = data.draw(st.permutations(events + events[::2]))
    assert told(name, [again]) == told(name, [events])


@given(histories(), st.data(), st.sampled_from(SUBJECTS))
def test_told_in_pieces_in_any_order_the_same_stands_open(
    events: list[MessageEvent], data: st.DataObject, name: str
) -> None:
    again = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(again)))
    assert stands(told(name, [again[:cut], again[cut:]])) == stands(told(name, [events]))


def stands(findings: list[Finding]) -> set[tuple[object, ...]]:
    """What is open at the end."""
    last = {finding.id: finding for finding in findings if finding.event is not Event.SIGNALS}
    opened = [finding for finding in last.values() if finding.event is not Event.CLOSES]
    return {(one.rule, one.source, one.item, one.level, one.step, one.since, one.due) for one in opened}
