"""Every test of our screens begins in Chinese, at no terminal's width: what another test asked for is forgotten."""

from __future__ import annotations

import pytest

from zhiban.words import VARIABLE, ask_for


@pytest.fixture(autouse=True)
def _as_if_just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has asked for a language, and no terminal says how wide it is."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)
    ask_for([])
