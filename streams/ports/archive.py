"""A set of WARC files as one timeline: what `zhiban replay` reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from streams.connectors import Failure
from streams.ports.warc_read import BOUND, Damage, Found, records_at, scan

MOST = 5_000_000  # records of one set


class _Entry(msgspec.Struct, frozen=True, order=True):
    time: datetime
    file: int
    offset: int
    number: int
    points: tuple[str, ...] = ()


class Archive:
    """A set of WARC files, indexed once and then read in order of time; bodies are read when they are reached."""

    def __init__(self, paths: Sequence[Path], bound: int = BOUND, most: int = MOST) -> None:
        """Index the files. Blocks. What could not be read is in `damage`."""
        self._paths = list(paths)
        self._bound = bound
        self.damage: list[Damage] = []
        self._entries: list[_Entry] = []
        self._originals: dict[str, tuple[int, int, int]] = {}
        for number, path in enumerate(self._paths):
            for one in self._scan(path):
                if isinstance(one, Damage):
                    self.damage.append(one)
                elif len(self._entries) < most:
                    self._enter(number, one)
                else:
                    self.damage.append(Damage(str(path), one.offset, f"more than {most} records: the rest is left out"))
                    break
        self._entries.sort()

    def __len__(self) -> int:
        """How many looks there are."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Found]:
        """Every look in order of time, revisits with their body where the set has it."""
        for entry in self._entries:
            found = self._load(entry.file, entry.offset, entry.number)
            if found is not None:
                yield self._resolved(found)

    def _scan(self, path: Path) -> Iterator[Found | Damage]:
        try:
            yield from scan(path, self._bound)
        except OSError as error:
            yield Damage(str(path), 0, f"cannot be read: {error.strerror or error}")

    def _enter(self, file: int, found: Found) -> None:
        self._entries.append(_Entry(found.taken.asked_at, file, found.offset, found.number, found.points))
        if not found.revisit:
            for key in found.keys:
                self._originals.setdefault(key, (file, found.offset, found.number))

    def _load(self, file: int, offset: int, number: int) -> Found | None:
        with self._paths[file].open("rb") as handle:
            records = records_at(handle, self._paths[file], offset, self._bound)
            return next((one for one in records if isinstance(one, Found) and one.number == number), None)

    def _resolved(self, found: Found) -> Found:
        if not found.revisit:
            return found
        place = next((self._originals[point] for point in found.points if point in self._originals), None)
        origin = self._load(*place) if place else None
        if origin is not None:
            return msgspec.structs.replace(found, taken=found.resolved(origin.taken))
        answer = found.taken.answer
        if not isinstance(answer, Failure) and answer.status != 304:
            # An empty page would be a lie: its body is somewhere else.
            lost = Failure(cause="protocol", detail="a revisit whose original is not among the files given")
            return msgspec.structs.replace(found, taken=msgspec.structs.replace(found.taken, answer=lost))
        return found
