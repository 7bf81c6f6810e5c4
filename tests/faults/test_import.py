"""kill -9 in the middle of an import of messages: another import leaves what an undisturbed one does."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tables import write_csv

from agents._pack import build
from streams.agent import Agent
from streams.messages import Case
from streams.ports.store import open_store
from zhiban.cli import run_command
from zhiban.wiring import load_pack

ROOT = Path(__file__).parents[2]
MESSAGES = 8000
AS_OF = "2025-12-31T20:00:00+08:00"
BEGUN = datetime(2025, 1, 1, 8)  # noqa: DTZ001 - as a file has it
FACTS = "select count(*) from log where kind = 'fact' and source = 'mailbox/mailbox/import'"


def words(folder: Path) -> list[str]:
    return ["messages", "import", str(folder.parent / "letters.csv"), "--as-of", AS_OF, "-C", str(folder), "--json"]


@contextmanager
def importing(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An import as a process of its own; gone at the end."""
    command = [sys.executable, "-c", "from zhiban.cli import main; main()", *words(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def told(folder: Path) -> int:
    """How many facts about messages the log has."""
    with closing(sqlite3.connect(f"file:{folder / 'zhiban.db'}?mode=ro", uri=True, timeout=30)) as connection:
        return int(connection.execute(FACTS).fetchone()[0])


def kill_in_the_middle(folder: Path) -> int:
    """Kill it as soon as its first transaction is written; how many facts it left."""
    before = told(folder)
    with importing(folder) as process:
        until = time.monotonic() + 120
        while process.poll() is None and told(folder) == before and time.monotonic() < until:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode in {0, -signal.SIGKILL}
    return told(folder)


def judged(folder: Path) -> tuple[list[Case], set[tuple[str, str, str]]]:
    """Every case, and every finding that stands, when all of the log was judged."""
    store = open_store(f"sqlite:///{folder / 'zhiban.db'}")
    agent = Agent(store, build(load_pack(("national-2019",), folder), {}))
    while agent.catch_up(0):
        pass
    with store.read() as tx:
        cases = [case for _, _, case in tx.cases(datetime(2100, 1, 1, tzinfo=UTC))]
        findings = {(one.rule, one.item, one.level.value) for one in tx.open_findings()}
    store.close()
    return [without_prints(case) for case in cases], findings


def without_prints(case: Case) -> Case:
    """Two stores have two keys, so fingerprints differ; there are no texts here, hence none."""
    assert not any(event.print or (event.about and event.about.print) for event in case.events)
    return case


@pytest.mark.fault
def test_an_import_that_is_killed_is_completed_by_another(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("id", "category", "asked_at", "answered_at")]
    for number in range(MESSAGES):
        asked = BEGUN + timedelta(hours=number)
        answered = "" if number % 50 == 0 else asked + timedelta(days=number % 12)
        rows.append((number, "咨询", asked, answered))
    write_csv(tmp_path / "letters.csv", rows)
    calm, wild = tmp_path / "calm", tmp_path / "wild"
    for folder in (calm, wild):
        assert run_command(["init", str(folder)]) == 0
    assert run_command(words(calm)) == 0
    assert run_command(["messages", "import", str(tmp_path / "none.csv"), "-C", str(wild)]) == 2  # makes the tables
    left = [kill_in_the_middle(wild) for _ in range(2)]
    assert 0 < left[0] < told(calm), "it was not killed in the middle"
    assert run_command(words(wild)) == 0
    assert judged(wild) == judged(calm)
    assert len(judged(calm)[1]) > 100
