"""WEB-AVAIL: 7 of 140 is a veto, 6 of 140 is not; seven complete days of twenty probes; three in a row are down now."""

from __future__ import annotations

from typing import Any

import pytest
from timeline import Timeline, at, site, whys

from streams.looks import Outcome
from streams.subjects import Status

RULE = "WEB-AVAIL"


def probed(**fields: Any) -> Timeline:
    return site("2026-03-01 09:00", **fields).source("home", "probe")


@pytest.mark.parametrize(("failures", "stands"), [(7, ["veto"]), (6, []), (0, []), (140, ["veto"])])
def test_the_share_of_a_week(failures: int, stands: list[str]) -> None:
    story = probed().tallies("2026-03-02", 7, failures)
    assert story.stands(RULE) == stands
    if stands:
        (finding,) = story.ledger(RULE)
        assert finding.args == {"probes": "140", "failures": str(failures), "days": "7"}
        assert (finding.since, finding.due) == (at("2026-03-02 00:00"), at("2026-03-09 00:00"))
        assert finding.witnessed_at == at("2026-03-09 00:00")


def test_more_probes_need_more_failures() -> None:
    assert probed().tallies("2026-03-02", 7, failures=8, probes=24).stands(RULE) == []  # 8 of 168
    assert probed().tallies("2026-03-02", 7, failures=9, probes=24).stands(RULE) == ["veto"]


def test_six_complete_days_are_no_week() -> None:
    assert probed().tallies("2026-03-02", 6, 100).finds(RULE) == []


def test_the_first_day_is_not_complete_and_does_not_count() -> None:
    # Watched from the 1st at nine: although it has its twenty probes, the week is that from the 2nd.
    story = probed().tallies("2026-03-01", 1, 20).tallies("2026-03-02", 6)
    assert story.finds(RULE) == []
    assert story.tallies("2026-03-08", 1).finds(RULE) == []


def test_nineteen_probes_on_one_day_are_insufficient() -> None:
    story = probed().tallies("2026-03-02", 6, 10).tallies("2026-03-08", 1, probes=19)
    assert story.finds(RULE) == ["opens unknown"]
    assert whys(story.ledger(RULE)) == ["thin"]


def test_inconclusive_probes_are_no_probes() -> None:
    story = probed().tallies("2026-03-02", 6, 10)
    story.looks("2026-03-08 10:00", None, outcome=Outcome.UNKNOWN, cause="challenge")
    assert story.tallies("2026-03-08", 1, probes=0).finds(RULE) == ["opens unknown"]


def test_an_open_veto_stays_while_it_cannot_be_judged_and_closes_when_it_can() -> None:
    story = probed().tallies("2026-03-02", 7, 7).tallies("2026-03-09", 1, probes=19)
    assert story.finds(RULE) == ["opens veto"]
    story.tallies("2026-03-10", 6)
    assert story.stands(RULE) == ["veto"]
    assert story.tallies("2026-03-16", 1).finds(RULE) == ["opens veto", "closes opens"]


def test_the_window_slides_by_days() -> None:
    story = probed().tallies("2026-03-02", 1, 7).tallies("2026-03-03", 6)
    assert story.stands(RULE) == ["veto"]
    assert story.tallies("2026-03-09", 1).stands(RULE) == []


def test_a_gap_in_the_tallies_is_thin_not_fine() -> None:
    story = probed().tallies("2026-03-02", 3, 5).tallies("2026-03-07", 3, 5)
    assert story.stands(RULE) == ["unknown"]


def test_a_day_whose_last_hour_never_came_is_complete_with_the_next() -> None:
    story = probed().tallies("2026-03-02", 7, 7)
    last = story.log.pop()
    assert last.time == at("2026-03-09 00:00")
    assert story.finds(RULE) == []
    assert story.tallies("2026-03-09", 1).finds(RULE) == ["opens veto", "closes opens"]  # and the 9th slides on


def test_year_end_and_the_leap_day_are_days() -> None:
    over = site("2026-12-28").source("home", "probe").tallies("2026-12-29", 7, 7)
    assert over.ledger(RULE)[0].due == at("2027-01-05 00:00")
    leap = site("2028-02-25").source("home", "probe").tallies("2028-02-26", 7, 7)
    assert leap.ledger(RULE)[0].due == at("2028-03-04 00:00")


def test_three_failures_in_a_row_are_down_now_until_it_opens() -> None:
    story = (
        probed().opens("2026-03-02 00:00", opens=False, cause="dns").opens("2026-03-02 01:12", opens=False, cause="dns")
    )
    assert story.finds(RULE) == []
    story.opens("2026-03-02 02:24", opens=False, cause="dns")
    (finding,) = story.ledger(RULE)
    assert (finding.item, finding.why, finding.args) == ("now", "down", {"cause": "dns"})
    assert story.opens("2026-03-02 03:36").finds(RULE) == ["opens due_soon", "closes opens"]


def test_an_opening_breaks_the_streak_and_an_unknown_does_not() -> None:
    story = probed().opens("2026-03-02 00:00", opens=False).opens("2026-03-02 01:12", opens=False)
    story.opens("2026-03-02 02:24").opens("2026-03-02 03:36", opens=False)
    assert story.finds(RULE) == []
    story.opens("2026-03-02 04:48", opens=False).fails("2026-03-02 06:00").opens("2026-03-02 07:12", opens=False)
    assert story.finds(RULE) == ["opens due_soon"]


def test_our_own_failures_are_not_the_site_s() -> None:
    story = probed()
    for hour in range(10):
        story.fails(f"2026-03-02 {hour:02}:00")
    assert story.finds(RULE) == []


def test_the_week_and_now_are_two_matters() -> None:
    story = probed().tallies("2026-03-02", 7, 7)
    for hour in range(1, 4):
        story.opens(f"2026-03-09 {hour:02}:00", opens=False, cause="tcp")
    assert story.stands(RULE) == ["due_soon", "veto"]


def test_a_site_being_closed_must_still_open_and_a_closed_one_need_not() -> None:
    assert probed(status=Status.CLOSING).tallies("2026-03-02", 7, 7).stands(RULE) == ["veto"]
    assert probed(status=Status.SHUT).tallies("2026-03-02", 7, 7).finds(RULE) == []
    story = probed().tallies("2026-03-02", 7, 7).changes("2026-03-09 10:00", status=Status.CANCELLED)
    assert story.finds(RULE) == ["opens veto", "closes retired"]


def test_a_site_that_rests_is_not_blamed_for_it() -> None:
    story = probed().tallies("2026-03-02", 7, 7)
    story.changes("2026-03-09 10:00", status=Status.SUSPENDED, status_until=at("2026-03-20").date())
    assert story.finds(RULE)[:2] == ["opens veto", "closes suspended"]
    story.tallies("2026-03-10", 11, 220)
    assert story.stands(RULE) == []
    for hour in range(1, 5):
        story.opens(f"2026-03-20 {hour:02}:00", opens=False, cause="tcp")
    assert story.stands(RULE) == []


def test_after_its_rest_a_site_is_judged_by_a_new_week() -> None:
    story = probed(status=Status.SUSPENDED, status_until=at("2026-03-20").date()).tallies("2026-03-02", 25, 20)
    assert story.finds(RULE) == []
    story.tallies("2026-03-27", 1, 7)
    assert story.ledger(RULE)[0].since == at("2026-03-21 00:00")


def test_a_rest_cut_short_begins_a_week_on_the_next_day() -> None:
    story = probed(status=Status.SUSPENDED).tallies("2026-03-02", 7, 100)
    story.changes("2026-03-09 10:00", status=Status.RUNNING).tallies("2026-03-10", 6, 7)
    assert story.finds(RULE) == []
    assert story.tallies("2026-03-16", 1).stands(RULE) == ["veto"]


def test_a_fact_is_no_third_failure() -> None:
    story = probed().opens("2026-03-02 09:00", opens=False)
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        story.changes(day, contact=f"{day} 起")
    assert story.finds(RULE) == []


def test_the_first_week_after_a_rest_is_not_thin_for_what_lies_before() -> None:
    story = probed().tallies("2026-03-02", 7).changes("2026-03-09 06:00", status=Status.SUSPENDED)
    story.changes("2026-03-20 09:00", status=Status.RUNNING).tallies("2026-03-21", 6)
    assert story.finds(RULE) == []
    assert story.tallies("2026-03-27", 1, failures=7).stands(RULE) == ["veto"]


@pytest.mark.parametrize(
    ("probes", "failures", "stands"), [(48, 16, []), (48, 17, ["veto"]), (21, 7, []), (21, 8, ["veto"])]
)
def test_the_share_is_exact(probes: int, failures: int, stands: list[str]) -> None:
    assert probed().tallies("2026-03-02", 7, failures, probes).stands(RULE) == stands
