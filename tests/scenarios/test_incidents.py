"""An incident of a collector in somebody's hands, told as diaries."""

from __future__ import annotations

from diary import Diary, in_short
from ledgers import RELAY

from alerts.incidents import Incident, incident_id
from alerts.routing import Route
from alerts.view import alerts_view

NAMES = [f"号{number}" for number in range(8)]
ROUTES = (Route(channel="mail", to="{contact}"), Route(channel="mail", to="operator@x", operator=True))


class Collector(Diary):
    """Eight accounts of one relay, which fails on Monday, 2 March at 10:00."""

    def __init__(self) -> None:
        super().__init__(*NAMES, routes=ROUTES, remind=False)
        self.turns("03-02 08:00", "good").turns("03-02 10:00", "failed")

    def turns(self, when: str, outcome: str) -> Collector:
        for name in NAMES:
            self.ledger.turned(name, outcome, self.at(when))
        return self

    def acknowledged(self, when: str, until: str = "", by: str = "李") -> Collector:
        ends = {"until": self.at(until).isoformat()} if until else {}
        self.ledger.acknowledged(self.id, self.at(when), by=by, **ends)
        return self

    @property
    def id(self) -> str:
        return incident_id(RELAY, self.at("03-02 10:00"))

    def incident(self, until: str) -> Incident:
        found = self.desk(until)[0].get(Incident, self.id)
        assert found is not None
        return found

    def told(self, until: str) -> list[str]:
        return [in_short(letter).rsplit(" ", 1)[0] for letter in self.desk(until)[1]]


BEGUN = "03-02 10:00:30 operator@x incident"


def test_who_has_it_in_hand_and_until_when_stands_in_the_list_and_in_its_history() -> None:
    diary = Collector().acknowledged("03-02 11:00", "03-04 09:00")
    (row,) = [row for row in alerts_view(diary.desk("03-03 00:00")[0]) if row["kind"] == "incident"]
    assert (row["state"], row["by"], row["until"]) == ("acknowledged", "李", "2026-03-04T09:00:00+08:00")
    assert [(step["at"][5:19], step["what"], step["by"], step["text"]) for step in row["history"]] == [
        ("03-02T10:00:30", "told", None, "incident"),
        ("03-02T11:00:00", "acknowledged", "李", ""),
    ]


def test_one_that_outlasts_its_acknowledgement_is_told_again_once_and_its_end_too() -> None:
    diary = Collector().acknowledged("03-02 11:00", "03-04 09:00")
    assert diary.told("03-10 00:00") == [BEGUN, "03-04 09:00:30 operator@x ack_over"]
    assert diary.incident("03-10 00:00").in_hand is False
    diary.acknowledged("03-04 10:00").turns("03-05 10:00", "good")  # three working days, and it is over before
    assert diary.told("03-20 00:00") == [
        BEGUN,
        "03-04 09:00:30 operator@x ack_over",
        "03-05 10:10:00 operator@x resolved",
    ]


def test_one_that_is_taken_in_hand_before_it_is_told_is_told_when_that_is_over() -> None:
    diary = Collector().acknowledged("03-02 10:00:10", "03-02 18:00")
    assert diary.told("03-02 17:00") == []
    assert diary.told("03-03 00:00") == ["03-02 18:00:30 operator@x incident"]


def test_one_that_comes_again_within_the_hour_is_still_in_hand() -> None:
    diary = Collector().acknowledged("03-02 11:00", "03-04 09:00")
    diary.turns("03-02 12:00", "good").turns("03-02 12:30", "failed")
    assert diary.told("03-04 08:00") == [BEGUN, "03-02 12:10:00 operator@x resolved"]
    assert diary.incident("03-04 08:00").in_hand
    assert diary.told("03-05 00:00")[2:] == ["03-04 09:00:30 operator@x incident"]


def test_what_is_over_or_unknown_is_passed_over() -> None:
    diary = Collector().turns("03-02 12:00", "good").acknowledged("03-02 15:00")
    diary.ledger.acknowledged("dd" * 10, diary.at("03-02 15:00"))
    assert diary.incident("03-03 00:00").until is None
    assert diary.told("03-10 00:00") == [BEGUN, "03-02 12:10:00 operator@x resolved"]
