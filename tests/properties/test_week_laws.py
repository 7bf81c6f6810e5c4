"""A fold that is kept at the end of a week, taken up there and carried on, is the fold of the whole ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from harness import memory_store
from hypothesis import given
from hypothesis import strategies as st
from ledgers import T0, Ledger
from picking import flip, pick
from stores import renew

from alerts.digest.fold import AGAIN, Folding, Told, ends, fold
from alerts.digest.keeping import kept, taken_up
from alerts.digest.week import week_of
from streams.findings import Finding, Grade
from zhiban.weekfold import WeekFold

NAMES = "甲乙丙丁戊己"
STEPS = (timedelta(0), timedelta(minutes=9), timedelta(hours=30), timedelta(days=6), timedelta(days=40))
RULES = [
    ("MED-STALE", Grade.VETO, "stale", ""),
    ("MED-NEARDUE", Grade.DUE_SOON, "due_soon", ""),
    ("MSG-5WD", Grade.BREACH, "msg_overdue", "M1"),
    ("OWN-BLIND", Grade.UNKNOWN, "blind", ""),
]
STORE = memory_store()


@st.composite
def ledgers(draw: st.DrawFn) -> list[Finding]:
    """Months of six accounts behind one relay: outages, new items, breaches that come and go, and what people say."""
    ledger, now, open_ = Ledger().registered(*NAMES), T0, set[tuple[str, str]]()
    for _ in range(draw(st.integers(1, 30))):
        now += pick(draw, *STEPS)
        name, (rule, level, why, item) = pick(draw, *NAMES), pick(draw, *RULES)
        if flip(draw):
            ledger.turned(name, pick(draw, "good", "failed", "frozen"), now)
        elif flip(draw):
            ledger.fresh(name, now, count=draw(st.integers(1, 30)))
        elif (rule, name) not in open_:
            args = {"message": item, "unit": "住建局、公安局"} if item else None
            ledger.opens(name, now, level, rule, why, args=args, item=item)
            open_.add((rule, name))
        elif flip(draw):
            (ledger.dismissed if flip(draw) else ledger.confirmed)(name, now, rule)
        else:
            ledger.closes(name, now, rule)
            open_.remove((rule, name))
    return ledger.ordered()


def seen(told: Told) -> dict[str, Any]:
    """All of it, the desk as a store keeps it, whatever the order of what a finding says."""
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return fields | {"board": {key: msgspec.json.decode(body) for key, body in told.board.state()}}


def carried(findings: Sequence[Finding], stops: Sequence[datetime], until: datetime) -> Told:
    """Folded to each stop in turn, kept there, and taken up again."""
    folding = Folding()
    since = findings[0].time
    for stop in [*stops, until]:
        for end in ends(since, stop):
            place = folding.place
            folding.take([one for one in findings if place < (one.time, one.subject, one.n) and one.time < end], end)
            folding.end(end)
        folding, since = taken_up(kept(folding)), stop
    return folding.told()


@given(ledgers(), st.sets(st.integers(0, 60), max_size=5), st.integers(0, 8))
def test_a_fold_taken_up_is_the_fold_of_the_whole(findings: list[Finding], cuts: set[int], more: int) -> None:
    first, last = week_of(findings[0].time), week_of(findings[-1].time)
    until = last.moved(more).until
    stops = [first.moved(cut).until for cut in sorted(cuts) if first.moved(cut).until < until]
    assert seen(carried(findings, stops, until)) == seen(fold(findings, until))


@given(ledgers(), st.integers(1, 6), st.integers(0, 2))
def test_a_store_s_ledger_is_folded_in_steps_as_it_is_at_once(findings: list[Finding], step: int, more: int) -> None:
    renew(STORE)
    week = week_of(findings[-1].time).moved(more)
    with STORE.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(findings)
        tx.set_progress(0, tx.progress(0)[0], week.until)
    at_work = WeekFold(STORE, step)
    while not at_work.carry_on(week):
        at_work = WeekFold(STORE, step)  # every step may be another process's
    assert seen(at_work.told(week.until)) == seen(fold(findings, week.until))
    half = week.until + timedelta(days=3)  # of a week that is not over
    assert seen(at_work.told(half)) == seen(fold(findings, half))


def test_what_is_long_over_is_forgotten_but_who_was_accused_of_a_message() -> None:
    ledger = Ledger().registered("甲", "乙").opens("甲", T0).closes("甲", T0 + timedelta(days=1))
    ledger.opens("乙", T0, Grade.BREACH, "MSG-5WD", "msg_overdue", item="M1").closes("乙", T0, "MSG-5WD")
    findings = ledger.ordered()
    early, late = (fold(findings, T0 + timedelta(days=1) + span) for span in (AGAIN, AGAIN + timedelta(seconds=1)))
    assert [one.last.subject for one in early.matters.values()] == ["乙", "甲"]
    assert [one.last.subject for one in late.matters.values()] == ["乙"]
