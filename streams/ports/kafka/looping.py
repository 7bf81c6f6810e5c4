"""The event loop of a worker that reads: it asks the kernel what has arrived once in a while, not after each callback.

Faust makes three turns of the loop for each record, and every turn asks, though there is plenty to do. Asking lets go
of the interpreter for a moment, and the thread that judges is woken for nothing, some ten thousand times a second.
"""

from __future__ import annotations

import asyncio
import selectors
import time

PATIENCE = 0.001  # seconds for which callbacks that are ready go before what may have arrived


class PatientSelector(selectors.DefaultSelector):
    """Asks at most once in `PATIENCE` while there is something else to do; who would sleep asks at once."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        super().__init__()
        self._asked = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; nothing where it was asked a moment ago and the caller does not want to wait."""
        now = time.monotonic()
        if timeout is not None and timeout <= 0 and now - self._asked < PATIENCE:
            return []
        self._asked = now
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout)
        return ready


def patient_loop() -> asyncio.AbstractEventLoop:
    """A loop with such a selector."""
    return asyncio.SelectorEventLoop(PatientSelector())
