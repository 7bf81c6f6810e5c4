"""What a digest says, section by section, of ledgers that the real desk folds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest
from digests import BEFORE, DAY, HOUR, WEEK, WHOLE, digest_of, source_of, texts
from ledgers import T0, Ledger

from alerts.digest.making import make
from alerts.digest.value import SHOWN, Bar, Rank, Subscription
from streams.findings import Event, Grade

END = WEEK.until


def known(*names: str) -> Ledger:
    ledger = Ledger().registered(*names, at=BEFORE)
    for name in names:
        ledger.turned(name, "good", BEFORE + HOUR)
    return ledger


def test_a_quiet_week_is_zeros() -> None:
    found = digest_of(known("甲"))
    lists = (found.opened, found.closed, found.standing, found.repeated, found.coverage.blind)
    assert [section.count for section in lists] == [0] * 5
    assert (found.vetoes, found.breaches, found.notices, found.due, found.ranks, found.calm_units) == (
        0,
        0,
        0,
        (),
        (),
        1,
    )
    assert (found.coverage.good, found.coverage.subjects) == (1, 1)
    assert (found.week, found.scope, found.whole) == ("2026-W10", "全市", True)


def test_nothing_at_all_is_zeros_too() -> None:
    found = digest_of(Ledger())
    assert (found.coverage.subjects, found.trend, found.opened.count) == (0, (), 0)


def test_what_opened_closed_and_stands_still() -> None:
    ledger = known("甲", "乙", "丙", "丁")
    ledger.opens("甲", BEFORE + DAY, level=Grade.BREACH).opens("乙", BEFORE + DAY).closes("乙", T0 + DAY)
    ledger.opens("丙", T0 + 2 * DAY).opens("丁", T0 + DAY).closes("丁", T0 + 3 * DAY)
    found = digest_of(ledger)
    assert texts(found.opened) == ["丁发布：超过 14 天未更新", "丙发布：超过 14 天未更新"]
    assert texts(found.closed) == ["丁发布：超过 14 天未更新", "乙发布：超过 14 天未更新"]
    assert texts(found.standing) == ["甲发布：超过 14 天未更新"]
    assert (found.vetoes, found.breaches) == (1, 1)
    assert [row.closed for row in found.opened.rows] == [date(2026, 3, 5), None]
    assert found.standing.rows[0].day == date(2026, 2, 11)


@pytest.mark.parametrize(
    "at", [WEEK.since - timedelta(microseconds=1), WEEK.since, END - timedelta(microseconds=1), END]
)
def test_the_week_begins_with_its_monday_and_ends_before_the_next(at: datetime) -> None:
    found = digest_of(known("甲").opens("甲", at))
    counts = (found.standing.count, found.opened.count)
    assert counts == {WEEK.since: (0, 1), END: (0, 0)}.get(at, (1, 0) if at < WEEK.since else (0, 1))


def test_what_grew_into_a_breach_this_week_opened_this_week() -> None:
    ledger = known("甲").opens("甲", BEFORE + DAY, level=Grade.DUE_SOON, rule="WEB-COL-STALE", why="due_soon")
    ledger.worsens("甲", T0 + DAY, level=Grade.BREACH, rule="WEB-COL-STALE")
    found = digest_of(ledger)
    assert (found.opened.count, found.opened.rows[0].day) == (1, date(2026, 3, 3))


def test_due_soon_alone_is_no_problem_and_neither_is_what_is_about_ourselves() -> None:
    ledger = known("甲").opens("甲", T0, level=Grade.DUE_SOON, rule="MED-NEARDUE", why="due_soon")
    ledger.opens("甲", T0, level=Grade.NOTICE, rule="OWN-DATE", why="odd_dates")
    assert digest_of(ledger).opened.count == 0


def test_a_false_alarm_is_nowhere() -> None:
    ledger = known("甲").opens("甲", T0).dismissed("甲", T0 + HOUR)
    found = digest_of(ledger)
    assert (found.opened.count, found.vetoes, found.ranks, found.trend[-1].vetoes) == (0, 0, (), 0)


def test_a_false_alarm_that_is_confirmed_was_none() -> None:
    ledger = known("甲").opens("甲", T0).dismissed("甲", T0 + HOUR).confirmed("甲", T0 + 2 * HOUR)
    assert digest_of(ledger).vetoes == 1


def test_what_is_summed_up_is_counted_once() -> None:
    ledger = known("甲", "乙")
    ledger.opens("甲", T0, level=Grade.BREACH, rule="WEB-COL-STALE")
    folds = (ledger.matter("甲", "WEB-COL-STALE"),)
    ledger.opens("乙", T0 + HOUR, rule="WEB-COL-STALE", why="columns", source="", folds=folds)
    found = digest_of(ledger)
    assert (found.vetoes, found.breaches, found.opened.count, found.trend[-1]) == (1, 0, 1, Bar("W10", 1, 0))


def test_what_came_again_within_90_days_is_a_repeat() -> None:
    ledger = known("甲", "乙")
    for day in (1, 4):
        ledger.opens("甲", BEFORE + day * DAY).closes("甲", BEFORE + (day + 1) * DAY)
    ledger.opens("甲", T0).opens("乙", T0)
    found = digest_of(ledger)
    assert [(row.text, row.times) for row in found.repeated.rows] == [("甲发布：超过 14 天未更新", 3)]
    long_ago = Ledger().registered("甲", at=T0 - 200 * DAY)
    long_ago.opens("甲", T0 - 150 * DAY).closes("甲", T0 - 140 * DAY).opens("甲", T0)
    assert digest_of(long_ago).repeated.count == 0


def test_what_came_twice_in_the_week_is_a_repeat() -> None:
    ledger = known("甲").opens("甲", T0).closes("甲", T0 + DAY).opens("甲", T0 + 2 * DAY)
    assert [row.times for row in digest_of(ledger).repeated.rows] == [2]


def test_what_opened_inside_an_incident_accuses_nobody() -> None:
    names = [f"丙{n}" for n in range(6)]
    ledger = known(*names)
    for name in names:
        ledger.turned(name, "failed", T0)
    ledger.opens(names[0], T0 + HOUR).opens(names[1], T0 + HOUR).closes(names[1], T0 + 2 * HOUR)
    found = digest_of(ledger)
    assert (found.opened.count, found.closed.count, found.vetoes, found.withheld, found.incidents) == (0, 0, 0, 1, 1)


def test_units_are_ranked_by_what_stands_open() -> None:
    ledger = known("甲", "乙", "丙", "丁", "戊")
    ledger.opens("甲", T0, level=Grade.BREACH).opens("乙", T0).opens("丙", BEFORE + DAY).closes("丙", T0)
    ledger.opens("乙", T0, level=Grade.BREACH, rule="WEB-COL-BLANK", why="blank")
    ledger.opens("丁", T0 - DAY)
    found = digest_of(ledger)
    assert list(found.ranks) == [
        Rank("乙局", 1, 1, 2, 0), Rank("丁局", 1, 0, 0, 0), Rank("甲局", 0, 1, 1, 0), Rank("丙局", 0, 0, 0, 1),
    ]  # fmt: skip
    assert found.calm_units == 2


def test_the_trend_begins_with_the_watch() -> None:
    found = digest_of(known("甲").opens("甲", BEFORE + 10 * DAY).opens("甲", T0, rule="X", level=Grade.BREACH))
    assert found.trend == (Bar("W07", 0, 0), Bar("W08", 1, 0), Bar("W09", 1, 0), Bar("W10", 1, 1))


def test_only_so_many_are_shown_and_the_others_counted() -> None:
    names = [f"丙{n:02}" for n in range(SHOWN + 5)]
    ledger = known(*names)
    for name in names:
        ledger.opens(name, T0)
    opened = digest_of(ledger).opened
    assert (opened.count, len(opened.rows), opened.left) == (SHOWN + 5, SHOWN, 5)


# -- due -------------------------------------------------------------------------------------------------------------


def soon(ledger: Ledger, name: str, due: datetime, rule: str = "MED-NEARDUE") -> Ledger:
    return ledger.opens(name, T0, level=Grade.DUE_SOON, rule=rule, why="due_soon", due=due)


def test_what_is_due_next_week_stands_under_its_last_day() -> None:
    ledger = known("甲", "乙", "丙", "丁")
    soon(ledger, "甲", END + 3 * DAY)
    soon(ledger, "乙", END + 1 * DAY)
    soon(ledger, "丙", END + 7 * DAY)
    soon(ledger, "丁", END + 8 * DAY)
    found = digest_of(ledger)
    assert [(day.title, [row.unit for row in day.rows]) for day in found.due] == [
        ("2026-03-09（星期一）", ["乙局"]), ("2026-03-11（星期三）", ["甲局"]), ("2026-03-15（星期日）", ["丙局"]),
    ]  # fmt: skip
    assert (found.due_count, found.later) == (3, 1)


def test_what_is_foreseen_is_due_too_unless_the_ledger_speaks_of_it() -> None:
    ledger = known("甲", "乙")
    soon(ledger, "甲", END + DAY)
    ahead = soon(soon(known("甲", "乙"), "甲", END + 5 * DAY), "乙", END + 6 * DAY).findings
    foreseen = [one for one in ahead if one.event is Event.OPENS]
    found = digest_of(ledger, foreseen=[msgspec.structs.replace(one, id=f"ahead {one.subject}") for one in foreseen])
    assert [(day.day, day.rows[0].unit) for day in found.due] == [
        (date(2026, 3, 9), "甲局"),
        (date(2026, 3, 14), "乙局"),
    ]


def test_an_event_keeps_its_name_from_week_to_week() -> None:
    first = digest_of(soon(known("甲"), "甲", END + DAY))
    again = soon(known("甲"), "甲", END + DAY)
    again.closes("甲", T0 + DAY, rule="MED-NEARDUE")
    again.opens("甲", T0 + 2 * DAY, level=Grade.DUE_SOON, rule="MED-NEARDUE", why="due_soon", due=END + 4 * DAY)
    second = digest_of(again)
    assert first.due[0].rows[0].event == second.due[0].rows[0].event
    assert first.due[0].rows[0].id != second.due[0].rows[0].id


# -- coverage --------------------------------------------------------------------------------------------------------


def test_a_subject_is_under_watch_if_all_its_sources_were_seen_well_in_the_last_48_hours() -> None:
    ledger = known("甲", "乙", "丙", "丁").registered("戊", at=BEFORE)
    ledger.turned("乙", "failed", END - 49 * HOUR).turned("丙", "failed", END - 47 * HOUR)
    ledger.turned("丁", "failed", END - 60 * HOUR).turned("丁", "good", END - HOUR)
    found = digest_of(ledger).coverage
    assert (found.good, found.subjects, found.good_sources, found.sources) == (3, 5, 3, 5)
    assert texts(found.blind) == ["乙发布：1 个信息源监测不到", "戊发布：1 个信息源监测不到"]


def test_what_is_said_to_be_blind_is_not_under_watch_though_it_answers() -> None:
    ledger = known("甲").opens("甲", T0, level=Grade.UNKNOWN, rule="OWN-BLIND", why="frozen")
    assert digest_of(ledger).coverage.good == 0
    assert digest_of(ledger.closes("甲", T0 + DAY, rule="OWN-BLIND")).coverage.good == 1


@pytest.mark.parametrize(
    ("every", "hours", "good"),
    [("PT4H", 48, 1), ("PT4H", 49, 0), ("P7D", 21 * 24, 1), ("P7D", 21 * 24 + 1, 0)],
)
def test_an_export_is_under_watch_for_as_long_as_a_good_look_would_be(every: str, hours: int, good: int) -> None:
    ledger = Ledger().registered("信箱", at=BEFORE)
    args = {"id": "信箱/1", "subject": "信箱", "url": "file:", "every": every}
    ledger._add("信箱", BEFORE, Event.SIGNALS, "REGISTRY", source="信箱/1", why="source_changed", args=args)
    source = source_of(ledger)
    assert texts(make(source, WHOLE, "zh").coverage.blind) == ["信箱发布：还没有导入过信箱的文件"]
    source.told.files = {"信箱/1": END - hours * HOUR}
    found = make(source, WHOLE, "zh").coverage
    assert (found.good, found.good_sources, found.subjects) == (good, good, 1)
    assert texts(found.blind) == ([] if good else ["信箱发布：信箱导出的文件过期，需重新导入"])
    assert [one.day for one in found.blind.rows] == ([] if good else [(END - hours * HOUR).date()])


def test_a_subject_without_a_source_is_not_under_watch() -> None:
    ledger = known("甲")
    ledger.retired("甲", T0)
    assert texts(digest_of(ledger).coverage.blind) == ["甲发布：没有登记信息源"]


def test_what_is_no_longer_in_operation_counts_nowhere() -> None:
    assert digest_of(known("甲", "乙").status("甲", "cancelled", T0)).coverage.subjects == 1


def test_while_zhiban_itself_was_off_nothing_was_under_watch() -> None:
    ledger = known("甲", "乙")
    assert digest_of(ledger, awake=END - 47 * HOUR).coverage.good == 2
    assert digest_of(ledger, awake=END - 49 * HOUR).coverage.good == 0


# -- scope and what is never said ------------------------------------------------------------------------------------


def test_a_digest_is_of_its_units_and_supervisors_only() -> None:
    ledger = known("甲", "乙").opens("甲", T0).opens("乙", T0)
    source = source_of(ledger)
    mine = make(source, Subscription(channel="mail", to="x", units=("甲*",)), "zh")
    assert (mine.opened.count, mine.scope, mine.coverage.subjects, [one.unit for one in mine.ranks]) == (
        1, "甲*", 1, ["甲局"],
    )  # fmt: skip
    nobody = make(source, Subscription(channel="mail", to="x", supervisors=("某县",)), "zh")
    assert (nobody.opened.count, nobody.coverage.subjects) == (0, 0)


def test_a_message_is_of_the_units_that_it_was_given_to() -> None:
    ledger = known("信箱").opens(
        "信箱", T0, level=Grade.BREACH, rule="MSG-5WD", why="msg_overdue", item="M1",
        args={"message": "M1", "unit": "住建局、教育局", "term": "5wd", "category": "咨询"},
    )  # fmt: skip
    source = source_of(ledger)
    assert make(source, Subscription(channel="mail", to="x", units=("教育局",)), "zh").breaches == 1
    assert make(source, Subscription(channel="mail", to="x", units=("信箱局",)), "zh").breaches == 0
    assert {one.unit for one in make(source, WHOLE, "zh").ranks} == {"住建局", "教育局"}


@pytest.mark.parametrize("rule", ["SEC-WORDING", "SEC-SECRET", "SEC-FAKE"])
def test_a_sealed_matter_is_its_number(rule: str) -> None:
    ledger = known("甲").opens(
        "甲", T0, rule=rule, why="wording", title="机密标题", args={"title": "机密标题", "word": "错词"}
    )
    found = digest_of(ledger)
    said = msgspec.json.encode(found).decode()
    assert texts(found.opened) == [f"甲发布：1 项重要内容，待人工确认（编号 {ledger.matter('甲', rule)}）"]
    assert "机密" not in said
    assert "错词" not in said
    assert found.opened.rows[0].url == ""


def test_personal_numbers_are_masked() -> None:
    ledger = Ledger().registered("13812345678", at=BEFORE)
    ledger.turned("13812345678", "good", BEFORE).opens("13812345678", T0)
    assert "13812345678" not in "".join(texts(digest_of(ledger).opened))


def test_it_is_written_in_the_language_that_is_asked_for() -> None:
    found = digest_of(known("甲").opens("甲", T0), language="en")
    assert found.scope == "the whole city"
    assert texts(found.opened) == ["甲发布: not updated for more than 14 days"]
