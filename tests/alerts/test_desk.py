"""The desk, told as timelines."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from ledgers import FAR, RELAY, SETTINGS, T0, Ledger, brief, desk, told

from alerts.alert import Alert
from alerts.incidents import Incident
from alerts.routing import Route
from alerts.view import alerts_view, findings_view
from streams.findings import Event, Grade

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = "甲乙丙丁戊己庚辛"


def test_a_veto_is_told_after_the_group_wait_with_its_unit() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    assert told(ledger.ordered(), T0 + 30 * SECOND) == []
    (letter,) = told(ledger.ordered(), T0 + 31 * SECOND)
    assert (letter.to, letter.reason, letter.written_at) == ("甲@x", "new", T0 + 30 * SECOND)
    assert letter.points[0].clause == "监测时间点前2周内无更新。"
    assert "2026-02-24" in " ".join(letter.points[0].lines)


def test_a_letter_names_the_last_item_unless_the_subject_has_something_that_is_never_quoted() -> None:
    plain = Ledger().registered("甲").opens("甲", T0, title="关于召开会议的通知")
    (letter,) = told(plain.ordered())
    assert "最后一条信息：关于召开会议的通知" in letter.points[0].lines
    sealed = plain.opens("甲", T0, Grade.NOTICE, "SEC-WORDING", why="wording", candidate=True)
    assert [one for one in told(sealed.ordered()) if "关于召开会议" in str(one)] == []


def test_what_opens_and_closes_within_the_group_wait_sends_nothing() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).closes("甲", T0 + 20 * SECOND)
    assert told(ledger.ordered()) == []


def test_due_soon_waits_for_the_next_morning_one_letter_for_each_unit() -> None:
    ledger = Ledger().registered("甲", "乙")
    for name in "甲乙":
        ledger.opens(name, T0, Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    letters = told(ledger.ordered())
    assert brief(letters) == [("乙@x", "due_soon", 1), ("甲@x", "due_soon", 1)]
    assert {letter.written_at for letter in letters} == {datetime.fromisoformat("2026-03-03T09:00:00+08:00")}


def test_worse_is_told_at_once_and_resolved_only_where_it_was_told() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, why="due_soon")
    ledger.worsens("甲", T0 + 3 * DAY).closes("甲", T0 + 4 * DAY)
    assert [reason for _, reason, _ in brief(told(ledger.ordered()))] == ["due_soon", "worse", "resolved"]
    quiet = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, why="due_soon").closes("甲", T0 + HOUR)
    assert told(quiet.ordered()) == []


def test_a_dismissed_alert_is_told_no_more() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, why="due_soon").dismissed("甲", T0 + HOUR)
    ledger.worsens("甲", T0 + 3 * DAY)
    assert told(ledger.ordered()) == []


def outage(ledger: Ledger, at: datetime, names: str = NAMES) -> Ledger:
    for name in names:
        ledger.turned(name, "failed", at)
    return ledger


def watched() -> Ledger:
    ledger = Ledger().registered(*NAMES)
    for name in NAMES:
        ledger.turned(name, "good", T0 - HOUR)
    return ledger


def test_an_outage_of_a_collector_is_one_incident_for_the_operator() -> None:
    ledger = outage(watched(), T0)
    for name in NAMES:
        ledger.opens(name, T0 + 2 * DAY, Grade.UNKNOWN, "OWN-BLIND", "blind")
    letters = told(ledger.ordered())
    assert brief(letters) == [("operator@x", "incident", 1)]
    at_work = desk()
    at_work.turn(ledger.ordered(), FAR, complete=True)
    (row,) = [row for row in alerts_view(at_work.board) if row["kind"] == "incident"]
    assert (row["rule"], row["collector"], len(row["findings"])) == ("OWN-INCIDENT", RELAY, len(NAMES))


def test_four_of_eight_are_no_incident_and_five_are() -> None:
    for failing, incidents in ((4, 0), (5, 1)):
        at_work = desk()
        at_work.turn(outage(watched(), T0, NAMES[:failing]).ordered(), FAR, complete=True)
        assert len(list(at_work.board.all(Incident))) == incidents


def test_an_incident_closes_below_half_and_says_so() -> None:
    ledger = outage(watched(), T0)
    for name in NAMES[:5]:
        ledger.turned(name, "good", T0 + HOUR)
    assert [reason for _, reason, _ in brief(told(ledger.ordered()))] == ["incident", "resolved"]


def test_a_breach_inside_an_incident_is_masked_held_and_released_by_a_good_look_after() -> None:
    ledger = outage(watched(), T0, NAMES[1:]).opens("甲", T0 + MINUTE)
    at_work = desk()
    letters = at_work.turn(ledger.ordered(), T0 + HOUR, complete=True).letters
    assert [letter.reason for letter in letters] == ["incident"]
    (row,) = findings_view(at_work.board, [ledger.findings[-1]], {})
    assert (row["level"], bool(row["masked_by"])) == ("unknown", True)
    later = [*ledger.findings]
    for name in NAMES[1:]:
        ledger.turned(name, "good", T0 + 2 * HOUR)
    ledger.turned("甲", "good", T0 + 3 * HOUR)
    fresh = [one for one in ledger.ordered() if one not in later]
    letters = at_work.turn(fresh, FAR, complete=True).letters
    assert sorted(letter.reason for letter in letters) == ["new", "resolved"]
    (row,) = findings_view(at_work.board, [later[-1]], {})
    assert row["level"] == "veto"


def test_due_soon_inside_an_incident_stays_shown_and_its_letter_is_held() -> None:
    ledger = outage(watched(), T0).opens("甲", T0 + MINUTE, Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    assert [reason for _, reason, _ in brief(told(ledger.ordered()))] == ["incident"]
    at_work = desk()
    at_work.turn(ledger.ordered(), FAR, complete=True)
    (row,) = findings_view(at_work.board, [ledger.findings[-1]], {})
    assert row["level"] == "due_soon"


def test_after_an_absence_letters_wait_until_a_round_is_done() -> None:
    ledger = Ledger().registered("甲", "zhiban").opens("zhiban", T0, Grade.NOTICE, "OWN-OFF", "off")
    ledger.opens("甲", T0 + MINUTE)
    assert told(ledger.ordered(), T0 + 3 * HOUR) == []
    ledger.closes("zhiban", T0 + 4 * HOUR, "OWN-OFF")
    (letter,) = told(ledger.ordered())
    assert (letter.to, letter.written_at) == ("甲@x", T0 + 4 * HOUR + 30 * SECOND)


def test_what_no_route_takes_goes_to_the_operator() -> None:
    ledger = Ledger().registered("甲")
    ledger.findings[0].args.pop("contact")
    assert brief(told(ledger.opens("甲", T0).ordered())) == [("operator@x", "new", 1)]


def test_blindness_beside_an_open_breach_is_folded_into_it() -> None:
    ledger = Ledger().registered("甲", "乙").opens("甲", T0)
    for name in "甲乙":
        ledger.opens(name, T0 + DAY, Grade.UNKNOWN, "OWN-BLIND", "blind")
    standing = [one for one in ledger.ordered() if one.event is Event.OPENS]
    rows = findings_view(desk().board, standing, {})
    assert [(row["rule"], row["subject"], row["level"]) for row in rows] == [
        ("MED-STALE", "甲", "veto"),
        ("OWN-BLIND", "乙", "unknown"),
    ]
    assert "blind_since" in rows[0]


def test_a_closed_alert_leaves_the_desk_once_its_story_is_told() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).closes("甲", T0 + DAY)
    at_work = desk()
    at_work.turn(ledger.ordered(), FAR, complete=True)
    assert list(at_work.board.all(Alert)) == []


def waiting(ledger: Ledger, message: str, unit: str, at: datetime, level: Grade = Grade.DUE_SOON) -> Ledger:
    args = {"message": message, "term": "5wd", "asked": "2026-02-24", "category": "咨询", "unit": unit}
    why = "msg_overdue" if level is Grade.BREACH else "msg_due_soon"
    return ledger.opens("甲", at, level, "MSG-5WD", why, item=message, args=args, id=f"m/{message}")


def test_a_message_is_told_in_the_morning_to_the_unit_that_it_was_given_to() -> None:
    ledger = waiting(Ledger().registered("甲", "乙", "丙"), "12", "乙局、丙局", T0, Grade.BREACH)
    routes = tuple(Route(channel="mail", to=f"{unit}@x", units=(unit,)) for unit in ("乙局", "丙局"))
    settings = msgspec.structs.replace(SETTINGS, routes=routes)
    letters = told(waiting(ledger, "13", "乙局", T0).ordered(), settings=settings)
    assert brief(letters) == [("丙局@x", "new", 1), ("乙局@x", "due_soon", 2)]
    assert {letter.written_at for letter in letters} == {datetime.fromisoformat("2026-03-03T09:00:00+08:00")}
    (point, *_) = letters[0].points
    assert point.title == "甲发布：咨询留言 12 超过 5 个工作日未答复"
    assert list(point.lines)[:2] == ["收到日期：2026-02-24（星期二）", "最迟答复日：2026-02-24（星期二）"]


def test_a_message_that_is_late_is_told_to_the_second_contact_too_and_no_more_once_it_is_answered() -> None:
    head = Route(channel="mail", to="head@x", rules=("MSG-*",), levels=("breach", "veto"), go_on=True)
    settings = msgspec.structs.replace(SETTINGS, routes=(head, Route(channel="mail", to="{contact}")))
    ledger = waiting(Ledger().registered("甲"), "12", "甲局", T0)
    ledger.worsens("甲", T0 + 3 * DAY, Grade.BREACH, "MSG-5WD")
    assert brief(told(ledger.ordered(), settings=settings)) == [
        ("甲@x", "due_soon", 1), ("head@x", "worse", 1), ("甲@x", "worse", 1),
    ]  # fmt: skip
    in_time = waiting(Ledger().registered("甲"), "12", "甲局", T0).closes("甲", T0 + HOUR, "MSG-5WD")
    assert told(in_time.ordered(), settings=settings) == []
