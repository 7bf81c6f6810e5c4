"""Who gets a digest, when it is made by itself, and that it is made once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stores import new_store
from timeline import NATIONAL
from weeks import HOUR, PACK, Town

from alerts.board import Settings
from alerts.digest.week import week_of
from alerts.letter import Letter, Reason
from alerts.routing import Recipient
from streams.ports.clock import ManualClock
from streams.ports.store import Store
from streams.records import DESK, Fact, FactKind
from zhiban.config import Config, ConfigError
from zhiban.digestwork import DigestWork, subscriptions
from zhiban.subscribing import subscribe
from zhiban.telling import tell_within
from zhiban.watch import Watch

START = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
MONDAY = datetime.fromisoformat("2026-03-09T09:00:00+08:00")
TABLES: tuple[dict[str, Any], ...] = (
    {"channel": "console", "to": "city"},
    {"channel": "console", "to": "school", "units": ["教育*"], "language": "en"},
)
CONFIG = Config(digests=TABLES)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.cluster)])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    is_file = request.param == "file"
    store = new_store(f"sqlite:///{tmp_path / 'zhiban.db'}" if is_file else request.getfixturevalue("postgres"))
    yield Town(store, START)
    store.close()


def work(town: Town, config: Config = CONFIG) -> DigestWork:
    return DigestWork(town.store, config, Path(), NATIONAL, PACK, Settings())


def until(town: Town, moment: datetime) -> datetime:
    """The town lives on to that moment."""
    town.passes((moment - town.now) / HOUR)
    return moment


def letters(store: Store) -> list[Letter]:
    with store.read() as tx:
        found = [msgspec.json.decode(body, type=Letter) for _, _, body in tx.letters()]
    return [one for one in found if one.reason is Reason.DIGEST]


def test_it_is_made_on_monday_morning_and_once(town: Town) -> None:
    digests = work(town)
    digests.turn(until(town, MONDAY - HOUR))
    assert letters(town.store) == []
    for _ in range(3):
        digests.turn(until(town, MONDAY))
    work(town).turn(MONDAY)  # after a restart
    found = letters(town.store)
    assert {(one.to, one.language) for one in found} == {("city", "zh"), ("school", "en")}
    assert [one.digest.week for one in found if one.digest is not None] == ["2026-W10", "2026-W10"]
    assert [one.digest.scope for one in found if one.digest is not None and one.to == "school"] == ["教育*"]
    until(town, MONDAY + 7 * 24 * HOUR)
    digests.turn(town.now)
    assert len(letters(town.store)) == 4


def test_several_who_make_it_at_the_same_time_make_one(town: Town) -> None:
    until(town, MONDAY)
    several = [work(town) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda one: one.put(week_of(START), one.subscriptions, MONDAY), several))
    assert [sum(one[key] for one in made) for key in made[0]] == [1, 1]
    assert len(letters(town.store)) == 2


def test_it_waits_for_the_log_and_not_for_the_clock(town: Town) -> None:
    """A partition that stands still may have something to say of the week."""
    until(town, MONDAY - HOUR)
    digests = work(town)
    digests.turn(MONDAY + HOUR)
    assert letters(town.store) == []
    digests.turn(until(town, MONDAY + 2 * HOUR))
    assert len(letters(town.store)) == 2


def test_it_is_made_late_where_we_were_off_and_never_for_weeks_long_past(town: Town) -> None:
    town.passes((MONDAY - START) / HOUR + 24 * 17, off=True)  # a Thursday, more than two weeks later
    work(town).turn(town.now)
    assert {one.digest.week for one in letters(town.store) if one.digest is not None} == {"2026-W12"}


def test_there_is_no_digest_of_a_week_before_the_watch_began(town: Town) -> None:
    digests = work(town)
    digests.turn(town.now)  # Tuesday: last week's is due, and nothing was known then
    assert letters(town.store) == []
    assert digests.put(week_of(START).moved(-1), digests.subscriptions, town.now) == {}


@pytest.mark.parametrize("town", ["file"], indirect=True)  # the trigger is SQLite's
def test_a_failure_is_said_and_tried_again(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    until(town, MONDAY)
    digests = work(town)
    refuse = "create trigger full before insert on outbox begin select raise(abort, 'disk is full'); end"
    with town.store.write() as tx:
        tx.connection.exec_driver_sql(refuse)
    with caplog.at_level(logging.ERROR):
        digests.turn(MONDAY)
        digests.turn(MONDAY)
    assert caplog.text.count("the weekly digest was not made") == 1
    with town.store.write() as tx:
        tx.connection.exec_driver_sql("drop trigger full")
    digests.turn(MONDAY + HOUR)
    assert len(letters(town.store)) == 2


def test_who_left_gets_none_and_the_others_do(town: Town) -> None:
    until(town, MONDAY)
    left = Fact(kind=FactKind.UNSUBSCRIBED, matter="console", text="school", by="s***l (console)")
    with town.store.write() as tx:
        tell_within(tx, [left], town.now, DESK)
    work(town).turn(town.now)
    assert {one.to for one in letters(town.store)} == {"city"}


def test_who_comes_back_gets_the_next_one(town: Town) -> None:
    until(town, MONDAY)
    school = Recipient("console", "school")
    for wanted in (False, True):
        with town.store.write() as tx:
            assert subscribe(tx, town.now, school, "李", wanted=wanted)
            assert not subscribe(tx, town.now, school, "李", wanted=wanted)
    work(town).turn(town.now)
    assert {one.to for one in letters(town.store)} == {"city", "school"}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (({"channel": "post", "to": "x"},), r"digests\[0\]: found channel 'post', expected one of console"),
        (({"channel": "console", "to": "x"},) * 2, r"digests\[1\]: 'x' on console has a digest already"),
        (({"channel": "console"},), r"digests\[0\].*missing required field `to`"),
        (({"channel": "console", "to": "x", "unit": "y"},), r"digests\[0\].*unknown field `unit`"),
        (({"channel": "console", "to": "x", "language": "fr"},), r"digests\[0\].*language.*'fr'"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_what_cannot_be_is_named(tables: tuple[dict[str, Any], ...], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        subscriptions(Config(digests=tables), Path())


async def test_the_embedded_watch_makes_and_sends_it_by_itself(tmp_path: Path) -> None:
    clock = ManualClock(START)
    watch = Watch(CONFIG, tmp_path, clock)
    shown: list[str] = []
    watch.senders.show = shown.append
    watch.begin()
    try:
        await watch.engine.once()
        clock.set(MONDAY)
        for _ in range(3):
            await watch.engine.once()
    finally:
        await watch.close()
    assert len([text for text in shown if "2026-W10" in text.splitlines()[0]]) == 2
    assert any("过去 48 小时监测有效：0/0 个对象" in text for text in shown)
