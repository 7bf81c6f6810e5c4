"""What people ask for, told as diaries: who is asked to decide, when they are reminded, and what each answer does."""

from __future__ import annotations

from typing import Any

import pytest
from diary import LADDER, Diary

from alerts.remembered import Question
from alerts.routing import Route
from alerts.view import alerts_view
from streams.findings import Grade

QUIET: dict[str, Any] = {"remind": False, "rungs": ()}
ONE_RUNG = tuple(route for route in LADDER if route.rung < 2)
FLAT = tuple(route for route in LADDER if not route.rung)


def late(*names: str, routes: tuple[Route, ...] = LADDER, **settings: Any) -> Diary:
    """Breaches of Monday, 2 March 10:00, told at once."""
    diary = Diary(*names, routes=routes, **(QUIET | settings))
    for name in names:
        diary.opens("03-02 10:00", name)
    return diary


TOLD = "03-02 10:00:30 甲@x new 甲"


def test_an_exemption_is_put_to_the_supervisor_the_next_morning_and_the_asker_hears_the_answer() -> None:
    diary = late("甲").says("03-03 15:00", "exempt", "甲", by="甲***@x (mail)", text="由上级统一发布")
    assert diary.writes("03-05 00:00") == [TOLD, "03-04 09:00:00 supervisor@x request 甲"]
    asked = diary.desk("03-05 00:00")[1][-1]
    (point,) = asked.points
    assert point.title == "申请豁免：甲发布：超过 14 天未更新"
    assert point.lines == (
        "申请：甲***@x (mail) 于 2026-03-03 15:00 提出。说明：由上级统一发布",
        "现状：单项否决，自 2026-03-02 10:00 起",
        "同意后：这一条不再提醒，直至解除。检查结论不变，要改结论须改名录或指标包。",
        f"命令：zhiban alerts grant {diary.ledger.matter('甲')} --request exempt（或 refuse）",
    )
    diary.says("03-05 11:00", "granted", "甲", by="主管", about="exempt", text="同意一个月")
    assert diary.writes("05-01 00:00")[2:] == ["03-06 09:00:00 甲@x answered 甲"]
    (told,) = diary.desk("03-07 00:00")[1][-1].points
    assert told.lines[1:] == ("答复：主管 于 2026-03-05 11:00 同意。说明：同意一个月", "接下来：这一条不再提醒。")
    alert = diary.alert("03-07 00:00", "甲")
    assert (alert.state, alert.in_hand) == ("granted", True)
    assert [(step.at, step.what, step.by, step.about) for step in alert.history[1:]] == [
        (diary.at("03-03 15:00"), "exempt", "甲***@x (mail)", ""),
        (diary.at("03-04 09:00"), "request_told", "", "exempt"),
        (diary.at("03-05 11:00"), "granted", "主管", "exempt"),
        (diary.at("03-06 09:00"), "answer_told", "", "exempt"),
    ]
    (row,) = [row for row in alerts_view(diary.desk("03-07 00:00")[0]) if row["id"] == alert.id]
    assert [(one["kind"], one["at"][:16], one["answer"], one["answered_at"][:16]) for one in row["requests"]] == [
        ("exempt", "2026-03-03T15:00", "granted", "2026-03-05T11:00")
    ]


@pytest.mark.parametrize(
    ("kind", "routes", "decides"),
    [
        ("exempt", LADDER, "supervisor@x"),
        ("shutdown", LADDER, "supervisor@x"),
        ("not_ours", LADDER, "operator@x"),  # the registry is the operator's
        ("exempt", ONE_RUNG, "head@x"),
        ("exempt", FLAT, "operator@x"),
    ],
)
def test_who_decides_is_the_top_of_the_ladder_or_the_operator(
    kind: str, routes: tuple[Route, ...], decides: str
) -> None:
    diary = late("甲", routes=routes).says("03-03 15:00", kind, "甲")
    assert diary.writes("03-05 00:00")[1:] == [f"03-04 09:00:00 {decides} request 甲"]


def test_who_does_not_answer_is_reminded_twice_on_the_working_day_clock_and_never_again() -> None:
    """The Spring Festival is from 15 to 23 February, and the Saturday before it is worked."""
    diary = Diary("甲", routes=LADDER, **QUIET).opens("02-10 10:00", "甲").says("02-11 15:00", "shutdown", "甲")
    assert diary.writes("06-01 00:00")[1:] == [
        "02-12 09:00:00 supervisor@x request 甲",
        "02-26 09:00:00 supervisor@x request 甲",  # 13, 14, 24, 25, 26
        "03-04 09:00:00 operator@x request 甲",  # 27, 28 (a Saturday that is worked), 2, 3, 4
        "03-04 09:00:00 supervisor@x request 甲",
    ]
    assert diary.desk("06-01 00:00")[1][-1].points[0].lines[2] == "提醒：这是第 3 次告知，尚未答复。"


def test_an_answer_between_two_reminders_ends_them_and_a_refusal_leaves_all_as_it_was() -> None:
    diary = late("甲", remind=True).says("03-03 15:00", "exempt", "甲")
    diary.says("03-05 11:00", "refused", "甲", by="主管", about="exempt", text="无依据")
    assert diary.writes("03-10 00:00") == [
        TOLD,
        "03-03 09:00:00 甲@x reminder 甲",
        "03-04 09:00:00 甲@x reminder 甲",
        "03-04 09:00:00 supervisor@x request 甲",
        "03-05 09:00:00 甲@x reminder 甲",
        "03-06 09:00:00 甲@x reminder 甲",
        "03-06 09:00:00 甲@x answered 甲",
        "03-09 09:00:00 甲@x reminder 甲",
    ]
    assert diary.alert("03-10 00:00", "甲").state == "open"
    diary.says("03-10 10:00", "exempt", "甲", text="附依据")  # it may be asked for again
    assert "03-11 09:00:00 supervisor@x request 甲" in diary.writes("03-12 00:00")


def test_the_same_request_by_several_readers_is_one_letter_and_stands_twice_in_the_history() -> None:
    diary = late("甲").says("03-03 15:00", "exempt", "甲", by="一").says("03-03 16:00", "exempt", "甲", by="二")
    diary.says("03-05 16:00", "exempt", "甲", by="三")
    assert diary.writes("03-06 00:00") == [TOLD, "03-04 09:00:00 supervisor@x request 甲"]
    assert [step.by for step in diary.alert("03-06 00:00", "甲").history if step.what == "exempt"] == ["一", "二", "三"]


def test_all_requests_of_a_morning_are_one_letter_for_whoever_decides() -> None:
    names = [f"局{number:02}" for number in range(12)]
    diary = late(*names)
    for name in names:
        diary.says("03-03 15:00", "exempt", name).says("03-03 15:00", "shutdown", name)
    assert diary.writes("03-05 00:00")[12:] == ["03-04 09:00:00 supervisor@x request 24"]


def test_what_is_over_or_was_none_needs_no_decision() -> None:
    for ends in ("closed", "dismissed"):
        diary = late("甲").says("03-03 15:00", "exempt", "甲")
        if ends == "closed":
            diary.closes("03-03 16:00", "甲")
        else:
            diary.says("03-03 16:00", "dismissed", "甲")
        diary.says("03-05 11:00", "granted", "甲", about="exempt")
        assert not [line for line in diary.writes("06-01 00:00") if "request" in line or "answered" in line]


def test_an_answer_before_the_morning_is_told_and_the_question_is_not() -> None:
    diary = late("甲").says("03-03 15:00", "exempt", "甲").says("03-03 16:00", "granted", "甲", by="主管")
    assert diary.writes("06-01 00:00") == [TOLD, "03-04 09:00:00 甲@x answered 甲"]


def test_an_answer_to_nothing_or_to_nobody_knows_which_of_two_changes_nothing() -> None:
    diary = late("甲").says("03-03 15:00", "granted", "甲")
    assert diary.writes("06-01 00:00") == [TOLD]
    diary.says("03-03 16:00", "exempt", "甲").says("03-03 16:01", "shutdown", "甲").says("03-03 16:02", "granted", "甲")
    assert diary.alert("03-05 00:00", "甲").state == "open"
    diary.says("03-05 10:00", "granted", "甲", about="shutdown").says("03-05 10:01", "granted", "甲", about="shutdown")
    assert [step.about for step in diary.alert("03-06 00:00", "甲").history if step.what == "granted"] == ["shutdown"]


def test_that_it_is_another_units_is_peace_for_three_working_days_until_the_registry_says_so() -> None:
    diary = late("甲").says("03-03 15:00", "not_ours", "甲").says("03-04 10:00", "granted", "甲", by="值班员")
    assert diary.writes("03-20 00:00") == [
        TOLD,
        "03-04 09:00:00 operator@x request 甲",
        "03-05 09:00:00 甲@x answered 甲",
        "03-09 09:00:30 甲@x ack_over 甲",
    ]
    (point,) = diary.desk("03-20 00:00")[1][-1].points
    assert "同意的期限已到，问题仍在。" in point.lines


def test_a_granted_exemption_has_an_end_where_one_was_named_and_confirm_takes_it_back() -> None:
    diary = late("甲").says("03-03 15:00", "exempt", "甲").says("03-04 10:00", "granted", "甲", until="03-20 09:00")
    assert diary.writes("04-01 00:00")[-1] == "03-20 09:00:30 甲@x ack_over 甲"
    back = late("甲", remind=True).says("03-03 15:00", "exempt", "甲").says("03-03 16:00", "granted", "甲")
    back.says("03-10 10:00", "confirmed", "甲")
    assert back.writes("03-12 00:00")[-1] == "03-11 09:00:00 甲@x reminder 甲"
    assert not [line for line in back.writes("03-10 12:00") if line > "03-04 10" and "reminder" in line]


def test_the_answer_goes_to_the_reader_who_asked_and_to_nobody_else() -> None:
    routes = (Route(channel="mail", to="boss@x", go_on=True), *LADDER)
    diary = late("甲", routes=routes).says("03-03 15:00", "exempt", "甲", by="b***s@x (mail)")
    diary.says("03-04 10:00", "refused", "甲")
    assert [line for line in diary.writes("03-06 00:00") if "answered" in line] == ["03-05 09:00:00 boss@x answered 甲"]
    other = late("甲", routes=routes).says("03-03 15:00", "exempt", "甲", by="王芳")
    other.says("03-04 10:00", "refused", "甲")
    assert len([line for line in other.writes("03-06 00:00") if "answered" in line]) == 2


def test_a_sealed_matter_is_not_quoted_to_whoever_decides() -> None:
    diary = Diary("甲", routes=LADDER, **QUIET)
    diary.opens("03-02 10:00", "甲", Grade.NOTICE, "SEC-WORDING", args={"title": "某某讲话"})
    diary.says("03-03 15:00", "exempt", "甲", rule="SEC-WORDING")
    letter = next(one for one in diary.desk("03-05 00:00")[1] if one.reason == "request")
    assert "某某讲话" not in str(letter)
    assert letter.points[0].url == ""


def test_a_request_that_was_made_anew_leaves_with_its_alert_and_so_does_the_first_one() -> None:
    diary = late("甲").says("03-03 15:00", "exempt", "甲", by="甲")
    diary.says("03-04 11:00", "refused", "甲", by="主管", about="exempt")
    diary.says("03-10 11:00", "exempt", "甲", by="甲").closes("03-20 10:00", "甲")
    assert len(list(diary.desk("04-01 00:00")[0].all(Question))) == 2
    assert list(diary.desk("06-01 00:00")[0].all(Question)) == []
