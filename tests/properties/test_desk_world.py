"""The desk in a world of outages, frozen relays, absences, decisions and flapping: what it may and what it must say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import FAR, RELAY, ROUTES, T0, Ledger, desk
from picking import pick

from alerts.alert import Alert
from alerts.board import Settings
from alerts.desk import Desk, Turned
from alerts.letter import Letter, Reason
from streams.findings import ACCUSING, Event, Finding, Grade

ACCOUNTS = "甲乙丙丁戊己庚"
SITES = "东西南北"
HOUR = timedelta(hours=1)
STEPS = [timedelta(minutes=m) for m in (0, 0, 1, 9, 15, 59, 61)] + [timedelta(hours=h) for h in (3, 7, 25, 70)]
RULES = {
    "MED-STALE": (Grade.VETO, "stale"),
    "MED-NEARDUE": (Grade.DUE_SOON, "due_soon"),
    "MED-ZOMBIE": (Grade.NOTICE, "zombie"),
    "OWN-BLIND": (Grade.UNKNOWN, "blind"),
}
OPERATED = Settings(routes=(*ROUTES[:1], *ROUTES[1:]), quiet="22:00-06:30", remind=False)


def collector_of(name: str) -> str:
    return RELAY if name in ACCOUNTS else f"column:{name}.example"


class World:
    """A ledger in the making, in which every event is possible at its moment."""

    def __init__(self) -> None:
        self.now = T0
        self.open: set[tuple[str, str]] = set()
        self.ledger = Ledger().registered(*ACCOUNTS, *SITES, "zhiban")
        for name in (*ACCOUNTS, *SITES):
            self.ledger.turned(name, "good", T0 - HOUR, collector_of(name))

    def taught(self) -> None:
        """Five days of rhythm, so that the relay may be suspect or frozen."""
        for hour in range(5 * 24):
            self.ledger.fresh(ACCOUNTS[hour % 7], T0 + hour * HOUR, 5)
        self.now = T0 + 5 * timedelta(days=1)

    def flip(self, name: str, rule: str) -> None:
        if (rule, name) in self.open:
            self.ledger.closes(name, self.now, rule)
        else:
            level, why = RULES[rule]
            self.ledger.opens(name, self.now, level, rule, why, collector=collector_of(name))
        self.open ^= {(rule, name)}

    def dismiss(self, name: str) -> None:
        if ("MED-STALE", name) in self.open:
            self.ledger.dismissed(name, self.now)

    def pause(self) -> None:
        if ("OWN-OFF", "zhiban") in self.open:
            self.ledger.closes("zhiban", self.now, "OWN-OFF")
        else:
            self.ledger.opens("zhiban", self.now, Grade.NOTICE, "OWN-OFF", "off")
        self.open ^= {("OWN-OFF", "zhiban")}


@st.composite
def worlds(draw: st.DrawFn, *, decisions: bool = True) -> list[Finding]:
    """A ledger of up to forty events."""
    world = World()
    if draw(st.booleans()):
        world.taught()
    events = ["turn", "turn", "storm", "flip", "flip", "flip", "fresh", "pause", *(["dismiss"] if decisions else [])]
    for _ in range(draw(st.integers(1, 40))):
        world.now += pick(draw, *STEPS)
        event, name = pick(draw, *events), pick(draw, *ACCOUNTS, *SITES)
        outcome = pick(draw, "good", "good", "failed", "frozen")
        if event == "turn":
            world.ledger.turned(name, outcome, world.now, collector_of(name))
        elif event == "storm":
            for one in ACCOUNTS + (SITES if outcome == "failed" else ""):
                world.ledger.turned(one, outcome, world.now, collector_of(one))
        elif event == "flip":
            world.flip(name, pick(draw, *sorted(RULES)))
        elif event == "fresh":
            world.ledger.fresh(name, world.now, draw(st.integers(1, 40)), collector_of(name))
        elif event == "pause":
            world.pause()
        else:
            world.dismiss(name)
    return world.ledger.ordered()


def whole(findings: Sequence[Finding], until: datetime = FAR) -> tuple[Desk, Turned]:
    at_work = desk(settings=OPERATED)
    return at_work, at_work.turn([one for one in findings if one.time < until], until, complete=True)


CUTS = st.lists(st.integers(0, 60 * 24 * 20).map(lambda minutes: T0 + timedelta(minutes=minutes)), max_size=5)


@given(findings=worlds(), cuts=CUTS, chunk=st.integers(1, 7), restart=st.booleans())
def test_cuts_chunks_watermarks_and_restarts_change_nothing(
    findings: list[Finding], cuts: list[datetime], chunk: int, restart: bool
) -> None:
    at_work, saved, done = desk(settings=OPERATED), dict[tuple[str, str], bytes](), 0
    letters, superseded = list[Letter](), list[str]()
    for cut in [*sorted(cuts), FAR]:
        ready = [one for one in findings[done:] if one.time < cut]
        done += len(ready)
        parts = [ready[at : at + chunk] for at in range(0, len(ready), chunk)] + [[]]
        for part in parts:
            turned = at_work.turn(part, cut, complete=part is parts[-1])
            letters.extend(turned.letters)
            superseded.extend(turned.superseded)
            saved = {key: body for key, body in (saved | turned.changes).items() if body is not None}
            at_work = desk(saved, OPERATED) if restart else at_work
    _, once = whole(findings)
    assert (letters, superseded) == (list(once.letters), list(once.superseded))
    assert saved == {key: body for key, body in once.changes.items() if body is not None}


@given(findings=worlds())
def test_no_letter_speaks_of_what_is_over_and_each_end_is_told_once(findings: list[Finding]) -> None:
    _, done = whole(findings)
    rung, ended = set[tuple[str, str]](), Counter[tuple[str, str]]()
    for letter in done.letters:
        stands = open_at(findings, letter.written_at)
        for point in letter.points:
            if point.rule == "OWN-INCIDENT":
                continue
            place = (letter.to, point.alert)
            if letter.reason is Reason.RESOLVED or point.title.startswith("【已解除】"):
                assert point.alert not in stands
                assert place in rung
                ended[place] += 1
            else:
                assert point.alert in stands
                if letter.reason is not Reason.DUE_SOON or point.level != "due_soon":
                    rung.add(place)
    assert all(many == 1 for many in ended.values())
    assert len({letter.key for letter in done.letters}) == len(done.letters)


def open_at(findings: Sequence[Finding], at: datetime) -> set[str]:
    stands = set[str]()
    for one in findings:
        if one.time <= at and one.id:
            (stands.discard if one.event is Event.CLOSES else stands.add)(one.id)
    return stands


@given(findings=worlds(decisions=False))
def test_every_accusation_that_stands_unmasked_is_told_exactly_once_and_a_masked_one_never(
    findings: list[Finding],
) -> None:
    at_work, done = whole(findings)
    told = Counter(
        point.alert
        for letter in done.letters
        for point in letter.points
        if letter.reason in {Reason.NEW, Reason.WORSE} and point.rule == "MED-STALE"
    )
    assert set(told.values()) <= {1}
    held = {alert.id for alert in at_work.board.held()}
    for one in at_work.board.standing():
        if one.accuses and not one.masked_by:
            assert told[one.id] == 1 or one.id in held
        if one.id in held:  # it waits for something that is still so
            assert one.masked_by or at_work.board.head.off or at_work.board.incidents()


@given(findings=worlds())
def test_nothing_is_written_while_we_were_off_and_no_place_is_flooded(findings: list[Finding]) -> None:
    at_work, done = whole(findings)
    places = {alert.id: alert.place for _, alert in at_work.board.all(Alert)}
    last = dict[tuple[str, str, Reason], datetime]()
    for letter in done.letters:
        off = [one.event for one in findings if one.rule == "OWN-OFF" and one.time <= letter.written_at]
        assert not off or off[-1] is Event.CLOSES
        for point in letter.points:
            key = (letter.to, places.get(point.alert, f"{point.rule}/{point.subject}"), letter.reason)
            if point.rule in {"MED-STALE", "OWN-INCIDENT"} and key in last:
                assert letter.written_at - last[key] >= HOUR
            last[key] = letter.written_at


@given(findings=worlds())
def test_what_the_desk_shows_is_the_ledger_under_its_masks(findings: list[Finding]) -> None:
    at_work, _ = whole(findings)
    last = {one.id: one for one in findings if one.id and one.rule != "OWN-OFF"}
    stands = {key for key, one in last.items() if one.event is not Event.CLOSES}
    shown = {alert.id for alert in at_work.board.standing() if alert.finding.rule != "OWN-OFF"}
    assert shown == stands
    for alert in at_work.board.standing():
        accuses = last[alert.id].level in ACCUSING if alert.id in last else False
        assert alert.shown is (Grade.UNKNOWN if alert.masked_by and accuses else alert.finding.level)


@settings(max_examples=10)
@given(order=st.permutations([f"账号{number:02}" for number in range(77)]), step=st.integers(0, 120))
def test_an_outage_of_77_is_one_letter_in_whatever_order_they_fail(order: list[str], step: int) -> None:
    ledger = Ledger().registered(*order)
    for name in order:
        ledger.turned(name, "good", T0 - HOUR)
    for number, name in enumerate(order):
        ledger.turned(name, "failed", T0 + number * timedelta(seconds=step))
    for name in order[::3]:
        ledger.opens(name, T0 + 4 * HOUR)
    _, done = whole(ledger.ordered(), T0 + timedelta(days=20))
    assert [letter.reason for letter in done.letters] == [Reason.INCIDENT]
