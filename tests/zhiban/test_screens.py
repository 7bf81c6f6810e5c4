"""Every command on a screen, in both languages: whose words are whose, and documents for scripts that do not change."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.agent import Agent
from streams.looks import Look, Opening, Outcome, Shown
from streams.ports.store import open_store
from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from streams.ticker import tick
from zhiban.cli import run_command
from zhiban.telling import begin, tell
from zhiban.wiring import load_rules

HAN = re.compile("[\u4e00-\u9fff，。：；（）]")
T0 = datetime(2035, 3, 1, 4, tzinfo=UTC)
LONG = "https://www.example.cn/" + "very-long-path/" * 12


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A site whose column is late and whose probe is refused, and a piece in quarantine; its own names are Latin."""
    assert run_command(["init", str(tmp_path)]) == 0
    years = "".join(f'[years.{year}]\nsource = "示例"\n' for year in range(2027, 2100))
    (tmp_path / "workdays.toml").write_text(years, encoding="utf-8")  # or the doctor misses one, some day
    rules = load_rules(("national-2019",), {})
    store = open_store(f"sqlite:///{tmp_path / 'zhiban.db'}")
    begin(store, rules, T0 - timedelta(hours=1))
    site = Subject(id="S", name="Site", kind=Kind.SITE, unit="Office")
    column = Source(id="S/1", subject="S", connector="column", url=LONG, name="News", column_type=ColumnType.NEWS)
    probe = Source(id="S/2", subject="S", connector="probe", url="https://a/")
    feed = Source(id="S/3", subject="S", connector="feed", url="https://a/feed")
    facts = [Fact(kind=FactKind.REGISTERED, subject=site)]
    facts += [Fact(kind=FactKind.SOURCE_ADDED, source=one) for one in (column, probe, feed)]
    tell(store, facts, T0 - timedelta(hours=1))
    late = Look(source="S/1", asked_at=T0, outcome=Outcome.GOOD, level=Shown(count=5, newest=date(2035, 2, 10)))
    opens = Look(source="S/2", asked_at=T0, outcome=Outcome.GOOD, level=Opening(opens=True, seconds=0.1))
    failed = Look(source="S/3", asked_at=T0, outcome=Outcome.FAILED, cause="http_503", level=None)
    with store.write() as tx:
        tx.append(0, [("S", late), ("S", opens), ("S", failed)], T0)
        tx.put_aside("look", "look/malformed/S/3", "not well-formed", b"", T0)
    agent = Agent(store, rules)
    agent.catch_up(0)
    tick(store, T0 + timedelta(minutes=1), timedelta(days=1))
    agent.catch_up(0)
    store.close()
    return tmp_path


SCREENS: list[tuple[list[str], str, str]] = [
    (["findings"], "截至 2035-03-01", "in all, as of 2035-03-01"),
    (["alerts"], "未解除", "open"),
    (["looks"], "读取失败：HTTP 503", "failed: HTTP 503"),
    (["inspect"], "不打分", "no score"),
    (["forecast", "--on", "2035-03-09"], "新增", "new"),
    (["rules"], "新媒体内容不更新", "an account is not updated"),
    (["rules", "OWN-OFF"], "值班中断", "Zhiban was off"),
    (["doctor"], "数据库", "3 sources"),
    (["quarantine"], "一次读取", "a look"),
    (["channels", "test", "console"], "已送达", "delivered"),
    (["replay", "none.warc", "--registry", "registry.csv", "--sources", "sources.csv"], "没有这个文件", "not found"),
    (["evidence", "none"], "没有这个问题", "no such finding"),
]
# What is not ours: the pack's clauses and sources, and letters, which keep to the configuration's language.
THEIRS = {"rules", "channels"}


@pytest.mark.parametrize(("words", "zh", "en"), SCREENS, ids=[" ".join(words) for words, _, _ in SCREENS])
def test_a_screen_in_both(city: Path, words: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (("zh", zh), ("en", en)):
        capsys.readouterr()
        run_command([*words, "-C", str(city), "--lang", name])
        captured = capsys.readouterr()
        shown = captured.out + captured.err
        assert said in shown
        assert name == "zh" or words[0] in THEIRS or not HAN.search(shown), shown


DOCUMENTS = [*(words for words, _, _ in SCREENS[:9]), ["try", "zhiban.toml"], ["registry", "check", "registry.csv"]]


def plain(value: Any) -> Any:
    """A document without what is said in words."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in {"text", "clause"}}
    return [plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("words", DOCUMENTS, ids=" ".join)
def test_a_document_is_the_same_in_both_but_for_its_text(
    city: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    documents = []
    for name in ("zh", "en"):
        capsys.readouterr()
        target = [str(city / word) if word in {"zhiban.toml", "registry.csv"} else word for word in words]
        run_command([*target, "--json", "-C", str(city), "--lang", name])
        documents.append(json.loads(capsys.readouterr().out))
    assert plain(documents[0]) == plain(documents[1])


def test_a_broken_configuration_is_examined_in_the_same_words_for_scripts(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (city / "zhiban.toml").write_text("[watch]\nstroe = 1\n", encoding="utf-8")
    told = []
    for name in ("zh", "en"):
        capsys.readouterr()
        assert run_command(["doctor", "--json", "-C", str(city), "--lang", name]) == 1
        told.append(capsys.readouterr().out)
        assert run_command(["doctor", "-C", str(city), "--lang", name]) == 1
        assert ("没有 `stroe` 这一项" in capsys.readouterr().out) == (name == "zh")
    assert told[0] == told[1]


def test_a_test_letter_keeps_to_the_configuration(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, said in (("zh", "这是一封测试通知。"), ("en", "This is a test letter.")):
        (city / "zhiban.toml").write_text(f'[watch]\nlanguage = "{language}"\n', encoding="utf-8")
        for asked in ("zh", "en"):
            capsys.readouterr()
            assert run_command(["channels", "test", "console", "-C", str(city), "--lang", asked]) == 0
            assert said in capsys.readouterr().out


def test_the_configuration_says_the_language_of_what_is_wrong_after_it(
    city: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHIBAN_LANG", raising=False)
    path = city / "zhiban.toml"
    path.write_text('[watch]\nlanguage = "en"\n', encoding="utf-8")
    capsys.readouterr()
    assert run_command(["rules", "NONE", "-C", str(city)]) == 2
    assert "expected one of" in capsys.readouterr().err
    path.write_text('[watch]\nlanguage = "fr"\n', encoding="utf-8")
    assert run_command(["findings", "-C", str(city)]) == 2
    assert "[watch.language] 不接受 'fr'" in capsys.readouterr().err


@pytest.mark.parametrize(("columns", "whole"), [("", True), ("80", False)])
def test_a_row_is_a_line_for_grep_and_nothing_is_ever_cut(
    city: Path, columns: str, whole: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    capsys.readouterr()
    assert run_command(["looks", "-C", str(city)]) == 0
    told = capsys.readouterr().out
    assert (LONG in told) == whole
    assert "…" not in told
    assert max(len(line.rstrip()) for line in told.splitlines()) <= 80 or whole
