"""Who is told, and when a route sleeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.directory import Who
from alerts.routing import Matter, Route, end_of, is_within, recipients

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+08:00")
WHO = Who("朝阳发布", kind="account", unit="朝阳区宣传部", contact="a@x", contact2="b@x")
OPERATOR = Route(channel="mail", to="operator@x", operator=True)


def route(to: str, **fields: Any) -> Route:
    return Route(channel="mail", to=to, **fields)


def to(*routes: Route, at: datetime = MONDAY + timedelta(hours=10), level: str = "veto") -> list[str]:
    return [one.to for one in recipients(routes, Matter(WHO, "MED-STALE", level), at)]


def test_the_first_that_matches_ends_the_search() -> None:
    assert to(route("1"), route("2")) == ["1"]
    assert to(route("1", go_on=True), route("2")) == ["1", "2"]


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({"units": ("朝阳*",)}, True),
        ({"units": ("南充*",)}, False),
        ({"kinds": ("site",)}, False),
        ({"kinds": ("site", "account")}, True),
        ({"rules": ("MED-*",)}, True),
        ({"levels": ("due_soon",)}, False),
        ({"hours": "08:00-18:00"}, True),
        ({"hours": "18:00-08:00"}, False),
        ({"hours": "00:00-24:00"}, True),
        ({"days": (1, 2)}, True),
        ({"days": (6, 7)}, False),
    ],
)
def test_a_route_takes_what_it_names(fields: dict[str, Any], matches: bool) -> None:
    assert to(route("1", **fields), OPERATOR) == (["1"] if matches else ["operator@x"])


def test_contacts_are_the_subjects_own_and_an_empty_one_is_passed_over() -> None:
    assert to(route("{contact}", go_on=True), route("{contact2}")) == ["a@x", "b@x"]
    nobody = recipients([route("{contact}"), OPERATOR], Matter(Who("无"), "MED-STALE", "veto"), MONDAY)
    assert [one.to for one in nobody] == ["operator@x"]


def test_one_address_is_told_once() -> None:
    assert to(route("a@x", go_on=True), route("{contact}")) == ["a@x"]


def test_hours_may_go_over_midnight() -> None:
    assert is_within("22:00-07:00", MONDAY + timedelta(hours=23))
    assert is_within("22:00-07:00", MONDAY)
    assert not is_within("22:00-07:00", MONDAY + timedelta(hours=7))
    assert end_of("22:00-07:00", MONDAY + timedelta(hours=23)) == MONDAY + timedelta(hours=31)
    assert end_of("22:00-07:00", MONDAY + timedelta(hours=6)) == MONDAY + timedelta(hours=7)
    assert end_of("20:00-24:00", MONDAY + timedelta(hours=21)) == MONDAY + timedelta(hours=24)


@pytest.mark.parametrize("hours", ["8-18", "08:00", "25:00-26:00", "早上-晚上"])
def test_hours_that_cannot_be_read_are_refused_by_name(hours: str) -> None:
    with pytest.raises(ValueError, match="expected two times of the day"):
        route("1", hours=hours)


def test_days_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match=r"1 .Monday. to 7"):
        route("1", days=(0,))
