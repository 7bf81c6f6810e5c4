"""The command line as scripts rely on it: exit codes, one JSON document, messages that name what was wrong."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.agent import Agent
from streams.looks import Look, Outcome, Shown
from streams.ports.store import open_store
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from streams.ticker import tick
from zhiban.cli import run_command
from zhiban.telling import begin, tell
from zhiban.wiring import load_rules

T0 = datetime(2035, 3, 1, 4, tzinfo=UTC)  # the log's clock is ahead of the machine's, so that "now" is the log's
TODAY = date(2035, 3, 1)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A working directory with one column whose last item is eleven days old."""
    assert run_command(["init", str(tmp_path)]) == 0
    rules = load_rules(("national-2019",), {})
    store = open_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    begin(store, rules, T0 - timedelta(hours=1))
    site = Subject(id="站", name="示例局网站", kind=Kind.SITE, unit="示例局")
    column = Source(
        id="站/1", subject="站", connector="column", url="https://a/", name="动态", column_type=ColumnType.NEWS
    )
    facts = [Fact(kind=FactKind.REGISTERED, subject=site), Fact(kind=FactKind.SOURCE_ADDED, source=column)]
    tell(store, facts, T0 - timedelta(hours=1))
    level = Shown(count=5, newest=TODAY - timedelta(days=11))
    with store.write() as tx:
        tx.append(0, [("站", Look(source="站/1", asked_at=T0, outcome=Outcome.GOOD, level=level))], T0)
    agent = Agent(store, rules)
    agent.catch_up(0)
    tick(store, T0 + timedelta(minutes=1), timedelta(days=1))
    agent.catch_up(0)
    store.close()
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The one JSON document that a command prints."""
    capsys.readouterr()
    assert run_command([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_findings_looks_and_alerts(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = answer(capsys, "findings", "-C", str(city))
    (row,) = document["findings"]
    assert (row["rule"], row["subject"], row["source"], row["level"], row["step"]) == (
        "WEB-COL-STALE", "站", "站/1", "due_soon", "amber",
    )  # fmt: skip
    assert row["due"].startswith("2035-03-05T00:00:00+08:00")
    assert document["records"] > 0
    assert answer(capsys, "findings", "--at", "2035-03-01T11:30:00+08:00", "-C", str(city))["findings"] == []
    (look,) = answer(capsys, "looks", "-C", str(city))["looks"]
    assert (look["outcome"], look["newest"]) == ("good", "2035-02-18")


def test_a_forecast_shows_the_level_of_that_day_and_not_of_this(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day, level in (("2035-03-02", "due_soon"), ("2035-03-04", "due_soon"), ("2035-03-05", "breach")):
        rows = answer(capsys, "forecast", "--on", day, "-C", str(city))["findings"]
        assert [row["level"] for row in rows if row["rule"] == "WEB-COL-STALE"] == [level], day


def test_the_worst_day_of_a_window_is_judged_by_the_same_law(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (now,) = answer(capsys, "inspect", "-C", str(city))["subjects"]
    assert (now["verdict"], now["deductions"], now["score"]) == ("qualified", [], None)
    window = ("--from", "2035-03-02", "--to", "2035-03-09")
    (worst,) = answer(capsys, "inspect", *window, "-C", str(city))["subjects"]
    assert worst["verdict"] == "qualified"  # one column in breach is named, and is no veto


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], ""),
        (["findings", "--state", "ajar"], "--state 'ajar'"),
        (["findings", "--at", "gestern"], "'gestern': expected ISO 8601"),
        (["forecast", "--on", "2001-01-01"], "2001-01-01"),
        (["inspect", "--from", "2035-03-02"], "expected both"),
        (["evidence", "nope"], "'nope'"),
        (["rules", "NO-SUCH"], "'NO-SUCH'"),
        (["replay", "no.warc.gz", "--registry", "r.csv", "--sources", "s.csv"], "not found"),
        (["poll"], "--once"),
        (["try"], "at least one"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_bad_words_are_named_and_exit_with_two(
    city: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*words, "-C", str(city)] if words != ["bogus"] else words) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_exit_code_one_says_that_something_was_found(city: Path) -> None:
    assert run_command(["findings", "--exit-code", "-C", str(city)]) == 1
    assert run_command(["inspect", "--exit-code", "-C", str(city)]) == 0


def test_a_folder_that_is_none_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["findings", "-C", str(tmp_path / "none")]) == 2
    assert "zhiban init" in capsys.readouterr().err


def test_the_doctor_examines_a_new_directory(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    years = "".join(f'[years.{year}]\nsource = "示例"\n' for year in range(2027, 2100))
    (city / "workdays.toml").write_text(years, encoding="utf-8")  # or the doctor misses one, some day
    checks = answer(capsys, "doctor", "-C", str(city))["checks"]
    assert {check["check"] for check in checks} >= {"packages", "rules", "channels", "store", "evidence"}
    (city / "zhiban.toml").write_text("[watch]\nstroe = 1\n", encoding="utf-8")
    assert run_command(["doctor", "-C", str(city)]) == 1


def test_init_never_overwrites(city: Path) -> None:
    (city / "registry.csv").write_text("mine", encoding="utf-8")
    assert run_command(["init", str(city)]) == 0
    assert (city / "registry.csv").read_text(encoding="utf-8") == "mine"


def test_a_test_letter_by_the_console(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["channels", "test", "console", "-C", str(city)]) == 0
    assert "测试" in capsys.readouterr().out
