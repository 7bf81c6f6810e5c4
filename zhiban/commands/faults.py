"""What is the user's to put right: one line on stderr, and exit code 2."""

from __future__ import annotations

from datetime import datetime

from agents._pack import PackError
from streams.days import SHANGHAI
from streams.ports.store.marks import Refused
from zhiban.config import ConfigError
from zhiban.words import say

BAD_INPUT = (ConfigError, PackError, ValueError, FileNotFoundError, Refused)


def fault_in_words(error: BaseException) -> str:
    """What to say of it, in the language of our screens."""
    if not isinstance(error, Refused):
        return str(error)
    return say(f"refused.{error.key}", **{name: _shown(value) for name, value in error.fields.items()})


def _shown(value: object) -> object:
    return value.astimezone(SHANGHAI).isoformat(" ", "minutes") if isinstance(value, datetime) else value
