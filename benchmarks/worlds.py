"""Generated worlds: accounts and sites as a province has them, and looks at them that show what is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from streams.agent import Agent
from streams.looks import Look, Outcome, Shown
from streams.ports.store import Store
from streams.records import Body, Fact, FactKind
from streams.rules import Rules
from streams.subjects import ColumnType, Kind, Source, Subject
from zhiban.wiring import load_rules

START = datetime(2026, 11, 2, tzinfo=UTC)
RELAY = "relay.example.cn"


def national() -> Rules:
    """The national pack."""
    return load_rules(("national-2019",), {})


def account(number: int) -> tuple[Subject, Source]:
    """An account and the source that shows its posts."""
    name = f"44000000{number:06}"
    unit = f"某市某局{number}"
    subject = Subject(id=name, name=unit, kind=Kind.ACCOUNT, platform="微信公众号", unit=unit)
    url = f"https://{RELAY}/{name}.xml"
    return subject, Source(id=f"{name}/account", subject=name, connector="account", url=url, every=timedelta(hours=2))


def site(number: int, columns: int) -> tuple[Subject, list[Source]]:
    """A site and its columns."""
    name = f"bm{number:08}"
    url = f"https://www{number}.example.gov.cn/"
    subject = Subject(id=name, name=f"某县{number}", kind=Kind.SITE, unit=f"某县{number}", url=url)
    return subject, [
        Source(
            id=f"{name}/column/{index}",
            subject=name,
            connector="column",
            url=f"{url}column{index}/",
            name=f"栏目{index}",
            column_type=TYPES[index % len(TYPES)],
            top_level=True,
        )
        for index in range(columns)
    ]


TYPES = (ColumnType.NEWS, ColumnType.NOTICE, ColumnType.POLICY, ColumnType.PERSONNEL)


def facts(world: Sequence[tuple[Subject, Sequence[Source]]]) -> Iterator[tuple[str, Body]]:
    """The facts that tell of a world."""
    for subject, sources in world:
        yield subject.id, Fact(kind=FactKind.REGISTERED, subject=subject)
        for source in sources:
            yield subject.id, Fact(kind=FactKind.SOURCE_ADDED, source=source)


def look(source: Source, at: datetime, newest: date, count: int = 20) -> Look:
    """A good look at `at` that shows `newest`."""
    return Look(
        source=source.id,
        asked_at=at,
        outcome=Outcome.GOOD,
        level=Shown(count=count, newest=newest, name="政务发布"),
        collector=f"{source.connector}:{RELAY}",
        evidence=f"zhiban-{at:%Y%m%d}-machine-1234-1@{hash(source.id) % 10**9}",
    )


def append(store: Store, agent: Agent, bodies: Sequence[tuple[str, Body]], at: datetime, size: int = 1000) -> None:
    """Append in batches, each of them judged before the next: log, state and ledger, two transactions a batch."""
    for begin in range(0, len(bodies), size):
        with store.write() as tx:
            tx.append(0, bodies[begin : begin + size], at)
        while agent.catch_up(0):
            pass
