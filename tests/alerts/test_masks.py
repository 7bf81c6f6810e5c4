"""A breach that opened inside an incident is shown unknown, until a good look after it shows it still."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledgers import RELAY, T0, Ledger, turned

from alerts.desk import Desk
from alerts.incidents import Incident, covering
from alerts.view import alerts_view, findings_view
from streams.findings import Event, Grade

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = "甲乙丙丁戊己庚辛"


def outage(until: timedelta | None = None, names: str = NAMES[1:]) -> Ledger:
    ledger = Ledger().registered(*NAMES)
    for name in NAMES:
        ledger.turned(name, "good", T0 - HOUR)
    for name in names:
        ledger.turned(name, "failed", T0)
        if until is not None:
            ledger.turned(name, "good", T0 + until)
    return ledger


def shown(at_work: Desk, ledger: Ledger, rule: str = "MED-STALE") -> str:
    standing = [one for one in ledger.ordered() if one.event is Event.OPENS and one.rule == rule]
    return str(findings_view(at_work.board, standing, {})[-1]["level"])


def test_a_source_that_was_good_all_the_while_is_freed_after_two_of_its_intervals() -> None:
    ledger = outage(3 * HOUR).opens("甲", T0 + HOUR)
    at_work, done = turned(ledger, T0 + 11 * HOUR)
    assert (shown(at_work, ledger), [one.reason for one in done.letters]) == ("unknown", ["incident", "resolved"])
    at_work, done = turned(ledger, T0 + 12 * HOUR)
    assert shown(at_work, ledger) == "veto"
    assert (done.letters[-1].reason, done.letters[-1].written_at) == ("new", T0 + 11 * HOUR + 30 * SECOND)


def test_a_matter_that_closes_before_it_is_freed_is_never_told() -> None:
    ledger = outage(3 * HOUR).opens("甲", T0 + HOUR).closes("甲", T0 + 4 * HOUR)
    assert [one.reason for one in turned(ledger)[1].letters] == ["incident", "resolved"]


def test_a_source_that_fails_when_the_incident_ends_waits_for_its_own_good_look() -> None:
    ledger = outage(3 * HOUR).opens("甲", T0 + HOUR).turned("甲", "failed", T0 + 2 * HOUR)
    assert [one.reason for one in turned(ledger, T0 + DAY)[1].letters] == ["incident", "resolved"]
    ledger.turned("甲", "good", T0 + 2 * DAY)
    assert [one.reason for one in turned(ledger)[1].letters] == ["incident", "resolved", "new"]


def test_a_look_asked_inside_the_incident_and_logged_after_it_is_masked() -> None:
    ledger = outage(HOUR).opens("甲", T0 + HOUR + MINUTE, witnessed_at=T0 + 59 * MINUTE)
    at_work, _ = turned(ledger, T0 + 2 * HOUR)
    assert shown(at_work, ledger) == "unknown"


def test_a_breach_of_before_the_incident_stays_shown_and_its_pending_letter_is_held() -> None:
    ledger = outage(HOUR).opens("甲", T0 - 10 * SECOND)
    at_work, done = turned(ledger, T0 + HOUR)
    assert (shown(at_work, ledger), [one.reason for one in done.letters]) == ("veto", ["incident"])
    _, done = turned(ledger)
    assert [one.reason for one in done.letters] == ["incident", "new", "resolved"]


def test_a_breach_through_another_collector_is_not_masked() -> None:
    ledger = outage().registered("别").turned("别", "good", T0 - HOUR, "account:other")
    ledger.opens("别", T0 + HOUR, collector="account:other")
    at_work, done = turned(ledger)
    assert shown(at_work, ledger) == "veto"
    assert [(one.to, one.reason) for one in done.letters] == [("operator@x", "incident"), ("别@x", "new")]


def test_a_due_soon_is_told_on_the_morning_after_the_incident() -> None:
    ledger = outage(DAY).opens("甲", T0 + HOUR, Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    at_work, done = turned(ledger)
    assert shown(at_work, ledger, "MED-NEARDUE") == "due_soon"
    assert [one.reason for one in done.letters] == ["incident", "resolved", "due_soon"]
    assert done.letters[-1].written_at == T0 + 2 * DAY - HOUR


def test_a_verdict_on_the_subject_is_masked_with_what_it_folds_and_freed_with_it() -> None:
    ledger = outage(3 * HOUR).opens("甲", T0 + HOUR)
    column = ledger.matter("甲")
    ledger.opens("甲", T0 + HOUR, rule="WEB-COL-STALE", why="columns", source="", collector="", folds=(column,))
    at_work, _ = turned(ledger, T0 + 4 * HOUR)
    assert shown(at_work, ledger, "WEB-COL-STALE") == "unknown"
    at_work, done = turned(ledger, T0 + 12 * HOUR)
    assert shown(at_work, ledger, "WEB-COL-STALE") == "veto"
    assert len(done.letters[-1].points) == 2


def test_a_second_incident_takes_over_what_the_first_one_masks() -> None:
    ledger = outage(HOUR).opens("甲", T0 + MINUTE)
    for name in NAMES[1:]:
        ledger.turned(name, "failed", T0 + 4 * HOUR).turned(name, "good", T0 + DAY)
    at_work, _ = turned(ledger, T0 + 20 * HOUR)
    assert shown(at_work, ledger) == "unknown"
    _, done = turned(ledger)
    assert [one.reason.value for one in done.letters].count("new") == 1


def test_an_incident_lists_what_it_masks_and_the_blindness_that_is_shown() -> None:
    ledger = outage(names=NAMES[1:]).opens("甲", T0 + HOUR).opens("乙", T0 - DAY)
    for name in NAMES[1:]:
        ledger.opens(name, T0 + 2 * DAY, Grade.UNKNOWN, "OWN-BLIND", "blind")
    at_work, _ = turned(ledger)
    (row,) = [row for row in alerts_view(at_work.board) if row["kind"] == "incident"]
    blind = {f"OWN-BLIND/{name}/{(T0 + 2 * DAY).isoformat()}" for name in NAMES[2:]}
    assert set(row["findings"]) == {f"MED-STALE/甲/{(T0 + HOUR).isoformat()}"} | blind


@pytest.mark.parametrize(("minutes", "masked"), [(-1, False), (0, True), (30, True), (60, True), (61, False)])
def test_an_incident_covers_its_beginning_and_its_end(minutes: int, masked: bool) -> None:
    one = Incident(id="i", collector=RELAY, opened_at=T0, since=T0, closed_at=T0 + HOUR)
    moment = T0 + minutes * MINUTE
    assert (covering([one], RELAY, None, moment) is one) is masked
    assert covering([one], "account:other", moment) is None


def test_what_people_know_already_is_not_masked_when_it_is_said_anew_inside_an_incident() -> None:
    ledger = outage().opens("甲", T0 - HOUR).eases("甲", T0 + HOUR, Grade.VETO)
    at_work, _ = turned(ledger)
    assert shown(at_work, ledger) == "veto"


def test_a_verdict_on_the_subject_is_not_freed_before_what_it_folds() -> None:
    ledger = outage(3 * HOUR).opens("甲", T0 + HOUR)
    column = ledger.matter("甲")
    ledger.opens("甲", T0 + HOUR, rule="WEB-COL-STALE", why="columns", source="", folds=(column,))
    ledger.turned("甲", "failed", T0 + 2 * HOUR)
    at_work, _ = turned(ledger, T0 + DAY)
    assert shown(at_work, ledger, "WEB-COL-STALE") == "unknown"
    ledger.turned("甲", "good", T0 + 2 * DAY)
    at_work, _ = turned(ledger)
    assert shown(at_work, ledger, "WEB-COL-STALE") == "veto"
