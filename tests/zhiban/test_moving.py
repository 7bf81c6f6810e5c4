"""`zhiban store copy|repartition|reopen` on the command line: what a city answers before and after."""

from __future__ import annotations

import gc
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from moves import broken_off
from sqlalchemy.engine import make_url
from stores import new_store

from streams.agent import Agent
from streams.looks import Look, Outcome, Shown
from streams.ports.store import Store, open_store
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from streams.ticker import tick
from zhiban.cli import run_command
from zhiban.commands.moving import named
from zhiban.config import load_config
from zhiban.deskwork import DeskWork
from zhiban.telling import begin, tell
from zhiban.watch import desk_settings, language_of
from zhiban.wiring import load_pack, load_rules

T0 = datetime(2035, 3, 1, 4, tzinfo=UTC)
AT = ("--at", "2035-03-05T12:00:00+08:00")


@pytest.fixture(scope="module")
def city_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two accounts that are late, one of which was said to be a false alarm, letters, and a piece in quarantine."""
    folder = tmp_path_factory.mktemp("city")
    assert run_command(["init", str(folder)]) == 0
    rules = load_rules(("national-2019",), {})
    store = new_store(f"sqlite:///{folder / 'zhiban.db'}")
    begin(store, rules, T0 - timedelta(hours=1))
    facts: list[Fact] = []
    for name in "AB":
        account = Subject(id=name, name=f"Account {name}", kind=Kind.ACCOUNT, unit="Office", contact="a@x")
        column = Source(
            id=f"{name}/1", subject=name, connector="account", url=f"https://r/{name}", column_type=ColumnType.NEWS
        )
        facts += [Fact(kind=FactKind.REGISTERED, subject=account), Fact(kind=FactKind.SOURCE_ADDED, source=column)]
    tell(store, facts, T0 - timedelta(hours=1))
    _look(store, T0)
    _work(folder, store, T0 + timedelta(minutes=1))
    with store.read() as tx:
        matter = next(one.id for one in tx.open_findings() if one.subject == "B" and one.rule == "MED-STALE")
    tell(
        store,
        [Fact(kind=FactKind.DISMISSED, subject=Subject(id="B", name="Account B", kind=Kind.ACCOUNT), matter=matter)],
        T0 + timedelta(days=1),
    )
    with store.write() as tx:
        tx.put_aside("look", "look/malformed/A/1", "not well-formed", b"", T0)
    _look(store, T0 + timedelta(days=2))
    _work(folder, store, T0 + timedelta(days=3))
    store.close()
    return folder


@pytest.fixture
def city(city_as_made: Path, tmp_path: Path) -> Path:
    """A copy of it, to do with as one likes."""
    return copytree(city_as_made, tmp_path, dirs_exist_ok=True)


def _look(store: Store, at: datetime) -> None:
    with store.write() as tx:
        for name in "AB":
            late = Look(
                source=f"{name}/1", asked_at=at, outcome=Outcome.GOOD, level=Shown(count=5, newest=date(2035, 2, 10))
            )
            tx.append(0, [(name, late)], at)


def _work(folder: Path, store: Store, until: datetime) -> None:
    agent = Agent(store, load_rules(("national-2019",), {}))
    tick(store, until, timedelta(days=9))
    while agent.catch_up(0):
        pass
    config = load_config(folder / "zhiban.toml")
    pack = load_pack(("national-2019",))
    DeskWork(store, desk_settings(config, folder), language_of(config, folder, pack)).turn()


def asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What every reading command answers."""
    commands = [["findings", "--state", "all"], ["alerts", "--state", "all"], ["looks"], ["inspect"]]
    words = [[*command, *at] for command in commands for at in ((), AT)]
    words += [
        ["inspect", "--from", "2035-03-01", "--to", "2035-03-04"],
        ["forecast", "--on", "2035-03-30"],
        ["quarantine"],
    ]
    found = []
    for command in words:
        capsys.readouterr()
        assert run_command([*command, "--json", "-C", str(folder)]) == 0
        found.append(capsys.readouterr().out)
    gc.collect()  # a process that ends lets go of its database, and these did not end
    return found


def points_to(folder: Path, name: str) -> None:
    """Change the store of the configuration."""
    path = folder / "zhiban.toml"
    text = path.read_text(encoding="utf-8")
    line = f'store = "sqlite:///{name}"'
    text, count = re.subn(r"(?m)^#?\s*store = .*$", line, text, count=1)
    path.write_text(text if count else text.replace("[watch]\n", f"[watch]\n{line}\n", 1), encoding="utf-8")


def test_every_command_answers_as_before(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = asked(city, capsys)
    assert "MED-STALE" in before[0]
    assert "false_alarm" in before[2]
    assert run_command(["store", "copy", "sqlite:///zhiban.db", "sqlite:///new.db", "-C", str(city)]) == 0
    assert asked(city, capsys) == before, "what was left may still be read"
    points_to(city, "new.db")
    assert load_config(city / "zhiban.toml").watch.store == "sqlite:///new.db"
    assert asked(city, capsys) == before


def test_one_document_says_counts_and_hashes(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    words = ["store", "copy", "sqlite:///zhiban.db", f"sqlite:///{city / 'new.db'}", "--json", "-C", str(city)]
    assert run_command(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["from"], said["to"]) == (str(city / "zhiban.db"), str(city / "new.db"))
    assert (said["epoch"], said["partitions"], said["resumed"]) == (2, 1, False)
    tables = {one["table"]: one for one in said["tables"]}
    assert tables["findings"]["rows"] > 0
    assert tables["outbox"]["rows"] > 0
    assert all(one["source"] == one["target"] != "" for one in tables.values())
    assert datetime.fromisoformat(said["log_until"]) == T0 + timedelta(days=3)
    assert run_command(words) == 0
    assert json.loads(capsys.readouterr().out)["tables"] == []


def test_what_was_left_is_not_started_and_may_be_reopened(
    city: Path, capsys: pytest.CaptureFixture[str], in_english: None
) -> None:
    here = ["-C", str(city)]
    assert run_command(["store", "reopen", *here]) == 2
    assert "has not moved" in capsys.readouterr().err
    assert run_command(["store", "copy", "sqlite:///zhiban.db", "sqlite:///new.db", *here]) == 0
    changing = (
        ["run", *here],
        ["poll", "--once", *here],
        ["registry", "import", str(city / "registry.csv"), *here],
        ["quarantine", "--again", *here],
        ["alerts", "fixed", "ab12", *here],
        ["silence", "add", "--until", "2099-01-01", "--reason", "x", *here],
        ["silence", "expire", "ab12", *here],
    )
    for words in changing:
        capsys.readouterr()
        assert run_command(words) == 2
        assert "this city moved to" in capsys.readouterr().err
    assert run_command(["store", "reopen", *here]) == 0
    assert "everybody would be told twice" in capsys.readouterr().out.replace("\n", " ")
    assert run_command(["registry", "import", str(city / "registry.csv"), *here]) == 0


REFUSED = [
    (["mysql://a:secret@b/c", "sqlite:///b.db"], "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
    (["sqlite://", "sqlite:///b.db"], "in memory"),
    (["sqlite:///none.db", "sqlite:///b.db"], "none.db: not found"),
    (["sqlite:///zhiban.db", "sqlite:///zhiban.db"], "the same database"),
    (
        ["sqlite:///zhiban.db", "sqlite:///b.db", "--partitions", "3"],
        "3 partitions: expected 1 where there is no Kafka",
    ),
    (["sqlite:///zhiban.db", "sqlite:///b.db", "--partitions", "0"], "0 partitions: expected 1 or more"),
    (["sqlite:///zhiban.db", "postgresql://u:secret@127.0.0.1:1/z"], "names no [cluster] kafka"),
    pytest.param(
        ["sqlite:///zhiban.db", "postgresql://u:secret@127.0.0.1:1/z", "--partitions", "1"],
        "postgresql://127.0.0.1:1/z: no connection",
        marks=pytest.mark.cluster,  # without the driver another line is said
    ),
    (["sqlite:///zhiban.db"], "TARGET is missing"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_done_is_one_line(
    words: list[str], said: str, city: Path, capsys: pytest.CaptureFixture[str], in_english: None
) -> None:
    capsys.readouterr()
    assert run_command(["store", "copy", *words, "-C", str(city)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert "secret" not in captured.err
    assert captured.out == ""


def test_repartition_is_for_kafka(city: Path, capsys: pytest.CaptureFixture[str], in_english: None) -> None:
    assert run_command(["store", "repartition", "4", "-C", str(city)]) == 2
    assert "4 partitions: expected 1 where there is no Kafka" in capsys.readouterr().err


def test_half_a_city_is_neither_read_nor_moved_and_the_copy_goes_on(
    city: Path, capsys: pytest.CaptureFixture[str], in_english: None
) -> None:
    paths = str(city / "zhiban.db"), str(city / "new.db")
    stores = [open_store(f"sqlite:///{path}") for path in paths]
    assert broken_off(stores[0], stores[1], names=paths, count=1)
    for store in stores:
        store.close()
    assert run_command(["poll", "--once", "-C", str(city)]) == 2
    assert f"is moving to {paths[1]}" in capsys.readouterr().err
    points_to(city, "new.db")
    for words in (["findings"], ["run"], ["registry", "check", str(city / "registry.csv")]):
        assert run_command([*words, "-C", str(city)]) == 2
        said = capsys.readouterr().err
        assert f"a copy has not finished filling this store (from {paths[0]}, begun 2027-06-01 08:00+08:00)" in said
    assert run_command(["doctor", "-C", str(city)]) == 1
    assert "a copy has not finished" in capsys.readouterr().out.replace("\n", " ")
    gc.collect()
    assert run_command(["store", "copy", *(f"sqlite:///{path}" for path in paths), "--json", "-C", str(city)]) == 0
    assert json.loads(capsys.readouterr().out)["resumed"]
    assert run_command(["findings", "-C", str(city)]) == 0


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql+psycopg://zhiban:secret@db:5433/city", "postgresql://db:5433/city"),
        ("postgresql://db/city", "postgresql://db/city"),
        ("sqlite:////data/zhiban.db", "/data/zhiban.db"),
    ],
)
def test_a_database_is_named_without_who_asks(url: str, name: str) -> None:
    assert named(make_url(url)) == name
