"""What the appender writes, counts and leaves; when it looks again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline import at

from streams.days import day_of
from streams.looks import Item, Level, Look, Opening, Outcome, Shown
from streams.subjects import Source
from streams.thinning import Count, Kept, count_probe, keep, last_good, next_look, only_new, tally_of, worth_writing

EVERY = timedelta(minutes=72)
PROBE = Source(id="p", subject="S", connector="probe", url="https://s.example.cn/", every=EVERY)
COLUMN = Source(id="c", subject="S", connector="column", url="https://s.example.cn/", every=timedelta(hours=4))
T = at("2026-03-02 09:00")
SAME = Shown(count=3, newest=date(2026, 3, 1))
OPENS = Opening(opens=True, seconds=0.4, status=200, certificate_days=80)


def good(level: Level, when: datetime = T, **fields: object) -> Look:
    plain = Look(source="c", asked_at=when, outcome=Outcome.GOOD, level=level)
    return msgspec.structs.replace(plain, **fields)


def failed(cause: str = "http_503", when: datetime = T) -> Look:
    return Look(source="c", asked_at=when, outcome=Outcome.FAILED, cause=cause)


def after(*looks: Look) -> Kept:
    kept = Kept()
    for look in looks:
        kept = keep(kept, look, written=worth_writing(kept, look, COLUMN, None))
    return kept


def test_the_first_look_is_written_and_its_repetition_is_not() -> None:
    assert worth_writing(Kept(), good(SAME), COLUMN, None)
    assert not worth_writing(after(good(SAME)), good(SAME, T + timedelta(hours=4)), COLUMN, None)


@pytest.mark.parametrize(
    "change", [{"count": 4}, {"newest": date(2026, 3, 2)}, {"notice": "本号停止更新"}, {"name": "新名"}]
)
def test_a_changed_level_is_written(change: dict[str, object]) -> None:
    assert worth_writing(after(good(SAME)), good(msgspec.structs.replace(SAME, **change)), COLUMN, None)


def test_new_bytes_are_written_even_with_the_same_level() -> None:
    assert worth_writing(after(good(SAME)), good(SAME, items=(Item("1", "题"),)), COLUMN, None)


def test_items_that_the_index_holds_are_not_written_again() -> None:
    first, second = Item("1", "题"), Item("2", "题")
    shown = good(SAME, items=(second, first))
    assert only_new(shown, {"1"}).items == (second,)
    assert only_new(shown, set()) == shown
    assert only_new(good(SAME), {"1"}).items is None
    repeated = only_new(shown, {"1", "2"})
    assert repeated.items is None
    assert not worth_writing(after(good(SAME)), repeated, COLUMN, None)


def test_a_look_that_is_asked_for_is_written() -> None:
    assert worth_writing(after(good(SAME)), good(SAME, T + timedelta(hours=1)), COLUMN, T)


def test_one_alibi_per_half_horizon() -> None:
    kept = after(good(SAME))
    half = COLUMN.horizon / 2
    assert not worth_writing(kept, good(SAME, T + half - timedelta(seconds=1)), COLUMN, None)
    assert worth_writing(kept, good(SAME, T + half), COLUMN, None)


def test_alibis_come_no_further_apart_than_the_horizon_allows() -> None:
    kept, written = Kept(), []
    for number in range(60):
        look = good(SAME, T + number * COLUMN.every)
        worth = worth_writing(kept, look, COLUMN, None)
        kept = keep(kept, look, written=worth)
        written += [look.asked_at] if worth else []
    gaps = [b - a for a, b in pairwise(written)]
    assert gaps
    assert all(gap == COLUMN.horizon / 2 for gap in gaps)


def test_the_last_good_look_is_written_before_one_that_is_not() -> None:
    """Passed over, it must not make the source blind from the one before it."""
    kept = after(good(SAME), good(SAME, T + timedelta(hours=4), evidence="e"))
    before = good(SAME, T + timedelta(hours=4), evidence="e")
    assert last_good(kept, failed(when=T + timedelta(hours=8))) == before
    assert last_good(kept, good(SAME, T + timedelta(hours=8))) is None
    assert last_good(after(good(SAME)), failed()) is None, "the last good look was written itself"
    ended = keep(kept, failed(when=T + timedelta(hours=8)), written=True)
    assert last_good(ended, failed("tls", T + timedelta(hours=9))) is None, "it is written once"


def test_a_frozen_relay_gets_no_alibi_by_asking_it() -> None:
    kept = after(good(SAME))
    assert not worth_writing(kept, good(SAME, T + timedelta(days=9), as_of=T), COLUMN, None)


def test_an_outcome_is_written_when_it_turns_and_when_its_cause_does() -> None:
    kept = after(good(SAME), failed())
    assert not worth_writing(kept, failed(), COLUMN, None)
    assert worth_writing(kept, failed("timeout"), COLUMN, None)
    assert worth_writing(kept, good(SAME), COLUMN, None)


def test_what_was_written_before_a_failure_is_still_the_level() -> None:
    kept = after(good(SAME), failed(when=T + timedelta(hours=1)))
    assert (kept.level, kept.written_at, kept.failing) == (SAME, T, 1)


def test_a_probe_s_seconds_and_certificate_are_no_change_and_every_failure_is_written() -> None:
    kept = after(good(OPENS))
    assert not worth_writing(kept, good(Opening(opens=True, seconds=9.0, status=200, certificate_days=79)), PROBE, None)
    down = good(Opening(opens=False, cause="dns"))
    assert worth_writing(kept, down, PROBE, None)
    again = keep(kept, down, written=True)
    assert worth_writing(again, down, PROBE, None)


def test_the_hour_counts_what_was_conclusive() -> None:
    down = good(Opening(opens=False, cause="slow"))
    count: Count | None = None
    for look in (good(OPENS), down, failed(), down):
        count, over = count_probe(count, look)
        assert over is None
    assert count == Count(at("2026-03-02 09:00"), probes=3, failures=2, unknown=1)


def test_an_hour_that_is_over_becomes_a_tally() -> None:
    first, _ = count_probe(None, good(OPENS, at("2026-03-02 09:59")))
    now, over = count_probe(first, good(OPENS, at("2026-03-02 10:00")))
    assert (over, now) == (first, Count(at("2026-03-02 10:00"), probes=1))
    tally = tally_of("p", "probe:s.example.cn", first)
    assert (tally.hour, tally.probes, tally.failures, tally.unknown) == (at("2026-03-02 09:00"), 1, 0, 0)


@given(jitters=st.lists(st.floats(0, 0.999), min_size=24, max_size=24), begin=st.integers(0, 1439))
def test_every_day_has_exactly_twenty_probes(jitters: list[float], begin: int) -> None:
    moment = at("2026-03-02 00:00") + timedelta(minutes=begin)
    days: dict[date, int] = {}
    for number in range(24 * 4):
        moment = next_look(PROBE, Kept(failing=number % 7), moment, jitters[number % 24])
        days[day_of(moment)] = days.get(day_of(moment), 0) + 1
    whole = [days[day] for day in sorted(days)[1:-1]]
    assert len(whole) >= 3
    assert set(whole) == {20}


@given(begin=st.integers(0, 86_399), jitter=st.floats(0, 1))
def test_a_probe_is_never_asked_for_the_past(begin: int, jitter: float) -> None:
    moment = at("2026-03-02 00:00") + timedelta(seconds=begin)
    assert moment < next_look(PROBE, Kept(), moment, jitter) <= moment + 1.5 * EVERY


@given(failing=st.integers(0, 99), jitter=st.floats(0, 1))
def test_a_source_that_fails_is_asked_less_often_within_bounds(failing: int, jitter: float) -> None:
    wait = next_look(COLUMN, Kept(failing=failing), T, jitter) - T
    assert 0.9 * COLUMN.every <= wait <= 1.1 * timedelta(hours=12)
    if failing >= 2:
        assert wait >= 0.9 * timedelta(hours=12)


def test_a_slow_source_is_never_hurried_by_its_failures() -> None:
    slow = msgspec.structs.replace(COLUMN, every=timedelta(days=2))
    assert next_look(slow, Kept(failing=9), T, 0.5) - T == timedelta(days=2)
