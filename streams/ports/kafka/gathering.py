"""What comes while a batch is being committed becomes the next batch, as large as it is by then.

A transaction costs about as much for one record as for a hundred. Cut by the clock alone, a backlog would be committed
in batches of what arrives within that time, and most of a worker's day would go into their beginnings and ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Hands on what it is given, in its order, at most `most` at a time, and never two batches at once."""

    def __init__(self, commit: Callable[[Sequence[T]], Awaitable[None]], most: int) -> None:
        """`commit` is awaited for each batch, and raises nothing: whoever cannot go on ends the process."""
        self._commit = commit
        self._most = most
        self._waiting: list[T] = []
        self._committing: asyncio.Task[None] | None = None

    async def add(self, some: Sequence[T]) -> None:
        """Return at once, or, where `most` or more wait, when all of it is committed."""
        self._waiting += some
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._empty())
        if len(self._waiting) >= self._most:
            await self._committing

    async def _empty(self) -> None:
        while batch := self._waiting[: self._most]:
            del self._waiting[: self._most]
            await self._commit(batch)

    def cancel(self) -> None:
        """Hand nothing more on; what waits is nobody's, and will be delivered again."""
        if self._committing is not None:
            self._committing.cancel()
