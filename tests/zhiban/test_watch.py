"""The watch put together: begun as often as one likes, told what changes, refused by name what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from logs import source, subject
from timeline import NATIONAL, at

from agents._pack import PackError
from streams.ports.clock import ManualClock
from streams.ports.store import Store, open_store
from streams.ports.store.log import records_of
from streams.ports.store.tables import from_micros
from streams.records import Body, Changed, Fact, FactKind, Position
from streams.rules import Rules
from zhiban.config import Config, ConfigError, EvidenceSettings
from zhiban.config import Watch as WatchSettings
from zhiban.telling import begin, tell
from zhiban.watch import Watch, store_url
from zhiban.wiring import load_rules

T = at("2026-03-02 09:00")
STRICTER = load_rules(("national-2019", "hanzhong"), {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'watch.db'}")
    yield made
    made.close()


def log(store: Store) -> list[Body]:
    with store.read() as tx:
        return [record.body for record in records_of(tx.read_log(0, Position(1, 0), 1000))]


def changes(store: Store) -> list[str]:
    return [body.version for body in log(store) if isinstance(body, Changed)]


def facts(*numbers: int) -> list[Fact]:
    added = [Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", n)) for n in numbers]
    return [Fact(kind=FactKind.REGISTERED, subject=subject("甲")), *added]


def due(store: Store) -> dict[str, datetime | None]:
    with store.read() as tx:
        rows = tx.connection.exec_driver_sql("select source, next_at from polls").all()
    return {row[0]: None if row[1] is None else from_micros(row[1]) for row in rows}


def test_beginning_again_changes_nothing(store: Store) -> None:
    begin(store, NATIONAL, T)
    begun = log(store)
    assert [body.kind for body in begun if isinstance(body, Fact)] == [FactKind.REGISTERED, FactKind.SOURCE_ADDED]
    for hours in range(3):
        begin(store, NATIONAL, T + timedelta(hours=hours))
    assert log(store) == begun


def test_a_new_version_of_the_rules_is_said_once(store: Store) -> None:
    begin(store, NATIONAL, T)
    assert changes(store) == []
    assert NATIONAL.version != STRICTER.version
    for rules in (STRICTER, STRICTER, NATIONAL, NATIONAL):
        begin(store, rules, T)
    assert changes(store) == [STRICTER.version, NATIONAL.version]


@pytest.mark.parametrize("rules", [load_rules(("national-2019",), {"MED-NEARDUE": {"amber": 5}})])
def test_our_own_settings_are_a_version_too(store: Store, rules: Rules) -> None:
    begin(store, NATIONAL, T)
    begin(store, rules, T)
    assert changes(store) == [rules.version]


def test_what_is_told_is_logged_and_read_within_the_first_minutes(store: Store) -> None:
    begin(store, NATIONAL, T)
    before = len(log(store))
    assert tell(store, facts(1, 2, 3), T) == T
    assert log(store)[before:] == facts(1, 2, 3)
    assert set(due(store)) == {"甲/1", "甲/2", "甲/3"}
    assert all(moment is not None and T <= moment <= T + timedelta(minutes=10) for moment in due(store).values())


def test_what_is_retired_is_read_no_more_and_can_come_back(store: Store) -> None:
    begin(store, NATIONAL, T)
    tell(store, facts(1, 2), T)
    tell(store, [Fact(kind=FactKind.SOURCE_RETIRED, source=source("甲", 1))], T)
    assert due(store)["甲/1"] is None
    assert due(store)["甲/2"] is not None
    tell(store, [Fact(kind=FactKind.SOURCE_ADDED, source=source("甲", 1))], T)
    assert due(store)["甲/1"] is not None


def test_log_time_does_not_go_back_when_the_clock_does(store: Store) -> None:
    begin(store, NATIONAL, T)
    assert tell(store, facts(1), T - timedelta(days=1)) == T


def test_a_relative_store_lies_in_the_working_directory(tmp_path: Path) -> None:
    def url(text: str) -> str:
        return store_url(Config(watch=WatchSettings(store=text)), tmp_path)

    assert url("sqlite:///zhiban.db") == f"sqlite:///{tmp_path / 'zhiban.db'}"
    assert url("sqlite:////var/lib/zhiban.db") == "sqlite:////var/lib/zhiban.db"
    assert url("postgresql://db/zhiban") == "postgresql://db/zhiban"


@pytest.mark.parametrize(
    ("config", "error", "said"),
    [
        (Config(watch=WatchSettings(pack=("nowhere",))), PackError, "pack 'nowhere'"),
        (Config(watch=WatchSettings(workdays="nowhere.toml")), ConfigError, r"\[watch\] workdays: .*nowhere\.toml"),
        (Config(rules={"MED-STAIL": {}}), PackError, r"\[rules\.MED-STAIL\]"),
        (Config(rules={"MED-NEARDUE": {"colour": "red"}}), PackError, "colour"),
        (Config(channels={"pigeon": {}}), ConfigError, r"\[channels\.pigeon\]"),
        (Config(connectors={"feed": {"seconds": "long"}}), ConfigError, r"\[connectors\.feed\]"),
        (Config(evidence=EvidenceSettings(budget="much")), ConfigError, r"\[evidence\] budget"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_what_cannot_be_is_named_before_anything_is_started(
    tmp_path: Path, config: Config, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Watch(config, tmp_path, ManualClock(T))


async def test_a_watch_is_opened_begun_and_closed_as_often_as_one_likes(tmp_path: Path) -> None:
    for _ in range(2):
        watch = Watch(Config(), tmp_path, ManualClock(T))
        watch.begin()
        begun = len(log(watch.store))
        await watch.close()
    assert begun == 2
