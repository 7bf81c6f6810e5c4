"""The same unchanged pages, 160 kB each, read by urlwatch and by changedetection.io, each in a venv of its own.

They are installed into `.stamps/peers` once; where that is not possible the figure is left out, and said to be. What a
peer did is counted by the sites that it asked. A peer's first round is its own to warm up in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, tell
from benchmarks.looks import measured
from benchmarks.street import Street, free_port, street
from zhiban.garbage import collect_seldom

VENVS = Path(__file__).parent.parent / ".stamps" / "peers"
INSTALLING = 180  # seconds at most
COUNT = 300
PATIENCE = 60.0  # seconds for a peer's round
GOALS = {"urlwatch": 5.0, "changedetection.io": 20.0}


class Absent(Exception):
    """A peer that cannot be had or does not do its work here."""


def figures() -> Iterator[Figure]:
    """Ours, and what each peer does on the same street."""
    collect_seldom()
    with street() as there:
        ours = measured(there, "same")
        for name, measure in (("urlwatch", urlwatch), ("changedetection.io", changedetection)):
            goal = f">= {GOALS[name]:.0f} x"
            what = f"looks, unchanged by hash, beside {name}"
            try:
                theirs = measure(_installed(name), there)
            except (Absent, OSError, subprocess.SubprocessError) as error:
                yield Figure(what=what, value=ours, unit="looks/s", beside=f"not measured: {_line(error)}", goal=goal)
                continue
            met = ours >= GOALS[name] * theirs
            yield Figure(what=what, value=ours, unit="looks/s", beside=name, other=theirs, goal=goal, met=met)


def urlwatch(bin_: Path, there: Street) -> float:
    """Looks per second of its second run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = "\n---\n".join(f"url: {url}" for url in there.urls("same", COUNT))
        (folder / "jobs.yaml").write_text(jobs, encoding="utf-8")
        (folder / "config.yaml").write_text("{}", encoding="utf-8")
        files = [f"--{what}={folder / file}" for what, file in _URLWATCH.items()]
        for _ in range(2):
            before, begin = there.asked(), time.perf_counter()
            subprocess.run([bin_ / "urlwatch", *files], check=False, capture_output=True, timeout=PATIENCE)
            spent, asked = time.perf_counter() - begin, there.asked() - before
            if asked < COUNT:
                raise Absent(f"it asked for {asked} of {COUNT} pages")
    return asked / spent


_URLWATCH = {"urls": "jobs.yaml", "config": "config.yaml", "cache": "cache.db", "hooks": "hooks.py"}


def changedetection(bin_: Path, there: Street) -> float:
    """Looks per second while it checks all of its watches again."""
    first, *others = there.urls("same", COUNT)
    before = there.asked()
    with tempfile.TemporaryDirectory() as name, _served(bin_, Path(name), first) as ask:
        ask("import", "\n".join(others).encode())
        _rate(there, before + COUNT)
        time.sleep(2)
        before = there.asked()
        ask("watch?recheck_all=1", None)
        return _rate(there, before + COUNT)


Ask = Callable[[str, bytes | None], Any]


@contextmanager
def _served(bin_: Path, folder: Path, url: str) -> Iterator[Ask]:
    """It runs as a server on loopback; the way to ask its interface."""
    port = free_port()
    command: list[str | Path] = [bin_ / "changedetection.io", "-C", "-d", folder, "-h", "127.0.0.1", "-p", str(port)]
    command += ["-u", url]  # with one of ours it does not look at examples on the web
    with subprocess.Popen(
        command, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        try:
            key = _waited(lambda: _key(folder), "its key")

            def ask(path: str, body: bytes | None) -> Any:
                url = f"http://127.0.0.1:{port}/api/v1/{path}"
                headers = {"x-api-key": key, "content-type": "text/plain"}
                with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
                    return json.loads(answer.read())

            _waited(lambda: _tried(lambda: ask("systeminfo", None)), "its interface")
            yield ask
        finally:
            process.terminate()


def _environment() -> Mapping[str, str]:
    own = {"FETCH_WORKERS": "10", "MINIMUM_SECONDS_RECHECK_TIME": "0", "ALLOW_IANA_RESTRICTED_ADDRESSES": "true"}
    return os.environ | own | {"DISABLE_VERSION_CHECK": "true", "PYTHONPATH": ""}


def _key(folder: Path) -> str | None:
    for name in folder.glob("*.json"):
        settings = _tried(lambda name=name: json.loads(name.read_text("utf-8"))["settings"])  # type: ignore[misc]
        if settings and (key := settings["application"].get("api_access_token")):
            return str(key)
    return None


def _tried(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (OSError, ValueError, KeyError):
        return None


def _waited(work: Callable[[], Any], what: str) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := work():
            return found
        time.sleep(0.2)
    raise Absent(f"{what} did not come within {PATIENCE:.0f} s")


def _rate(there: Street, until: int) -> float:
    """Pages asked per second until the sites were asked `until` times in all, or patience ends."""
    first, begin = there.asked(), time.perf_counter()
    asked, end = first, begin
    while asked < until and time.perf_counter() - begin < PATIENCE:
        time.sleep(0.1)
        asked, end = there.asked(), time.perf_counter()
    if asked == first:
        raise Absent("it asked for nothing")
    return (asked - first) / (end - begin)


def _installed(name: str) -> Path:
    """The programs' folder of a peer's own venv, made if it is not there."""
    home = VENVS / name
    if not (home / "bin" / name).exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True, capture_output=True, timeout=INSTALLING)
        pip: list[str | Path] = [home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", name]
        subprocess.run(pip, check=True, capture_output=True, timeout=INSTALLING)
    return home / "bin"


def _line(error: Exception) -> str:
    text = f"{type(error).__name__}" if isinstance(error, subprocess.SubprocessError) else str(error)
    return text.splitlines()[0][:80] if text else type(error).__name__


if __name__ == "__main__":
    tell(figures)
