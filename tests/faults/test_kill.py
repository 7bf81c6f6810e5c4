"""kill -9 at random moments under load: afterwards the database is what it would have been undisturbed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STEPS = 120
KILLS = int(os.environ.get("ZHIBAN_KILLS", "20"))
ROUND = 20  # kills in one run of the load
# What an undisturbed run has otherwise: how often a letter was tried (a crash repeats an attempt), and how many turns
# the desk took (a crash may cut the ledger otherwise; what the turns made is compared).
CLOCK_COLUMNS = {"outbox": {"attempts", "lease_until"}, "polls": {"lease_until"}}
TURNS = "desk_turns"


def start(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    """The load, as a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "support" / "load.py"), str(folder), str(seed), str(STEPS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Let it work to the end."""
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()[-2000:]


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, less what only says when or how often something was tried."""
    connection = sqlite3.connect(folder / "load.db")
    tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    found = {}
    for table in sorted(tables):
        columns = [column[1] for column in connection.execute(f"pragma table_info({table})")]
        kept = [f'"{column}"' for column in columns if column not in CLOCK_COLUMNS.get(table, set())]
        where = f" where key != '{TURNS}'" if table == "meta" else ""
        found[table] = sorted(connection.execute(f"select {', '.join(kept)} from {table}{where}"), key=repr)
    connection.close()
    return found


def differences(calm: dict[str, list[tuple[object, ...]]], wild: dict[str, list[tuple[object, ...]]]) -> list[str]:
    """The first rows of each table that only one of the two runs has."""
    found = []
    for table in calm.keys() | wild.keys():
        ours, theirs = set(calm.get(table, [])), set(wild.get(table, []))
        found += [f"{table} only undisturbed: {row!r:.300}" for row in sorted(ours - theirs, key=repr)[:2]]
        found += [f"{table} only after kills: {row!r:.300}" for row in sorted(theirs - ours, key=repr)[:2]]
        if len(calm.get(table, [])) != len(wild.get(table, [])):
            found.append(
                f"{table}: {len(calm.get(table, []))} rows undisturbed, {len(wild.get(table, []))} after kills"
            )
    return found


def kill_often(folder: Path, seed: int, kills: int, dice: random.Random) -> int:
    """Run the load and kill it at random moments; how many processes died of it."""
    killed = 0
    process = start(folder, seed)
    while killed < kills:
        time.sleep(0.6 + dice.random() * 0.7)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
        killed += 1
        process = start(folder, seed)
    finish(process)
    return killed


@pytest.mark.fault
def test_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    dice = random.Random(KILLS)
    killed = repeats = seed = 0
    while killed < KILLS:
        seed += 1
        calm, wild = tmp_path / f"calm{seed}", tmp_path / f"wild{seed}"
        calm.mkdir()
        wild.mkdir()
        finish(start(calm, seed))
        died = kill_often(wild, seed, min(ROUND, KILLS - killed), dice)
        assert died, "the load was over before it could be killed"
        killed += died
        assert differences(rows(calm), rows(wild)) == []
        assert len(rows(calm)["findings"]) > 200
        assert len(rows(calm)["outbox"]) > 10
        sent = Counter((wild / "sent.txt").read_text().split())
        assert set(sent) == set((calm / "sent.txt").read_text().split())
        repeats += sum(sent.values()) - len(sent)
    print(f"\n{killed} kills over {seed} runs: no row lost, none doubled; {repeats} letters repeated after a crash")
    assert repeats <= killed  # at least once: one letter at most for each death
