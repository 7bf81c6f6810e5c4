"""Disks that are full: a small real one where this machine lets us mount it, and a process that may write nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """A disk that can be filled, and emptied again."""

    folder: Path

    def fill(self, process: int) -> None:
        """From now on the process cannot write."""
        ...

    def make_room(self, process: int) -> None:
        """It can again."""
        ...


class SmallDisk:
    """A file system of so many bytes, filled by a file of ours: every write answers ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, process: int) -> None:
        """Take every byte that is left."""
        with self._ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self, process: int) -> None:
        """Give them back."""
        self._ballast.unlink(missing_ok=True)


class Forbidden:
    """Any disk, on which the kernel lets the process write no byte more (RLIMIT_FSIZE): every write answers EFBIG."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: int) -> None:
        """No file may be longer than nothing."""
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self, process: int) -> None:
        """As long as it likes."""
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk | None]:
    """A file system of `size` (such as "6m") in memory; None where we may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "zhiban-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
