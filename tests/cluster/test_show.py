"""The demo city on the cluster while workers of every kind are killed: every fault is found, nothing else is said."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhiban.demo.cluster import Stage, run_cluster_show

DAYS = int(os.environ.get("ZHIBAN_SHOW_DAYS", "5"))
KILLS = int(os.environ.get("ZHIBAN_SHOW_KILLS", "10"))  # at most: a slow machine must come to an end too


def workers() -> dict[int, str]:
    """The workers that are children of this process, by number: their kinds."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended meanwhile
            continue
        if b"worker" in words and int(parent) == os.getpid():
            found[int(folder.name)] = words[words.index(b"worker") + 1].decode()
    return found


@contextmanager
def killing(every: float) -> Iterator[Counter[str]]:
    """SIGKILL to a random worker again and again; how many of each kind."""
    dice, killed, over = random.Random(3), Counter[str](), threading.Event()

    def work() -> None:
        while killed.total() < KILLS and not over.wait(every * (0.5 + dice.random())):
            there = workers()
            if there:
                number = dice.choice(sorted(there))
                killed[there[number]] += 1
                os.kill(number, signal.SIGKILL)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_workers_of_every_kind_are_killed(kafka: str, postgres: str, prefix: str, tmp_path: Path) -> None:
    with killing(8) as killed:
        stage = Stage([kafka], postgres, prefix=prefix)
        shown = asyncio.run(run_cluster_show(1, DAYS, tmp_path, stage, lambda _moment: None))
    assert shown.passed, (shown.missed, shown.extra)
    assert len(shown.found) >= 2
    assert killed.total() >= 3
    print(f"\n{dict(killed)} killed; {len(shown.found)} faults found, nothing missed, nothing else said")
