"""Who says that it is put right is looked up at once, and told if it still shows."""

from __future__ import annotations

from datetime import datetime

import pytest
from examples import costly
from harness import fold, hostile, memory_store
from hypothesis import given
from hypothesis import strategies as st
from logs import ending, logs
from timeline import ID, Timeline, account, at, site
from toys import TOYS

from streams.findings import REGISTRY, Event, Finding
from streams.ports.store import Store
from streams.records import Fact, FactKind, Record
from streams.subjects import ColumnType


@pytest.fixture(scope="module")
def store() -> Store:
    return memory_store()


def claimed(line: Timeline, when: str, rule: str = "MED-STALE", *, whole: bool = False) -> Timeline:
    """Somebody says that the rule's matter is put right."""
    matter = [one.id for one in line.ledger(rule) if whole is (one.source == "")][-1]
    line.log.append(Record(at(when), ID, Fact(kind=FactKind.FIXED, matter=matter, by="张")))
    return line


def still(line: Timeline) -> list[datetime]:
    """When a second look still showed it."""
    return [one.time for one in fold(line.rules, line.log) if one.rule == REGISTRY and one.why == "still_shown"]


def late() -> Timeline:
    return account().shows("2026-01-10", "2026-01-10").shows("2026-01-26", "2026-01-10")


def test_a_second_look_that_still_shows_it_says_so_once() -> None:
    line = claimed(late(), "2026-01-27 09:00")
    line.shows("2026-01-27 09:05", "2026-01-10").shows("2026-01-27 13:00", "2026-01-10")
    assert still(line) == [at("2026-01-27 09:05")]


def test_a_second_look_that_shows_it_gone_closes_it_and_says_nothing_else() -> None:
    line = claimed(late(), "2026-01-27 09:00").shows("2026-01-27 09:05", "2026-01-27")
    assert (still(line), line.finds("MED-STALE")[-1]) == ([], "closes updated")


def test_a_look_that_was_asked_before_the_claim_or_failed_tells_nothing() -> None:
    line = claimed(late(), "2026-01-27 09:00").fails("2026-01-27 09:01")
    line.shows("2026-01-27 09:02", "2026-01-10", as_of=at("2026-01-27 08:00"))
    assert still(line) == []


def test_of_a_matter_that_is_unknown_or_over_nothing_is_asked() -> None:
    line = late().shows("2026-01-26 13:00", "2026-01-26")
    claimed(line, "2026-01-27 09:00").shows("2026-01-27 09:05", "2026-01-10")
    assert still(line) == []


def test_what_sums_up_several_columns_waits_for_a_look_of_each() -> None:
    line = site().columns(5, ColumnType.NEWS)
    for number in range(1, 6):
        line.shows("2026-01-26", "2026-01-10", source=f"c{number}")
    claimed(line, "2026-01-27 09:00", "WEB-COL-STALE", whole=True)
    for number in range(1, 6):
        line.shows(f"2026-01-27 09:0{number}", "2026-01-10", source=f"c{number}")
    assert still(line) == [at("2026-01-27 09:05")]


def test_people_doing_something_about_an_alert_moves_no_rule() -> None:
    line, plain = late(), late()
    for kind in (FactKind.ACKNOWLEDGED, FactKind.ASSIGNED):
        line.log.append(Record(at("2026-01-26 13:00"), ID, Fact(kind=kind, matter="m", by="张", text="李")))
    for one in (line, plain):
        one.shows("2026-01-27", "2026-01-27")
    assert line.finds("MED-STALE") == plain.finds("MED-STALE")
    assert [f.args for f in fold(line.rules, line.log) if f.why == "assigned"] == [
        {"matter": "m", "by": "张", "text": "李"}
    ]


@st.composite
def claims(draw: st.DrawFn) -> list[Record]:
    """A log in which some of the matters that it opens are claimed to be put right at some later place."""
    log = draw(logs())
    opened: list[Finding] = [one for one in fold(TOYS, log) if one.event is Event.OPENS]
    for one in draw(st.lists(st.sampled_from(opened), max_size=4)) if opened else []:
        later = [place for place, record in enumerate(log) if record.time >= one.time]
        place = draw(st.sampled_from([*later, len(log)]))
        time = max(log[place - 1].time, one.time)
        log.insert(place, Record(time, one.subject, Fact(kind=FactKind.FIXED, matter=one.id, by="张")))
    return [*log, ending(log)]


@costly()
@given(log=claims(), count=st.sampled_from([1, 3]), seed=st.integers(0, 999))
def test_claims_are_a_function_of_the_log_in_any_number_of_partitions(
    store: Store, log: list[Record], count: int, seed: int
) -> None:
    assert hostile(store, TOYS, log, count, seed) == fold(TOYS, log)
