"""One WARC file on disk while it is written: appended whole records, synced, locked, sealed; a torn tail is cut."""

from __future__ import annotations

import contextlib
import fcntl
import os
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

SEALED, OPEN = ".warc.gz", ".warc.gz.open"
STEP = 65_536


class WarcFile:
    """A file that this process alone appends to. Everything here blocks; errors are OSError."""

    def __init__(self, path: Path, name: str, day: str, handle: int) -> None:
        """Use `create`."""
        self._path = path
        self._handle = handle
        self.name = name
        self.day = day
        self.size = 0

    @classmethod
    def create(cls, folder: Path, name: str, day: str, head: bytes) -> WarcFile | None:
        """Make a new file with its first record; None if there is one of that name, open or sealed."""
        path = folder / f"{name}{OPEN}"
        if (folder / f"{name}{SEALED}").exists():
            return None
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return None
        file = cls(path, name, day, handle)
        try:
            # The lock tells others that somebody lives here; the kernel drops it when the process dies.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.append(head)
            file.sync()
            _sync_folder(folder)
        except OSError:
            path.unlink(missing_ok=True)
            os.close(handle)
            raise
        # One who salvages may have come between the making and the locking.
        return file if path.exists() else None

    def append(self, record: bytes) -> int:
        """Write one whole record and return its offset; what a failed write left behind is cut off again."""
        offset = self.size
        view = memoryview(record)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, offset)
            raise
        self.size += len(record)
        return offset

    def sync(self) -> None:
        """Return when all is on the disk."""
        os.fsync(self._handle)

    def abandon(self) -> None:
        """Let go of a file whose disk has failed us: it is salvaged at the next start."""
        os.close(self._handle)

    def seal(self) -> None:
        """Close it for good, under its final name."""
        self.sync()
        self._path.rename(self._path.with_name(f"{self.name}{SEALED}"))
        _sync_folder(self._path.parent)
        os.close(self._handle)


def salvage(path: Path) -> str:
    """Seal a file that a dead process left open, its torn tail cut. Returns what was cut, "" for nothing.

    A file whose writer lives is left alone.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""  # another process was faster
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not path.exists():
            return ""
        whole, size = whole_until(path), path.stat().st_size
        os.ftruncate(handle, whole)
        os.fsync(handle)
        if whole:
            path.rename(path.with_name(path.name.removesuffix(OPEN) + SEALED))
        else:
            path.unlink()
        _sync_folder(path.parent)
        return f"{path.name}: cut {size - whole} torn bytes at offset {whole}" if whole < size else ""
    except BlockingIOError:
        return ""
    finally:
        os.close(handle)


def whole_until(path: Path) -> int:
    """The offset after the last whole gzip member (its checksum included)."""
    good = 0
    with path.open("rb") as file:
        while not (member := read_member(file, good, 0)).fault:
            good = member.end
    return good


class Member(NamedTuple):
    """One gzip member: its bytes up to the bound that was set, where it ends, and what is wrong with it."""

    data: bytes
    end: int
    large: bool = False
    fault: str = ""


def read_member(file: BinaryIO, offset: int, bound: int) -> Member:
    """Decompress the gzip member that begins at `offset`; beyond `bound` bytes it is walked through, not kept."""
    file.seek(offset)
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    parts: list[bytes] = []
    size = 0
    while not inflater.eof:
        chunk = inflater.unconsumed_tail or file.read(STEP)
        if not chunk:
            return Member(b"".join(parts), offset, fault="the file ends within a record" if size else "no record")
        try:
            data = inflater.decompress(chunk, STEP)
        except zlib.error as error:
            return Member(b"".join(parts), offset, fault=f"damaged: {error}")
        size += len(data)
        if size <= bound:
            parts.append(data)
    return Member(b"".join(parts), file.tell() - len(inflater.unused_data), size > bound)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
