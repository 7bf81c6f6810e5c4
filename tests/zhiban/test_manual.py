"""`--help` and what is said of bad words: every command and every option, in both languages."""

from __future__ import annotations

import re

import pytest

from zhiban.cli import app, run_command
from zhiban.words import EN, ZH

HAN = re.compile("[\u4e00-\u9fff]")
GROUPS = (
    "registry",
    "channels",
    "topics",
    "store",
    "sla",
    "messages",
    "alerts",
    "silence",
    "routes",
    "contacts",
    "digest",
)
COMMANDS = [[name] for name in app if not name.startswith("-")]
COMMANDS += [[group, name] for group in GROUPS for name in app[group] if not name.startswith("-")]


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run_command(list(words)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_help_speaks_one_language(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    chinese, english = (told(capsys, *command, "--help", "--lang", name) for name in ("zh", "en"))
    key = " ".join(["help", *command]).replace(" ", ".", 1)
    first = ZH[key].partition("\n")[0][:5], EN[key].partition("\n")[0][:5]
    assert first[0] in chinese
    assert first[1] in english
    assert not HAN.search(english)
    assert "Display" not in chinese
    assert "Usage" not in chinese


def test_help_without_a_switch_is_chinese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZHIBAN_LANG", raising=False)
    assert "开始值班" in told(capsys, "--help")
    monkeypatch.setenv("ZHIBAN_LANG", "en")
    assert "Keep watch" in told(capsys, "--help")


def test_every_description_is_of_a_command_that_there_is() -> None:
    there = {" ".join(command) for command in COMMANDS} | {"usage", "commands", "parameters", "default"}
    assert {key[5:] for key in ZH if key.startswith("help.")} == there | {"--help", "--version"}


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (["bogus"], "没有命令 'bogus'", "no command 'bogus'"),
        (["registry", "bogus"], "没有命令 'registry bogus'", "no command 'registry bogus'"),
        (["findings", "--atx", "3"], "没有选项 '--atx'", "no option '--atx'"),
        (["forecast"], "缺少 --on", "--on is missing"),
        (["forecast", "--on", "x"], "--on 'x'：应为 日期", "--on 'x': expected a date"),
        (["demo", "--seed", "x"], "--seed 'x'：应为 整数", "--seed 'x': expected a whole number"),
        (["evidence", "a", "b"], "多出 'b'", "'b' is one word too many"),
        (["poll"], "应写 --once", "expected --once"),
        (["replay", "--registry", "r", "--sources", "s", "--until", "gestern"], "应为 ISO 8601", "expected ISO 8601"),
        (["findings", "-C", "nowhere"], "没有这个文件", "not found"),
    ],
)
def test_bad_words_in_both(words: list[str], zh: str, en: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (("zh", zh), ("en", en)):
        assert run_command([*words, "--lang", name]) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("zhiban: ")
        assert captured.err.count("\n") == 1
        assert said in captured.err
        assert captured.out == ""
        assert bool(HAN.search(captured.err)) == (name == "zh")
