"""Whether a worker moves: each piece of work that it has begun is owed until it ends well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
LONG = 300.0  # seconds after which work that has not ended well is a fault


class Pulse:
    """What one worker owes. A round that fails is owed from its first attempt on; who rests owes nothing."""

    def __init__(self, long: float = LONG) -> None:
        """Nothing is owed yet."""
        self._long = long
        self._owed: dict[str, float] = {}

    @contextmanager
    def owing(self, name: str) -> Iterator[None]:
        """Work that is done well when this ends without an exception."""
        self._owed.setdefault(name, time.monotonic())
        yield
        self._owed.pop(name, None)

    def owed(self, name: str, work: Callable[P, R]) -> Callable[P, R]:
        """`work`, owed from each call until it returns."""

        def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.owing(name):
                return work(*args, **kwargs)

        return watched

    def fault(self) -> str:
        """What has been owed for too long, in words, or ""."""
        now = time.monotonic()
        late = [f"{name} for {now - since:.0f} s" for name, since in sorted(self._owed.items()) if self._late(since)]
        return "nothing done well: " + ", ".join(late) if late else ""

    def _late(self, since: float) -> bool:
        return time.monotonic() - since > self._long
