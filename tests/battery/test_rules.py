"""The battery of rules: what every law must stand, found by the catalogue and built from the packs that ship."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, get_type_hints

import msgspec
import pytest
from harness import fold
from hypothesis import given
from hypothesis import strategies as st
from timeline import HANZHONG, NATIONAL

from streams.catalogue import catalogue, rule_id
from streams.codec import encode
from streams.days import Limit
from streams.findings import ACCUSING, Event, Finding, Grade, Verdict
from streams.looks import Level, Look, Opening, Outcome, Shown
from streams.messages import About, Case, Deed, MessageEvent
from streams.records import Changed, Fact, FactKind, Off, Record, Tally, Tick
from streams.rowcodec import decode_bundle, encode_bundle
from streams.rows import Bundle, Part
from streams.rules import Counted, Given, Paused, Revised, Rule, Seen, Told, Wake, is_told, state_type
from streams.subjects import ColumnType, Kind, Source, Status, Subject

MODULES = sorted(catalogue("agents"))
LAWS = sorted(HANZHONG.laws)
START = datetime(2026, 2, 1, tzinfo=UTC)
SOURCES = [
    Source(id=f"{connector}/{kind}", subject="S", connector=connector, url="https://s.example.cn/", column_type=kind)
    for connector, kind in [
        ("column", ColumnType.NEWS), ("column", ColumnType.OTHER), ("column", ColumnType.HOME),
        ("column", ColumnType.PERSONNEL), ("feed", ColumnType.STATIC), ("account", None), ("probe", None),
        ("mailbox", None), ("none", None),
    ]
]  # fmt: skip
SOURCES[-1:-1] = [
    Source(id=f"mailbox/{mode}", subject="S", connector="mailbox", url=mode) for mode in ("push:", "file:")
]
SOURCES[-1:-1] = [
    Source(id=f"column/letters{name}", subject="S", connector="column", url="https://s.example.cn/", name=name,
           column_type=ColumnType.LETTERS)
    for name in ("", "留言统计")
]  # fmt: skip
SUBJECTS = [Subject(id="S", name="示例", kind=kind, registered_on=date(2025, 12, 1)) for kind in Kind]

moments = st.integers(0, 24 * 120).map(lambda hours: START + timedelta(hours=hours))
days = st.dates(date(2025, 6, 1), date(2026, 6, 1)) | st.sampled_from([date(1990, 1, 1), date(2026, 2, 28)])
shown = st.builds(
    Shown,
    count=st.integers(0, 3),
    newest=st.none() | days,
    future=st.lists(days, max_size=2).map(tuple),
    ancient=st.integers(0, 2),
    rendered=st.booleans(),
)
levels: st.SearchStrategy[Level | None] = shown | st.builds(
    Opening, opens=st.booleans(), cause=st.sampled_from(["", "dns"])
)
looks = st.builds(
    Look,
    source=st.just("x"),
    asked_at=moments,
    outcome=st.sampled_from([Outcome.GOOD] * 4 + [Outcome.FAILED, Outcome.UNKNOWN]),
    level=levels,
    as_of=st.none() | moments,
)
variants = st.fixed_dictionaries(
    {
        "limit": st.sampled_from([None, Limit(days=7), Limit(months=2)]),
        "top_level": st.booleans(),
        "season": st.sampled_from(["", "05-15..09-30", "11-01..02-29", "02-29..03-31", "99-99..00-00"]),
        "suspended_until": st.none() | days,
    }
)
statuses = st.fixed_dictionaries(
    {"status": st.sampled_from(Status), "status_until": st.none() | days, "registered_on": st.none() | days}
)
sources = st.builds(lambda source, made: msgspec.structs.replace(source, **made), st.sampled_from(SOURCES), variants)
subjects = st.builds(
    lambda subject, made: msgspec.structs.replace(subject, **made), st.sampled_from(SUBJECTS), statuses
)
facts = st.builds(Fact, kind=st.sampled_from(FactKind), subject=st.none() | subjects, source=st.none() | sources)
events = st.builds(
    MessageEvent,
    message=st.sampled_from("12"),
    deed=st.sampled_from(Deed),
    at=moments,
    about=st.builds(About, category=st.sampled_from(["咨询", "找错"]), simple=st.booleans()),
)
cases = st.builds(lambda name, told: Case(name).told(told), st.sampled_from("12"), st.lists(events, max_size=3))
mails = st.builds(
    Fact, kind=st.just(FactKind.MESSAGES), events=st.lists(events, max_size=2).map(tuple), as_of=st.none() | moments
)
tallies = st.builds(Tally, source=st.just("x"), hour=moments, probes=st.integers(0, 40), failures=st.integers(0, 3))
findings = st.builds(
    Finding,
    subject=st.just("S"),
    n=st.integers(1, 9),
    time=moments,
    event=st.sampled_from(Event),
    id=st.sampled_from("abc"),
    rule=st.sampled_from(sorted({name for _, name in LAWS})),
    source=st.sampled_from([source.id for source in SOURCES]),
    level=st.sampled_from(Grade),
    opened_at=moments,
)


HERE = Source(id="here", subject="S", connector="", url="")  # stands for the source that the part is of
OURS = Subject(id="ours", name="", kind=Kind.SITE)  # and for the part's own subject
ABOUT = st.just(HERE) | st.none()
# Anything that the engine may say to a part: made once, for to make strategies takes longer than to draw from them.
GIVENS: st.SearchStrategy[Given] = st.one_of(
    st.builds(Seen, look=looks, at=moments),
    st.builds(Counted, tally=tallies, at=moments),
    st.builds(Told, fact=facts, at=moments, subject=subjects | st.just(OURS), source=ABOUT | sources),
    st.builds(
        Told,
        fact=mails,
        at=moments,
        subject=st.just(OURS),
        source=st.just(HERE),
        cases=st.lists(cases, max_size=2).map(tuple),
    ),
    st.builds(Revised, changed=st.just(Changed("v2")), at=moments, subject=st.just(OURS), source=ABOUT),
    st.builds(Paused, off=st.builds(Off, since=moments, until=moments), at=moments),
    findings,
)
LISTS = st.lists(GIVENS, max_size=10)


def placed(one: Given, subject: Subject, source: Source | None) -> Given:
    """What is said, to a part of this subject and source."""
    if not isinstance(one, Told | Revised):
        return one
    about = one.subject if one.subject is not OURS else subject
    return msgspec.structs.replace(one, subject=about, source=source if one.source is HERE else one.source)


Step = tuple[Any, Given, Any, Sequence[Verdict]]


@cache
def applying(stage: int, name: str) -> st.SearchStrategy[tuple[Subject, Source | None]]:
    """Somebody for whom the law makes a part."""
    rule = HANZHONG.laws[stage, name]
    pairs = [(subject, source) for subject in SUBJECTS for source in (SOURCES if stage == 1 else [None])]
    limited = [(subject, source and msgspec.structs.replace(source, limit=Limit(days=7))) for subject, source in pairs]
    return st.sampled_from([pair for pair in (*pairs, *limited) if rule.applies(*pair)])


@st.composite
def stories(draw: st.DrawFn, stage: int, name: str) -> tuple[Subject, Source | None, list[Given]]:
    """Somebody for whom a part is made, and what it is then told."""
    rule = HANZHONG.laws[stage, name]
    subject, source = draw(applying(stage, name))
    changed = msgspec.structs.replace(subject, **draw(statuses))
    subject = changed if rule.applies(changed, source) else subject
    if source is not None:
        other = msgspec.structs.replace(source, **draw(variants))
        source = other if rule.applies(subject, other) else source
    return subject, source, [placed(one, subject, source) for one in draw(LISTS)]


def walk(rule: Rule, subject: Subject, source: Source | None, told: Sequence[Given]) -> list[Step]:
    """(state before, given, state after, verdicts) of every step, with a wake wherever one is due by then."""
    steps: list[Step] = []
    state, now = rule.begin(subject, source, START), START
    for one in told:
        now = max(now, _time(one))
        due = rule.due(state)
        if due is not None and due <= now:
            steps.append(_step(rule, state, Wake(due, now)))
            state = steps[-1][2]
        steps.append(_step(rule, state, one))
        state = steps[-1][2]
    return steps


def _time(one: Given) -> datetime:
    return one.time if isinstance(one, Finding) else one.at


def _step(rule: Rule, state: Any, one: Given) -> tuple[Any, Given, Any, Sequence[Verdict]]:
    after, verdicts = rule.step(state, one)
    return state, one, after, verdicts


each_module = pytest.mark.parametrize("module", MODULES)
each_law = pytest.mark.parametrize(("stage", "name"), LAWS)


@each_module
def test_a_file_holds_one_rule_that_says_what_it_is(module: str) -> None:
    cls = catalogue("agents")[module]
    doc = cls.__doc__ or ""
    for part in ("What it sees:", "When it speaks:", "What to do:"):
        assert part in doc
    home = importlib.import_module(f"agents.{module}")
    assert (home.__doc__ or "").startswith(f"{rule_id(module)}: ")
    assert rule_id(module).lower().replace("-", "_") == module


@each_module
def test_settings_are_fields_with_types(module: str) -> None:
    cls = catalogue("agents")[module]
    hints = get_type_hints(cls)
    assert all(name in hints for name in cls.__struct_fields__)  # type: ignore[attr-defined]


@each_law
def test_it_is_a_rule_with_a_state_of_its_own(stage: int, name: str) -> None:
    rule = HANZHONG.laws[stage, name]
    assert isinstance(rule, Rule)
    assert state_type(rule).__struct_config__.frozen


@each_law
@given(data=st.data())
def test_it_keeps_the_protocol_whatever_it_is_told(stage: int, name: str, data: st.DataObject) -> None:
    rule = HANZHONG.laws[stage, name]
    subject, source, told = data.draw(stories(stage, name))
    for step in walk(rule, subject, source, told):
        written = encode(step[0])
        assert rule.step(step[0], step[1]) == (step[2], step[3])  # the same step twice says the same
        assert encode(step[0]) == written  # and leaves the state before it alone
        _check_round_trip(rule, stage, name, step[2])
        _check_accusers(rule, step)


def _check_round_trip(rule: Rule, stage: int, name: str, state: Any) -> None:
    bundle = Bundle(None, [Part(stage, name, state, rule.due(state))])
    again = decode_bundle(HANZHONG, encode_bundle(bundle))
    assert again.parts == bundle.parts
    assert type(again.parts[0].state) is state_type(rule)
    assert encode(again) == encode(bundle)


def _check_accusers(rule: Rule, step: Step) -> None:
    """A wake accuses nobody, and the next is later; a look that is not good says nothing but signals."""
    _, one, state, verdicts = step
    if isinstance(one, Wake):
        due = rule.due(state)
        assert due is None or due > one.due
        quiet = all(v.level not in ACCUSING and v.level is not Grade.DUE_SOON for v in verdicts)
        assert quiet or is_told(rule, state)
    if isinstance(one, Seen) and not one.look.good:
        assert all(v.signal for v in verdicts)


@pytest.mark.parametrize(("stage", "name"), [key for key in LAWS if key in HANZHONG.steady])
@given(data=st.data())
def test_a_steady_rule_has_nothing_to_say_of_the_same_level(stage: int, name: str, data: st.DataObject) -> None:
    rule = HANZHONG.laws[stage, name]
    subject, source, told = data.draw(stories(stage, name))
    good = [one for one in told if isinstance(one, Seen) and one.look.good and isinstance(one.look.level, Shown)]
    state = rule.begin(subject, source, START)
    for one in sorted(good, key=lambda seen: seen.look.witnessed_at):
        state, verdicts = rule.step(state, one)
        due = rule.due(state)
        later = msgspec.structs.replace(one.look, asked_at=one.look.witnessed_at + timedelta(minutes=1), as_of=None)
        if due is not None and later.asked_at >= due:
            continue
        after, again = rule.step(state, Seen(later, one.at))
        assert (again, rule.due(after)) == (verdicts, due)


# What makes each rule speak, and what must make it fall silent again: every opening can close.
def _record(hours: float, body: Any, subject: str = "S") -> Record:
    return Record(START + timedelta(hours=hours), subject, body)


def _seen(hours: float, source: str, level: Level) -> Record:
    return _record(
        hours, Look(source=source, asked_at=START + timedelta(hours=hours), outcome=Outcome.GOOD, level=level)
    )


def _site(*whose: Source, kind: Kind = Kind.SITE) -> list[Record]:
    subject = Subject(id="S", name="示例", kind=kind, registered_on=date(2025, 12, 1))
    told = [Fact(kind=FactKind.SOURCE_ADDED, source=source) for source in whose]
    return [_record(0, Fact(kind=FactKind.REGISTERED, subject=subject)), *(_record(0, fact) for fact in told)]


def _columns(count: int, kind: ColumnType, name: str = "") -> list[Source]:
    return [
        Source(id=f"c{n}", subject="S", connector="column", url="https://s.example.cn/", column_type=kind, name=name)
        for n in range(count)
    ]


OLD, FRESH = Shown(count=3, newest=date(2024, 1, 1)), Shown(count=3, newest=date(2026, 3, 1))
EMPTY = Shown()
PROBE = Source(id="p", subject="S", connector="probe", url="https://s.example.cn/")
ACCOUNT = _site(Source(id="a", subject="S", connector="account", url="https://a.example.cn/"), kind=Kind.ACCOUNT)


def _probes(first: int, failures: int) -> list[Record]:
    hours = range(first * 24 + 16, (first + 8) * 24 + 16)
    return [
        _record(hour + 1, Tally(source="p", hour=START + timedelta(hours=hour), probes=1, failures=failures))
        for hour in hours
    ]


def _all_show(level: Level, hours: float, sources: Sequence[Source]) -> list[Record]:
    return [_seen(hours, source.id, level) for source in sources]


def _turn(kind: ColumnType, count: int, bad: Level, name: str = "") -> list[Record]:
    columns = _columns(count, kind, name)
    log = _site(*columns)
    for hours, level in ((600, bad), (640, bad), (680, FRESH)):
        log += _all_show(level, hours, columns)
    return log


def _letter(category: str, days: int) -> list[Record]:
    """A message that is answered after so many days."""
    box = Source(id="m", subject="S", connector="mailbox", url="push:")
    asked, answered = START + timedelta(hours=1), START + timedelta(days=days)
    about = About(category=category, simple=True)
    told = [MessageEvent("1", Deed.RECEIVED, asked, about=about), MessageEvent("1", Deed.ANSWERED, answered)]
    facts = [(e.at - START, Fact(kind=FactKind.MESSAGES, mailbox="m", events=(e,))) for e in told]
    letters = [_record(span.total_seconds() / 3600, fact) for span, fact in facts]
    ticks = [_record(24 * day, Tick(), "") for day in range(1, days)]
    return [*_site(box, kind=Kind.MAILBOX), letters[0], *ticks, letters[1]]


STORIES: dict[str, list[Record]] = {
    "MED-STALE": [*ACCOUNT, _seen(600, "a", OLD), _seen(680, "a", FRESH)],
    "MED-ZOMBIE": [*ACCOUNT, _seen(600, "a", OLD), _seen(680, "a", FRESH)],
    "MED-NEARDUE": [*ACCOUNT, _seen(600, "a", Shown(count=1, newest=date(2026, 2, 15))), _seen(680, "a", FRESH)],
    "LOCAL-MED-10D": [*ACCOUNT, _seen(600, "a", Shown(count=1, newest=date(2026, 2, 17))), _seen(680, "a", FRESH)],
    "MED-NEVER": [*ACCOUNT, _seen(600, "a", EMPTY), _seen(680, "a", FRESH)],
    "OWN-BLIND": [*ACCOUNT, _record(100, Tick(), ""), _seen(680, "a", FRESH)],
    "OWN-DATE": [*ACCOUNT, _seen(600, "a", Shown(count=1, ancient=1)), _seen(680, "a", FRESH)],
    "OWN-OFF": [
        *_site(SOURCES[-1], kind=Kind.MONITOR),
        _record(10, Off(START, START + timedelta(hours=10)), ""),
        _record(20, Tick(), ""),
    ],
    "WEB-AVAIL": [*_site(PROBE), *_probes(0, 1), *_probes(8, 0)],
    "WEB-HOME-STALE": _turn(ColumnType.HOME, 1, OLD),
    "WEB-COL-STALE": _turn(ColumnType.NEWS, 5, OLD),
    "WEB-COL-LONG": _turn(ColumnType.PERSONNEL, 10, OLD),
    "WEB-COL-BLANK": _turn(ColumnType.STATIC, 5, EMPTY),
    "MSG-5WD": _letter("咨询", 30),
    "MSG-1WD": _letter("咨询", 30),
    "FINDERR-3WD": _letter("找错", 30),
    "WEB-MSG-3M": _letter("投诉", 100),
    "MSG-PUB-2M": _turn(ColumnType.LETTERS, 1, OLD),
    "MSG-STAT": _turn(ColumnType.LETTERS, 1, EMPTY, "留言统计"),
}  # fmt: skip


@cache
def ledgers() -> dict[str, list[Finding]]:
    """What each rule says in its story."""
    return {
        name: [f for f in fold(HANZHONG, log) if f.rule == name and f.event is not Event.SIGNALS]
        for name, log in STORIES.items()
    }


def test_every_law_has_its_story() -> None:
    assert set(STORIES) == {name for _, name in LAWS}
    assert {name for _, name in NATIONAL.laws} < set(STORIES)


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_opening_can_close(name: str) -> None:
    ledger = ledgers()[name]
    stages = {stage for stage, law in LAWS if law == name}
    assert {1 if f.source else 2 for f in ledger} == stages
    opened = [f.id for f in ledger if f.event is Event.OPENS]
    closed = [f.id for f in ledger if f.event is Event.CLOSES]
    assert opened
    assert sorted(opened) == sorted(closed)
    assert all(f.why for f in ledger)


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_accusation_has_its_alibi(name: str) -> None:
    for finding in ledgers()[name]:
        if finding.level in ACCUSING and "message" in finding.args:  # told by the mailbox itself: it names its facts
            assert finding.due is not None
            assert finding.time >= finding.due
        elif finding.level in ACCUSING:
            assert finding.witnessed_at is not None
            assert finding.due is None or finding.witnessed_at >= finding.due
