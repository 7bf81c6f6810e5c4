"""The truth oracle: a generated world, watched through outages, lagging relays and wrong dates (law 3).

Every accusation is true and has its alibi, and every true breach that was looked at is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from harness import fold
from hypothesis import given
from hypothesis import strategies as st
from picking import pick

from streams.findings import ACCUSING, Event, Finding
from streams.looks import Look, Outcome, Shown
from streams.records import Fact, FactKind, Record, Tick
from streams.rules import Rules
from streams.subjects import Kind, Source, Subject
from zhiban.wiring import load_rules

START = datetime(2026, 2, 1, tzinfo=UTC)
EIGHT = timedelta(hours=8)
ODD_DAYS = (date(1970, 1, 1), date(2036, 2, 7))
SHIFTS: tuple[timedelta | date, ...] = (*[timedelta(0)] * 3, timedelta(days=-20), timedelta(days=1), *ODD_DAYS)
MOMENTS = st.integers(0, 60 * 24 * 4).map(lambda quarter: START + quarter * timedelta(minutes=15))


@dataclass(frozen=True)
class Post:
    """What happened: when it appeared, which date it shows, and when it was deleted."""

    at: datetime
    shows: date
    gone: datetime | None


@st.composite
def post(draw: st.DrawFn) -> Post:
    """A post; now and then its shown date is wrong, or it is taken away."""
    at = draw(MOMENTS)
    true = (at + EIGHT).date()
    shift = pick(draw, *SHIFTS)
    shows = true + shift if isinstance(shift, timedelta) else shift
    gone = at + timedelta(days=3) if pick(draw, *["stays"] * 3, "goes") == "goes" else None
    return Post(at, shows, gone)


@dataclass(frozen=True)
class Glance:
    """A look at the world: asked and answered when, how it ended, and how far the relay was behind."""

    asked: datetime
    took: timedelta
    outcome: Outcome
    behind: timedelta | None

    @property
    def witnessed(self) -> datetime:
        """The moment of which it is evidence."""
        return self.asked - (self.behind or timedelta(0))


@st.composite
def glance(draw: st.DrawFn) -> Glance:
    """A look; most are good and prompt."""
    outcome = pick(draw, *[Outcome.GOOD] * 5, Outcome.FAILED, Outcome.UNKNOWN)
    took = pick(draw, timedelta(0), timedelta(seconds=20), timedelta(minutes=4))
    behind = pick(draw, None, None, None, timedelta(hours=1), timedelta(days=2))
    return Glance(draw(MOMENTS), took, outcome, behind)


def newest_shown(posts: list[Post], seen: datetime, asked: datetime) -> tuple[int, date | None]:
    """What the page really shows at `seen`: how many posts, and the latest date that is possible on the day asked."""
    there = [p for p in posts if p.at <= seen and (p.gone is None or seen < p.gone)]
    days = [p.shows for p in there if date(1990, 1, 1) <= p.shows <= (asked + EIGHT).date()]
    return len(there), max(days, default=None)


def is_stale(posts: list[Post], look: Glance) -> bool:
    """In the inspector's words: the last shown date is over 14 calendar days before the day of the evidence."""
    _, newest = newest_shown(posts, look.witnessed, look.asked)
    return newest is not None and ((look.witnessed + EIGHT).date() - newest).days > 14


def log_of(posts: list[Post], looks: list[Glance]) -> list[Record]:
    """The log that a connector and an appender would make of it."""
    subject = Subject(id="号", name="示例发布", kind=Kind.ACCOUNT, registered_on=date(2020, 1, 1))
    source = Source(id="号/1", subject="号", connector="account", url="https://relay.example/1")
    log = [
        Record(START, "号", Fact(kind=FactKind.REGISTERED, subject=subject)),
        Record(START, "号", Fact(kind=FactKind.SOURCE_ADDED, source=source)),
    ]
    for look in looks:
        log.append(Record(max(look.asked + look.took, log[-1].time), "号", _body(posts, look)))
    return log


def _body(posts: list[Post], look: Glance) -> Look:
    if look.outcome is not Outcome.GOOD:
        return Look(source="号/1", asked_at=look.asked, outcome=look.outcome, cause="http_503")
    count, newest = newest_shown(posts, look.witnessed, look.asked)
    as_of = None if look.behind is None else look.witnessed
    level = Shown(count=count, newest=newest)
    return Look(source="号/1", asked_at=look.asked, outcome=Outcome.GOOD, level=level, as_of=as_of)


def accusing(findings: list[Finding]) -> set[str]:
    """The rules that accuse after these findings."""
    standing: dict[str, str] = {}
    for finding in sorted(findings, key=lambda f: f.n):
        standing.pop(finding.id, None)
        if finding.event is not Event.SIGNALS and finding.level in ACCUSING:
            standing[finding.id] = finding.rule
    return set(standing.values())


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The national pack as it ships."""
    return load_rules(("national-2019",), {})


@given(posts=st.lists(post(), max_size=6), looks=st.lists(glance(), min_size=1, max_size=10))
def test_every_accusation_is_true_and_every_breach_looked_at_is_found(
    posts: list[Post], looks: list[Glance], rules: Rules
) -> None:
    looks = sorted(looks, key=lambda look: look.asked)
    log = log_of(posts, looks)
    by_moment = {look.witnessed: look for look in looks if look.outcome is Outcome.GOOD}
    end = Record(log[-1].time + timedelta(days=60), "", Tick())
    for finding in fold(rules, [*log, end]):
        if finding.rule == "MED-STALE" and finding.level in ACCUSING:
            assert finding.witnessed_at is not None
            assert is_stale(posts, by_moment[finding.witnessed_at])
    newest: datetime | None = None
    for number, look in enumerate(looks, 3):
        if look.outcome is Outcome.GOOD and (newest is None or look.witnessed >= newest):
            newest = look.witnessed
            assert ("MED-STALE" in accusing(fold(rules, log[:number]))) == is_stale(posts, look)
