"""Collectors, our own network, frozen relays: one incident each."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from ledgers import FAR, RELAY, T0, Ledger, brief, told, turned

from alerts.alert import Alert
from alerts.incidents import NETWORK, Incident
from alerts.view import alerts_view
from streams.findings import Grade

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CITY = [f"账号{number:02}" for number in range(77)]
SITES = [f"站{number:02}" for number in range(12)]


def watched(names: list[str], collector: str = "") -> Ledger:
    ledger = Ledger().registered(*names, "zhiban")
    for name in names:
        ledger.turned(name, "good", T0 - HOUR, collector or f"column:{name}.example")
    return ledger


def incidents(ledger: Ledger) -> list[Incident]:
    return [one for _, one in turned(ledger, T0 + 9 * DAY)[0].board.all(Incident)]


def test_an_outage_of_77_accounts_is_one_letter_and_no_account_is_accused() -> None:
    ledger = watched(CITY, RELAY)
    for number, name in enumerate(CITY):
        ledger.turned(name, "failed", T0 + number * MINUTE)
    for name in CITY:
        ledger.opens(name, T0 + 2 * DAY, Grade.UNKNOWN, "OWN-BLIND", "blind")
    at_work, done = turned(ledger)
    assert brief(list(done.letters)) == [("operator@x", "incident", 1)]
    (row,) = [row for row in alerts_view(at_work.board) if row["rule"] == "OWN-INCIDENT"]
    assert (row["state"], len(row["findings"])) == ("open", 77)


def test_a_collector_of_four_has_no_incident() -> None:
    ledger = watched(CITY[:4], RELAY)
    for name in CITY[:4]:
        ledger.turned(name, "failed", T0)
    assert incidents(ledger) == []


def test_a_site_with_many_columns_is_one_subject() -> None:
    ledger = Ledger().registered("站")
    for number in range(40):
        finding = ledger.turned("站", "failed", T0, "column:one.example").findings[-1]
        ledger.findings[-1] = msgspec.structs.replace(finding, source=f"站/{number}")
    assert incidents(ledger) == []


def test_an_incident_that_ends_within_the_group_wait_is_not_told() -> None:
    ledger = watched(CITY[:8], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0).turned(name, "good", T0 + 20 * SECOND)
    assert told(ledger.ordered()) == []


def test_an_incident_that_comes_again_within_ten_minutes_is_told_once() -> None:
    ledger = watched(CITY[:8], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0).turned(name, "good", T0 + HOUR).turned(name, "failed", T0 + HOUR + 5 * MINUTE)
    assert brief(told(ledger.ordered())) == [("operator@x", "incident", 1)]
    (one,) = incidents(ledger)
    assert (one.opened_at, one.closed_at) == (T0, None)


def test_our_own_network_is_one_incident_not_twelve() -> None:
    ledger = watched(SITES)
    for name in SITES:
        ledger.turned(name, "failed", T0, f"column:{name}.example")
    (one,) = incidents(ledger)
    assert one.collector == NETWORK
    assert brief(told(ledger.ordered())) == [("operator@x", "incident", 1)]


def test_our_own_network_takes_over_a_collectors_incident_and_its_unsent_letter() -> None:
    ledger = watched(SITES)
    for name in CITY[:6]:
        ledger.registered(name).turned(name, "good", T0 - HOUR).turned(name, "failed", T0)
    for name in SITES:
        ledger.turned(name, "failed", T0 + HOUR, f"column:{name}.example")
    at_work, done = turned(ledger, T0 + DAY)
    assert brief(list(done.letters)) == [("operator@x", "incident", 1)] * 2
    assert done.superseded == (done.letters[0].key,)
    rows = [
        (row["collector"], row["state"]) for row in alerts_view(at_work.board, state="all") if row["kind"] == "incident"
    ]
    assert sorted(rows) == [(RELAY, "closed"), (NETWORK, "open")]


def test_one_dead_relay_and_three_dead_sites_are_not_our_network() -> None:
    ledger = watched(SITES)
    for name in CITY:
        ledger.registered(name).turned(name, "good", T0 - HOUR).turned(name, "failed", T0)
    for name in SITES[:3]:
        ledger.turned(name, "failed", T0 + HOUR, f"column:{name}.example")
    assert [one.collector for one in incidents(ledger)] == [RELAY]


def test_when_our_network_is_well_again_a_relay_that_is_not_has_its_own_incident() -> None:
    ledger = watched(SITES)
    for name in CITY[:6]:
        ledger.registered(name).turned(name, "good", T0 - HOUR).turned(name, "failed", T0)
    for name in SITES:
        collector = f"column:{name}.example"
        ledger.turned(name, "failed", T0, collector).turned(name, "good", T0 + DAY, collector)
    open_ = [one.collector for one in incidents(ledger) if one.closed_at is None]
    assert open_ == [RELAY]


def test_what_a_relays_incident_masked_stays_masked_under_our_networks() -> None:
    ledger = watched(SITES)
    for name in CITY[:7]:
        ledger.registered(name).turned(name, "good", T0 - HOUR)
    for name in CITY[:6]:
        ledger.turned(name, "failed", T0)
    ledger.opens(CITY[6], T0 + MINUTE)
    for name in SITES:
        ledger.turned(name, "failed", T0 + HOUR, f"column:{name}.example")
    at_work, _ = turned(ledger, T0 + DAY)
    (network,) = at_work.board.incidents()
    (alert,) = at_work.board.standing()
    assert (network.collector, alert.masked_by, network.masks) == (NETWORK, network.id, (alert.id,))


def test_what_waited_for_our_network_is_told_when_it_is_well() -> None:
    ledger = watched(SITES)
    for name in SITES:
        ledger.turned(name, "failed", T0, f"column:{name}.example")
    site = f"column:{SITES[0]}.example"
    ledger.opens(SITES[0], T0 + HOUR, Grade.DUE_SOON, why="due_soon", collector=site)
    for name in SITES:
        ledger.turned(name, "good", T0 + DAY, f"column:{name}.example")
    assert [one.reason for one in told(ledger.ordered())] == ["incident", "resolved", "due_soon"]


def test_a_relay_that_fails_on_after_our_network_has_a_new_incident() -> None:
    ledger = watched(SITES)
    for name in CITY[:6]:
        ledger.registered(name).turned(name, "good", T0 - HOUR).turned(name, "failed", T0)
    for name in SITES:
        collector = f"column:{name}.example"
        ledger.turned(name, "failed", T0, collector).turned(name, "good", T0 + 20 * MINUTE, collector)
    (one,) = [one for one in incidents(ledger) if one.closed_at is None]
    assert (one.part_of, one.opened_at) == ("", T0 + 20 * MINUTE)


def test_an_incident_stays_open_while_half_fail() -> None:
    ledger = watched(CITY[:8], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0)
    ledger.turned(CITY[0], "good", T0 + HOUR)
    assert [one.closed_at for one in incidents(ledger)] == [None]
    ledger.turned(CITY[1], "good", T0 + 2 * HOUR)
    assert [one.closed_at for one in incidents(ledger)] == [T0 + 2 * HOUR]


def test_a_subject_that_is_shut_counts_no_more() -> None:
    ledger = watched(CITY[:8], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0)
    for name in CITY[:3]:
        ledger.status(name, "shut", T0 + HOUR)
    assert [one.closed_at for one in incidents(ledger)] == [T0 + HOUR]


def test_a_source_that_moves_to_another_relay_is_counted_there() -> None:
    ledger = watched(CITY[:8], RELAY)
    for name in CITY[:8]:
        ledger.fresh(name, T0, 1, "account:second")
    for name in CITY[:8]:
        ledger.turned(name, "failed", T0 + HOUR, "account:second")
    assert [one.collector for one in incidents(ledger)] == ["account:second"]


def test_sources_that_were_never_seen_count_for_the_network() -> None:
    ledger = Ledger().registered(*SITES)
    for name in SITES[:5]:
        ledger.turned(name, "failed", T0, f"column:{name}.example")
    assert incidents(ledger) == []


def test_a_look_that_fails_before_the_redirect_counts_where_it_was_seen_well() -> None:
    ledger = watched(CITY[:20], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0, "account:entrance")
    assert incidents(ledger) == []


def test_retired_sources_count_no_more() -> None:
    ledger = watched(CITY[:9], RELAY)
    for name in CITY[:5]:
        ledger.turned(name, "failed", T0)
        ledger.retired(name, T0 + HOUR)
    (one,) = incidents(ledger)
    assert one.closed_at is not None


# -- frozen relays ---------------------------------------------------------------------------------------------------


def busy(days: int, until: int = 24) -> Ledger:
    """Eight accounts with four new items each hour from 8 to 20 o'clock; on the last day until `until` o'clock."""
    ledger = watched(CITY[:8], RELAY)
    midnight = T0 - 10 * HOUR
    for day in range(days):
        for hour in range(8, 20 if day < days - 1 else until):
            ledger.fresh(CITY[hour % 8], midnight + day * DAY + hour * HOUR + MINUTE, 4)
    return ledger


def test_a_relay_that_freezes_but_answers_is_an_incident_after_six_hours() -> None:
    ledger = busy(5, until=10)
    last = ledger.findings[-1].time
    (one,) = [one for _, one in turned(ledger, last + DAY)[0].board.all(Incident)]
    assert (one.why, one.collector) == ("frozen", RELAY)
    assert one.opened_at - last == timedelta(hours=6, minutes=59)
    assert brief(list(turned(ledger, last + DAY)[1].letters)) == [("operator@x", "incident", 1)]


def test_a_breach_that_opened_on_the_frozen_relays_bytes_is_masked_and_never_told() -> None:
    ledger = busy(5, until=10)
    last = ledger.findings[-1].time
    ledger.opens(CITY[3], last + 4 * HOUR)
    at_work, done = turned(ledger, last + DAY)
    assert [letter.reason for letter in done.letters] == ["incident"]
    assert at_work.board.standing()[0].shown is Grade.UNKNOWN


def test_new_items_end_it_and_what_stands_then_is_told() -> None:
    ledger = busy(5, until=10)
    last = ledger.findings[-1].time
    ledger.opens(CITY[3], last + 4 * HOUR).fresh(CITY[1], last + DAY, 30)
    for hour in range(1, 48):
        ledger.fresh(CITY[2], last + DAY + hour * HOUR, 4)
    at_work, done = turned(ledger, last + 2 * DAY)
    assert [letter.reason for letter in done.letters] == ["incident", "resolved", "new"]
    assert done.letters[-1].written_at == last + DAY + 8 * HOUR + 30 * SECOND
    assert at_work.board.standing()[0].shown is Grade.VETO


def test_a_breach_waits_while_its_collector_is_suspect_and_a_new_item_frees_it() -> None:
    ledger = busy(8, until=14)
    last = ledger.findings[-1].time
    ledger.opens(CITY[3], last + 2 * HOUR)
    assert told(ledger.ordered(), last + 3 * HOUR) == []
    ledger.fresh(CITY[1], last + 3 * HOUR, 4)
    (letter,) = told(ledger.ordered(), last + 4 * HOUR)
    assert (letter.reason, letter.written_at) == ("new", last + 3 * HOUR + 30 * SECOND)


def test_a_suspicion_that_nothing_bears_out_ends_after_half_a_day() -> None:
    names = CITY[:8]
    ledger = watched(names, RELAY)
    for hour in range(0, 21 * 24, 2):  # an item every other hour: suspect soon, but never worth an incident
        ledger.fresh(names[hour % 8], T0 + hour * HOUR)
    last = ledger.findings[-1].time
    ledger.opens(names[3], last + 3 * HOUR)
    (letter,) = told(ledger.ordered(), last + 5 * DAY)
    assert (letter.reason, letter.written_at) == ("new", last + 15 * HOUR + MINUTE)


def test_a_relay_that_thaws_while_most_fail_goes_on_as_an_outage() -> None:
    ledger = busy(5, until=10)
    last = ledger.findings[-1].time
    for name in CITY[:5]:
        ledger.turned(name, "failed", last + 10 * HOUR)
    ledger.fresh(CITY[7], last + 11 * HOUR, 40)
    at_work, _ = turned(ledger, last + DAY)
    assert [(one.why, one.closed_at is None) for _, one in sorted(at_work.board.all(Incident), key=_opened)] == [
        ("frozen", False),
        ("failed", True),
    ]


def _opened(pair: tuple[str, Incident]) -> datetime:
    return pair[1].opened_at


def test_a_stop_of_ours_is_no_frozen_relay() -> None:
    ledger = busy(5, until=10)
    last = ledger.findings[-1].time
    ledger.opens("zhiban", last + HOUR, Grade.NOTICE, "OWN-OFF", "off")
    ledger.closes("zhiban", last + 9 * HOUR, "OWN-OFF")
    at_work, _ = turned(ledger, last + 14 * HOUR)
    assert list(at_work.board.all(Incident)) == []


def test_no_hour_is_counted_once_the_relay_is_forgotten() -> None:
    at_work, _ = turned(busy(6), FAR)
    assert at_work.next_due() is None
    assert list(at_work.board.all(Alert)) == []
