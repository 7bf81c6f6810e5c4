"""Which partition a subject belongs to: given explicitly by every producer, so that no library's own choice matters."""

from __future__ import annotations

import zlib


def partition_of(subject: str, count: int) -> int:
    """crc32 of the subject's UTF-8 bytes, modulo the number of partitions (DESIGN section 6)."""
    return zlib.crc32(subject.encode()) % count
