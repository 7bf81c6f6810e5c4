"""The law of a pace: however senders claim, wait, end and die, no window sees more messages than it may, and all go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import new_store

from streams.outgoing import Pace
from streams.ports.store import Store
from streams.ports.store.opening import connect
from streams.ports.store.outbox import GAVE_UP, SENT, WAITING, Draft

T0 = datetime(2026, 11, 2, tzinfo=UTC)
LEASE = timedelta(seconds=120)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    postgres = request.param == "postgres"
    made = new_store(request.getfixturevalue("postgres") if postgres else f"sqlite:///{tmp_path / 'z.db'}")
    yield made
    made.close()


def put(store: Store, *drafts: Draft) -> None:
    with store.write() as tx:
        tx.put_letters(drafts)


def draft(number: int, channel: str = "robot", to: str = "") -> Draft:
    return Draft(f"k{number:03}", channel, to or f"a{number}", T0 + number * SECOND / 1000, b"{}")


def claim(store: Store, now: datetime, *paces: Pace, limit: int = 16) -> list[str]:
    with store.write() as tx:
        return [one.key for one in tx.claim_letters(now, now + LEASE, limit, {"robot": paces} if paces else {})]


def settle(store: Store, key: str, now: datetime, state: str = SENT) -> None:
    with store.write() as tx:
        tx.settle_letter(key, state, "200", now, now if state == WAITING else None)


def next_letter(store: Store) -> datetime | None:
    with store.read() as tx:
        return tx.next_letter()


def test_over_the_pace_a_letter_waits_and_that_is_no_attempt(store: Store) -> None:
    put(store, *(draft(number) for number in range(5)))
    now = T0 + SECOND
    assert claim(store, now, Pace(2, 60)) == ["k000", "k001"]
    settle(store, "k000", now + SECOND)
    settle(store, "k001", now + 3 * SECOND)
    assert claim(store, now + 4 * SECOND, Pace(2, 60)) == []
    assert next_letter(store) == now + 60 * SECOND, "nobody asks before there can be a place"
    assert claim(store, now + 60 * SECOND, Pace(2, 60)) == []
    assert next_letter(store) == now + 61 * SECOND
    assert claim(store, now + 61 * SECOND, Pace(2, 60)) == ["k002"]
    with store.write() as tx:
        [k3] = tx.claim_letters(now + 63 * SECOND, T0 + LEASE, 1, {"robot": (Pace(2, 60),)})
        assert (k3.key, k3.attempts) == ("k003", 0)


def test_what_is_under_way_has_its_place_until_a_window_after_its_end(store: Store) -> None:
    put(store, *(draft(number) for number in range(3)))
    now = T0 + SECOND
    assert claim(store, now, Pace(1, 10)) == ["k000"]
    assert claim(store, now + 30 * SECOND, Pace(1, 10)) == [], "its message may be counted any moment"
    settle(store, "k000", now + 35 * SECOND)
    assert claim(store, now + 44 * SECOND, Pace(1, 10)) == []
    assert claim(store, now + 45 * SECOND, Pace(1, 10)) == ["k001"]
    lost = now + 45 * SECOND + LEASE  # its sender died: it is over when its lease is
    assert claim(store, lost + 9 * SECOND, Pace(1, 10)) == []
    assert claim(store, lost + 10 * SECOND, Pace(1, 10)) == ["k001"]


def test_a_clock_that_stands_still_or_steps_back_stops_nobody(store: Store) -> None:
    put(store, draft(0))
    for seconds in (5, 5, 4):
        now = T0 + seconds * SECOND
        with store.write() as tx:
            tx.connection.exec_driver_sql(f"update outbox set next_at = {int(T0.timestamp()) * 1_000_000}")
        assert claim(store, now, Pace(3, 60)) == ["k000"]
        settle(store, "k000", now, WAITING)
    assert claim(store, T0 + 5 * SECOND, Pace(3, 60)) == [], "three attempts have three places"


def test_a_channel_that_waits_keeps_no_other_waiting(store: Store) -> None:
    put(store, *(draft(number) for number in range(40)), *(draft(number, "mail") for number in range(40, 45)))
    now = T0 + SECOND
    found = [key for _ in range(6) for key in claim(store, now, Pace(3, 60), limit=4)]
    assert sorted(found) == ["k000", "k001", "k002", *(f"k{number:03}" for number in range(40, 45))]


def test_each_address_may_have_a_pace_of_its_own(store: Store) -> None:
    put(store, *(draft(number, to=f"a{number % 2}") for number in range(6)))
    now, found = T0 + SECOND, list[str]()
    for _ in range(6):
        for key in claim(store, now, Pace(2, 60, each_address=True)):
            settle(store, key, now)
            found.append(key)
    assert sorted(found) == ["k000", "k001", "k002", "k003"]
    assert sorted(claim(store, now + 60 * SECOND, Pace(2, 60, each_address=True))) == ["k004", "k005"]


def test_of_two_paces_both_are_kept(store: Store) -> None:
    put(store, *(draft(number) for number in range(12)))
    went: list[datetime] = []
    now, paces = T0 + SECOND, (Pace(5, 1), Pace(6, 60))
    while (due := next_letter(store)) is not None:
        now = max(now, due)
        for key in claim(store, now, *paces):
            settle(store, key, now)
            went.append(now)
    assert [(at - T0).total_seconds() for at in went] == [1] * 5 + [2] + [61] * 5 + [62]


def pause(store: Store, until: datetime, channel: str = "robot") -> None:
    with store.write() as tx:
        tx.pause_channel(channel, until)


def test_a_channel_that_pauses_sends_nothing_and_keeps_no_other_waiting(store: Store) -> None:
    put(store, draft(0), draft(1), draft(2, "mail"))
    now, until = T0 + SECOND, T0 + 30 * SECOND
    pause(store, until)
    assert claim(store, now) == ["k002"]
    settle(store, "k002", now)
    put(store, Draft("new", "robot", "a9", now, b"{}"))
    assert claim(store, now + SECOND, Pace(5, 60)) == []
    assert next_letter(store) == until, "due when the pause is over, and no moment later"
    assert claim(store, until, Pace(2, 60)) == ["k000", "k001"], "and a pause takes no place in a pace"


def test_of_two_pauses_the_longer_one_stands_and_each_ends(store: Store) -> None:
    put(store, draft(0))
    pause(store, T0 + 30 * SECOND)
    pause(store, T0 + 10 * SECOND)
    assert claim(store, T0 + 29 * SECOND) == []
    assert claim(store, T0 + 30 * SECOND) == ["k000"]
    with store.read() as tx:
        assert tx.connection.exec_driver_sql("select count(*) from sendings").scalar() == 0


def test_a_pause_leaves_what_is_under_way_alone(store: Store) -> None:
    put(store, draft(0), draft(1))
    now = T0 + SECOND
    assert claim(store, now, limit=1) == ["k000"]
    pause(store, now + 60 * SECOND)
    assert claim(store, now + SECOND) == []
    settle(store, "k000", now + 2 * SECOND)
    assert claim(store, now + 60 * SECOND) == ["k001"]


def test_two_senders_share_a_pause(store: Store) -> None:
    """The other one has a store of its own, as another process has."""
    other = connect(store._engine.url.render_as_string(hide_password=False))
    put(store, draft(0))
    pause(other, T0 + 30 * SECOND)
    assert claim(store, T0 + SECOND) == claim(other, T0 + SECOND) == []
    assert claim(other, T0 + 30 * SECOND) == ["k000"]
    other.close()


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 40), st.booleans()), max_size=40), st.booleans())
def test_nothing_goes_in_a_pause_and_everything_after_it_in_order(
    taken: list[tuple[float, float, bool]], paced: bool
) -> None:
    store = new_store("sqlite://")
    put(store, *(draft(number, to=f"a{number % 3}") for number in range(12)))
    now, silent, went = T0 + SECOND, T0, list[str]()
    for wait, span, limited in taken:
        now += timedelta(seconds=wait)
        for key in claim(store, now, *([Pace(3, 10)] if paced else [])):
            assert now >= silent
            settle(store, key, now)
            went.append(key)
        if limited:
            pause(store, now + timedelta(seconds=span))
            silent = max(silent, now + timedelta(seconds=span))
    while (due := next_letter(store)) is not None:
        now = max(now, due)
        for key in claim(store, now, *([Pace(3, 10)] if paced else [])):
            settle(store, key, now)
            went.append(key)
    store.close()
    assert sorted(went) == [f"k{number:03}" for number in range(12)]
    for to in range(3):
        mine = [key for key in went if int(key[1:]) % 3 == to]
        assert mine == sorted(mine)


paces = st.builds(Pace, st.integers(1, 5), st.sampled_from([1, 10, 60]), st.booleans())
steps = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 30), st.floats(0, 130), st.booleans()), max_size=60)


@given(st.lists(paces, min_size=1, max_size=2), steps)
def test_no_window_sees_more_than_it_may(several: list[Pace], taken: list[tuple[int, float, float, bool]]) -> None:
    """Senders claim and end as they like; the other side counts each message at any moment between the two."""
    store = new_store("sqlite://")
    put(store, *(draft(number, to=f"a{number % 7}") for number in range(40)))
    now, out, counted = T0 + SECOND, dict[str, datetime](), list[tuple[datetime, str]]()
    for limit, pause, share, ends in taken:
        now += timedelta(seconds=pause)
        for key in [key for key, began in out.items() if ends or now >= began + LEASE]:
            began = out.pop(key)
            end = min(now, began + LEASE)  # who holds it longer has lost it
            counted.append((began + (end - began) * min(share / 130, 1), key))
            if now < began + LEASE:
                settle(store, key, now, SENT if share < 65 else WAITING)
        out |= dict.fromkeys(claim(store, now, *several, limit=limit), now)
    store.close()
    for pace in several:
        assert all(len(window) <= pace.most for window in windows(counted, pace))


def windows(counted: list[tuple[datetime, str]], pace: Pace) -> Iterator[list[str]]:
    """What is counted in the window that begins with each message: of all addresses, or of its own."""
    for first, key in counted:
        yield [
            other
            for at, other in counted
            if first <= at < first + timedelta(seconds=pace.seconds)
            and (not pace.each_address or int(other[1:]) % 7 == int(key[1:]) % 7)
        ]


@given(st.lists(paces, min_size=1, max_size=2), st.lists(st.floats(0, 20), min_size=1, max_size=10))
def test_everything_goes_in_the_end(several: list[Pace], lasts: list[float]) -> None:
    store = new_store("sqlite://")
    put(store, *(draft(number, to=f"a{number % 7}") for number in range(15)))
    now, rounds = T0 + SECOND, 0
    while (due := next_letter(store)) is not None:
        now, rounds = max(now, due), rounds + 1
        for key in claim(store, now, *several):
            now += timedelta(seconds=lasts[rounds % len(lasts)])
            settle(store, key, now, GAVE_UP if rounds % 5 == 4 else SENT)
        assert rounds < 200, "nobody asks again and again before there is a place"
    store.close()
