"""The workers of a show on the cluster, as processes; one that ends is started again, as a supervisor would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST = 100  # restarts of one show: more is no accident


class Crew:
    """Workers of every kind; the one that is pushed to is the web worker."""

    def __init__(self, base: Path, agents: int) -> None:
        """Start them in the working directory `base`."""
        self._base = base
        self._kinds = ["connectors", "desk", "senders", "web", *["agents"] * agents]
        self.processes = [self._start(number) for number in range(len(self._kinds))]
        self.restarts = 0

    def mend(self) -> bool:
        """Start again whoever has ended; whether anybody had. Raises RuntimeError where that goes on and on."""
        fallen = [number for number, one in enumerate(self.processes) if one.poll() is not None]
        for number in fallen:
            self.restarts += 1
            self.processes[number] = self._start(number)
        if self.restarts > MOST:
            raise RuntimeError(f"workers were started again {self.restarts} times; their logs are in {self._base}")
        return bool(fallen)

    def end(self) -> None:
        """Ask all of them to end, and wait for it."""
        for one in self.processes:
            one.terminate()
        for one in self.processes:
            try:
                one.wait(timeout=30)
            except subprocess.TimeoutExpired:
                one.kill()

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        kind = self._kinds[number]
        command = [sys.executable, "-m", "zhiban", "worker", kind, "--dir", str(self._base)]
        with (self._base / f"{kind}-{number}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program and words


@contextmanager
def crew(base: Path, agents: int) -> Iterator[Crew]:
    """Workers for as long as the show goes on."""
    made = Crew(base, agents)
    try:
        yield made
    finally:
        made.end()
