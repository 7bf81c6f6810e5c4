"""What people do about alerts on the command line, and what the screens show of it, in both languages."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stores import new_store

from streams.agent import Agent
from streams.looks import Look, Outcome, Shown
from streams.ports.store import open_store
from streams.records import Fact, FactKind
from streams.subjects import Kind, Source, Subject
from streams.ticker import tick
from zhiban.cli import run_command
from zhiban.telling import begin, tell
from zhiban.wiring import load_rules

HAN = re.compile("[\u4e00-\u9fff，。：；（）]")
T0 = datetime(2035, 3, 1, 4, tzinfo=UTC)  # the log's clock is ahead of the machine's, so that "now" is the log's
LATER = "2035-03-05T09:00:00+08:00"
ROUTES = """
[[routes]]
channel = "console"
to = "{contact}"
[[routes]]
channel = "console"
to = "head"
rung = 1
[[routes]]
channel = "console"
to = "ops"
operator = true
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Two accounts: one late, one due soon."""
    assert run_command(["init", str(tmp_path)]) == 0
    with (tmp_path / "zhiban.toml").open("a", encoding="utf-8") as handle:
        handle.write(ROUTES)
    rules = load_rules(("national-2019",), {})
    store = new_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    begin(store, rules, T0 - timedelta(hours=1))
    facts: list[Fact] = []
    for name in ("A", "B"):
        kind = Subject(id=name, name=f"Account {name}", kind=Kind.ACCOUNT, unit=f"Office {name}", contact=f"{name}@x")
        source = Source(id=f"{name}/1", subject=name, connector="account", url="https://a/")
        facts += [Fact(kind=FactKind.REGISTERED, subject=kind), Fact(kind=FactKind.SOURCE_ADDED, source=source)]
    tell(store, facts, T0 - timedelta(hours=1))
    with store.write() as tx:
        for name, newest in (("A", date(2035, 2, 10)), ("B", date(2035, 2, 18))):
            level = Shown(count=5, newest=newest)
            tx.append(0, [(name, Look(source=f"{name}/1", asked_at=T0, outcome=Outcome.GOOD, level=level))], T0)
    agent = Agent(store, rules)
    agent.catch_up(0)
    tick(store, T0 + timedelta(minutes=1), timedelta(days=1))
    agent.catch_up(0)
    store.close()
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], city: Path, *words: str) -> Any:
    """The one JSON document that a command prints."""
    capsys.readouterr()
    assert run_command([*words, "-C", str(city), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], city: Path, *words: str) -> str:
    """The line on stderr of a command that is refused."""
    capsys.readouterr()
    assert run_command([*words, "-C", str(city), "--lang", "en"]) == 2
    return capsys.readouterr().err.strip()


def alerts(capsys: pytest.CaptureFixture[str], city: Path, *words: str) -> list[tuple[str, str, str]]:
    rows = answer(capsys, city, "alerts", *words)["alerts"]
    return sorted((row["rule"], row["state"], row["unit"]) for row in rows)


def late(capsys: pytest.CaptureFixture[str], city: Path) -> str:
    """The id of the account that is late."""
    (row,) = answer(capsys, city, "alerts", "--rule", "med-stale")["alerts"]
    return str(row["id"])


def test_alerts_are_chosen_by_unit_rule_level_and_state(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale, soon = ("MED-STALE", "open", "Office A"), ("MED-NEARDUE", "open", "Office B")
    assert alerts(capsys, city) == [soon, stale]
    assert alerts(capsys, city, "--unit", "Office A") == [stale]
    assert alerts(capsys, city, "--rule", "med-neardue") == [soon]
    assert alerts(capsys, city, "--level", "veto") == [stale]
    assert alerts(capsys, city, "--state", "acknowledged") == []
    assert alerts(capsys, city, "--at", "2035-03-01T11:00:00+08:00") == []
    assert "expected one of open, closed, all" in refused(capsys, city, "alerts", "--state", "asleep")
    assert "expected one of veto, breach" in refused(capsys, city, "alerts", "--level", "grave")


def test_an_alert_is_acknowledged_assigned_and_said_to_be_fixed(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = late(capsys, city)
    done = answer(capsys, city, "alerts", "ack", name[:8], "--until", LATER, "--by", "Li", "--reason", "on it")
    assert (done["id"], done["subject"]) == (name, "A")
    answer(capsys, city, "alerts", "assign", name, "--to", "Wang", "--until", LATER, "--by", "Li")
    (row,) = answer(capsys, city, "alerts", "--state", "acknowledged")["alerts"]
    shown = {key: row[key] for key in ("state", "by", "note", "until", "assignee", "deadline")}
    assert shown == {
        "state": "acknowledged", "by": "Li", "note": "on it", "until": LATER, "assignee": "Wang", "deadline": LATER,
    }  # fmt: skip
    answer(capsys, city, "alerts", "fixed", name, "--by", "Wang")
    document = answer(capsys, city, "alerts", "show", name[:10])
    assert (document["state"], [(step["what"], step["by"]) for step in document["history"] if step["by"]]) == (
        "fixed",
        [("acknowledged", "Li"), ("assigned", "Li"), ("fixed", "Wang")],
    )
    store = open_store(f"sqlite:///{city / 'zhiban.db'}")
    with store.read() as tx:
        asked = tx.connection.exec_driver_sql("select ask from polls where source = 'A/1'").scalar()
    store.close()
    assert asked is not None  # a second look is wanted


def test_a_false_alarm_needs_a_reason_and_teaches(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = late(capsys, city)
    assert "--reason is missing" in refused(capsys, city, "alerts", "dismiss", name)
    assert "no reason was given" in refused(capsys, city, "alerts", "dismiss", name, "--reason", " ", "--by", "Li")
    answer(capsys, city, "alerts", "dismiss", name, "--reason", "merged", "--by", "Li")
    document = answer(capsys, city, "alerts", "--state", "false_alarm")
    assert [row["note"] for row in document["alerts"]] == ["merged"]
    assert document["lessons"] == [{"rule": "MED-STALE", "quarter": "2035Q1", "opened": 1, "dismissed": 1}]


def test_bad_words_are_named(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is none" in refused(capsys, city, "alerts", "ack", "nothing", "--by", "Li")
    assert "there is none" in refused(capsys, city, "alerts", "show", "nothing")
    assert "expected ISO 8601" in refused(capsys, city, "alerts", "ack", "x", "--until", "soon", "--by", "Li")
    assert "there is none" in refused(capsys, city, "silence", "expire", "x", "--by", "Li")
    past = ("--until", "2020-01-01", "--reason", "r", "--by", "Li")
    assert "must be after its beginning" in refused(capsys, city, "silence", "add", *past)
    assert "the registry has none" in refused(capsys, city, "routes", "test", "nobody")
    assert "expected one of" in refused(capsys, city, "routes", "test", "A", "--rule", "NO-RULE")
    assert "expected one of veto" in refused(capsys, city, "routes", "test", "A", "--level", "grave")


def test_a_silence_is_added_listed_and_ended(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = answer(
        capsys, city, "silence", "add", "--until", LATER, "--reason", "rebuilt", "--by", "Li", "--unit", "Office*"
    )
    (row,) = answer(capsys, city, "silence", "list")["silences"]
    assert (row["id"], row["by"], row["reason"], row["unit"], row["until"]) == (
        done["id"], "Li", "rebuilt", "Office*", LATER,
    )  # fmt: skip
    answer(capsys, city, "silence", "expire", done["id"][:6], "--by", "Li")
    assert answer(capsys, city, "silence", "list")["silences"] == []
    assert "ended at" in refused(capsys, city, "silence", "expire", done["id"], "--by", "Li")


def test_routes_say_who_would_be_told_when_and_why(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "2035-03-01T10:00:00+08:00")
    document = answer(capsys, city, "routes", "test", "A", *at)
    first = [(row["at"][5:16], row["reason"], row["to"], row["route"], row["why"]) for row in document["letters"][:3]]
    assert first == [
        ("03-01T10:00", "new", "A@x", "routes[0]", "matched"),
        ("03-02T09:00", "escalated", "A@x", "routes[0]", "matched"),
        ("03-02T09:00", "escalated", "head", "routes[1]", "rung"),
    ]
    ours = answer(capsys, city, "routes", "test", "A", "--rule", "OWN-BLIND", "--level", "unknown", *at)["letters"]
    assert [(row["to"], row["why"]) for row in ours] == [("ops", "matched")]


def test_contacts_are_listed_with_what_they_said_and_when(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, city, "contacts")["contacts"]
    assert [(row["address"], row["unit"], row["subjects"], row["state"]) for row in rows] == [
        ("A@x", "Office A", ["A"], "unasked"),
        ("B@x", "Office B", ["B"], "unasked"),
    ]
    done = answer(capsys, city, "contacts", "confirm", "A@x")
    answer(capsys, city, "contacts", "left", "B@x", "--by", "Li")
    one, two = answer(capsys, city, "contacts")["contacts"]
    assert (one["state"], one["confirmed_at"], one["left_at"]) == ("holds", done["at"], None)
    assert (two["state"], two["by"], two["confirmed_at"]) == ("left", "Li", None)
    assert two["left_at"]
    assert "the registry has none" in refused(capsys, city, "contacts", "left", "C@x")


def test_a_request_is_made_decided_and_stands_in_the_history(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = late(capsys, city)
    assert "no request waits" in refused(capsys, city, "alerts", "grant", name)
    why = ("--by", "Wang", "--reason", "above us")
    asked = answer(capsys, city, "alerts", "request", name, "--request", "exempt", *why)
    answer(capsys, city, "alerts", "request", name, "--request", "not_ours", "--by", "Wang")
    assert "expected --request with one of exempt, not_ours" in refused(capsys, city, "alerts", "refuse", name)
    assert [one["id"] for one in answer(capsys, city, "alerts", "--state", "asked")["alerts"]] == [asked["id"]]
    done = answer(capsys, city, "alerts", "grant", name, "--request", "exempt", "--by", "Li", "--reason", "a month")
    assert "no request waits" in refused(capsys, city, "alerts", "grant", name, "--request", "exempt")
    row = answer(capsys, city, "alerts", "show", name)
    assert row["state"] == "granted"
    assert [(one["what"], one["by"], one["text"], one["about"], one["at"]) for one in row["history"]][-3::2] == [
        ("exempt", "Wang", "above us", None, asked["at"]),
        ("granted", "Li", "a month", "exempt", done["at"]),
    ]
    assert [(one["kind"], one["answer"], one["answered_by"]) for one in row["requests"]] == [
        ("exempt", "granted", "Li"),
        ("not_ours", None, None),
    ]
    assert [one["id"] for one in answer(capsys, city, "alerts", "--state", "granted")["alerts"]] == [row["id"]]
    capsys.readouterr()
    assert run_command(["alerts", "show", name, "-C", str(city)]) == 0
    assert "同意 · 申请豁免" in capsys.readouterr().out


SCREENS = [
    (["contacts"], "还没有询问", "not asked yet"),
    (["alerts"], "级别", "level"),
    (["silence", "list"], "范围", "covers"),
    (["routes", "test", "A"], "第一个符合的路由", "the first route that matches"),
]


@pytest.mark.parametrize(("words", "zh", "en"), SCREENS, ids=[" ".join(words) for words, _, _ in SCREENS])
def test_a_screen_in_both(city: Path, words: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (("zh", zh), ("en", en)):
        capsys.readouterr()
        assert run_command([*words, "-C", str(city), "--lang", name]) == 0
        out = capsys.readouterr().out
        assert said in out
        assert name == "zh" or not HAN.search(out)


def test_deeds_and_a_history_in_both(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = late(capsys, city)
    for language, said, step in (("zh", "已认领", "认领"), ("en", "acknowledged", "acknowledged")):
        capsys.readouterr()
        words = ["alerts", "ack", name, "--by", "Li", "--until", LATER, "-C", str(city), "--lang", language]
        assert run_command(words) == 0
        assert f"{said} {name}" in capsys.readouterr().out
        assert run_command(["alerts", "show", name, "-C", str(city), "--lang", language]) == 0
        out = capsys.readouterr().out
        assert step in out
        assert language == "zh" or not HAN.search(out)
