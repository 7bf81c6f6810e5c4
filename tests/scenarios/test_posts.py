"""Contacts as posts, told as diaries: who is asked once a quarter, what each answer does, and who hears of silence."""

from __future__ import annotations

from datetime import datetime

from diary import LADDER, Diary, in_short
from ledgers import desk

from alerts.board import Settings
from alerts.letter import Reason
from alerts.remembered import Post
from alerts.routing import Route

ASKING = {"confirm_contacts": True, "remind": False}


def post(diary: Diary, until: str, address: str = "甲@x") -> Post:
    found = diary.desk(until)[0].get(Post, address)
    assert found is not None
    return found


def test_a_contact_is_asked_on_the_first_working_morning_of_a_quarter_unless_it_has_said_so() -> None:
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    for when in ("04-01 10:00", "07-01 08:00", "10-08 09:30"):
        diary.ledger.contact("甲@x", diary.at(when))
    assert diary.writes("12-31 00:00") == [
        "04-01 09:00:00 甲@x confirm_contact 甲",
        "10-08 09:00:00 甲@x confirm_contact 甲",  # the National Day's holiday is over
    ]
    assert post(diary, "12-31 00:00") == Post(
        confirmed_at=diary.at("10-08 09:30"), by="王", asked_at=diary.at("10-08 09:00")
    )


def test_who_does_not_answer_within_five_working_days_is_told_to_the_head_once() -> None:
    """Grave-sweeping Day is 4 to 6 April: the fifth working day after the 1st is the 9th."""
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    assert diary.writes("06-30 00:00") == [
        "04-01 09:00:00 甲@x confirm_contact 甲",
        "04-09 09:00:00 head@x contact_silent 甲",
    ]
    asked, told = diary.desk("06-30 00:00")[1]
    assert "请答复：2026-04-09 09:00 之前" in asked.points[0].lines
    assert told.points[0].title == "甲局：联系人 甲***@x 没有答复"
    assert told.points[0].lines[0] == "询问时间：2026-04-01 09:00"
    assert post(diary, "06-30 00:00").told_at == diary.at("04-09 09:00")


def test_an_answer_a_second_before_that_morning_is_in_time_and_one_after_it_ends_it() -> None:
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    diary.ledger.contact("甲@x", diary.at("04-09 08:59:59"))
    assert diary.writes("06-30 00:00") == ["04-01 09:00:00 甲@x confirm_contact 甲"]
    late = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    late.ledger.contact("甲@x", late.at("04-20 10:00"))
    assert len(late.writes("06-30 00:00")) == 2
    assert post(late, "06-30 00:00").confirmed_at == late.at("04-20 10:00")


def test_without_a_head_of_the_office_the_operator_hears_of_it() -> None:
    diary = Diary("甲", began="02-01 00:00", **ASKING)
    assert diary.writes("06-30 00:00")[1] == "04-09 09:00:00 operator@x contact_silent 甲"


def test_a_post_that_is_given_up_is_told_to_head_and_operator_the_next_morning_and_nobody_is_dropped() -> None:
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    diary.ledger.contact("甲@x", diary.at("04-03 15:00"), "contact_left")  # a Friday before the holiday
    diary.opens("04-08 10:00", "甲")
    assert diary.writes("04-08 12:00") == [
        "04-01 09:00:00 甲@x confirm_contact 甲",
        "04-07 09:00:00 head@x contact_left 甲",
        "04-07 09:00:00 operator@x contact_left 甲",
        "04-08 10:00:30 甲@x new 甲",  # until the registry names another
    ]
    told = diary.desk("04-08 00:00")[1][1].points[0]
    assert told.lines[0] == "答复：王 于 2026-04-03 15:00 称不再由其负责。"
    assert "在此之前仍发给原联系人" in told.lines[-1]
    diary.closes("04-08 13:00", "甲")
    assert diary.writes("06-30 00:00")[4:] == ["04-08 13:00:30 甲@x resolved 甲"]
    assert diary.writes("07-02 00:00")[-1] == "07-01 09:00:00 甲@x confirm_contact 甲"  # asked anew


def test_who_thinks_better_of_it_before_the_morning_is_told_to_nobody() -> None:
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", **ASKING)
    diary.ledger.contact("甲@x", diary.at("04-02 15:00"), "contact_left")
    diary.ledger.contact("甲@x", diary.at("04-02 15:01"))
    assert diary.writes("06-30 00:00") == ["04-01 09:00:00 甲@x confirm_contact 甲"]
    assert post(diary, "06-30 00:00").left_at is None
    for hour in (10, 12):  # and whoever cannot make up their mind, once
        diary.ledger.contact("甲@x", diary.at(f"04-07 {hour}:00"), "contact_left")
        diary.ledger.contact("甲@x", diary.at(f"04-08 {hour}:00"))
    assert diary.writes("06-30 00:00")[1:] == [
        "04-08 09:00:00 head@x contact_left 甲",
        "04-08 09:00:00 operator@x contact_left 甲",
    ]


def test_what_many_posts_have_to_say_is_one_letter_for_each_of_those_above() -> None:
    names = [f"局{number:02}" for number in range(30)]
    diary = Diary(*names, routes=LADDER, began="02-01 00:00", **ASKING)
    letters = diary.desk("06-30 00:00")[1]
    assert [in_short(one) for one in letters[30:]] == ["04-09 09:00:00 head@x contact_silent 30"]
    assert letters[30].intro.startswith("以下 30 位联系人")


def test_one_contact_of_many_subjects_is_asked_once_and_second_contacts_too() -> None:
    diary = Diary("甲", "乙", "丙", routes=LADDER, began="02-01 00:00", **ASKING)
    for name in "乙丙":
        diary.ledger.named(name, diary.at("03-01 10:00"), contact="甲@x", contact2="副@x")
    asked = [one for one in diary.desk("04-02 00:00")[1] if one.reason == "confirm_contact"]
    assert [(one.to, one.points[0].lines[0]) for one in asked] == [
        ("副@x", "负责：丙发布、乙发布"),
        ("甲@x", "负责：丙发布、乙发布、甲发布"),
    ]


def test_who_is_no_longer_in_the_registry_or_reached_by_no_route_is_not_asked_and_not_told_of() -> None:
    diary = Diary("甲", "乙", routes=LADDER, began="02-01 00:00", **ASKING)
    diary.ledger.status("乙", "cancelled", diary.at("03-01 10:00"))
    diary.ledger.named("甲", diary.at("04-03 10:00"), contact="新@x")
    assert diary.writes("06-30 00:00") == ["04-01 09:00:00 甲@x confirm_contact 甲"]  # the new one next quarter
    nowhere = Diary("甲", routes=(Route(channel="mail", to="one@x"),), began="02-01 00:00", **ASKING)
    assert nowhere.writes("06-30 00:00") == []
    assert nowhere.desk("06-30 00:00")[0].get(Post, "甲@x") is None


def test_nobody_is_asked_where_it_is_not_wished_and_an_answer_is_kept_all_the_same() -> None:
    diary = Diary("甲", routes=LADDER, began="02-01 00:00", remind=False)
    diary.ledger.contact("甲@x", diary.at("04-02 15:00"), "contact_left", by="值班员")
    assert diary.writes("06-30 00:00") == [
        "04-03 09:00:00 head@x contact_left 甲",
        "04-03 09:00:00 operator@x contact_left 甲",
    ]
    assert post(diary, "06-30 00:00").left_at == diary.at("04-02 15:00")


def asked_after_a_change(before: bool, after: bool) -> list[datetime]:
    """When contacts are asked of whom the desk had heard long ago, where the wish changes in May."""
    diary = Diary("甲", routes=LADDER, began="02-01 00:00").opens("05-10 09:00", "甲")
    change, findings = diary.at("05-01 00:00"), diary.ledger.ordered()
    was, now = (Settings(routes=LADDER, confirm_contacts=wish, remind=False) for wish in (before, after))
    known = desk(settings=was).turn([one for one in findings if one.time < change], change, complete=True).changes
    at_work = desk({key: body for key, body in known.items() if body is not None}, now)
    letters = at_work.turn([one for one in findings if one.time >= change], diary.at("08-01 00:00"), complete=True)
    return [one.written_at for one in letters.letters if one.reason is Reason.CONFIRM_CONTACT]


def test_whoever_is_known_for_long_is_asked_once_it_is_wished_and_no_more_when_it_is_not() -> None:
    july = [Diary().at("07-01 09:00")]
    assert asked_after_a_change(before=False, after=True) == july
    assert asked_after_a_change(before=True, after=True) == july
    assert asked_after_a_change(before=True, after=False) == []
