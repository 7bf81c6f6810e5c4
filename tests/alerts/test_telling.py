"""When letters go, to whom, and which older ones they overtake."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from ledgers import FAR, ROUTES, T0, Ledger, brief, told, turned

from alerts.alert import Alert
from alerts.board import Settings
from alerts.routing import Route
from streams.findings import Grade

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOTH = (
    Route(channel="mail", to="{contact}", go_on=True),
    Route(channel="mail", to="boss@x", go_on=True),
    Route(channel="mail", to="operator@x", operator=True),
)


def clock(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def test_nothing_due_is_taken_before_the_watermark_has_passed_it() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    at_work, done = turned(ledger, T0 + 30 * SECOND)
    assert (done.letters, at_work.next_due()) == ((), T0 + 30 * SECOND)


def test_matters_of_one_unit_within_the_group_wait_are_one_letter() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).opens("甲", T0 + 29 * SECOND, rule="MED-NEVER", why="never")
    assert brief(told(ledger.ordered())) == [("甲@x", "new", 2)]


def test_the_steps_of_day_ten_and_day_twelve_are_a_letter_each() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, "MED-NEARDUE", "due_soon", step="amber")
    ledger.worsens("甲", T0 + 2 * DAY, Grade.DUE_SOON, "MED-NEARDUE", step="red")
    letters = told(ledger.ordered())
    assert brief(letters) == [("甲@x", "due_soon", 1)] * 2
    assert [letter.written_at for letter in letters] == [clock("2026-03-03T09:00:00"), clock("2026-03-05T09:00:00")]


def test_at_nine_sharp_the_same_morning_is_meant() -> None:
    ledger = (
        Ledger().registered("甲").opens("甲", clock("2026-03-03T09:00:00"), Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    )
    (letter,) = told(ledger.ordered())
    assert letter.written_at == clock("2026-03-03T09:00:00")


def test_a_morning_is_one_letter_whatever_it_tells() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.NOTICE, "MED-ZOMBIE", "zombie")
    ledger.closes("甲", T0 + DAY, "MED-ZOMBIE")
    ledger.opens("甲", T0 + DAY, Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    assert brief(told(ledger.ordered())) == [("甲@x", "new", 1), ("甲@x", "due_soon", 2)]


def test_a_due_soon_that_turned_into_a_breach_before_the_morning_is_told_once() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, why="due_soon").worsens("甲", T0 + HOUR)
    assert brief(told(ledger.ordered())) == [("甲@x", "new", 1)]


def test_the_end_of_what_was_only_due_soon_is_not_told() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, "MED-NEARDUE", "due_soon")
    assert brief(told(ledger.closes("甲", T0 + 2 * DAY, "MED-NEARDUE").ordered())) == [("甲@x", "due_soon", 1)]


def test_what_eases_is_not_told_and_is_news_when_it_grows_worse_again() -> None:
    ledger = (
        Ledger().registered("甲").opens("甲", T0).eases("甲", T0 + 2 * HOUR, Grade.NOTICE).worsens("甲", T0 + 4 * HOUR)
    )
    assert [reason for _, reason, _ in brief(told(ledger.ordered()))] == ["new", "worse"]


def test_flapping_is_no_flood() -> None:
    ledger = Ledger().registered("甲")
    for minute in range(0, 120, 10):
        ledger.opens("甲", T0 + minute * MINUTE).closes("甲", T0 + (minute + 5) * MINUTE)
    letters = told(ledger.ordered())
    for reason in ("new", "resolved"):
        times = [letter.written_at for letter in letters if letter.reason == reason]
        assert all(later - earlier >= HOUR for earlier, later in itertools.pairwise(times))
    assert len(letters) <= 4


def test_a_matter_that_flapped_and_stands_is_told_when_the_hour_is_over() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).closes("甲", T0 + 5 * MINUTE).opens("甲", T0 + 10 * MINUTE)
    letters = told(ledger.ordered())
    assert [(one.reason, one.written_at - T0) for one in letters] == [
        ("new", 30 * SECOND),
        ("resolved", 5 * MINUTE + 30 * SECOND),
        ("new", HOUR + 30 * SECOND),
    ]


def test_each_recipient_has_a_letter_of_their_own_and_none_overtakes_the_others() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    _, done = turned(ledger, settings=Settings(remind=False, routes=BOTH))
    assert [letter.to for letter in done.letters] == ["boss@x", "甲@x"]
    assert done.superseded == ()


def test_a_newer_letter_overtakes_the_older_one_to_the_same_recipient() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).closes("甲", T0 + DAY)
    _, done = turned(ledger, settings=Settings(remind=False, routes=BOTH))
    assert [one.reason for one in done.letters] == ["new", "new", "resolved", "resolved"]
    assert set(done.superseded) == {letter.key for letter in done.letters[:2]}


def test_a_letter_about_two_matters_is_overtaken_only_when_both_are() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).opens("甲", T0, rule="MED-NEVER", why="never")
    ledger.closes("甲", T0 + DAY)
    assert turned(ledger)[1].superseded == ()
    ledger.closes("甲", T0 + 2 * DAY, "MED-NEVER")
    _, done = turned(ledger)
    assert done.superseded == (done.letters[0].key,)


def test_the_end_is_told_to_those_who_were_told_of_it() -> None:
    night = Route(channel="mail", to="night@x", hours="22:00-06:00")
    ledger = (
        Ledger().registered("甲").opens("甲", clock("2026-03-02T23:00:00")).closes("甲", clock("2026-03-03T10:00:00"))
    )
    letters = told(ledger.ordered(), settings=Settings(remind=False, routes=(night, *ROUTES)))
    assert brief(letters) == [("night@x", "new", 1), ("night@x", "resolved", 1)]


def test_only_vetoes_break_the_quiet_of_the_night() -> None:
    at = clock("2026-03-02T23:00:00")
    ledger = Ledger().registered("甲", "乙").opens("甲", at).opens("乙", at, Grade.BREACH, "WEB-COL-STALE")
    letters = told(ledger.ordered(), settings=Settings(remind=False, routes=ROUTES, quiet="22:00-07:00"))
    assert [(one.to, one.written_at) for one in letters] == [
        ("甲@x", at + 30 * SECOND),
        ("乙@x", clock("2026-03-03T07:00:00")),
    ]


def test_what_nobody_can_be_found_for_is_counted_and_named() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    at_work, done = turned(ledger, settings=Settings())
    assert (done.letters, done.unrouted, at_work.board.head.unrouted) == ((), (ledger.matter("甲"),), 1)


def test_a_page_that_does_not_open_now_does_not_wait_for_the_morning() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0, Grade.DUE_SOON, "WEB-AVAIL", "down")
    (letter,) = told(ledger.ordered())
    assert (letter.reason, letter.written_at) == ("due_soon", T0 + 30 * SECOND)


def test_blindness_of_single_sources_is_in_the_operators_morning_letter() -> None:
    ledger = Ledger().registered("甲", "乙")
    for name in "甲乙":
        ledger.opens(name, T0, Grade.UNKNOWN, "OWN-BLIND", "blind")
    assert brief(told(ledger.ordered())) == [("operator@x", "new", 2)]


def test_a_confirmed_alert_says_so_and_a_false_alarm_that_ends_is_not_told() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).dismissed("甲", T0 + HOUR).closes("甲", T0 + DAY)
    at_work, done = turned(ledger, T0 + 2 * DAY)
    assert [letter.reason for letter in done.letters] == ["new"]
    (alert,) = [alert for _, alert in at_work.board.all(Alert)]
    assert (alert.state, alert.by, alert.closed_at) == ("false_alarm", "李", T0 + DAY)


def test_a_letters_key_does_not_depend_on_the_turn() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    assert told(ledger.ordered())[0].key == told(ledger.ordered(), T0 + MINUTE)[0].key
    assert (
        told(ledger.ordered(), FAR)[0].key != told(Ledger().registered("甲").opens("甲", T0 + SECOND).ordered())[0].key
    )


def test_what_is_only_said_anew_is_not_told_again_and_does_not_put_off_what_waits() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0)
    ledger.eases("甲", T0 + 20 * SECOND, Grade.VETO).eases("甲", T0 + DAY, Grade.VETO)
    (letter,) = told(ledger.ordered())
    assert letter.written_at == T0 + 30 * SECOND


def test_what_was_dismissed_by_mistake_is_told_once_it_is_confirmed() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).dismissed("甲", T0 + SECOND)
    ledger.confirmed("甲", T0 + HOUR)
    at_work, done = turned(ledger)
    assert [letter.written_at for letter in done.letters] == [T0 + HOUR + 30 * SECOND]
    assert at_work.board.standing()[0].state == "confirmed"


def test_decisions_about_what_is_not_open_are_passed_over() -> None:
    ledger = Ledger().registered("甲").opens("甲", T0).closes("甲", T0 + SECOND).dismissed("甲", T0 + HOUR)
    at_work, done = turned(ledger)
    assert (done.letters, list(at_work.board.all(Alert))) == ((), [])
