"""How the database's connections are used: what the pool says, and how often all of them were out."""

from __future__ import annotations

import msgspec
from sqlalchemy.pool import Pool, QueuePool


class PoolUse(msgspec.Struct, frozen=True):
    """Connections of one process. `size` are kept open, `most` may be open at once; `waits` counts transactions that
    found all of them out."""

    size: int = 0
    most: int = 0
    in_use: int = 0
    idle: int = 0
    overflow: int = 0
    waits: int = 0


class Waits:
    """Counts who has to wait for a connection; the pool itself does not."""

    def __init__(self, pool: Pool) -> None:
        """Watch `pool`, where it is one that can run dry."""
        self.count = 0
        self._pool = pool if isinstance(pool, QueuePool) else None
        self._most = _most(pool)

    def note(self) -> None:
        """A transaction is about to begin."""
        if self._pool is not None and self._pool.checkedout() >= self._most:
            self.count += 1


def use_of(pool: Pool, waits: int) -> PoolUse:
    """What the pool says of itself now."""
    if not isinstance(pool, QueuePool):
        return PoolUse()
    size, idle, out = pool.size(), pool.checkedin(), pool.checkedout()
    return PoolUse(size=size, most=_most(pool), in_use=out, idle=idle, overflow=max(pool.overflow(), 0), waits=waits)


def _most(pool: Pool) -> int:
    return pool.size() + pool._max_overflow if isinstance(pool, QueuePool) else 0  # noqa: SLF001 - it is told nowhere
