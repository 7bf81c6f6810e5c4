"""The life of alerts under random deeds: letters are a function of the ledger, and what is in hand is left in peace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from diary import LADDER
from hypothesis import given
from hypothesis import strategies as st
from ledgers import RELAY, T0, Ledger, desk

from alerts.alert import Alert
from alerts.board import Board, Settings
from alerts.letter import Letter, Reason
from alerts.remembered import Question
from streams.days import SHANGHAI
from streams.findings import Event, Finding, Grade

NAMES = "甲乙丙"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = T0 + 40 * DAY
STEPS = [timedelta(minutes=m) for m in (0, 1, 10, 50, 61)] + [timedelta(hours=h) for h in (3, 8, 25, 50)]
RULES = {
    "MED-STALE": (Grade.VETO, "stale"),
    "WEB-COL-STALE": (Grade.BREACH, "stale"),
    "MED-NEARDUE": (Grade.DUE_SOON, "due_soon"),
}
DEEDS = ["acknowledged", "acknowledged", "fixed", "still_shown", "assigned", "dismissed", "confirmed"]
EVENTS = ["flip", "flip", "flip", "say", "say", "say", "grow", "silence", "unsilence", "turn", "contact"]
DEEDS += ["exempt", "exempt", "not_ours", "granted", "refused"]
# What goes out on working mornings alone, one letter for each recipient and reason: no limit is needed.
POSTS = frozenset({Reason.CONFIRM_CONTACT, Reason.CONTACT_LEFT, Reason.CONTACT_SILENT})
MORNINGS = POSTS | {Reason.REQUEST, Reason.ANSWERED}
LIVELY = Settings(routes=LADDER, quiet="22:00-06:30", confirm_contacts=True, most=2)


class Life:
    """A ledger in the making, with what people say at any moment, sensible or not."""

    def __init__(self) -> None:
        self.now = T0
        self.open: set[tuple[str, str]] = set()
        self.known: list[tuple[str, str]] = []
        self.silences = 0
        self.vetoes: set[str] = set()
        self.ledger = Ledger().registered(*NAMES)
        for name in NAMES:
            self.ledger.turned(name, "good", T0 - HOUR)

    def flip(self, rule: str, name: str) -> None:
        if (rule, name) in self.open:
            self.ledger.closes(name, self.now, rule)
        else:
            level, why = RULES[rule]
            self.vetoes -= {name} if rule == "WEB-COL-STALE" else set()
            due = self.now.replace(hour=0, minute=0) + 4 * DAY
            self.ledger.opens(name, self.now, level, rule, why, due=due)
            self.known.append((rule, name))
        self.open ^= {(rule, name)}

    def say(self, kind: str, place: int, until: timedelta) -> None:
        if self.known:
            rule, name = self.known[place % len(self.known)]
            self.ledger.said(name, kind, self.now, rule, text="因为", until=(self.now + until).isoformat())

    def grow(self, name: str) -> None:
        """A column in breach becomes a veto, or is a breach again."""
        if ("WEB-COL-STALE", name) in self.open:
            at_veto = name in self.vetoes
            (self.ledger.eases if at_veto else self.ledger.worsens)(
                name, self.now, Grade.BREACH if at_veto else Grade.VETO, "WEB-COL-STALE"
            )
            self.vetoes ^= {name}

    def silence(self, until: timedelta, globs: dict[str, str]) -> None:
        self.silences += 1
        self.ledger.silenced(f"s{self.silences}", self.now, self.now + until, **globs)


@st.composite
def lives(draw: st.DrawFn) -> list[Finding]:
    """A ledger of up to thirty events."""
    life = Life()
    for _ in range(draw(st.integers(1, 30))):
        life.now += draw(st.sampled_from(STEPS))
        event = draw(
            st.sampled_from(
                ["flip", "flip", "flip", "say", "say", "say", "grow", "silence", "unsilence", "turn", "contact"]
            )
        )
        name = draw(st.sampled_from(NAMES))
        if event == "flip":
            life.flip(draw(st.sampled_from(sorted(RULES))), name)
        elif event == "say":
            life.say(draw(st.sampled_from(DEEDS)), draw(st.integers(0, 9)), draw(st.sampled_from(STEPS[1:])))
        elif event == "grow":
            life.grow(name)
        elif event == "silence":
            life.silence(draw(st.sampled_from(STEPS[1:])), draw(st.sampled_from([{}, {"unit": f"{name}*"}])))
        elif event == "unsilence":
            life.ledger.unsilenced(f"s{draw(st.integers(0, 3))}", life.now)
        elif event == "turn":
            life.ledger.turned(name, draw(st.sampled_from(["good", "failed"])), life.now, RELAY)
        else:
            life.ledger.contact(f"{name}@x", life.now, draw(st.sampled_from(["contact", "contact_left"])))
    return life.ledger.ordered()


def whole(findings: Sequence[Finding]) -> tuple[Board, list[Letter]]:
    at_work = desk(settings=LIVELY)
    done = at_work.turn(findings, END, complete=True)
    return at_work.board, list(done.letters)


CUTS = st.lists(st.integers(0, 60 * 24 * 30).map(lambda minutes: T0 + timedelta(minutes=minutes)), max_size=5)


@given(findings=lives(), cuts=CUTS, chunk=st.integers(1, 7), restart=st.booleans())
def test_cuts_chunks_and_restarts_change_nothing(
    findings: list[Finding], cuts: list[datetime], chunk: int, restart: bool
) -> None:
    at_work, saved, done = desk(settings=LIVELY), dict[tuple[str, str], bytes](), 0
    letters = list[Letter]()
    for cut in [*sorted(cuts), END]:
        ready = [one for one in findings[done:] if one.time < cut]
        done += len(ready)
        parts = [ready[at : at + chunk] for at in range(0, len(ready), chunk)] + [[]]
        for part in parts:
            turned = at_work.turn(part, cut, complete=part is parts[-1])
            letters.extend(turned.letters)
            saved = {key: body for key, body in (saved | turned.changes).items() if body is not None}
            at_work = desk(saved, LIVELY) if restart else at_work
    once = desk(settings=LIVELY).turn(findings, END, complete=True)
    assert letters == list(once.letters)
    assert saved == {key: body for key, body in once.changes.items() if body is not None}


@given(findings=lives())
def test_what_is_in_hand_or_dismissed_is_not_written_about_before_its_time(findings: list[Finding]) -> None:
    _, letters = whole(findings)
    peace = list(quiet_times(findings))
    for letter in letters:
        for point in letter.points:
            ends = point.reason == Reason.RESOLVED
            assert ends or not any(
                matter == point.alert and since <= letter.written_at < until for matter, since, until in peace
            )


def quiet_times(findings: Sequence[Finding]) -> Iterator[tuple[str, datetime, datetime]]:
    """From when until when each matter is in somebody's hands, told by itself: (matter, since, until)."""
    for matter in {one.id for one in findings if one.id and one.rule in RULES}:
        waits = set[str]()
        opened = next(one for one in findings if one.id == matter)
        said, since, until, taken_at, level = "", T0, T0, opened.level, opened.level
        closed = next((one.time for one in findings if one.id == matter and one.event is Event.CLOSES), END)
        deeds = [one for one in findings if is_deed(one, matter)]
        for one in [*(deed for deed in deeds if after(opened, deed) and deed.time <= closed), None]:
            now = closed if one is None else one.time
            said = said if until > now else ""
            if one is not None and one.id == matter:  # it grew worse, or eased
                level = one.level
                broken = level is Grade.VETO and taken_at is not Grade.VETO and said in {"acknowledged", "granted"}
                if broken:
                    yield matter, since, now
                    said, since, until = "", now, now
                continue
            if one is not None and not heeds(said, one.why, waits):
                continue
            yield matter, since, min(until, now)
            if one is not None and one.why == "dismissed":
                waits.clear()
            said, since, until = ("", now, now) if one is None else (one.why, now, now + lasts(one))
            taken_at = level


def is_deed(one: Finding, matter: str) -> bool:
    """Something that was said of a matter, or a change of its level."""
    moved = one.id == matter and one.event in {Event.WORSENS, Event.MOVES}
    return moved or (one.args.get("matter") == matter and one.why in DEEDS)


def after(opened: Finding, deed: Finding) -> bool:
    return (deed.time, deed.n) > (opened.time, opened.n)


def heeds(said: str, deed: str, waits: set[str]) -> bool:
    """Whether a deed changes anything where `said` was the last one, and these requests wait for an answer."""
    if deed in {"exempt", "not_ours", "granted", "refused"}:
        return said != "dismissed" and answers(deed, waits)
    if deed == "still_shown":
        return said == "fixed"
    return deed != "assigned" and (said != "dismissed" or deed in {"confirmed", "dismissed"})


def answers(deed: str, waits: set[str]) -> bool:
    """Whether it grants the only request that waits; `waits` follows."""
    if deed in {"exempt", "not_ours"}:
        waits.add(deed)
        return False
    answered = len(waits) == 1
    if answered:
        waits.clear()
    return answered and deed == "granted"


def lasts(deed: Finding) -> timedelta:
    """For how long a deed leaves people in peace."""
    until = datetime.fromisoformat(deed.args["until"])
    return {
        "acknowledged": until - deed.time,
        "granted": until - deed.time,
        "fixed": DAY,
        "dismissed": END - deed.time,
    }.get(deed.why, timedelta())


@given(findings=lives())
def test_no_place_is_written_about_twice_for_one_reason_within_an_hour(findings: list[Finding]) -> None:
    board, letters = whole(findings)
    places = {alert.id: alert.place for _, alert in board.all(Alert)}
    last = dict[tuple[str, str, str], datetime]()
    for letter in letters:
        for point in letter.points:
            key = (f"{letter.channel}/{letter.to}", places.get(point.alert, point.alert), point.reason)
            # What a summary tells was owed a minute before.
            assert key not in last or letter.written_at - last[key] >= HOUR - timedelta(seconds=LIVELY.window)
            last[key] = letter.written_at


@given(findings=lives())
def test_no_more_letters_to_anybody_within_a_minute_than_are_allowed(findings: list[Finding]) -> None:
    _, letters = whole(findings)
    for letter in letters:
        minute = (
            one for one in letters if (one.channel, one.to) == (letter.channel, letter.to)
            and timedelta(0) <= one.written_at - letter.written_at < timedelta(seconds=LIVELY.window)
        )  # fmt: skip
        assert sum(1 for one in minute if one.reason not in MORNINGS) <= LIVELY.most + 1


@given(findings=lives())
def test_what_people_are_asked_is_one_letter_for_each_recipient_reason_and_morning(findings: list[Finding]) -> None:
    _, letters = whole(findings)
    asked = [one for one in letters if one.reason in MORNINGS]
    told = Counter((one.channel, one.to, one.reason, point.alert) for one in asked for point in one.points)
    assert all(count <= (3 if reason is Reason.REQUEST else 1) for (_, _, reason, _), count in told.items())
    mornings = [(one.channel, one.to, one.reason, one.written_at) for one in asked]
    assert len(set(mornings)) == len(mornings)
    assert all(one.written_at.astimezone(SHANGHAI).strftime("%H:%M:%S") == "09:00:00" for one in asked)


@given(findings=lives())
def test_a_request_is_put_on_once_it_is_morning_and_its_answer_is_told(findings: list[Finding]) -> None:
    """Each that still waits was put to somebody, each that was answered told back, in whatever order they came."""
    board, letters = whole(findings)
    told = {(letter.reason, point.alert) for letter in letters for point in letter.points}
    for key, question in board.all(Question):
        alert = board.get(Alert, question.about)
        if alert is None or question.over:
            continue
        assert question.due is None or question.due >= END
        assert question.at + 4 * DAY > END or (Reason.ANSWERED if question.answer else Reason.REQUEST, key) in told
        assert sum(step.what == "request_told" for step in alert.history) <= 3 * len(
            [step for step in alert.history if step.what in {"exempt", "not_ours"}]
        )


@given(findings=lives())
def test_an_acknowledgement_is_broken_once_for_each_time_and_by_nothing_but_a_veto(findings: list[Finding]) -> None:
    board, letters = whole(findings)
    told = Counter(point.alert for one in letters for point in one.points if point.reason == Reason.ACK_BROKEN)
    for _, alert in board.all(Alert):
        broken = [step.at for step in alert.history if step.what == Reason.ACK_BROKEN.value]
        vetoes = {one.time for one in findings if one.id == alert.id and one.level is Grade.VETO}
        deeds = {
            one.time
            for one in findings
            if one.args.get("matter") == alert.id and one.why in {"acknowledged", "granted"}
        }
        assert told[alert.id] <= len(broken) <= len(deeds)
        assert set(broken) <= vetoes


@given(findings=lives())
def test_every_breach_that_stands_in_nobodys_hands_is_told(findings: list[Finding]) -> None:
    board, letters = whole(findings)
    told = Counter(point.alert for letter in letters for point in letter.points)
    for alert in board.standing():
        if alert.accuses and not (alert.in_hand or alert.masked_by or alert.held or alert.muted):
            assert told[alert.id]


@given(findings=lives())
def test_a_history_is_in_order_and_names_whoever_spoke(findings: list[Finding]) -> None:
    board, _ = whole(findings)
    for _, alert in board.all(Alert):
        times = [step.at for step in alert.history]
        assert times == sorted(times)
        assert all(step.by for step in alert.history if step.what in {"acknowledged", "fixed", "assigned", "dismissed"})
        assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
