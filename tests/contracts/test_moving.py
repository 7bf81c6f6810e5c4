"""A city moves between two stores and goes on there as if nothing had been: the same for each pair of databases."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from examples import costly
from harness import empty, fold, ledger, memory_store
from hypothesis import given
from hypothesis import strategies as st
from logs import START, ending, logs, source, subject
from moves import NOW, broken_off, desk, dump, embedded, moved, through_kafka
from multiplex import city_of
from servers import fresh_database
from stores import MEMORY, new_store, renew
from toys import TOYS

from streams.agent import Agent
from streams.clockwork import Clockwork
from streams.messages import Case, Deed, MessageEvent
from streams.partitions import partition_of
from streams.ports.clock import ManualClock
from streams.ports.kafka.schema import decode_record, encode_record
from streams.ports.store import Store, open_store
from streams.ports.store import tables as t
from streams.ports.store.comparing import Differs
from streams.ports.store.copying import stay
from streams.ports.store.cut import repartition
from streams.ports.store.marks import LEAVING, Refused, claim_log, put_mark, read_mark, where_the_log_is
from streams.ports.store.moving import COMPARING, COPYING, Watching
from streams.ports.store.outbox import Draft
from streams.records import Fact, FactKind, Position, Record, Tick
from streams.subjects import Status
from zhiban.wiring import load_rules

RULES = load_rules(("national-2019",), {})
HOUR = timedelta(hours=1)
SUPPORT = Path(__file__).parents[1] / "support"
_never = threading.Event()


class Stores:
    """Empty stores, each in a database of its own: the second and every other one on PostgreSQL, where it is asked."""

    def __init__(self, folder: Path, server: str, stack: ExitStack) -> None:
        self._folder, self._server, self._stack = folder, server, stack
        self._made = 0

    def url(self) -> str:
        self._made += 1
        if self._server and self._made % 2 == 0:
            return self._stack.enter_context(fresh_database(self._server))
        return f"sqlite:///{self._folder / f'{self._made}.db'}"

    def fresh(self, url: str = "") -> Store:
        return self._closed_at_the_end(new_store(url or self.url()))

    def opened(self, url: str) -> Store:
        """The store that is there."""
        return self._closed_at_the_end(open_store(url))

    def _closed_at_the_end(self, store: Store) -> Store:
        self._stack.callback(store.close)
        return store


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    server = request.getfixturevalue("server") if request.param == "postgres" else ""
    with ExitStack() as stack:
        yield Stores(tmp_path, server, stack)


@pytest.fixture(scope="module")
def city() -> list[Record]:
    return city_of(25)


def letters(store: Store) -> list[tuple[str, bytes]]:
    """The letters, to the byte."""
    desk(store)
    with store.read() as tx:
        return [(key, body) for key, _, body in tx.letters()]


def refused(work: Callable[[], object]) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.key, caught.value.fields


# -- as if nothing had been ----------------------------------------------------------------------------------------


def test_a_city_moves_and_comes_back_as_if_nothing_had_been(city: Sequence[Record], stores: Stores) -> None:
    undisturbed = stores.fresh(MEMORY)
    embedded(undisturbed, RULES, city, 3)
    here, there, back = stores.fresh(), stores.fresh(), stores.fresh()
    first, second = len(city) // 3, 2 * len(city) // 3
    embedded(here, RULES, city[:first], 1)
    desk(here)
    done = moved(here, there, 5, "kafka")
    assert (done.epoch, done.partitions, done.resumed) == (2, 5, False)
    ends = through_kafka(there, RULES, city[first:second], 5)
    desk(there)
    assert moved(there, back, 1, "table", lambda: ends).epoch == 3
    embedded(back, RULES, city[second:], 1)
    assert ledger(back) == ledger(undisturbed)
    assert letters(back) == letters(undisturbed)
    assert len(letters(back)) > 10


_STORES = [memory_store() for _ in range(3)]
COUNTS = st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8))


@costly()
@given(log=logs(), cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)), counts=COUNTS)
def test_any_log_may_be_cut_anywhere(
    log: list[Record], cuts: tuple[float, float], counts: tuple[int, int, int]
) -> None:
    log = [*log, ending(log)]
    first, second = sorted(round(cut * len(log)) for cut in cuts)
    for store in _STORES:
        renew(store)
    here, there, back = _STORES
    embedded(here, TOYS, log[:first], counts[0])
    moved(here, there, counts[1], "kafka")
    ends = through_kafka(there, TOYS, log[first:second], counts[1])
    moved(there, back, counts[2], "table", lambda: ends)
    embedded(back, TOYS, log[second:], counts[2])
    assert ledger(back) == fold(TOYS, log)


def test_a_city_comes_back_also_where_the_broker_was_lost_and_a_new_one_is_empty(
    city: Sequence[Record], stores: Stores
) -> None:
    here, there, back = stores.fresh(), stores.fresh(), stores.fresh()
    embedded(here, RULES, city[: len(city) // 2], 1)
    moved(here, there, 5, "kafka")
    through_kafka(there, RULES, city[len(city) // 2 :], 5)
    before = ledger(there)
    assert moved(there, back, 1, "table", lambda: [0] * 5).partitions == 1
    assert ledger(back) == before


def test_the_log_that_came_along_tells_the_same_story(city: Sequence[Record], stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    embedded(here, RULES, city, 1)
    before = ledger(here)
    moved(here, there, 4, "kafka")
    with there.read() as tx:
        kept = [one.record for one in tx.read_log(0, Position(1, 0), 100_000) if one.record is not None]
    again = stores.fresh(MEMORY)
    embedded(again, RULES, kept, 2)
    assert ledger(again) == ledger(there) == before


def test_what_is_keyed_by_a_partition_stands_where_the_subject_belongs(city: Sequence[Record], stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    embedded(here, RULES, city, 3)
    moved(here, there, 7, "kafka")
    found = dump(there)
    for table, key in ((t.subjects, "id"), (t.bundles, "subject")):
        names = table.c.keys()
        rows = [(row[names.index(key)], row[names.index("partition")]) for row in found[table.name]]
        assert len({partition for _, partition in rows}) == 7
        assert all(partition == partition_of(str(name), 7) for name, partition in rows)
    assert found["log"] == dump(here)["log"], "the past stands where it stood"


def test_no_partition_is_ahead_of_the_one_that_was_last(stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    with here.write() as tx:
        tx.set_partitions(3)
        for partition, hours in enumerate((5, 2, 9)):
            tx.set_progress(partition, Position(4, 7), START + hours * HOUR)
    ends = [7, 7, 7]
    with here.write() as tx:
        tx.connection.execute(sa.update(t.partitions).values(epoch=4, relayed=2, told=2, next_offset=3))
    moved(here, there, 2, "kafka", lambda: ends)
    with there.read() as tx:
        assert tx.watermark() == START + 2 * HOUR
        assert set(tx.ticks().values()) == {START + 2 * HOUR}
        assert tx.log_time(START) == START + 9 * HOUR
        assert [tx.progress(partition)[0] for partition in range(2)] == [Position(5, 0)] * 2
        assert (tx.epoch(), tx.relayed(1), tx.has_untold()) == (5, Position(5, 0), False)
        assert tx.lock_progress([1])[1].told == 0


class Topic:
    """What a clockwork appends, as an agents worker reads it."""

    def __init__(self) -> None:
        self.given: dict[int, list[tuple[Record, int]]] = {}

    def append(self, partition: int, records: Sequence[tuple[Record, int]]) -> None:
        self.given.setdefault(partition, []).extend(records)


def test_what_is_told_after_a_move_is_numbered_anew_and_counts(stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    facts = [
        Fact(kind=FactKind.REGISTERED, subject=subject("甲")),
        Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", 0)),
    ]
    embedded(here, TOYS, [Record(START, "甲", fact) for fact in facts] + [Record(START, "", Tick())], 1)
    moved(here, there, 2, "kafka")
    place = partition_of("甲", 2)
    retired = Fact(kind=FactKind.SOURCE_RETIRED, source=source("甲", 0))
    with there.write() as tx:
        tx.append(place, [("甲", retired)], START + HOUR)
    topic = Topic()
    Clockwork(there, ManualClock(START + 2 * HOUR), topic, "one").turn()
    assert [(record.body, told) for record, told in topic.given[place] if told] == [(retired, 1)]
    through_kafka(there, TOYS, [record for record, told in topic.given[place] if told], 2)
    with there.read() as tx:
        assert set(tx.load(TOYS, {"甲": None}, START)["甲"].bundles) == {""}
        assert {fact.kind for fact in tx.facts()} == {*(fact.kind for fact in facts), retired.kind}


def test_who_waits_what_they_wrote_and_what_is_to_be_read_come_along(stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    asked = MessageEvent("7", Deed.RECEIVED, START)
    text = ("甲", "甲/m", "7", "question", START, "路灯不亮")
    embedded(here, TOYS, [Record(START, "甲", Fact(kind=FactKind.REGISTERED, subject=subject("甲")))], 1)
    with here.write() as tx:
        tx.add_events([("甲", "甲/m", asked, START)])
        tx.keep_texts([text], START + HOUR)
        tx.put_sources([source("甲", 0)], {"甲/0": START})
    moved(here, there, 5, "kafka")
    with there.write() as tx:
        assert tx.stories([("甲", "甲/m", "7")]) == {("甲", "甲/m", "7"): Case("7", (asked,))}
        assert tx.message_texts("7", START) == [text]
        assert [one.source for one in tx.claim_looks(START, START + HOUR, "one", 9)] == [source("甲", 0)]


def test_a_piece_from_before_is_given_back_to_the_partition_of_today(stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    embedded(here, TOYS, [Record(START, "甲", Fact(kind=FactKind.REGISTERED, subject=subject("甲")))], 1)
    with here.write() as tx:
        tx.put_aside("record", "log/0/1/1", "a riddle", b"?", START)
        tx.put_aside("look", "look/malformed/甲/0", "line 1", b"file@17", START)
    moved(here, there, 5, "kafka")
    with there.write() as tx:
        assert tx.append_again(0, 1, 1, START + HOUR)
        tx.put_aside("record", "log/3/2/1", "another", b"!", START)
        assert [row[1] for row in tx.quarantined()] == ["log/0/1/1", "look/malformed/甲/0", "log/3/2/1"]
        assert len(tx.read_log(partition_of("甲", 5), Position(2, 0), 9)) == 1


def test_what_a_topic_holds_of_the_epoch_before_is_stepped_over_and_counts_as_read(stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    facts = [Record(START, "甲", Fact(kind=FactKind.REGISTERED, subject=subject("甲")))]
    embedded(here, TOYS, facts, 1)
    moved(here, there, 1, "kafka")
    before = dump(there)
    at = START + HOUR
    retired = Record(at, "甲", Fact(kind=FactKind.CHANGED, subject=subject("甲", Status.SHUT)))
    past = [decode_record(Position(2, offset), encode_record(retired, told=offset)) for offset in (1, 2)]
    Agent(there, TOYS).take(0, past)
    with there.read() as tx:
        assert tx.progress(0)[0] == Position(2, 2)
        assert tx.quarantined() == []
    assert dump(there)["subjects"] == before["subjects"]


def test_a_clockwork_from_before_a_cut_carries_nothing(stores: Stores) -> None:
    stores.url()
    store = stores.fresh()
    with store.write() as tx:
        tx.set_partitions(1)
    topic = Topic()
    clockwork = Clockwork(store, ManualClock(START), topic, "one")
    clockwork.turn()
    with store.write() as tx:
        assert repartition(tx, 2, "kafka") == 2
        tx.append(0, [("甲", Fact(kind=FactKind.CONFIRMED))], START)
    ticks = sum(len(given) for given in topic.given.values())
    with pytest.raises(RuntimeError, match="epoch 2"):
        clockwork.turn()
    assert sum(len(given) for given in topic.given.values()) == ticks


@costly()
@given(log=logs(), cut=st.floats(0, 1), counts=st.tuples(st.integers(1, 8), st.integers(1, 8)))
def test_any_store_may_be_partitioned_anew(log: list[Record], cut: float, counts: tuple[int, int]) -> None:
    log = [*log, ending(log)]
    half = round(cut * len(log))
    store = _STORES[0]
    renew(store)
    through_kafka(store, TOYS, log[:half], counts[0])
    with store.write() as tx:
        assert repartition(tx, counts[1], "kafka") == 2
    through_kafka(store, TOYS, log[half:], counts[1])
    assert ledger(store) == fold(TOYS, log)


def test_whose_log_it_is_is_known_also_where_nobody_said_it(stores: Stores) -> None:
    table, kafka = stores.fresh(), stores.fresh()
    embedded(table, TOYS, [Record(START, "", Tick())], 1)
    with kafka.write() as tx:
        tx.set_partitions(1)
        tx.set_relayed(0, Position(1, 2))
    for store, mine, others in ((table, "table", "kafka"), (kafka, "kafka", "table")):
        with store.write() as tx:
            assert refused(lambda tx=tx, log=others: claim_log(tx, log)) == (f"log_{mine}", {})  # type: ignore[misc]
            claim_log(tx, mine)  # type: ignore[arg-type]
            assert where_the_log_is(tx) == mine


# -- resumed -------------------------------------------------------------------------------------------------------


def begun(url: str, other: str, chunk: int) -> subprocess.Popen[str]:
    """A process that copies in small steps, and says each."""
    words = [sys.executable, str(SUPPORT / "moves.py"), url, other, str(chunk)]
    path = {"PYTHONPATH": f"{SUPPORT}:{SUPPORT.parents[1]}"}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=path)


def killed(process: subprocess.Popen[str], lines: int, pause: float) -> bool:
    """Kill it after it has said so many lines and a moment more; whether it had ended before."""
    assert process.stdout is not None
    said = ""
    for _ in range(lines):
        said = process.stdout.readline()
        if said in {"", "done\n"}:
            break
    _never.wait(pause)
    process.kill()
    said += process.stdout.read()
    process.wait()
    process.stdout.close()
    return said.endswith("done\n")


def test_a_copy_that_is_broken_off_after_every_chunk_is_the_same(city: Sequence[Record], stores: Stores) -> None:
    here, there, smooth = stores.fresh(), stores.fresh(), stores.fresh(MEMORY)
    embedded(here, RULES, city[: len(city) // 3], 1)
    desk(here)
    moved(here, smooth, 2)
    stay(here)
    times = 0
    while broken_off(here, there, chunk=60):
        times += 1
    assert times > 10
    assert dump(there) == dump(smooth)


@pytest.mark.fault
def test_a_copy_that_is_killed_at_any_moment_goes_on(city: Sequence[Record], stores: Stores) -> None:
    urls = stores.url(), stores.url()
    here = stores.fresh(urls[0])
    embedded(here, RULES, city, 1)
    desk(here)
    smooth = stores.fresh(MEMORY)
    moved(here, smooth, 5)
    stay(here)
    here.close()
    dice = random.Random(20261125)
    kills = 0
    while not killed(begun(*urls, 40), dice.randrange(30), dice.random() * 0.02):
        kills += 1
        assert refused(lambda: claim(here)) == ("leaving", {"there": "there", "since": NOW})
        assert refused(lambda: open_store(urls[1]))[0] == "filling"
        here.close()  # a copy finds whoever has it open
    assert kills >= 3
    assert dump(stores.opened(urls[1])) == dump(smooth)
    print(f"\n{kills} kills of a copy: nothing lost, nothing doubled")


def claim(store: Store) -> None:
    with store.write() as tx:
        claim_log(tx, "table")


def test_after_a_finished_copy_there_is_nothing_to_do(city: Sequence[Record], stores: Stores) -> None:
    here, there = stores.fresh(), stores.fresh()
    embedded(here, RULES, city[:200], 1)
    moved(here, there, 5)
    again = moved(here, there, 5)
    assert (again.tables, again.resumed, again.epoch) == ((), True, 2)
    assert refused(lambda: claim(here)) == ("moved", {"there": "there", "since": NOW})
    claim(there)
    empty(there)  # lost, perhaps: to copy what it was long ago is for people to decide
    assert refused(lambda: moved(here, there, 5))[0] == "moved"
    stay(here)
    claim(here)
    assert moved(here, there, 5).epoch == 2


def test_a_copy_that_fell_between_its_last_two_steps_is_finished(pair: tuple[Store, Store]) -> None:
    here, there = pair
    moved(here, there, 5)
    with here.write() as tx:
        mark = read_mark(tx.connection, LEAVING)
        assert mark is not None
        put_mark(tx.connection, LEAVING, msgspec.structs.replace(mark, done=False), mark)
    assert refused(lambda: claim(here))[0] == "leaving"
    assert moved(here, there, 5).resumed
    assert refused(lambda: claim(here))[0] == "moved"


# -- refused -------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(stores: Stores) -> tuple[Store, Store]:
    """A small city that may be moved, and an empty store."""
    here, there = stores.fresh(), stores.fresh()
    facts = [
        Fact(kind=FactKind.REGISTERED, subject=subject("甲")),
        Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", 0)),
    ]
    embedded(here, TOYS, [Record(START, "甲", fact) for fact in facts] + [Record(START, "", Tick())], 1)
    with here.write() as tx:
        tx.put_sources([source("甲", 0)], {"甲/0": START})
        tx.put_letters([Draft("k", "mail", "a@x", START, b"{}")])
    return here, there


FAR = NOW + timedelta(days=36500)


def test_whoever_is_at_work_is_named(pair: tuple[Store, Store]) -> None:
    here, _ = pair
    with here.write() as tx:
        tx.take_lease("clockwork", "one", NOW, FAR)
    assert refused(lambda: moved(*pair, 2)) == ("lease_worker", {"holder": "clockwork", "until": FAR})
    with here.write() as tx:
        tx.release_lease("clockwork", "one")
        tx.claim_looks(NOW, FAR, "two", 9)
    assert refused(lambda: moved(*pair, 2)) == ("lease_looks", {"holder": "1", "until": FAR})
    with here.write() as tx:
        tx.connection.execute(sa.update(t.polls).values(lease_until=None))
        tx.claim_letters(NOW, FAR, 9)
    assert refused(lambda: moved(*pair, 2)) == ("lease_letters", {"holder": "1", "until": FAR})
    with here.write() as tx:
        tx.connection.execute(sa.update(t.outbox).values(lease_until=None))
    claim(here)
    assert moved(*pair, 2).epoch == 2


def test_another_process_that_has_it_open_is_found(pair: tuple[Store, Store]) -> None:
    here, there = pair
    for store, partitions in ((here, 2), (there, 1)):
        other = open_store(store._engine.url.render_as_string(hide_password=False))
        with other.read() as tx:
            tx.record_count()
        sqlite = store._engine.dialect.name == "sqlite"
        target = there if store is here else memory_store()
        assert refused(lambda one=store, to=target: moved(one, to, 2))[0] == ("open" if sqlite else "connected")  # type: ignore[misc]
        other.close()
        assert moved(store, target, partitions).partitions == partitions


def test_what_is_not_judged_yet_is_counted(pair: tuple[Store, Store]) -> None:
    here, there = pair
    with here.write() as tx:
        tx.append(0, [("", Tick()), ("", Tick())], START + HOUR)
    assert refused(lambda: moved(here, there, 2)) == ("undrained", {"count": 2, "partitions": "0"})
    Agent(here, TOYS).catch_up(0)
    moved(here, there, 2, "kafka")
    third = memory_store()
    assert refused(lambda: moved(there, third, 1)) == ("no_kafka", {})
    assert refused(lambda: moved(there, third, 1, ends=lambda: [0, 3])) == ("unread", {"count": 3, "partitions": "1"})
    assert refused(lambda: moved(there, third, 1, ends=lambda: [0]))[0] == "other_topic"
    with there.write() as tx:
        tx.append(1, [("甲", Fact(kind=FactKind.CONFIRMED))], START + HOUR)
    assert refused(lambda: moved(there, third, 1, ends=lambda: [0, 0])) == (
        "unrelayed",
        {"count": 1, "partitions": "1"},
    )


def test_only_an_empty_store_or_its_own_half_is_filled(pair: tuple[Store, Store], stores: Stores) -> None:
    here, there = pair
    with there.write() as tx:
        tx.put_aside("look", "look/x/y", "", b"", START)
    assert refused(lambda: moved(here, there, 2)) == ("full", {"there": "there", "table": "quarantine"})
    claim(here)  # nothing has begun, and it may be used
    empty(there)
    assert broken_off(here, there)
    stay(here)
    assert refused(lambda: moved(here, there, 2)) == ("filling_other", {"there": "here"})
    assert refused(lambda: moved(here, here, 2))[0] == "same"


def test_half_a_copy_keeps_to_its_two_stores_and_its_partitions(pair: tuple[Store, Store], stores: Stores) -> None:
    here, there = pair
    assert broken_off(here, there)
    assert refused(lambda: moved(here, there, 3)) == ("other_count", {"found": 3, "expected": 2})
    done = moved(here, there, 2)
    assert done.resumed
    assert [one.rows for one in done.tables if one.table == "log"] == [3]


def test_tables_of_another_version_are_refused(pair: tuple[Store, Store]) -> None:
    here, there = pair

    def set_version(store: Store, version: str) -> None:
        with store.write() as tx:
            tx.connection.execute(sa.text(f"update alembic_version set version_num = '{version}'"))

    set_version(there, "9999")
    assert refused(lambda: moved(here, there, 2))[1]["store"] == "there"
    set_version(there, "0003")
    set_version(here, "0002")
    key, fields = refused(lambda: moved(here, there, 2))
    assert (key, fields["store"], fields["found"]) == ("older", "here", "0002")


def test_a_text_that_postgresql_would_not_take_is_named_before_anything_is_copied(
    pair: tuple[Store, Store],
) -> None:
    here, there = pair
    with here.write() as tx:
        tx.put_letters([Draft("long", "mail", "a" * 401, START, b"{}")])
    if there._engine.dialect.name == "sqlite":
        assert moved(here, there, 1).epoch == 2
        return
    expected = {"table": "outbox", "column": "recipient", "row": "key=long", "found": 401, "expected": 400}
    assert refused(lambda: moved(here, there, 1)) == ("unfit", expected)
    with here.write() as tx:
        tx.connection.execute(sa.update(t.outbox).values(recipient="a\0b"))
    assert refused(lambda: moved(here, there, 1))[0] == "unfit"


# -- compared ------------------------------------------------------------------------------------------------------


class Spoils(Watching):
    """Does something to the target once everything is copied."""

    def __init__(self, there: Store, statement: sa.Executable) -> None:
        self._there, self._statement = there, statement

    def begin(self, phase: str, rows: dict[str, int]) -> None:
        assert phase in {COPYING, COMPARING}
        if phase == COMPARING:
            with self._there.write() as tx:
                tx.connection.execute(self._statement)


FAULTS: list[tuple[sa.Executable, str, dict[str, str]]] = [
    (
        sa.delete(t.log).where(t.log.c.offset == 2),
        "missing_in",
        {"table": "log", "row": "partition=0, epoch=1, offset=2"},
    ),
    (sa.insert(t.desk).values(kind="a", key="b", body=b""), "extra_in", {"table": "desk", "row": "kind=a, key=b"}),
    (
        sa.update(t.subjects).values(partition=7),
        "differs",
        {"table": "subjects", "column": "partition", "row": "id=甲"},
    ),
    (sa.update(t.outbox).values(body=b"{ }"), "differs", {"table": "outbox", "column": "body", "row": "key=k"}),
    (sa.update(t.polls).values(ask=5), "differs", {"table": "polls", "column": "ask", "row": "source=甲/0"}),
]


@pytest.mark.parametrize(
    ("statement", "key", "fields"), FAULTS, ids=[f"{key}-{next(iter(f.values()))}" for _, key, f in FAULTS]
)
def test_a_difference_is_named_and_the_target_stays_shut(
    statement: sa.Executable, key: str, fields: dict[str, str], pair: tuple[Store, Store]
) -> None:
    here, there = pair
    with pytest.raises(Differs) as caught:
        moved(here, there, 5, watching=Spoils(there, statement))
    assert (caught.value.key, caught.value.fields) == (key, fields)
    url = there._engine.url.render_as_string(hide_password=False)
    assert refused(lambda: open_store(url))[0] == "filling"
