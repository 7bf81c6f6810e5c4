"""Messages of a week: each kept or missed term counts once, and nobody is overdue without proof."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from digests import BEFORE, DAY, HOUR, WEEK, WHOLE, digest_of, source_of
from ledgers import T0, Ledger

from alerts.digest.served import Letter, counted, served
from alerts.digest.value import Served
from alerts.sla import Law
from streams.findings import Grade
from streams.messages import About, Case, Deed, MessageEvent
from streams.terms import Term
from streams.workdays import STATUTORY

LAW = Law(lambda about: Term(days=5) if about.category == "咨询" else None, STATUTORY)
BOX = "信箱/1"
MONDAY, FRIDAY_BEFORE, MONDAY_BEFORE = T0, T0 - 3 * DAY, T0 - 7 * DAY


def case(name: str, *told: tuple[Deed, datetime], category: str = "咨询", **about: object) -> Case:
    first = About(category=category, **about)  # type: ignore[arg-type]
    events = [MessageEvent(name, deed, at, about=first if deed is Deed.RECEIVED else None) for deed, at in told]
    return Case(name).told(events)


def ledger(url: str = "push:x") -> Ledger:
    known = Ledger().registered("信箱", at=BEFORE)
    known.findings[1] = msgspec.structs.replace(known.findings[1], args=known.findings[1].args | {"url": url})
    return known


def letters(known: Ledger, *cases: Case) -> list[Letter]:
    return counted(source_of(known).told, [("信箱", BOX, one) for one in cases], LAW)


def figures(*cases: Case, known: Ledger | None = None) -> tuple[Served, Served]:
    source = source_of(known or ledger())
    return served(letters(known or ledger(), *cases), WEEK, source.percent)


def test_no_messages_are_zeros_and_no_rate() -> None:
    assert figures() == (Served(), Served())
    assert Served().rate == "—"


def test_what_came_and_was_answered_in_its_week() -> None:
    now, before = figures(
        case("A", (Deed.RECEIVED, MONDAY), (Deed.ANSWERED, MONDAY + DAY)),
        case("B", (Deed.RECEIVED, FRIDAY_BEFORE), (Deed.ANSWERED, MONDAY + DAY)),
        case("C", (Deed.RECEIVED, MONDAY_BEFORE), (Deed.ANSWERED, MONDAY_BEFORE + DAY)),
    )
    assert now == Served(received=1, answered=2, on_time=2, rate="100.00%")
    assert before == Served(received=2, answered=1, on_time=1, open=1, rate="100.00%")


def test_a_missed_term_counts_in_the_week_in_which_it_ended_and_only_there() -> None:
    late = case("A", (Deed.RECEIVED, MONDAY_BEFORE - 4 * DAY), (Deed.ANSWERED, MONDAY + DAY))  # due before the week
    missed = case("B", (Deed.RECEIVED, MONDAY_BEFORE + DAY))  # due on Tuesday
    now, before = figures(late, missed)
    assert (now.missed, now.answered, now.on_time, now.rate, now.overdue) == (1, 1, 0, "0.00%", 1)
    assert (before.missed, before.overdue) == (1, 1)


@pytest.mark.parametrize(("url", "sure"), [("push:x", True), ("file:x", False), ("https://x/list", False)])
def test_nobody_is_overdue_for_certain_unless_the_mailbox_tells_at_once_or_the_ledger_accuses(
    url: str, *, sure: bool
) -> None:
    waits = case("M1", (Deed.RECEIVED, MONDAY_BEFORE + DAY))  # 28 February is a make-up workday
    known = ledger(url)
    now, _ = figures(waits, known=known)
    assert (now.overdue, now.unknown, now.missed) == ((1, 0, 1) if sure else (0, 1, 0))
    accused = known.opens(
        "信箱", T0 + DAY, level=Grade.BREACH, rule="MSG-5WD", why="msg_overdue", item="M1", args={"message": "M1"}
    )
    now, _ = figures(waits, known=accused)
    assert (now.overdue, now.unknown, now.missed) == (1, 0, 1)


def test_what_left_the_denominator_and_tests_of_our_own_count_nowhere() -> None:
    gone = case("A", (Deed.RECEIVED, MONDAY), (Deed.WITHDRAWN, MONDAY + HOUR))
    ours = case("B", (Deed.RECEIVED, MONDAY), test=True)
    assert figures(gone, ours)[0] == Served()


def test_what_has_no_term_is_received_and_answered_and_no_more() -> None:
    now, _ = figures(case("A", (Deed.RECEIVED, MONDAY), (Deed.ANSWERED, MONDAY + DAY), category="建议"))
    assert now == Served(received=1, answered=1)


def test_a_year_without_a_notice_of_holidays_is_unknown() -> None:
    assert 2027 not in STATUTORY.years
    asked = datetime.fromisoformat("2026-12-30T10:00:00+08:00")
    told = source_of(ledger(), week=WEEK.moved(43)).told
    (one,) = counted(told, [("信箱", BOX, case("A", (Deed.RECEIVED, asked)))], LAW)
    assert one.now.state == "unknown"


def test_a_message_that_waits_is_due_on_its_last_day_once() -> None:
    waits = case("M1", (Deed.RECEIVED, MONDAY + 2 * DAY), units=("教育局",))  # the fifth working day: Wednesday
    known = ledger()
    found = digest_of(known, letters=letters(known, waits))
    assert [(day.title, [row.text for row in day.rows]) for day in found.due] == [
        ("2026-03-11（星期三）", ["信箱发布：咨询留言 M1 应在 5 个工作日内答复"])
    ]
    assert found.due[0].rows[0].unit == "教育局"
    due = found.due[0].day
    spoken = known.opens(
        "信箱", T0 + 6 * DAY, level=Grade.DUE_SOON, rule="MSG-5WD", why="msg_due_soon", item="M1",
        args={"message": "M1", "category": "咨询", "term": "5wd", "unit": "教育局"},
        due=datetime.fromisoformat("2026-03-12T00:00:00+08:00"),
    )  # fmt: skip
    again = digest_of(spoken, letters=letters(spoken, waits))
    assert [(day.day, len(day.rows)) for day in again.due] == [(due, 1)]
    assert again.due[0].rows[0].event == found.due[0].rows[0].event


def test_what_happens_after_the_week_is_not_known() -> None:
    after = case("A", (Deed.RECEIVED, MONDAY), (Deed.ANSWERED, WEEK.until + timedelta(hours=1)))
    assert figures(after)[0] == Served(received=1, open=1)
    assert letters(ledger(), case("B", (Deed.RECEIVED, WEEK.until))) == []


def test_messages_of_other_units_are_left_out() -> None:
    waits = case("M1", (Deed.RECEIVED, MONDAY), units=("教育局",))
    known = ledger()
    mine = msgspec.structs.replace(WHOLE, units=("住建局",))
    assert digest_of(known, mine, letters=letters(known, waits)).served == Served()
