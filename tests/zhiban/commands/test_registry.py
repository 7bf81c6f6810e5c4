"""The commands around the registry: what they write, print and answer."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console
from tables import HEAD, write_csv

from streams.records import Fact
from zhiban.commands.registry import run_check, run_import
from zhiban.config import ConfigError
from zhiban.registry import Known, about, applied

ROW = ("6107000036", "甲[bold]", "网站", "http://a.example.cn/", "")


class Log:
    """A log that keeps facts."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def known(self) -> Known:
        return applied(Known(), self.facts)

    def append(self, facts: Sequence[Fact]) -> None:
        self.facts += facts


def screen() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=200), text


def test_import_writes_facts_once_and_says_so(tmp_path: Path) -> None:
    path, log = write_csv(tmp_path / "registry.csv", [HEAD, ROW]), Log()
    out, text = screen()
    assert run_import([path], log.known, log.append, out=out, err=screen()[0]) == 0
    assert [about(fact) for fact in log.facts] == [ROW[0]] * 3
    assert "甲[bold]" in text.getvalue()
    assert "已写入日志 3 条事实" in text.getvalue()
    assert run_import([path], log.known, log.append, out=screen()[0], err=screen()[0]) == 0
    assert len(log.facts) == 3


def test_check_writes_nothing_and_answers_with_its_exit_code(tmp_path: Path) -> None:
    path, log = write_csv(tmp_path / "registry.csv", [HEAD, ROW]), Log()
    out, text = screen()
    assert run_check([path], log.known, exit_code=True, language="en", out=out, err=screen()[0]) == 1
    assert "added" in text.getvalue()
    assert log.facts == []
    run_import([path], log.known, log.append, out=screen()[0], err=screen()[0])
    assert run_check([path], log.known, exit_code=True, out=screen()[0], err=screen()[0]) == 0


def test_json_is_one_document(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "registry.csv", [HEAD, ROW, ("x", "乙", "网站", "", "例外")])
    log, (out, text) = Log(), screen()
    assert run_import([path], log.known, log.append, json=True, exit_code=True, out=out) == 1
    document = json.loads(text.getvalue())
    assert (document["subjects"], document["written"]) == (1, 3)
    assert document["refusals"][0] | {"text": ""} == {
        "file": "registry.csv",
        "sheet": "",
        "row": 3,
        "field": "status",
        "found": "例外",
        "why": "status",
        "text": "",
    }
    assert [one["id"] for one in document["drift"]["added"]] == [
        ROW[0],
        f"{ROW[0]}/probe/home",
        f"{ROW[0]}/column/home",
    ]


def test_nothing_readable_is_bad_input(tmp_path: Path) -> None:
    path, log = tmp_path / "a.xlsx", Log()
    path.write_bytes(b"\x00\x01\x02" * 50)
    out, text = screen()
    assert run_import([path], log.known, log.append, out=out, err=screen()[0]) == 2
    assert "a.xlsx" in text.getvalue()


@pytest.mark.parametrize("text", ["[columns]\nnummer='x'", "[colums]\nid='x'", "implied='no'", "[columns"])
@pytest.mark.usefixtures("in_english")
def test_a_bad_mapping_file_is_named(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"m\.toml"):
        run_check([], Log().known, mapping=mapping)


def test_a_long_import_shows_its_progress(tmp_path: Path) -> None:
    rows = [(f"610700{n:04}", "甲", "网站", "", "") for n in range(2_100)]
    path, log = write_csv(tmp_path / "registry.csv", [HEAD, *rows]), Log()
    text = io.StringIO()
    bar = Console(file=text, force_terminal=True, width=100)
    run_import([path], log.known, log.append, out=screen()[0], err=bar)
    assert "读取名录" in text.getvalue()
    assert len(log.facts) == 2_100
