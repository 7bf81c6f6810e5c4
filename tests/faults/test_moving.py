"""A city that runs is not copied; once it has been told to end, it is, and goes on from the copy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from streams.ports.store import open_store
from streams.ticker import last_tick
from zhiban.cli import run_command

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]
_never = threading.Event()


def configure(folder: Path, store: str) -> None:
    (folder / "zhiban.toml").write_text(f'[watch]\nstore = "sqlite:///{store}"\n[web]\nport = 0\n', encoding="utf-8")


def ticked(path: Path) -> datetime | None:
    """The last tick that was appended."""
    store = open_store(f"sqlite:///{path}")
    with store.read() as tx:
        found = last_tick(tx)
    store.close()
    return found


@contextmanager
def running(folder: Path, store: str, end: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """`zhiban run` until its first new tick; then it is told to end."""
    before = ticked(folder / store)
    words = [sys.executable, "-c", "from zhiban.cli import main; main()", "run", "-C", str(folder)]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        for _ in range(300):
            if ticked(folder / store) != before:
                break
            _never.wait(0.1)
        yield
    finally:
        process.send_signal(end)
        process.wait(60)


def test_it_is_found_at_work_and_goes_on_from_its_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], in_english: None
) -> None:
    copy = ["store", "copy", "sqlite:///old.db", "sqlite:///new.db", "-C", str(tmp_path)]
    configure(tmp_path, "old.db")
    with running(tmp_path, "old.db", signal.SIGKILL):
        assert run_command(copy) == 2
        assert "another process has it open; stop `zhiban run` first" in capsys.readouterr().err
    with running(tmp_path, "old.db"):
        pass
    assert run_command(copy) == 0
    end = ticked(tmp_path / "old.db")
    configure(tmp_path, "new.db")
    assert ticked(tmp_path / "new.db") == end
    with running(tmp_path, "new.db"):
        pass
    went_on = ticked(tmp_path / "new.db")
    assert end is not None
    assert went_on is not None
    assert went_on > end
    configure(tmp_path, "old.db")
    assert run_command(["run", "-C", str(tmp_path)]) == 2
    assert "this city moved to" in capsys.readouterr().err
