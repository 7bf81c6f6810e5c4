"""kill -9 and full disks at random moments under load: afterwards the database is what it would have been."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from disks import Forbidden

ROOT = Path(__file__).parents[2]
STEPS = 150  # of four hours each
LANES = 2  # loads side by side, as starting them is most of the work
FULL = 0.25  # of the deaths: of a disk on which nothing can be written any more
SIGNS = ("disk I/O error", "disk is full", "File too large", "unable to open database file")
KILLS = int(os.environ.get("ZHIBAN_KILLS", "20"))
# Columns that may differ, by table, because the wall clock writes them. Time is the step's here and leases end at once,
# so there are none: not one attempt, lease or turn of the desk is counted twice. What must be added says why.
WALL_CLOCK: dict[str, set[str]] = {}


@contextmanager
def running(folder: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    """The load, as a process of its own; gone at the end."""
    command = [sys.executable, str(ROOT / "tests" / "support" / "load.py"), str(folder), str(seed), str(STEPS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def finish(folder: Path, seed: int) -> None:
    """Let it work to the end."""
    with running(folder, seed) as process:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors[-2000:]


def kill_one(folder: Path, seed: int, dice: random.Random) -> bool:
    """Let it die at a random moment of its work, now and then of its start; whether it was still alive."""
    with running(folder, seed) as process:
        if dice.random() < 0.9:
            assert process.stdout is not None
            process.stdout.readline()  # "ready"
            time.sleep(dice.random() ** 2 * 0.3)
        else:
            time.sleep(dice.random())
        full = dice.random() < FULL
        if full:  # every write that follows fails: it dies of that
            Forbidden(folder).fill(process.pid)
        else:
            process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in {0, 1 if full else -signal.SIGKILL}, errors[-2000:]
        assert process.returncode != 1 or any(sign in errors for sign in SIGNS), errors[-2000:]
        return process.returncode != 0


def tables(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, less the named columns."""
    found = {}
    with closing(sqlite3.connect(folder / "load.db")) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        names = connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
        for (name,) in names:
            columns = [row[1] for row in connection.execute(f"pragma table_info({name})")]
            kept = ", ".join(f'"{column}"' for column in columns if column not in WALL_CLOCK.get(name, set()))
            found[name] = sorted(connection.execute(f"select {kept} from {name}"), key=repr)
    return found


def sent(folder: Path) -> Counter[str]:
    """How often each letter went out."""
    return Counter((folder / "sent.txt").read_text().split())


def compare(wild: Path, calm: Path) -> int:
    """Hold one run against the other; how many letters were repeated."""
    left, right = tables(wild), tables(calm)
    assert left.keys() == right.keys()
    for name, rows in right.items():
        odd = set(left[name]).symmetric_difference(rows)
        assert left[name] == rows, f"table {name}: {sorted(map(repr, odd))[:4]}"
    assert len(right["findings"]) > 100
    assert len(right["outbox"]) > 20
    assert {"look", "record"} == {row[2] for row in right["quarantine"]}
    assert set(sent(wild)) == set(sent(calm))
    assert max(sent(calm).values()) == 1
    return sent(wild).total() - len(sent(wild))


def lane(folder: Path, number: int, kills: int) -> tuple[int, int]:
    """One load after another until so many were killed; how many runs that took, and letters repeated."""
    dice = random.Random(f"{number}/{kills}")
    killed = repeats = runs = 0
    while killed < kills:
        runs += 1
        seed = number * 10_000 + runs
        calm, wild = folder / f"calm{seed}", folder / f"wild{seed}"
        calm.mkdir()
        wild.mkdir()
        finish(calm, seed)
        died = 0
        while died < kills - killed and kill_one(wild, seed, dice):
            died += 1
        finish(wild, seed)
        assert died, "the load was over before it could be killed"
        again = compare(wild, calm)
        assert again <= died  # at least once: for each death one letter whose settling was lost, at most
        killed, repeats = killed + died, repeats + again
    return runs, repeats


@pytest.mark.fault
def test_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    shares = [KILLS // LANES + (number < KILLS % LANES) for number in range(LANES)]
    with ThreadPoolExecutor(LANES) as pool:
        done = list(pool.map(lane, [tmp_path] * LANES, range(LANES), shares))
    runs, repeats = (sum(column) for column in zip(*done, strict=True))
    done_to = f"{KILLS} kills and full disks in {runs} runs"
    print(f"\n{done_to}: no row lost, none doubled; {repeats} letters repeated, their settling lost")
