"""Evidence: what was seen is kept before anything is concluded from it, in WARC files (ISO 28500)."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from streams.ports.warc import Origin, Origins, Packed, Taken, packed, payload_digest, warcinfo
from streams.ports.warc_file import OPEN, SEALED, WarcFile, salvage
from streams.ports.warc_read import read_at

ID = re.compile(r"(zhiban-[0-9]{8}-[A-Za-z0-9-]{1,64}-[0-9]+-[0-9]+)@([0-9]{1,15})")


class Evidence(Protocol):
    """Keeps what was taken, so that a finding can cite it."""

    async def keep(self, taken: Taken) -> str:
        """The id to be cited; it returns only when the record is safe on disk. Raises OSError if it cannot be."""
        ...

    async def fetch(self, evidence: str) -> Taken | None:
        """What an id stands for, or None where there is nothing (any more)."""
        ...


class EvidenceInMemory:
    """`Evidence` that lives as long as the process: for tests, `try` and back-tests."""

    def __init__(self) -> None:
        """Nothing kept yet."""
        self.kept: dict[str, Taken] = {}

    async def keep(self, taken: Taken) -> str:
        """Keep it."""
        name = f"memory@{len(self.kept)}"
        self.kept[name] = taken
        return name

    async def fetch(self, evidence: str) -> Taken | None:
        """What was kept."""
        return self.kept.get(evidence)


def cites_nothing() -> Collection[str]:
    """No ids: every old file may go."""
    return ()


class WarcFolder:
    """`Evidence` in a folder that several processes and machines may share.

    An id is `FILE@OFFSET`: the record is found without an index, and a file's citations by its name. A file belongs
    to one process while it is written (`.open`, locked) and is never changed after. Records that come together are
    compressed and synced together, in a thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        file_bytes: int = 256_000_000,
        budget: int = 20_000_000_000,
        cited: Callable[[], Collection[str]] = cites_nothing,
        origins: int = 100_000,
        level: int = 3,
    ) -> None:
        """Keep files of about `file_bytes`, all together about `budget`; `cited` (called in a thread) names the ids
        whose files must stay. `level` is gzip's."""
        self._folder = folder
        self._file_bytes = file_bytes
        self._budget = budget
        self._cited = cited
        self._origins = Origins(origins)
        self._level = level
        self._file: WarcFile | None = None
        self._serial = 0
        self._waiting: list[tuple[Taken, asyncio.Future[str]]] = []
        self._flushing: asyncio.Task[None] | None = None

    def prepare(self) -> list[str]:
        """Make the folder and close what dead processes left open, torn tails cut. Blocks; returns what was cut."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [told for path in sorted(self._folder.glob(f"*{OPEN}")) if (told := salvage(path))]

    async def keep(self, taken: Taken) -> str:
        """Write it, sync it, and return its id."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((taken, future))
        if self._flushing is None:
            self._flushing = asyncio.ensure_future(self._flush())
        return await future

    async def _flush(self) -> None:
        # Whoever comes while a batch is written waits for the next one: one sync for all of them.
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:64], self._waiting[64:]
                try:
                    ids = await asyncio.to_thread(self._write, [taken for taken, _ in batch])
                except BaseException as error:
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error if isinstance(error, Exception) else OSError("stopped"))
                    if not isinstance(error, Exception):
                        raise
                else:
                    for (_, future), name in zip(batch, ids, strict=True):
                        if not future.done():
                            future.set_result(name)
        finally:
            self._flushing = None

    def _write(self, batch: list[Taken]) -> list[str]:
        try:
            written = [self._append(taken) for taken in batch]
            assert self._file is not None
            self._file.sync()
        except OSError:
            # After a failed write or sync nobody knows what the disk holds: begin a new file.
            if self._file is not None:
                self._file.abandon()
                self._file = None
            raise
        for taken, record, name in written:
            if record.digest and not record.refers:
                self._origins.put(taken, Origin(name, record.urn, record.digest, taken.asked_at))
        return [name for _, _, name in written]

    def _append(self, taken: Taken) -> tuple[Taken, Packed, str]:
        file, digest = self._ready(taken), payload_digest(taken.answer)
        record = packed(taken, digest, self._standing(taken, digest), self._level)
        return taken, record, f"{file.name}@{file.append(record.data)}"

    def _standing(self, taken: Taken, digest: str) -> Origin | None:
        """The record that already holds these bytes, if it is still there to be pointed at."""
        origin = self._origins.of(taken, digest)
        if origin is None:
            return None
        name = origin.id.partition("@")[0]
        here = self._file is not None and name == self._file.name
        return origin if here or self._path(name) else None

    def _ready(self, taken: Taken) -> WarcFile:
        day = f"{taken.asked_at:%Y%m%d}"
        if self._file and (self._file.size >= self._file_bytes or day > self._file.day):
            self._file.seal()
            self._file = None
            self._sweep()
        while self._file is None:
            self._serial += 1
            host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:64] or "host"
            name = f"zhiban-{day}-{host}-{os.getpid()}-{self._serial}"
            self._file = WarcFile.create(self._folder, name, day, warcinfo(f"{name}{SEALED}", taken.asked_at))
        return self._file

    async def fetch(self, evidence: str) -> Taken | None:
        """Read one record; that of an unchanged page with the body of the record which it points at."""
        return await asyncio.to_thread(self._read, evidence)

    def _read(self, evidence: str, deep: bool = True) -> Taken | None:
        parts = ID.fullmatch(evidence)
        path = self._path(parts[1]) if parts else None
        if parts is None or path is None:
            return None
        found = read_at(path, int(parts[2]))
        if found is None or not deep or not found.refers:
            return found.taken if found else None
        origin = self._read(found.refers, deep=False)
        return found.resolved(origin) if origin else found.taken

    def _path(self, name: str) -> Path | None:
        return next((path for end in (SEALED, OPEN) if (path := self._folder / f"{name}{end}").exists()), None)

    async def sweep(self) -> list[str]:
        """Delete old sealed files without citations until the budget holds; returns their names."""
        return await asyncio.to_thread(self._sweep)

    def _sweep(self) -> list[str]:
        sealed = {path.name.removesuffix(SEALED): path.stat() for path in self._folder.glob(f"zhiban-*{SEALED}")}
        over = sum(file.st_size for file in sealed.values()) - self._budget
        if over <= 0:
            return []
        current = self._origins.files()
        gone = []
        # The oldest first, but last of all those that later records still point at.
        for name in sorted(sealed.keys() - self._pinned(), key=lambda one: (one in current, sealed[one].st_mtime_ns)):
            if over <= 0:
                break
            (self._folder / f"{name}{SEALED}").unlink(missing_ok=True)
            over -= sealed[name].st_size
            gone.append(name)
        return gone

    def _pinned(self) -> set[str]:
        """The files of cited records, and of those that hold the bodies of cited records."""
        files = set()
        for evidence in self._cited():
            if parts := ID.fullmatch(evidence):
                files.add(parts[1])
                path = self._path(parts[1])
                found = read_at(path, int(parts[2])) if path else None
                if found and found.refers:
                    files.add(found.refers.partition("@")[0])
        return files

    async def aclose(self) -> None:
        """Wait for what is being written, and seal the file."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])
        if self._file is not None:
            await asyncio.to_thread(self._file.seal)
            self._file = None
