"""MED-NEVER: an account without any post, counted from its registration."""

from __future__ import annotations

from timeline import account, day

from streams.subjects import Status

RULE = "MED-NEVER"
REGISTERED = day("2026-03-01")


def test_the_last_safe_minute_and_the_next_day() -> None:
    assert account(registered_on=REGISTERED).shows("2026-03-15 23:59", None, 0).stands(RULE) == []
    late = account(registered_on=REGISTERED).shows("2026-03-16 00:00", None, 0)
    assert late.stands(RULE) == ["veto"]
    assert late.ledger(RULE)[0].args == {"registered": "2026-03-01", "limit": "14d"}


def test_the_wake_asks_and_the_look_speaks() -> None:
    story = account(registered_on=REGISTERED).shows("2026-03-02", None, 0).ticks("2026-03-16")
    assert story.finds(RULE) == []
    assert story.shows("2026-03-16 12:01", None, 0).finds(RULE) == ["opens veto"]


def test_one_old_post_is_not_never() -> None:
    assert account(registered_on=REGISTERED).shows("2026-06-01", "2026-03-01", 1).finds(RULE) == []


def test_an_undated_post_is_a_post() -> None:
    assert account(registered_on=REGISTERED).shows("2026-06-01", None, 1).finds(RULE) == []


def test_without_a_date_of_registration_it_is_unknown_until_it_is_completed() -> None:
    story = account().shows("2026-06-01", None, 0)
    assert story.finds(RULE) == ["opens unknown"]
    assert story.changes("2026-06-02", registered_on=REGISTERED).finds(RULE) == ["opens unknown", "worsens veto"]


def test_a_first_post_closes_it() -> None:
    story = account(registered_on=REGISTERED).shows("2026-06-01", None, 0).shows("2026-06-02", "2026-06-02", 1)
    assert story.finds(RULE) == ["opens veto", "closes updated"]


def test_a_corrected_date_of_registration_closes_it() -> None:
    story = account(registered_on=REGISTERED).shows("2026-03-16", None, 0)
    story.changes("2026-03-17", registered_on=day("2026-03-10"))
    assert story.finds(RULE) == ["opens veto", "closes new"]
    assert story.shows("2026-03-25 00:00", None, 0).stands(RULE) == ["veto"]


def test_a_suspended_account_need_not_begin() -> None:
    story = account(registered_on=REGISTERED, status=Status.SUSPENDED, status_until=day("2026-04-30"))
    assert story.shows("2026-04-30", None, 0).finds(RULE) == []
    assert story.shows("2026-05-01", None, 0).finds(RULE) == ["opens veto"]


def test_failures_are_not_emptiness() -> None:
    assert account(registered_on=REGISTERED).fails("2026-04-01").ticks("2026-05-01").finds(RULE) == []


def test_an_account_that_has_posted_is_not_never() -> None:
    story = (
        account("2026-03-01", registered_on=REGISTERED).shows("2026-03-20", "2026-03-19").shows("2026-03-21", None, 0)
    )
    assert story.ticks("2026-05-01").finds(RULE) == []
