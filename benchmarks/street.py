"""A street of loopback sites for as long as a benchmark needs it."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.servers import host

HOSTS = 100


class Street:
    """Where the sites are found."""

    def __init__(self, port: int) -> None:
        """All of them answer on `port`."""
        self._port = port

    def urls(self, kind: str, count: int) -> list[str]:
        """Addresses of so many pages of a kind, spread over the hosts."""
        return [f"http://{host(number % HOSTS)}:{self._port}/{kind}/{number}" for number in range(count)]

    def asked(self) -> int:
        """How many pages were asked for so far."""
        with urllib.request.urlopen(f"http://{host(0)}:{self._port}/asked", timeout=10) as answer:
            return int(answer.read())


@contextmanager
def street() -> Iterator[Street]:
    """Open the sites in a process of their own, and close it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.servers", str(port), str(HOSTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        try:
            yield Street(port)
        finally:
            process.stdin.close()


def free_port() -> int:
    """A port that nobody has on loopback now."""
    with socket.socket() as one:
        one.bind((host(0), 0))
        return int(one.getsockname()[1])
