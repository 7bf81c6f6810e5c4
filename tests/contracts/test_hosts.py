"""What one host may have out at once holds over all workers; nothing is ever forgotten, no host blocks others."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, func, select
from stores import new_store

from streams.codec import encode
from streams.connectors import Cursor
from streams.hosts import Standing, host_of
from streams.ports.store import Store, open_store, opening
from streams.ports.store.hosts import recount_all
from streams.ports.store.opening import Transaction
from streams.ports.store.polls import Done, Due
from streams.ports.store.tables import hosts, polls, to_micros
from streams.subjects import Source
from streams.thinning import Kept

T0 = datetime(2026, 11, 2, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WORKERS = 4
PLACES = 2


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that nobody has opened yet."""
    postgres = request.param == "postgres"
    return str(request.getfixturevalue("postgres")) if postgres else f"sqlite:///{tmp_path / 'old.db'}"


def test_a_store_from_before_hosts_were_kept_reads_on(url: str) -> None:
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for host, number in (("old", 1), ("old", 2), ("", 3), ("", 4), ("gone", 5)):
            one = source(host or "box", number)
            row: dict[str, object] = {
                "source": one.id,
                "subject": "x",
                "host": host,
                "body": encode(one),
                "cursor": encode(Cursor()),
            }
            row |= {"next_at": None if host == "gone" else to_micros(T0), "kept": encode(Kept())}
            connection.execute(polls.insert(), row)
    engine.dispose()
    store = open_store(url)
    assert sorted(names(claim(store, "a", places=1))) == ["box/3", "box/4", "old/1"]
    store.close()


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    postgres = request.param == "postgres"
    made = new_store(request.getfixturevalue("postgres") if postgres else f"sqlite:///{tmp_path / 'z.db'}")
    with made.write() as tx:
        tx.set_partitions(1)
    yield made
    made.close()


def source(host: str, number: int) -> Source:
    return Source(id=f"{host}/{number}", subject=host, connector="feed", url=f"https://{host}/{number}")


def read(store: Store, host: str, count: int, at: datetime = T0) -> None:
    """So many sources at a host, a second between the dues of two."""
    made = [source(host, number) for number in range(count)]
    with store.write() as tx:
        tx.put_sources(made, {one.id: at + number * timedelta(seconds=1) for number, one in enumerate(made)})


def claim(store: Store, by: str, at: datetime = T0 + MINUTE, limit: int = 50, places: int = PLACES) -> list[Due]:
    with store.write() as tx:
        return tx.claim_looks(at, at + 5 * MINUTE, by, limit, per_host=places)


def done(one: Due, again: datetime, standing: Standing | None = None) -> Done:
    return Done(one.source.id, one.asked_at, again, Cursor(), Kept(), host_of(one.source.url), standing)


def names(found: list[Due]) -> list[str]:
    return [one.source.id for one in found]


def test_a_host_has_few_looks_out_and_the_others_are_not_kept_waiting(store: Store) -> None:
    read(store, "relay", 700, T0 - timedelta(hours=1))
    for number in range(5):
        read(store, f"s{number}", 1)
    found = claim(store, "a", limit=4)
    assert names(found)[:2] == ["relay/0", "relay/1"]
    others = {one.source.subject for one in found[2:] + claim(store, "a")}
    assert others == {"s0", "s1", "s2", "s3", "s4"}
    with store.write() as tx:
        tx.finish_looks([done(found[0], T0 + timedelta(hours=4))])
    assert names(claim(store, "a")) == ["relay/2"], "a place that is free goes to the longest overdue"


def test_a_host_is_one_worker_s_while_it_looks_there(store: Store) -> None:
    read(store, "relay", 5)
    found = claim(store, "a", limit=1)
    assert names(claim(store, "b")) == []
    assert names(claim(store, "a")) == ["relay/1"]
    found.append(Due(source("relay", 1), Cursor(), Kept(), T0 + MINUTE, None))
    with store.write() as tx:
        tx.finish_looks([done(one, T0 + timedelta(hours=4)) for one in found])
    assert names(claim(store, "b")) == ["relay/2", "relay/3"]
    assert claim(store, "a") == []


def test_a_lease_that_ended_frees_the_place(store: Store) -> None:
    read(store, "relay", 3)
    claim(store, "dead")
    assert claim(store, "b", T0 + 5 * MINUTE) == []
    assert names(claim(store, "b", T0 + 6 * MINUTE)) == ["relay/0", "relay/1"]
    with store.write() as tx:  # the first comes back late: what it ends is not its own any more
        tx.finish_looks([Done("relay/0", T0 + MINUTE, T0 + timedelta(days=1), Cursor(), Kept(), "relay")])
    assert claim(store, "c", T0 + 7 * MINUTE) == []
    assert names(claim(store, "c", T0 + 11 * MINUTE)) == ["relay/0", "relay/1"]


def test_who_comes_next_is_told_how_we_stand_with_the_host(store: Store) -> None:
    read(store, "relay", 2)
    standing = Standing(T0 + MINUTE, T0 + timedelta(hours=1), 3)
    (one,) = claim(store, "a", places=1)
    with store.write() as tx:
        tx.finish_looks([done(one, T0 + timedelta(hours=4), standing)])
    (other,) = claim(store, "b", T0 + 2 * MINUTE, places=1)
    assert (other.source.id, other.standing) == ("relay/1", standing)


def test_sources_without_a_host_share_none(store: Store) -> None:
    made = [Source(id=f"box/{number}", subject="box", connector="mailbox", url="") for number in range(5)]
    with store.write() as tx:
        tx.put_sources(made, {one.id: T0 for one in made})
    assert len(claim(store, "a", places=1)) == 5


def test_when_there_is_something_to_claim(store: Store) -> None:
    def of(by: str) -> datetime | None:
        with store.read() as tx:
            return tx.next_claim(T0 + MINUTE, by, per_host=PLACES)

    assert of("a") is None
    read(store, "relay", 3)
    read(store, "s", 1, T0 + timedelta(hours=2))
    assert of("a") == T0
    claim(store, "a")
    assert of("a") == of("b") == T0 + timedelta(hours=2), "a host that is full makes nobody busy"


def test_four_workers_side_by_side_keep_the_limit_and_forget_nothing(store: Store) -> None:
    for host in ("relay", "s1", "s2"):
        read(store, host, 30)
    most, made, gate = Counter[str](), Counter[str](), threading.Barrier(WORKERS)

    def work(number: int) -> None:
        gate.wait()
        for _ in range(400):
            found = _round(store, f"w{number}", most)
            made.update(names(found))
            with store.write() as tx:
                tx.finish_looks([done(one, T0 + timedelta(hours=4)) for one in found])
            if sum(made.values()) >= 90:
                return

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    assert max(most.values()) == PLACES
    assert set(most) == {"relay", "s1", "s2"}
    assert set(made.values()) == {1}
    assert len(made) == 90


def test_looks_asks_and_imports_side_by_side_never_wait_for_each_other_in_a_ring(store: Store) -> None:
    """All take sources before hosts, and both in their order: PostgreSQL would end one of two that do not."""
    for host in ("s0", "s1", "s2"):
        read(store, host, 20)
    everyone = [source(f"s{number % 3}", number // 3) for number in range(60)]
    gate = threading.Barrier(WORKERS)

    def look(number: int) -> None:
        for turn in range(20):
            found = claim(store, f"w{number}", T0 + turn * 10 * MINUTE, limit=9, places=9)
            with store.write() as tx:
                tx.finish_looks([done(one, T0 + turn * MINUTE) for one in found])

    def ask(number: int) -> None:
        dice = random.Random(number)
        for turn in range(20):
            asked = dice.sample(everyone, 9)
            with store.write() as tx:
                tx.set_asks({one.id: (T0, T0) if dice.random() < 0.5 else (None, None) for one in asked})
            with store.write() as tx:
                tx.put_sources(dice.sample(everyone, 9), {one.id: T0 + turn * MINUTE for one in everyone})

    def work(number: int) -> None:
        gate.wait()
        (look if number % 2 else ask)(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    with store.read() as tx:
        assert _late(tx) == []


def _round(store: Store, by: str, most: Counter[str]) -> list[Due]:
    """Claim, and note how many looks are out at each host, and at how many workers."""
    with store.write() as tx:
        found = tx.claim_looks(T0 + MINUTE, T0 + 6 * MINUTE, by, 4, per_host=PLACES)
        for host, out, workers in tx.connection.execute(_OUT):
            most[host] = max(most[host], out)
            assert workers == 1
    return found


_p = polls.c
_OUT = (
    select(_p.host, func.count(), func.count(_p.lease_by.distinct()))
    .where(_p.lease_until.is_not(None))
    .group_by(_p.host)
)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_a_host_s_due_is_never_later_than_its_looks(store: Store, seed: int) -> None:
    """Claims, ends, lost leases, asks, retirements and moves at random: what `hosts` says is early, never late."""
    dice, now, out = random.Random(seed), T0, list[Due]()
    for number in range(4):
        read(store, f"h{number}", 5)
    for _ in range(80):
        now += timedelta(seconds=dice.randrange(90))
        with store.write() as tx:
            _happen(tx, dice, now, out)
        with store.read() as tx:
            assert _late(tx) == []
    end = now + timedelta(days=3)
    left = set(_due(store, end))
    while found := claim(store, "last", end, places=1):
        left -= set(names(found))
        with store.write() as tx:
            tx.finish_looks([done(one, end + MINUTE) for one in found])
    assert left == set()


def _happen(tx: Transaction, dice: random.Random, now: datetime, out: list[Due]) -> None:
    one = source(f"h{dice.randrange(4)}", dice.randrange(5))
    match dice.randrange(6):
        case 0 | 1:
            out += tx.claim_looks(now, now + 5 * MINUTE, dice.choice("abc"), dice.randrange(1, 6), per_host=PLACES)
        case 2:
            ended = [out.pop(dice.randrange(len(out))) for _ in range(min(len(out), 2))]
            tx.finish_looks([done(due, now + dice.randrange(1, 40) * MINUTE) for due in ended])
        case 3:
            tx.set_asks({one.id: (now, now + dice.randrange(5) * MINUTE)})
        case 4 if dice.random() < 0.3:
            tx.retire_sources([one.id])
        case 4:
            tx.look_now(one.id, now)
        case _:
            tx.put_sources([one], {one.id: now + dice.randrange(60) * MINUTE})


def _late(tx: Transaction) -> list[tuple[object, ...]]:
    """The hosts whose due is later than a look there that is free, or than the end of a lease."""
    moment = func.coalesce(_p.lease_until, _p.next_at)
    query = select(hosts.c.host, hosts.c.due_at, moment).join(polls, _p.host == hosts.c.host)
    return [tuple(row) for row in tx.connection.execute(query.where(_p.next_at.is_not(None), hosts.c.due_at > moment))]


def _due(store: Store, at: datetime) -> list[str]:
    with store.read() as tx:
        return list(tx.connection.execute(select(_p.source).where(_p.next_at <= to_micros(at))).scalars())


def test_whoever_is_alone_counts_for_itself_and_leaves_nothing_behind(store: Store) -> None:
    read(store, "relay", 40, T0 - MINUTE)  # overdue before all others
    for number in range(4):
        read(store, f"site{number}", 1)
    at, out = T0 + MINUTE, Counter({"relay": 1})
    with store.write() as tx:
        first = tx.claim_looks(at, at + 5 * MINUTE, "me", 50, per_host=PLACES, out=out)
    assert [one.source.id for one in first] == ["relay/0", "site0/0", "site1/0", "site2/0", "site3/0"]
    taken = out + Counter(one.host for one in first)
    with store.write() as tx:
        assert tx.claim_looks(at, at + 5 * MINUTE, "me", 50, per_host=PLACES, out=taken) == []
        assert tx.next_claim(at, "me", per_host=PLACES, out=taken) is None
        done = [Done(one.source.id, one.asked_at, at + HOUR, Cursor(), Kept(), one.host) for one in first]
        tx.finish_looks(done, alone=True)
        again = tx.claim_looks(at, at + 5 * MINUTE, "me", 3, per_host=PLACES, out={})
        assert [one.source.id for one in again] == ["relay/1", "relay/2"]
        assert tx.next_claim(at, "me", per_host=PLACES, out={"relay": 2}) == at + HOUR
        recount_all(tx.connection)  # as a cut does, before several workers look
        assert tx.next_claim(at, "other", per_host=PLACES) == at + HOUR, "the relay is ours"
        late = tx.claim_looks(at + 5 * MINUTE, at + 10 * MINUTE, "other", 9, per_host=PLACES)
        assert [one.source.id for one in late] == ["relay/1", "relay/2"]
