"""A PostgreSQL of our own in a folder: `python start.py FOLDER [--port 5432]`; Ctrl-C or SIGTERM ends it.

Needs the system's PostgreSQL (15 or later). It listens on loopback only, trusts whoever reaches it there, and never
runs as root: asked by root, it gives the folder to `nobody` and runs as that. For a demo and for tests.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

USER = "zhiban"
NOBODY = "nobody"


def main() -> None:
    """Make the cluster where it is new, and become the server."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    words.add_argument("--port", type=int, default=5432)
    asked = words.parse_args()
    binaries = find_binaries()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        step_down(folder)
    data = folder / "data"
    if not data.exists():
        initdb = [str(binaries / "initdb"), "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-D", str(data)]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL)
    if os.fork() == 0:
        make_database(binaries, folder, asked.port)
        os._exit(0)
    where = ["-p", str(asked.port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
    os.execv(binaries / "postgres", ["postgres", "-D", str(data), *where])


def find_binaries() -> Path:
    """Where the system keeps `initdb` and `postgres`."""
    if shutil.which("pg_config") is None:
        sys.exit("start.py: pg_config: not found; PostgreSQL 15 or later is needed")
    found = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def step_down(folder: Path) -> None:
    """Give the folder to nobody, and be nobody."""
    nobody = pwd.getpwnam(NOBODY)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.chdir(folder)


def make_database(binaries: Path, folder: Path, port: int) -> None:
    """Make the database once the server answers, where it is not there yet; then say where it is."""
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(600):
        if subprocess.run(ready, check=False).returncode == 0:
            break
        time.sleep(0.05)
    create = [str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, USER]
    subprocess.run(create, check=False, stderr=subprocess.DEVNULL)
    print(f"PostgreSQL: postgresql+psycopg://{USER}@127.0.0.1:{port}/{USER} ({folder})", flush=True)


if __name__ == "__main__":
    main()
