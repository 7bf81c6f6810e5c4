"""Our screens speak Chinese, and English by a switch: the same keys, the same fields, nothing left behind."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest

import zhiban.words
from alerts.alert import STATES
from alerts.letter import Fate, Reason
from streams.looks import Outcome
from zhiban.cli import run_command
from zhiban.commands.screen import cause_in_words
from zhiban.config import value_in_words
from zhiban.demo.script import write_city
from zhiban.wiring import load_pack
from zhiban.words import EN, VARIABLE, ZH, ask_for, configure, language, say

ROOT = Path(__file__).parents[2]
HAN = re.compile("[\u4e00-\u9fff]")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_tables_have_the_same_keys_and_fields() -> None:
    assert ZH.keys() == EN.keys()
    assert {key: fields(text) for key, text in ZH.items()} == {key: fields(text) for key, text in EN.items()}
    assert not any(HAN.search(text) for text in EN.values())


def test_no_key_stands_in_two_tables() -> None:
    """One would take the place of the other without a word."""
    found = Counter(key for table in zhiban.words.PARTS for key in table)
    assert [key for key, count in found.items() if count > 1] == []


# Tables of words, what tables of other people are read by, and the demo city, whose names are Chinese in any language.
TABLES = {"words", "registry", "api/examples.py", "demo/script.py", "demo/pages.py", "demo/server.py"}


def test_no_screen_speaks_by_itself() -> None:
    """Chinese stands in the tables; elsewhere only in comments and docstrings, and in our own name."""
    bare = re.compile(r'"""(?:.|\n)*?"""|#.*')
    home = ROOT / "zhiban"
    for path in sorted(home.rglob("*.py")):
        name = path.relative_to(home).as_posix()
        if name not in TABLES and name.partition("/")[0] not in TABLES | {"reference.py"}:
            text = bare.sub("", path.read_text(encoding="utf-8"))
            assert not HAN.search(text.replace("值班 Zhiban", "").replace('name="值班"', "")), path


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Expected `int`, got `str` - at `$.web.port`", "[web.port] 应为 `int`，实为 `str`"),
        ("Object contains unknown field `wach`", "没有 `wach` 这一项"),
        ("Object missing required field `x` - at `$.y`", "[y] 缺少 `x`"),
        ("Invalid enum value 'fr' - at `$.watch.language`", "[watch.language] 不接受 'fr'"),
        ("something new", "something new"),
    ],
)
def test_what_is_said_of_a_value(said: str, words: str) -> None:
    ask_for(["--lang", "zh"])
    assert value_in_words(said) == words


def test_every_fault_of_the_script_has_words() -> None:
    for fault in write_city(1).faults:
        assert f"fault.{fault.what.partition(':')[0]}" in ZH


def test_the_switch_goes_before_the_environment_and_that_before_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert ask_for(["findings", "--json"]) == ["findings", "--json"]
    assert (language(), say("ok")) == ("zh", "正常")
    configure("en")
    assert (language(), say("ok")) == ("en", "ok")
    monkeypatch.setenv(VARIABLE, "zh")
    ask_for([])
    configure("en")
    assert language() == "zh"
    assert ask_for(["--lang", "en", "looks"]) == ["looks"]
    assert language() == "en"
    assert ask_for(["looks", "--lang=zh"]) == ["looks"]
    assert language() == "zh"


def test_another_language_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["findings", "--lang", "fr"]) == 2
    assert capsys.readouterr().err == "zhiban: --lang 'fr'：应为 zh, en 之一\n"


@pytest.mark.parametrize(("name", "word"), [("zh", "已写好"), ("en", "written")])
def test_init_in_both(name: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--lang", name, "init", str(tmp_path / "city")]) == 0
    assert word in capsys.readouterr().out.replace("\n", "")


def test_what_our_words_call_a_rule_is_what_the_pack_calls_it() -> None:
    titles = {f"rule.{name}": entry.title for name, entry in load_pack(("national-2019",)).rules.items()}
    assert {key: text for key, text in ZH.items() if key.startswith("rule.")} == titles


def test_every_state_outcome_and_check_has_words() -> None:
    assert {f"outcome.{one.value}" for one in Outcome} <= ZH.keys()
    assert {f"state.{one}" for one in STATES} <= ZH.keys()
    assert {f"reason.{one.value}" for one in Reason} <= ZH.keys()
    assert {f"fate.{one.value}" for one in Fate} <= ZH.keys()
    assert cause_in_words("http_503") == "HTTP 503"
    assert cause_in_words("robots") == "robots.txt 不允许"
    assert cause_in_words("something_new") == "something_new"


def test_every_cause_that_a_connector_names_has_words() -> None:
    """Found in the source: what `failed`, `unknown`, `Failure` and `Broken` are given by name."""
    named = re.compile(r'(?:\b(?:failed|unknown|Broken)\(|cause=)"([a-z_]+)"')
    home = [ROOT / "connectors", ROOT / "streams"]
    causes = {one for folder in home for path in folder.rglob("*.py") for one in named.findall(path.read_text("utf-8"))}
    assert causes > {"protocol", "robots", "challenge", "malformed"}
    assert {one for one in causes if f"cause.{one}" not in ZH and not one.startswith("http_")} == set()
