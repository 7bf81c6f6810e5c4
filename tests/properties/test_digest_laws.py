"""A digest that is made late says what one that is made in time says: it is of the log up to the end of its week."""

from __future__ import annotations

from datetime import datetime, timedelta

from examples import costly
from harness import memory_store
from hypothesis import given
from hypothesis import strategies as st
from stores import renew
from weeks import HOUR, Act, Town, live

from alerts.digest.value import Digest
from alerts.digest.week import Week, week_of
from streams.days import SHANGHAI, day_of
from streams.findings import Grade

START = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
WHAT = ("look", "look", "look", "fail", "ask", "answer", "close", "export", "off", "tick")
STORE = memory_store()
MOMENT = timedelta(microseconds=1)


def acts(least: int, most: int, hours: int) -> st.SearchStrategy[list[Act]]:
    ages = st.sampled_from([0, 1, 3, 7, 9, 10, 12, 14, 15])
    which = st.integers(0, 6)
    return st.lists(st.tuples(st.integers(0, hours), st.sampled_from(WHAT), which, ages), min_size=least, max_size=most)


@costly(4)
@given(acts(5, 25, 30), acts(1, 12, 40), st.integers(0, 1))
def test_what_comes_after_the_week_changes_nothing_in_its_digest(before: list[Act], after: list[Act], on: int) -> None:
    renew(STORE)
    town = Town(STORE, START)
    live(town, before)
    week = week_of(town.now)
    town.passes(0)
    edge = (week.until - town.now) / HOUR
    town.passes(edge - 2).looks(0).passes(2)  # the tick at the very end
    if on:
        town.looks(3).asks(5).answers(6)  # told in the first moment of the next week
    first = town.digest(week)
    assert town.watermark >= week.until
    for hours, what, which, age in after:
        live(town, [(hours, what, which, age)])
        assert town.digest(week) == first


@costly(5)
@given(acts(10, 40, 20))
def test_every_week_is_told_alike_whenever_it_is_told(lived: list[Act]) -> None:
    """Each week's digest at the first watermark beyond its end, and once more when all is over."""
    renew(STORE)
    town = Town(STORE, START)
    told: dict[Week, Digest] = {}
    for act in lived:
        live(town, [act])
        for week in _over(town.watermark):
            told.setdefault(week, town.digest(week))
    assert {week: town.digest(week) for week in told} == told


def _over(watermark: datetime) -> list[Week]:
    whole = [week_of(START + timedelta(days=7 * n)) for n in range(8)]
    return [week for week in whole if week.until <= watermark]


def test_a_stop_over_the_end_of_the_week_is_known_to_whoever_tells_of_it() -> None:
    """Nobody was there to see that nothing was seen: the first tick afterwards says since when."""
    renew(STORE)
    town = Town(STORE, START)
    for number in range(7):
        town.looks(number)
    week = week_of(START)
    assert town.passes(24).digest(week).coverage.good == 4  # the mailbox tells by itself
    town.passes(24 * 7, off=True)
    found = town.digest(week)
    assert (found.coverage.good, found.coverage.subjects) == (1, 4)


def test_an_export_that_comes_late_does_not_cover_the_week_before() -> None:
    renew(STORE)
    town = Town(STORE, START)
    week = week_of(START)
    town.exports()
    town.passes((week.until - town.now) / HOUR)
    town.passes(10).exports()
    (row,) = [row for row in town.digest(week).coverage.blind.rows if row.unit == "教育局" and "信箱" in row.text]
    assert (row.text, row.day) == ("局长信箱：信箱导出的文件过期，需重新导入", day_of(START))
    town.passes((week.moved(1).until - town.now) / HOUR - 1).exports().passes(1)
    assert not [row for row in town.digest(week.moved(1)).coverage.blind.rows if "局长信箱" in row.text]


@costly(4)
@given(st.lists(st.integers(0, 14), min_size=7, max_size=7))
def test_what_is_foreseen_for_next_week_comes_to_pass_if_nothing_new_is_published(ages: list[int]) -> None:
    """Live through the next week, every look showing the same: what came due is what was foreseen, on its day."""
    renew(STORE)
    town = Town(STORE, START)
    week = week_of(START)
    town.passes((week.until - town.now) / HOUR - 1)
    for number, age in enumerate(ages):
        town.looks(number, age)
    found = town.passes(1).digest(week)
    foreseen = {(row.text, day.day) for day in found.due for row in day.rows}
    for _ in range(7):
        town.passes(23)
        for number, age in enumerate(ages):
            town.looks(number, age=age + (town.now.astimezone(SHANGHAI).date() - day_of(week.until - HOUR)).days)
        town.passes(1)
    with STORE.read() as tx:
        ledger = tx.findings_until(week.moved(1).until)
    soon = [one for one in ledger if one.level is Grade.DUE_SOON and one.due is not None and one.due > week.until]
    lapsed = {(one.source, day_of(one.due - MOMENT)) for one in soon if one.due and one.due <= week.moved(1).until}
    assert {day for _, day in foreseen} == {day for _, day in lapsed}
    assert len(foreseen) == len(lapsed)


def test_a_column_that_lapses_on_sunday_is_foreseen_on_monday() -> None:
    renew(STORE)
    town = Town(STORE, START)
    week = week_of(START)
    town.passes((week.until - town.now) / HOUR - 1)
    for number in range(7):
        town.looks(number, age=number + 5)
    found = town.passes(1).digest(week)
    due = {row.text[:7]: day.title for day in found.due for row in day.rows}
    assert due == {
        "网站「栏目4」": "2026-03-11（星期三）",
        "网站「栏目3」": "2026-03-12（星期四）",
        "网站「栏目2」": "2026-03-13（星期五）",
        "网站「栏目1」": "2026-03-14（星期六）",
        "网站「栏目0」": "2026-03-15（星期日）",
    }
    assert found.later == 0
