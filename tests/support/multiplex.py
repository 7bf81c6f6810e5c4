"""Many random logs as one, and what the embedded runner makes of it: what a cluster's ledger and letters must equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from harness import deliver, fold, ledger, memory_store, spread
from hypothesis import HealthCheck, Phase, given, seed, settings
from logs import ending, logs

from alerts.board import Language, Settings
from alerts.routing import Route
from streams.agent import Agent
from streams.findings import Event
from streams.looks import Look
from streams.ports.store import Store
from streams.records import BROADCAST, DEEDS, DESK, REQUESTS, Body, Fact, FactKind, Record, Tally
from streams.silences import Silence
from zhiban.deskwork import DeskWork, clauses_of
from zhiban.wiring import load_pack, load_rules

PARTITIONS = 8
KINDS = (*sorted(DEEDS), FactKind.CONFIRMED, FactKind.DISMISSED)
ROUTES = (Route(channel="console", to="{contact}"), Route(channel="console", to="-", operator=True))
SETTINGS = Settings(routes=ROUTES, confirm_contacts=True)
Outcome = tuple[list[bytes], list[tuple[str, bytes]]]  # the ledger and the letters, to the byte


def city_of(count: int) -> list[Record]:
    """So many random logs as one, with what people say of some alerts, and two ticks at its end."""
    merged = with_deeds(multiplexed(random_logs(count)))
    last = ending(merged)
    return [*merged, last, msgspec.structs.replace(last, time=last.time + timedelta(days=1))]


def embedded(log: Sequence[Record]) -> Outcome:
    """What the embedded runner makes of a log."""
    store = memory_store()
    with store.write() as tx:
        tx.set_partitions(PARTITIONS)
    agent = Agent(store, load_rules(("national-2019",), {}))
    for partition, entries in enumerate(spread(log, PARTITIONS)):
        for begin in range(0, len(entries), 1000):
            assert deliver(agent, partition, entries[begin : begin + 1000])
    return outcome(store)


def outcome(store: Store) -> Outcome:
    """Ledger and letters, to the byte."""
    pack = load_pack(("national-2019",))
    DeskWork(store, SETTINGS, Language("zh", clauses_of(pack))).turn()
    with store.read() as tx:
        letters = [(key, body) for key, _, body in tx.letters()]
    return [msgspec.json.encode(finding) for finding in ledger(store)], letters


def with_deeds(log: Sequence[Record]) -> list[Record]:
    """The log, in which people say something of every fifth matter, at its opening or hours later, and announce a
    silence now and then."""
    opened = [one for one in fold(load_rules(("national-2019",), {}), log) if one.event is Event.OPENS]
    deeds: list[Record] = []
    for number, one in enumerate(opened[::5]):
        at = one.time + number % 7 * timedelta(hours=1)
        until = at + timedelta(days=2) if number % 2 else None
        kind = KINDS[number % len(KINDS)]
        deeds.append(Record(at, one.subject, Fact(kind=kind, matter=one.id, by="张", text="因为", until=until)))
        if kind in REQUESTS:
            answer = FactKind.GRANTED if number % 4 else FactKind.REFUSED
            decided = Fact(kind=answer, matter=one.id, by="主管", about=kind.value, until=until)
            deeds.append(Record(at + number % 5 * timedelta(hours=9), one.subject, decided))
        if number % 10 == 4:
            post = FactKind.CONTACT_LEFT if number % 20 == 4 else FactKind.CONTACT
            deeds.append(Record(at, DESK, Fact(kind=post, by="王", text=f"{one.subject[:3]}@x")))
        if number % 10 == 9:
            silence = Silence(since=at, until=at + timedelta(hours=number % 50), subject=f"{one.subject[:3]}*")
            name = f"silence{number}"
            deeds.append(
                Record(at, DESK, Fact(kind=FactKind.SILENCED, matter=name, by="张", text="改版", silence=silence))
            )
    return sorted([*log, *deeds], key=lambda record: record.time)


def random_logs(count: int) -> list[list[Record]]:
    """So many random logs, always the same."""
    found: list[list[Record]] = []

    @seed(1)  # of no other meaning than that these logs give many letters
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(log=logs(size=12))
    def collect(log: list[Record]) -> None:
        found.append(log)

    collect()
    return found[:count]


def multiplexed(found: Sequence[Sequence[Record]]) -> list[Record]:
    """Many logs as one, in order of time: every subject, source and collector by a name of its own. Of the broadcasts
    every fiftieth is kept, as each of them is for all."""
    merged = [renamed(record, f"{number:04}") for number, log in enumerate(found) for record in log]
    merged.sort(key=lambda record: record.time)
    kept, broadcasts = [], 0
    for record in merged:
        broadcasts += isinstance(record.body, BROADCAST)
        if not isinstance(record.body, BROADCAST) or broadcasts % 50 == 0:
            kept.append(record)
    return kept


def renamed(record: Record, prefix: str) -> Record:
    """The record, as of another city."""
    if isinstance(record.body, BROADCAST):
        return record
    return msgspec.structs.replace(record, subject=f"{prefix}{record.subject}", body=_body(record.body, prefix))


def _body(body: Body, prefix: str) -> Body:
    if isinstance(body, (Look, Tally)):
        host = f"account:relay{prefix}" if body.collector else ""
        return msgspec.structs.replace(body, source=f"{prefix}{body.source}", collector=host)
    assert isinstance(body, Fact)
    changed: dict[str, object] = {}
    if body.subject is not None:
        changed["subject"] = msgspec.structs.replace(
            body.subject, id=f"{prefix}{body.subject.id}", contact=f"{prefix[:3]}@x"
        )
    if body.source is not None:
        names = {"id": f"{prefix}{body.source.id}", "subject": f"{prefix}{body.source.subject}"}
        changed["source"] = msgspec.structs.replace(body.source, **names)
    return msgspec.structs.replace(body, **changed)
