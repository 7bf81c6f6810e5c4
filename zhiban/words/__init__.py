"""The words of our screens, in Chinese and in English: a table for each area, with the same keys and the same fields.

The language is the one that was asked for on the command line (`--lang`), else `ZHIBAN_LANG`, else the configuration's.
Letters keep to the configuration: they are for others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from zhiban.words import api, chats, deeds, digest, faults, letters, manual, messages, moving, rows, screens, taps

Name = Literal["zh", "en"]
LANGUAGES: tuple[Name, ...] = ("zh", "en")
VARIABLE = "ZHIBAN_LANG"
_asked: ContextVar[Name | None] = ContextVar("asked", default=None)
_configured: ContextVar[Name] = ContextVar("configured", default="zh")

_AREAS = (screens, rows, faults, letters, messages, manual, api, moving, digest, deeds, taps, chats)
PARTS = tuple(area.ZH for area in _AREAS)
ZH: Mapping[str, str] = {key: text for part in PARTS for key, text in part.items()}
EN: Mapping[str, str] = {key: text for area in _AREAS for key, text in area.EN.items()}
_TABLES: Mapping[Name, Mapping[str, str]] = {"zh": ZH, "en": EN}


def ask_for(arguments: Sequence[str]) -> list[str]:
    """Take `--lang zh|en` out of a command line, wherever it stands, and heed it; the rest is returned.

    Raises ValueError that says what was found, also for the environment's variable.
    """
    _configured.set("zh")
    _asked.set(None)
    rest: list[str] = []
    asked: Name | None = None
    words = iter(arguments)
    for word in words:
        flag, given, value = word.partition("=")
        if flag == "--lang":
            asked = _known("--lang", value if given else next(words, ""))
        else:
            rest.append(word)
    from_outside = os.environ.get(VARIABLE)
    _asked.set(asked or (_known(VARIABLE, from_outside) if from_outside else None))
    return rest


def configure(name: Name) -> None:
    """Speak as the configuration says, where nobody asked for anything else."""
    _configured.set(name)


def language() -> Name:
    """The language of our screens: zh or en."""
    return _asked.get() or _configured.get()


def asked() -> Name | None:
    """The language that was asked for, on the command line or by the environment, if any was."""
    return _asked.get()


@contextmanager
def speaking(name: Name) -> Iterator[None]:
    """Speak this language for a while, whatever was asked for: documents for scripts are the same in both."""
    before = _asked.set(name)
    try:
        yield
    finally:
        _asked.reset(before)


def say(key: str, /, **fields: object) -> str:
    """The words of a key in the language of our screens."""
    return _TABLES[language()][key].format(**fields)


def _known(where: str, name: str) -> Name:
    for known in LANGUAGES:
        if name == known:
            return known
    raise ValueError(say("bad.language", where=where, name=name, expected=", ".join(LANGUAGES)))
