"""What any store must do: the same suite for each database (SQLite in memory and in a file; later PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from logs import source, subject
from sqlalchemy.exc import IntegrityError
from toys import TOYS

from streams.agent import Agent
from streams.connectors import Cursor
from streams.findings import Event, Finding, Grade
from streams.itemindex import ItemIndex
from streams.looks import Item, Look, Outcome, Shown
from streams.messages import About, Deed, MessageEvent
from streams.ports.store import Store, open_store
from streams.ports.store.outbox import SENT, SUPERSEDED, WAITING, Draft
from streams.ports.store.polls import Done
from streams.ports.store.state import Conflict
from streams.ports.store.tables import log, metadata
from streams.records import Fact, FactKind, Position, Tick
from streams.rows import Row
from streams.thinning import Kept

T0 = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = (date(2026, 10, 1), date(2026, 11, 2), date(2026, 10, 20), None, date(2026, 11, 3))


@pytest.fixture(params=["memory", "file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    urls = {"memory": "sqlite://", "file": f"sqlite:///{tmp_path / 'zhiban.db'}"}
    opened = open_store(urls.get(request.param) or request.getfixturevalue("postgres"))
    with opened.write() as tx:
        tx.set_partitions(2)
    yield opened
    opened.close()


def registered(name: str = "甲") -> list[tuple[str, Fact]]:
    return [
        (name, Fact(kind=FactKind.REGISTERED, subject=subject(name))),
        (name, Fact(kind=FactKind.SOURCE_ADDED, source=source(name, 0))),
    ]


def look(at: datetime, newest: date, *items: Item) -> Look:
    level = Shown(count=3, newest=newest)
    return Look(source="甲/0", asked_at=at, outcome=Outcome.GOOD, level=level, items=items or None)


def finding(n: int, event: Event = Event.OPENS, at: datetime = T0, name: str = "甲", matter: str = "m") -> Finding:
    return Finding(
        subject=name, n=n, time=at, event=event, id=matter, rule="R", level=Grade.BREACH, opened_at=T0, source="甲/0"
    )


def test_migrations_make_exactly_the_tables_that_the_code_knows(store: Store) -> None:
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_log_time_never_goes_back_and_positions_have_no_gap(store: Store) -> None:
    with store.write() as tx:
        assert tx.append(0, registered(), T0 + HOUR) == T0 + HOUR
        assert tx.append(0, [("甲", look(T0, date(2026, 11, 1)))], T0) == T0 + HOUR
        assert tx.log_time(T0) == T0 + HOUR
        entries = tx.read_log(0, Position(1, 0), 10)
    assert [entry.position for entry in entries] == [Position(1, 1), Position(1, 2), Position(1, 3)]
    assert {entry.time for entry in entries} == {T0 + HOUR}


def test_what_is_raised_in_a_transaction_undoes_all_of_it(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        tx.append(0, registered(), T0)
        tx.add_findings([finding(1)])
        raise RuntimeError
    with store.read() as tx:
        assert tx.read_log(0, Position(1, 0), 10) == []
        assert tx.finding_count() == 0


def test_an_undecodable_record_goes_to_quarantine_once_and_the_rest_goes_on(store: Store) -> None:
    agent = Agent(store, TOYS)
    with store.write() as tx:
        tx.append(0, registered(), T0)
        tx.connection.execute(log.update().where(log.c.offset == 1).values(body=b'{"type":"riddle"}'))
    with store.read() as tx:
        batch = tx.read_log(0, Position(1, 0), 10)
    agent.take(0, batch)
    agent.take(0, batch)
    with store.read() as tx:
        (what, place, reason, _at), *others = tx.quarantined()
        assert (what, place, others) == ("record", "log/0/1/1", [])
        assert "riddle" in reason
        assert tx.progress(0)[0] == Position(1, 2)


def test_a_zombie_moves_progress_and_tick_neither_back(store: Store) -> None:
    with store.write() as tx:
        tx.set_progress(0, Position(1, 9), T0 + HOUR)
        tx.set_progress(0, Position(1, 3), T0)
        assert tx.progress(0) == (Position(1, 9), T0 + HOUR)


def test_the_watermark_is_the_oldest_tick_of_all_partitions(store: Store) -> None:
    with store.write() as tx:
        tx.set_progress(0, Position(1, 1), T0 + HOUR)
        assert tx.watermark() is None
        tx.set_progress(1, Position(1, 1), T0)
        assert tx.watermark() == T0


def test_a_row_that_moved_since_it_was_read_is_a_conflict(store: Store) -> None:
    before = Row("甲")
    after = Row("甲", clock=T0, count=1, position=Position(1, 1))
    with store.write() as tx:
        tx.save({0: {"甲": (before, after, set())}})
    later = msgspec.structs.replace(after, clock=T0 + HOUR, count=2, position=Position(1, 2))
    with store.write() as tx:
        tx.save({0: {"甲": (after, later, set())}})
    with pytest.raises(Conflict), store.write() as tx:
        tx.save({0: {"甲": (after, later, set())}})


def test_two_first_rows_of_one_subject_are_a_conflict(store: Store) -> None:
    row = Row("甲", clock=T0, count=0)
    with store.write() as tx:
        tx.save({0: {"甲": (Row("甲"), row, set())}})
    with pytest.raises(Conflict), store.write() as tx:
        tx.save({0: {"甲": (Row("甲"), row, set())}})


def test_partial_rows_hold_what_was_wanted_what_is_due_and_stage_two(store: Store) -> None:
    agent = Agent(store, TOYS)
    facts = [*registered(), ("甲", Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", 1)))]
    with store.write() as tx:
        tx.append(0, facts, T0)
    agent.catch_up(0)
    with store.write() as tx:
        tx.append(0, [("甲", look(T0 + HOUR, date(2026, 11, 2)))], T0 + HOUR)
    agent.catch_up(0)
    with store.read() as tx:
        assert set(tx.load(TOYS, {"甲": ["甲/0"]}, T0)["甲"].bundles) == {"", "甲/0"}
        assert set(tx.load(TOYS, {"甲": []}, T0 + 48 * HOUR)["甲"].bundles) == {"", "甲/1"}
        assert set(tx.load(TOYS, {"甲": None}, T0)["甲"].bundles) == {"", "甲/0", "甲/1"}
        assert tx.load(TOYS, {"丁": None}, T0) == {"丁": Row("丁")}


def test_the_index_knows_items_by_their_place_and_refuses_doubles(store: Store) -> None:
    short, other, long = Item(key="短", title="a"), Item(key="新", title="c"), Item(key="长" * 100, title="b")
    first = look(T0, date(2026, 11, 1), short, long)
    again = look(T0, date(2026, 11, 1), short, long, other)
    with store.write() as tx:
        index = ItemIndex(tx)
        index.learn([("甲", first), ("乙", first)])
        assert set(index.known("甲", first)) == set()
        index.add("甲", first, [short, long], T0)
        assert set(index.known("甲", again)) == {short.key, long.key}
        index.save()
    with store.write() as tx:
        index = ItemIndex(tx)
        index.learn([("甲", again), ("乙", first)])
        assert set(index.known("甲", again)) == {short.key, long.key}
        assert set(index.known("乙", first)) == set()
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.add_items([(("甲", "甲/0", "短"), short, T0)])


def test_the_ledger_keeps_every_finding_and_projects_the_open_ones(store: Store) -> None:
    opened, worse, other = finding(1), finding(2, Event.WORSENS, T0 + HOUR), finding(3, matter="n")
    with store.write() as tx:
        tx.add_findings([opened, worse, other])
        tx.add_findings([finding(4, Event.CLOSES, T0 + 2 * HOUR, matter="n")])
        assert tx.open_findings() == [worse]
        assert [f.n for f in tx.story("n")] == [3, 4]
        assert tx.matters_named(opened.id) == tx.matters_named(opened.id[:1]) == [opened.id]
        assert tx.matters_named("n") == ["n"], "closed ones too"
        assert tx.matters_named("") == sorted({opened.id, "n"}), "more than one: none is named"
        assert tx.matters_named("%") == []
        assert [f.n for f in tx.findings_until(T0)] == [1, 3]
        assert [f.n for f in tx.findings_between((T0, "甲", 1), T0 + 2 * HOUR, 10)] == [3, 2]
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.add_findings([opened])


def test_looks_are_claimed_once_until_the_lease_ends(store: Store) -> None:
    wanted = source("甲", 0)
    with store.write() as tx:
        tx.put_sources([wanted], {wanted.id: T0})
        assert [due.source for due in tx.claim_looks(T0, T0 + HOUR, "a", 9)] == [wanted]
        assert tx.claim_looks(T0, T0 + HOUR, "b", 9) == []
        (again,) = tx.claim_looks(T0 + HOUR, T0 + 2 * HOUR, "b", 9)
        # The first worker comes back late: its lease has passed on, and what it brings is not kept.
        tx.finish_looks([Done(wanted.id, T0, T0 + 9 * HOUR, Cursor(etag="old"), Kept())])
        tx.finish_looks([Done(wanted.id, again.asked_at, T0 + 4 * HOUR, Cursor(etag="new"), Kept())])
        (due,) = tx.claim_looks(T0 + 4 * HOUR, T0 + 5 * HOUR, "a", 9)
        assert due.cursor.etag == "new"


def test_an_ask_brings_a_look_forward_and_a_retired_source_is_read_no_more(store: Store) -> None:
    wanted = source("甲", 0)
    with store.write() as tx:
        tx.put_sources([wanted], {wanted.id: T0 + 9 * HOUR})
        tx.set_asks({wanted.id: (T0, T0 + HOUR)})
        assert tx.next_poll() == T0 + HOUR
        (due,) = tx.claim_looks(T0 + HOUR, T0 + 2 * HOUR, "a", 9)
        assert due.ask == T0
        tx.set_asks({wanted.id: (None, None)})
        tx.retire_sources([wanted.id])
        tx.set_asks({wanted.id: (T0, T0)})
        assert tx.next_poll() is None
        assert tx.sources() == []


def test_the_desk_is_moved_by_one_at_a_time(store: Store) -> None:
    with store.write() as tx:
        turns, values = tx.load_desk()
        assert (turns, values) == (0, {})
        tx.save_desk(0, {("alert", "m"): b"1", ("alert", "n"): b"2"})
        tx.save_desk(1, {("alert", "m"): None})
        assert tx.load_desk() == (2, {("alert", "n"): b"2"})
    with pytest.raises(Conflict), store.write() as tx:
        tx.save_desk(1, {})


def draft(key: str, to: str = "a@x", minutes: int = 0) -> Draft:
    return Draft(key, "mail", to, T0 + timedelta(minutes=minutes), key.encode())


def test_letters_go_out_in_order_for_each_recipient_and_wait_for_their_turn(store: Store) -> None:
    with store.write() as tx:
        tx.put_letters([draft("2", minutes=2), draft("1", minutes=1), draft("3", "b@x", 3)])
        now = T0 + HOUR
        assert [letter.key for letter in tx.claim_letters(now, now + HOUR, 9)] == ["1", "3"]
        assert tx.claim_letters(now, now + HOUR, 9) == []
        tx.settle_letter("1", SENT, "250 OK", now, None)
        tx.settle_letter("3", WAITING, "451 later", now, now + HOUR)
        assert [letter.key for letter in tx.claim_letters(now, now + HOUR, 9)] == ["2"]
        tx.supersede(["3", "1"])
        assert tx.letter_counts() == {SENT: 1, WAITING: 1, SUPERSEDED: 1}
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.put_letters([draft("1")])


def test_of_several_who_make_the_same_letter_one_does(store: Store) -> None:
    with store.write() as tx:
        assert tx.put_first(draft("1"))
        assert not tx.put_first(draft("1", "b@x"))
        assert tx.letter_states(["1", "2"]) == {"1": (WAITING, "")}
        tx.claim_letters(T0 + HOUR, T0 + 2 * HOUR, 9)
        tx.settle_letter("1", SENT, "250 OK", T0 + HOUR, None)
        assert not tx.put_first(draft("1"))
        assert tx.letter_states(["1"]) == {"1": (SENT, "250 OK")}


def test_what_was_known_at_a_moment_is_read_later(store: Store) -> None:
    place = [(("甲", "甲/0", str(n)), Item(key=str(n), title="", day=day)) for n, day in enumerate(DAYS)]
    told = MessageEvent("M1", Deed.RECEIVED, T0 - HOUR, about=About(category="咨询"))
    with store.write() as tx:
        tx.add_items([(*one, T0 + n * HOUR) for n, one in enumerate(place)])
        tx.add_events([("甲", "甲/0", told, T0 + HOUR)])
        tx.add_findings([finding(1), finding(2, Event.MOVES, T0 + HOUR)])
        tx.append(0, registered()[:1], T0)
        tx.append(0, registered()[1:], T0 + HOUR)
    with store.read() as tx:
        assert [tx.newest_days(T0 + n * HOUR) for n in (0, 1, 2)] == [{}, {"甲/0": DAYS[0]}, {"甲/0": DAYS[1]}]
        assert tx.newest_days(T0 + 9 * HOUR) == {"甲/0": DAYS[1]}, "what is dated tomorrow is no day that was shown"
        assert [case.id for _, _, case in tx.cases(T0, known=T0 + HOUR)] == []
        assert [case.id for _, _, case in tx.cases(T0, known=T0 + 2 * HOUR)] == ["M1"]
        assert [one.n for one in tx.findings_by("R", T0 + HOUR)] == [2]
        assert tx.findings_by("S", T0) == []
        assert [len(tx.facts(moment)) for moment in (T0, T0 + HOUR, T0 + 2 * HOUR, None)] == [0, 1, 2, 2]


def test_a_tick_settles_and_counts_as_read(store: Store) -> None:
    agent = Agent(store, TOYS, chunk=1)
    with store.write() as tx:
        tx.append(0, [*registered("甲"), *registered("乙")], T0)
        tx.append(0, [("", Tick())], T0 + 72 * HOUR)
    while agent.catch_up(0):
        pass
    with store.read() as tx:
        assert {f.subject for f in tx.open_findings()} == {"甲", "乙"}
        assert tx.progress(0) == (Position(1, 5), T0 + 72 * HOUR)
        assert tx.next_due() is None


def test_a_lease_is_renewed_only_by_whom_it_belongs_to(store: Store) -> None:
    with store.write() as tx:
        tx.put_sources([source("甲", 0)], {"甲/0": T0})
        mine = tx.claim_looks(T0, T0 + HOUR, "one", 9)
        tx.renew_leases(mine, T0 + 3 * HOUR)
        assert tx.claim_looks(T0 + 2 * HOUR, T0 + 4 * HOUR, "two", 9) == []
        theirs = tx.claim_looks(T0 + 3 * HOUR, T0 + 4 * HOUR, "two", 9)
        tx.renew_leases(mine, T0 + 90 * HOUR)
        assert len(theirs) == len(tx.claim_looks(T0 + 4 * HOUR, T0 + 5 * HOUR, "three", 9)) == 1


def test_a_piece_in_quarantine_is_kept_once_and_its_evidence_cited(store: Store) -> None:
    with store.write() as tx:
        tx.put_aside("look", "look/malformed/甲/0", "line 1", b"file@17", T0)
        tx.put_aside("look", "look/malformed/甲/0", "line 2", b"file@99", T0 + HOUR)
        tx.put_aside("record", "log/0/1/1", "riddle", b"\xff", T0)
        assert [row[:3] for row in tx.quarantined()] == [
            ("look", "look/malformed/甲/0", "line 1"),
            ("record", "log/0/1/1", "riddle"),
        ]
        assert tx.quarantined_piece("look/malformed/甲/0") == b"file@17"
        assert tx.quarantined_piece("nowhere") is None
        assert tx.cited_evidence() == {"file@17"}
