"""The life of alerts, told as diaries: what happens at exact times, and every letter that comes of it."""

from __future__ import annotations

import pytest
from diary import LADDER, Diary, in_short
from harness import fold
from ledgers import RELAY, ROUTES
from timeline import at, site

from alerts.board import Language, Settings
from alerts.desk import Desk
from alerts.incidents import Incident
from alerts.remembered import Lesson
from alerts.routing import Route
from streams.findings import Event, Grade
from streams.subjects import ColumnType

BOSS = (Route(channel="mail", to="boss@x", go_on=True), *LADDER)


def test_an_acknowledgement_is_peace_until_its_end_and_then_the_matter_is_told_again() -> None:
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲")
    diary.says("03-03 14:00", "acknowledged", "甲", until="03-06 09:00")
    assert diary.alert("03-05 00:00", "甲").state == "acknowledged"
    assert diary.writes("03-11 12:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-03 09:00:00 head@x escalated 甲",
        "03-03 09:00:00 甲@x escalated 甲",
        "03-06 09:00:30 甲@x ack_over 甲",
        "03-09 09:00:00 甲@x reminder 甲",  # a Monday
        "03-10 09:00:00 甲@x reminder 甲",
        "03-11 09:00:00 head@x escalated 甲",  # the ladder counts from the end of the acknowledgement
        "03-11 09:00:00 supervisor@x escalated 甲",
        "03-11 09:00:00 甲@x escalated 甲",
    ]


def test_an_acknowledgement_without_an_end_lasts_three_working_days() -> None:
    diary = Diary("甲").opens("02-12 10:00", "甲").says("02-12 11:00", "acknowledged", "甲")
    assert diary.writes("02-24 12:00") == ["02-12 10:00:30 甲@x new 甲", "02-24 09:00:30 甲@x ack_over 甲"]


def test_a_claim_that_a_second_look_refutes_is_told_and_one_that_it_bears_out_closes() -> None:
    diary = Diary("甲").opens("03-02 10:00", "甲").says("03-02 15:00", "fixed", "甲")
    diary.says("03-02 15:05", "still_shown", "甲").says("03-02 17:00", "fixed", "甲").closes("03-02 17:04", "甲")
    assert diary.writes("03-10 00:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-02 15:05:30 甲@x reopened 甲",
        "03-02 17:04:30 甲@x resolved 甲",
    ]
    refuted = diary.desk("03-02 16:00")[1][-1].points[0]
    assert "李 于 2026-03-02 15:00 报告已处理，再次查看仍未更新。" in refuted.lines
    alert = diary.alert("03-10 00:00", "甲")
    assert (alert.state, [step.what for step in alert.history]) == (
        "closed",
        ["told", "fixed", "still_shown", "told", "fixed", "second_look", "closed", "told"],
    )


def test_a_claim_about_what_is_judged_no_more_was_borne_out_by_nobody() -> None:
    diary = Diary("甲").opens("03-02 10:00", "甲").says("03-02 15:00", "fixed", "甲")
    diary.ledger.let_go("甲", diary.at("03-02 16:00"))
    assert [step.what for step in diary.alert("03-10 00:00", "甲").history] == ["told", "fixed", "closed", "told"]


def test_a_claim_that_no_look_bears_out_within_a_day_is_none() -> None:
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲").says("03-02 15:00", "fixed", "甲")
    assert diary.writes("03-10 00:00") == ["03-02 10:00:30 甲@x new 甲", "03-03 15:00:30 甲@x reopened 甲"]
    said = "李 于 2026-03-02 15:00 报告已处理，此后一直没有看到更新。"
    assert said in diary.desk("03-10 00:00")[1][-1].points[0].lines


def test_of_a_false_alarm_nothing_more_is_written_and_it_teaches() -> None:
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲").says("03-02 11:00", "dismissed", "甲", text="已合并")
    diary.says("03-02 12:00", "acknowledged", "甲").closes("03-20 10:00", "甲").opens("03-25 10:00", "甲")
    assert diary.writes("03-26 00:00") == ["03-02 10:00:30 甲@x new 甲", "03-25 10:00:30 甲@x new 甲"]
    board, _ = diary.desk("03-26 00:00")
    lesson = board.get(Lesson, "MED-STALE")
    assert lesson is not None
    assert lesson.quarters == {"2026Q1": (2, 1)}
    assert diary.alert("03-26 00:00", "甲").offence == 1  # what was dismissed was no offence


def test_an_assignment_has_a_name_and_a_day_and_its_history_is_kept() -> None:
    diary = Diary("甲").opens("03-02 10:00", "甲")
    diary.says("03-02 11:00", "assigned", "甲", until="03-09 18:00", text="李四", by="张三")
    diary.says("03-02 11:05", "acknowledged", "甲", until="03-04 08:00", by="李四", text="正在处理")
    alert = diary.alert("03-05 00:00", "甲")
    assert (alert.assignee, alert.deadline) == ("李四", diary.at("03-09 18:00"))
    assert [(step.at, step.what, step.by, step.text) for step in alert.history[:4]] == [
        (diary.at("03-02 10:00:30"), "told", "", "new"),
        (diary.at("03-02 11:00"), "assigned", "张三", "李四"),
        (diary.at("03-02 11:05"), "acknowledged", "李四", "正在处理"),
        (diary.at("03-04 08:00"), "ack_over", "", ""),
    ]
    (letter,) = [one for one in diary.desk("03-04 12:00")[1] if one.reason == "ack_over"]
    assert {"承办人：李四", "整改期限：2026-03-09（星期一）"} <= set(letter.points[0].lines)


def test_a_place_that_breaches_again_within_the_quarter_is_a_repeat_offence() -> None:
    diary = Diary("甲", remind=False).opens("01-05 10:00", "甲").closes("01-06 10:00", "甲")
    diary.opens("02-02 10:00", "甲").closes("02-03 10:00", "甲").opens("04-07 10:00", "甲")
    letters = [one for one in diary.desk("04-08 00:00")[1] if one.reason == "new"]
    assert ["屡次：本季度第 2 次超期" in one.points[0].lines for one in letters] == [False, True, False]


# -- an acknowledgement that is broken --------------------------------------------------------------------------------


def grows(diary: Diary, when: str, level: Grade = Grade.VETO) -> Diary:
    diary.ledger.worsens("甲", diary.at(when), level)
    return diary


def test_what_grows_into_a_veto_breaks_its_acknowledgement_and_is_told_once() -> None:
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲", Grade.BREACH)
    diary.says("03-02 11:00", "acknowledged", "甲", until="03-13 09:00")
    grows(diary, "03-07 00:05")  # a Saturday
    assert diary.writes("03-09 08:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-07 00:05:30 甲@x ack_broken 甲",
    ]
    (point,) = diary.desk("03-09 08:00")[1][-1].points
    assert point.level == "veto"
    assert "李 于 2026-03-02 11:00 认领，此后加重为单项否决，认领不再有效。" in point.lines
    alert = diary.alert("03-09 08:00", "甲")
    assert (alert.state, alert.until) == ("open", None)
    assert [(step.at, step.what) for step in alert.history[-2:]] == [
        (diary.at("03-07 00:05"), "ack_broken"),
        (diary.at("03-07 00:05:30"), "told"),
    ]
    assert diary.writes("03-12 12:00")[2:] == [
        "03-09 09:00:00 head@x escalated 甲",  # the ladder counts from then on
        "03-09 09:00:00 甲@x escalated 甲",
        "03-10 09:00:00 甲@x reminder 甲",
        "03-11 09:00:00 head@x escalated 甲",
        "03-11 09:00:00 supervisor@x escalated 甲",
        "03-11 09:00:00 甲@x escalated 甲",
        "03-12 09:00:00 甲@x reminder 甲",
    ]


def test_who_acknowledges_the_veto_has_peace_also_where_it_eases_and_is_one_again() -> None:
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲", Grade.BREACH)
    diary.says("03-02 11:00", "acknowledged", "甲", until="03-13 09:00")
    grows(diary, "03-03 10:00").says("03-03 11:00", "acknowledged", "甲", until="03-13 09:00")
    diary.ledger.eases("甲", diary.at("03-04 10:00"), Grade.BREACH)
    grows(diary, "03-05 10:00")
    assert diary.writes("03-20 00:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-03 10:00:30 甲@x ack_broken 甲",
        "03-13 09:00:30 甲@x worse 甲",  # what eased and grew again is news once the peace is over
    ]


@pytest.mark.parametrize("level", [Grade.BREACH, Grade.VETO])
def test_what_grows_worse_and_is_no_veto_or_was_one_leaves_the_peace(level: Grade) -> None:
    first = Grade.DUE_SOON if level is Grade.BREACH else Grade.VETO
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲", first)
    diary.says("03-02 10:00:10", "acknowledged", "甲", until="03-13 09:00")
    assert [line for line in grows(diary, "03-05 10:00", level).writes("03-13 00:00") if line > "03-02 11"] == []


def test_a_false_alarm_stays_silent_whatever_it_grows_into() -> None:
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲", Grade.BREACH).says("03-02 11:00", "dismissed", "甲")
    assert grows(diary, "03-05 10:00").writes("03-30 00:00") == ["03-02 10:00:30 甲@x new 甲"]


def test_a_grant_is_of_what_stood_then_too() -> None:
    diary = Diary("甲", routes=LADDER, remind=False).opens("03-02 10:00", "甲", Grade.BREACH)
    diary.says("03-02 11:00", "exempt", "甲").says("03-02 12:00", "granted", "甲", by="主管")
    assert grows(diary, "03-05 10:00").writes("03-05 12:00")[-1] == "03-05 10:00:30 甲@x ack_broken 甲"
    (point,) = diary.desk("03-05 12:00")[1][-1].points
    assert "主管 于 2026-03-02 12:00 同意了申请，此后加重为单项否决，须重新处理。" in point.lines


def test_a_silence_and_an_incident_hold_the_news_back_and_it_comes_when_they_end() -> None:
    silent = Diary("甲", remind=False).opens("03-02 10:00", "甲", Grade.BREACH)
    silent.says("03-02 11:00", "acknowledged", "甲", until="03-13 09:00").silence("03-03 09:00", "03-06 00:00")
    assert grows(silent, "03-04 10:00").writes("03-12 00:00")[1:] == ["03-06 00:00:30 甲@x ack_broken 甲"]


def test_what_grows_under_a_mask_is_told_once_that_is_lifted() -> None:
    names = [f"号{number}" for number in range(8)]
    diary = Diary(*names, remind=False)
    for name in names:
        diary.ledger.turned(name, "good", diary.at("03-02 08:00"))
        diary.ledger.turned(name, "failed", diary.at("03-02 10:00"))
    diary.opens("03-02 11:00", "号1", Grade.BREACH, collector=RELAY)
    diary.says("03-02 12:00", "acknowledged", "号1", until="03-13 09:00")
    diary.ledger.worsens("号1", diary.at("03-03 00:05"))
    assert [line for line in diary.writes("03-03 09:00") if "incident" not in line] == []
    for name in names:
        diary.ledger.turned(name, "good", diary.at("03-03 10:00"))
    told = [line for line in diary.writes("03-12 00:00") if "号1" in line]
    assert [line.split()[-2:] for line in told] == [["ack_broken", "号1"]]
    assert told[0] > "03-03 10:00"


def test_what_is_acknowledged_before_it_was_told_and_grows_into_a_veto_is_told_and_so_is_its_end() -> None:
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲", Grade.BREACH)
    diary.says("03-02 10:00:10", "acknowledged", "甲", until="03-13 09:00")
    assert grows(diary, "03-04 10:00").closes("03-05 10:00", "甲").writes("03-12 00:00") == [
        "03-04 10:00:30 甲@x ack_broken 甲",
        "03-05 10:00:30 甲@x resolved 甲",
    ]


# -- quiet -------------------------------------------------------------------------------------------------------------


def test_twenty_columns_of_a_unit_are_one_message() -> None:
    diary = Diary("甲", remind=False)
    for number in range(20):
        diary.opens(f"03-02 10:00:{number:02}", "甲", Grade.BREACH, f"WEB-{number}")
    assert diary.writes("03-03 00:00") == ["03-02 10:00:30 甲@x new 20"]


def test_a_silence_covers_what_it_names_and_what_stands_at_its_end_is_told() -> None:
    diary = Diary("甲", "乙", remind=False).silence("03-02 09:00", "03-05 00:00", unit="甲*")
    diary.opens("03-02 10:00", "甲").opens("03-02 10:00", "乙")
    assert diary.writes("03-06 00:00") == ["03-02 10:00:30 乙@x new 乙", "03-05 00:00:30 甲@x new 甲"]


def test_what_is_over_before_its_silence_ends_is_never_told() -> None:
    diary = Diary("甲").silence("03-02 09:00", "03-05 00:00", rule="MED-*").opens("03-02 10:00", "甲")
    assert diary.closes("03-04 10:00", "甲").writes("03-10 00:00") == []


def test_the_ladder_waits_for_a_silence_and_begins_anew_when_it_is_ended_early() -> None:
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲").silence("03-02 11:00", "03-09 00:00", level="veto")
    diary.ledger.unsilenced("s", diary.at("03-04 15:00"))
    assert diary.writes("03-05 12:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-04 15:00:30 甲@x reminder 甲",
        "03-05 09:00:00 head@x escalated 甲",
        "03-05 09:00:00 甲@x escalated 甲",
    ]


def test_a_silence_that_is_announced_for_later_holds_nothing_back_before() -> None:
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲")
    diary.ledger.silenced(
        "s", diary.at("03-02 09:00"), diary.at("03-05 00:00"), since=diary.at("03-03 00:00").isoformat()
    )
    assert diary.closes("03-02 12:00", "甲").writes("03-06 00:00") == [
        "03-02 10:00:30 甲@x new 甲",
        "03-02 12:00:30 甲@x resolved 甲",
    ]


def test_a_place_that_comes_and_goes_is_told_so_once_and_summed_up_when_it_is_calm() -> None:
    diary = Diary("甲", remind=False)
    for hour in range(9, 15):
        diary.opens(f"03-02 {hour:02}:00", "甲", Grade.BREACH, "WEB-AVAIL", why="down")
        diary.closes(f"03-02 {hour:02}:20", "甲", "WEB-AVAIL")
    first = [
        "03-02 09:00:30 甲@x new 甲",
        "03-02 09:20:30 甲@x resolved 甲",
        "03-02 10:00:30 甲@x new 甲",
        "03-02 10:20:30 甲@x resolved 甲",
        "03-02 11:00:30 甲@x flapping 甲",
    ]
    assert diary.writes("03-04 00:00") == [*first, "03-02 20:00:30 甲@x resolved 甲"]
    assert diary.desk("03-04 00:00")[1][-1].points[0].lines[-1] == "时好时坏：共出现 6 次，现已稳定"
    diary.opens("03-02 15:00", "甲", Grade.BREACH, "WEB-AVAIL", why="down")
    assert diary.writes("03-04 00:00") == [*first, "03-02 21:00:30 甲@x new 甲"]


def test_a_platform_that_is_down_is_one_incident_and_masks_what_opened_in_it() -> None:
    names = [f"号{number}" for number in range(8)]
    diary = Diary(*names, routes=BOSS)
    for name in names:
        diary.ledger.turned(name, "good", diary.at("03-02 08:00"))
        diary.ledger.turned(name, "failed", diary.at("03-02 10:00"))
        diary.opens("03-02 11:00", name, Grade.BREACH, collector=RELAY)
    board, letters = diary.desk("03-03 00:00")
    assert [letter.reason for letter in letters] == ["incident"]
    assert len([one for _, one in board.all(Incident)]) == 1


def test_a_site_that_is_down_is_one_matter_and_none_of_its_columns_is_late() -> None:
    line = site("2026-03-01", unit="示例局", contact="甲@x").source("p", "probe").columns(6, ColumnType.NEWS)
    for number in range(1, 7):
        line.shows("2026-03-02 09:00", "2026-02-20", source=f"c{number}")  # late from 7 March on
    line.opens("2026-03-03 10:00", source="p")
    for minute in (5, 10, 15):
        line.opens(f"2026-03-03 10:{minute:02}", opens=False, cause="http_503", source="p")
    for day in range(3, 12):
        for number in range(1, 7):
            line.fails(f"2026-03-{day:02} 12:00", source=f"c{number}")
        line.opens(f"2026-03-{day:02} 12:05", opens=False, cause="http_503", source="p").ticks(
            f"2026-03-{day:02} 13:00"
        )
    desk = Desk(Settings(routes=ROUTES), Language(), {})
    letters = desk.turn(fold(line.rules, line.log), at("2026-03-12 00:00"), complete=True).letters
    told = [
        (in_short(one).split(" ", 2)[:2], point.rule) for one in letters for point in one.points if one.to == "甲@x"
    ]
    assert (["03-03", "10:15:30"], "WEB-AVAIL") in told
    assert {alert.finding.level for alert in desk.board.standing() if alert.accuses} == set()
    late = [rule for (day, _), rule in told if rule.startswith("WEB-COL") and day > "03-03"]
    assert sorted(set(late)) == ["WEB-COL-BLANK", "WEB-COL-STALE"], "that the columns cannot be seen, once for the site"


def test_nights_and_holidays_are_broken_by_vetoes_and_the_last_two_days_alone() -> None:
    diary = Diary("甲", "乙", "丙", quiet="22:00-07:00", remind=False)  # Spring Festival: 15 to 23 February
    diary.opens("02-16 23:00", "甲").opens("02-16 23:00", "乙", Grade.BREACH, "WEB-COL-STALE")
    diary.due_soon("02-16 23:10", "丙", due="02-21")
    assert diary.writes("03-01 00:00") == [
        "02-16 23:00:30 甲@x new 甲",
        "02-19 09:00:00 丙@x due_soon 丙",  # day 13 of 14
        "02-24 09:00:00 乙@x new 乙",
    ]


@pytest.mark.parametrize("most", [2, 3, 5])
def test_nobody_gets_more_letters_than_the_limit_within_a_minute(most: int) -> None:
    names = [f"局{number:02}" for number in range(60)]
    routes = (Route(channel="mail", to="boss@x", go_on=True), Route(channel="mail", to="{contact}"))
    diary = Diary(*names, routes=routes, remind=False, most=most)
    for number, name in enumerate(names):
        diary.opens(f"03-02 10:00:{number:02}", name)
    boss = [line for line in diary.writes("03-03 00:00") if "boss" in line]
    assert boss[:-1] == [f"03-02 10:00:{30 + n} boss@x new 局{n:02}" for n in range(most - 1)]
    assert boss[-1] == f"03-02 10:01:30 boss@x summary {60 - most + 1}"
    assert len(diary.writes("03-03 00:00")) == 60 + most
    summary = diary.desk("03-03 00:00")[1][-1]
    assert summary.intro == f"短时间内通知较多，合并为一封：{60 - most + 1} 个单位共 {60 - most + 1} 项。"


# -- reminders, the ladder, and holidays -------------------------------------------------------------------------------


def test_the_last_days_of_an_account_are_day_ten_thirteen_and_the_loudest_channel_on_fourteen() -> None:
    diary = Diary("甲", routes=LADDER).due_soon("03-02 00:05", "甲", due="03-07")
    diary.ledger.worsens("甲", diary.at("03-04 00:05"), Grade.DUE_SOON, "MED-NEARDUE", step="red")
    assert diary.writes("03-08 00:00") == [
        "03-02 09:00:00 甲@x due_soon 甲",
        "03-04 09:00:00 甲@x due_soon 甲",
        "03-05 09:00:00 head@x reminder 甲",
        "03-05 09:00:00 甲@x reminder 甲",
        "03-06 10:00:00 sms:甲@x reminder 甲",
    ]


def test_the_second_contact_is_told_from_day_thirteen_on() -> None:
    diary = Diary("甲")
    args = {"id": "甲", "name": "甲发布", "unit": "甲局", "contact": "甲@x", "contact2": "副@x"}
    diary.ledger._add("甲", diary.at("02-01 00:00"), Event.SIGNALS, "REGISTRY", why="changed", args=args)
    diary.due_soon("03-02 00:05", "甲", due="03-07")
    assert [line for line in diary.writes("03-08 00:00") if "副" in line] == [
        "03-05 09:00:00 副@x reminder 甲",
        "03-06 10:00:00 副@x reminder 甲",
    ]


def test_a_look_that_shows_it_updated_ends_the_reminders() -> None:
    diary = Diary("甲", routes=LADDER).due_soon("03-02 00:05", "甲", due="03-07")
    diary.closes("03-05 08:00", "甲", "MED-NEARDUE")
    assert diary.writes("03-20 00:00") == ["03-02 09:00:00 甲@x due_soon 甲"]


def test_half_a_year_is_reminded_of_three_working_days_before_its_end() -> None:
    diary = Diary("甲").due_soon("08-02 00:05", "甲", due="09-01", limit="6mo")
    assert diary.writes("09-01 00:00") == [
        "08-02 09:00:00 甲@x due_soon 甲",
        "08-27 09:00:00 甲@x reminder 甲",
        "08-30 09:00:00 甲@x reminder 甲",
        "08-31 10:00:00 甲@x reminder 甲",
    ]


def test_a_message_is_reminded_of_a_working_day_before_and_climbs_once_it_is_late() -> None:
    diary = Diary("信箱", routes=LADDER)
    args = {"message": "m1", "category": "咨询", "term": "5wd", "unit": "甲局"}
    due = diary.at("03-07 00:00")
    diary.opens("03-04 00:00", "信箱", Grade.DUE_SOON, "MSG-5WD", why="msg_due_soon", due=due, args=args)
    diary.ledger.worsens("信箱", due, Grade.BREACH, "MSG-5WD")
    assert diary.writes("03-11 12:00") == [
        "03-04 09:00:00 信箱@x due_soon 信箱",
        "03-05 09:00:00 信箱@x reminder 信箱",
        "03-06 09:00:00 信箱@x reminder 信箱",
        "03-07 09:00:00 信箱@x worse 信箱",
        "03-09 09:00:00 head@x escalated 信箱",
        "03-09 09:00:00 信箱@x escalated 信箱",
        "03-10 09:00:00 信箱@x reminder 信箱",
        "03-11 09:00:00 head@x escalated 信箱",
        "03-11 09:00:00 supervisor@x escalated 信箱",
        "03-11 09:00:00 信箱@x escalated 信箱",
    ]


def test_the_ladder_counts_working_days_over_the_spring_festival_with_its_make_up_saturday() -> None:
    diary = Diary("甲", routes=LADDER).opens("02-12 16:00", "甲")
    assert diary.writes("02-25 12:00") == [
        "02-12 16:00:30 甲@x new 甲",
        "02-13 09:00:00 head@x escalated 甲",
        "02-13 09:00:00 甲@x escalated 甲",
        "02-14 09:00:00 甲@x reminder 甲",  # a Saturday that is worked
        "02-24 09:00:00 head@x escalated 甲",  # the first working day back, and the third in all
        "02-24 09:00:00 supervisor@x escalated 甲",
        "02-24 09:00:00 甲@x escalated 甲",
        "02-25 09:00:00 甲@x reminder 甲",
    ]


def test_the_ladder_stops_where_it_is_acknowledged_fixed_or_closed() -> None:
    for kind in ("acknowledged", "fixed", "dismissed"):
        diary = (
            Diary("甲", routes=LADDER).opens("03-02 10:00", "甲").says("03-02 12:00", kind, "甲", until="03-03 12:00")
        )
        assert diary.writes("03-03 11:00") == ["03-02 10:00:30 甲@x new 甲"]
    diary = Diary("甲", routes=LADDER).opens("03-02 10:00", "甲").closes("03-02 12:00", "甲")
    assert diary.writes("03-20 00:00")[1:] == ["03-02 12:00:30 甲@x resolved 甲"]


def test_the_sweep_before_the_spring_festival_is_one_letter_for_each_unit() -> None:
    """Nine days off from 15 February, the Saturday before worked: swept on Thursday the 12th, up to the 24th."""
    diary = Diary("甲", "乙", "丙", remind=False).due_soon("02-11 00:05", "甲", due="02-16")
    diary.opens("02-12 00:05", "甲", Grade.NOTICE, "MED-ZOMBIE", why="zombie")
    diary.ledger.lapses("乙", diary.at("02-12 00:10"), diary.at("02-24 00:00"))
    diary.ledger.lapses("丙", diary.at("02-12 00:10"), diary.at("02-25 00:00"))
    diary.due_soon("02-18 00:05", "乙", due="02-24")
    assert diary.writes("02-25 00:00") == [
        "02-11 09:00:00 甲@x due_soon 甲",
        "02-12 09:00:00 丙@x sweep 丙",
        "02-12 09:00:00 乙@x sweep 乙",
        "02-12 09:00:00 甲@x sweep 2",  # with what the morning would have told anyway
        "02-22 09:00:00 乙@x due_soon 乙",  # day 13 breaks the holiday
    ]
    letter = diary.desk("02-13 00:00")[1][2]
    assert letter.intro == "乙局：以下 1 项将在节后第一个工作日结束前到期，请在放假前处理。"
    assert letter.points[0].title == "乙发布：放假期间将超过 14 天未更新"
    assert "最后安全日：2026-02-23（星期一，春节）" in letter.points[0].lines


def test_what_lapses_after_offices_are_open_again_is_not_swept() -> None:
    diary = Diary("甲", remind=False)
    diary.ledger.lapses("甲", diary.at("02-12 00:10"), diary.at("02-26 00:00"))
    assert diary.writes("03-01 00:00") == []
