"""The tables of words: the same keys and fields in both languages, and one for everything that can be said."""

from __future__ import annotations

import ast
from string import Formatter

import pytest
from tree import committed, parsed, short

from alerts.letter import Reason
from alerts.words import EN, TABLES, ZH, say
from streams.findings import Grade

CONNECTED = {"stale", "due_soon", "never", "zombie", "blank", "down", "frozen", "off", "set_aside", "odd_dates"}


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_both_languages_say_the_same() -> None:
    assert list(ZH) == list(EN)
    assert {key: fields(words) for key, words in ZH.items()} == {key: fields(words) for key, words in EN.items()}


def test_chinese_is_chinese_and_english_is_english() -> None:
    assert not [key for key, words in EN.items() if any("\u4e00" <= c <= "\u9fff" for c in words)]
    marks = {key for key, words in ZH.items() if not any("\u4e00" <= c <= "\u9fff" for c in words)}
    assert marks == {"action", "title", "subject.new", "subject.worse", "digest.and"}  # fields and marks only


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_level_and_reason_has_words(language: str) -> None:
    assert all(f"level.{grade.value}" in TABLES[language] for grade in Grade)
    assert all(f"subject.{reason.value}" in TABLES[language] for reason in Reason)


def test_every_why_of_the_rules_has_words() -> None:
    """Found in the rules' own source: what a verdict or its end gives as `why`."""
    whys = {
        (short(path), why)
        for path in committed("agents", "streams/folding.py", "streams/fitting.py", suffix=".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        for why in _whys(node)
    }
    assert {why for _, why in whys} >= CONNECTED - {"frozen"}
    assert [one for one in sorted(whys) if f"what.{one[1]}" not in ZH] == []


def _whys(call: ast.Call) -> list[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "why"]
    given += call.args[:1] if name == "ok" else call.args[1:2] if name == "_blind" else []
    return [node.value for one in given for node in ast.walk(one) if isinstance(node, ast.Constant) and node.value]  # type: ignore[misc]


def test_unknown_words_fields_and_languages_break_no_letter() -> None:
    assert say("zh", "what.something_new") == "状态变化"
    assert say("xx", "level.veto") == "单项否决"
    assert say("zh", "what.stale").startswith("超过")
    assert say("zh", "nothing.at.all") == ""
