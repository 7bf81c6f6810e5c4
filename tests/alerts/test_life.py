"""Settings that cannot hold, routes of the ladder, and the corners of an alert's life."""

from __future__ import annotations

import pytest
from diary import LADDER, Diary
from ledgers import FAR, ROUTES, Ledger

from alerts.alert import LONGEST
from alerts.board import Settings
from alerts.directory import Who
from alerts.letter import Reason
from alerts.routing import Matter, Route, Rung, recipients
from alerts.trial import trial
from streams.findings import Grade

WHO = Who("站", unit="甲局", contact="甲@x", contact2="乙@x")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"morning": 24}, "morning 24: expected 0 to 23"),
        ({"ack": 0}, "ack 0: expected 1 to 60"),
        ({"most": -1}, "most -1: expected 0 to 1000"),
        ({"quiet": "nachts"}, "expected two times of the day"),
    ],
)
def test_a_setting_out_of_its_bounds_is_named(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("after", ["1d", "0wd", "wd", "soon", "1000wd"])
def test_a_rung_counts_working_days(after: str) -> None:
    with pytest.raises(ValueError, match=r"expected a number of working days, such as 1wd"):
        Rung(after=after)
    assert Rung(after="12wd").days == 12


def test_a_route_has_no_rung_below_the_first() -> None:
    with pytest.raises(ValueError, match="rung -1: expected 0"):
        Route(channel="mail", to="x", rung=-1)


@pytest.mark.parametrize(
    ("rung", "loud", "expected"),
    [
        (0, False, ["mail:甲@x"]),
        (1, False, ["mail:head@x", "mail:乙@x", "mail:甲@x"]),
        (2, False, ["mail:head@x", "mail:supervisor@x", "mail:乙@x", "mail:甲@x"]),
        (1, True, ["sms:乙@x", "sms:甲@x"]),
    ],
)
def test_who_is_told_at_which_height(rung: int, loud: bool, expected: list[str]) -> None:
    found = recipients(LADDER, Matter(WHO, "MED-STALE", "veto", rung=rung, loud=loud), FAR)
    assert [f"{one.channel}:{one.to}" for one in found] == expected


def test_without_a_loud_route_the_last_day_goes_by_the_others() -> None:
    found = recipients(ROUTES, Matter(WHO, "MED-STALE", "veto", rung=1, loud=True), FAR)
    assert [one.to for one in found] == ["乙@x", "甲@x"]


def test_a_history_keeps_its_first_and_its_last_steps() -> None:
    diary = Diary("甲", remind=False).opens("03-02 10:00", "甲")
    for minute in range(1, LONGEST + 20):
        diary.says(f"03-02 {10 + minute // 60}:{minute % 60:02}", "assigned", "甲", text=f"第{minute}人")
    alert = diary.alert("03-03 00:00", "甲")
    assert len(alert.history) == LONGEST
    assert [step.text for step in (alert.history[0], alert.history[-1])] == ["new", f"第{LONGEST + 19}人"]


def test_what_lapses_is_not_written_about_where_a_silence_covers_it_or_while_we_are_off() -> None:
    silenced = Diary("甲", remind=False).silence("02-11 00:00", "03-01 00:00", unit="甲*")
    silenced.ledger.lapses("甲", silenced.at("02-12 00:10"), silenced.at("02-24 00:00"))
    assert silenced.writes("02-28 00:00") == []
    off = Diary("甲", "zhiban", remind=False)
    off.ledger.lapses("甲", off.at("02-12 00:10"), off.at("02-24 00:00"))
    off.opens("02-12 08:00", "zhiban", Grade.NOTICE, "OWN-OFF", why="off")
    assert off.writes("02-28 00:00") == []


def test_a_trial_heeds_silences_and_says_what_no_route_takes() -> None:
    diary = Diary("甲", routes=(Route(channel="mail", to="operator@x", operator=True),))
    diary.silence("03-02 09:00", "03-04 00:00", unit="甲*")
    board, _ = diary.desk("03-02 12:00")
    found = trial(board, "甲", "MED-STALE", "veto", diary.at("03-02 10:00"))
    assert [(one.at, one.reason, one.why) for one in found[:1]] == [
        (diary.at("03-04 00:00:30"), Reason.NEW, "operator"),
    ]


def test_a_trial_of_what_is_due_soon_shows_the_second_contact_and_the_loudest_channel() -> None:
    diary = Diary("甲", routes=LADDER)
    args = {"id": "甲", "name": "甲发布", "unit": "甲局", "contact": "甲@x", "contact2": "乙@x"}
    told: Ledger = diary.ledger
    told.findings[0].args.update(args)
    board, _ = diary.desk("03-02 12:00")
    found = trial(board, "甲", "MED-NEARDUE", "due_soon", diary.at("03-02 08:00"))
    assert {(one.recipient.to, one.why) for one in found} == {
        ("甲@x", "matched"), ("乙@x", "second"), ("head@x", "rung"), ("甲@x", "loud"), ("乙@x", "loud"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("still", "rest"),
    [
        ("10:00:50", ["03-02 10:01:30 boss@x summary 局1+局2+局3"]),
        ("10:05:00", ["03-02 10:01:30 boss@x summary 局1+局2", "03-02 11:00:33 boss@x new 局3"]),
    ],
)
def test_what_was_put_off_and_then_said_to_be_fixed_is_not_lost(still: str, rest: list[str]) -> None:
    names = [f"局{number}" for number in range(4)]
    routes = (Route(channel="mail", to="boss@x"),)
    diary = Diary(*names, routes=routes, remind=False, most=2)
    for number, name in enumerate(names):
        diary.opens(f"03-02 10:00:{number:02}", name)
    diary.says("03-02 10:00:40", "fixed", "局3").says(f"03-02 {still}", "still_shown", "局3")
    assert diary.writes("03-03 00:00") == ["03-02 10:00:30 boss@x new 局0", *rest]
