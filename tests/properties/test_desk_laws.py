"""The desk's laws: letters are a function of the ledger, however it is cut and whenever the watermark moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from harness import fold
from hypothesis import given
from hypothesis import strategies as st
from ledgers import FAR, T0, Ledger, desk
from logs import ending, logs
from picking import flip, pick
from toys import TOYS

from alerts.letter import Letter
from streams.findings import Finding, Grade
from streams.records import Record

NAMES = "甲乙丙丁戊己"
STEPS = (timedelta(0), timedelta(seconds=30), timedelta(minutes=9), timedelta(hours=7), timedelta(days=1))
RULES = [
    ("MED-STALE", Grade.VETO, "stale"),
    ("MED-NEARDUE", Grade.DUE_SOON, "due_soon"),
    ("OWN-BLIND", Grade.UNKNOWN, "blind"),
]


@st.composite
def ledgers(draw: st.DrawFn) -> list[Finding]:
    """Outages, breaches, absences and decisions of six accounts behind one relay."""
    ledger, now, open_ = Ledger().registered(*NAMES, "zhiban"), T0, set[tuple[str, str]]()
    for name in NAMES:
        ledger.turned(name, "good", T0)
    for _ in range(draw(st.integers(1, 25))):
        now += pick(draw, *STEPS)
        name, (rule, level, why) = pick(draw, *NAMES), pick(draw, *RULES)
        if flip(draw):
            ledger.turned(name, pick(draw, "good", "failed", "frozen"), now)
        elif (rule, name) in open_:
            ledger.closes(name, now, rule)
            open_.remove((rule, name))
        else:
            ledger.opens(name, now, level, rule, why)
            open_.add((rule, name))
    return ledger.ordered()


def in_turns(
    findings: Sequence[Finding], cuts: Sequence[datetime], *, restart: bool
) -> tuple[list[Letter], dict[tuple[str, str], bytes]]:
    """The letters and the saved state of a ledger that is taken up to each cut in turn."""
    at_work, saved, letters, done = desk(), dict[tuple[str, str], bytes](), list[Letter](), 0
    for cut in [*sorted(cuts), FAR]:
        ready = [one for one in findings[done:] if one.time < cut]
        done += len(ready)
        turned = at_work.turn(ready, cut, complete=True)
        letters.extend(turned.letters)
        for key, body in turned.changes.items():
            saved.pop(key, None)
            if body is not None:
                saved[key] = body
        if restart:
            at_work = desk(saved)
    return letters, saved


CUTS = st.lists(st.integers(0, 60 * 24 * 30).map(lambda minutes: T0 + timedelta(minutes=minutes)), max_size=6)


@given(findings=ledgers(), cuts=CUTS, restart=st.booleans())
def test_letters_do_not_depend_on_how_the_ledger_is_cut(
    findings: list[Finding], cuts: list[datetime], restart: bool
) -> None:
    assert in_turns(findings, cuts, restart=restart) == in_turns(findings, [], restart=False)


@given(findings=ledgers())
def test_no_letter_twice_and_none_about_what_was_never_open(findings: list[Finding]) -> None:
    letters, _ = in_turns(findings, [], restart=False)
    assert len({letter.key for letter in letters}) == len(letters)
    known = {finding.id for finding in findings}
    for letter in letters:
        for point in letter.points:
            assert point.alert in known or point.rule == "OWN-INCIDENT"


@given(log=logs())
def test_the_desk_reads_whatever_the_engine_writes(log: list[Record]) -> None:
    findings = fold(TOYS, [*log, ending(log)])
    assert in_turns(findings, [T0 + timedelta(days=3)], restart=True) == in_turns(findings, [], restart=False)
