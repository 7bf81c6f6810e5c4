"""What goes out of the cluster: findings as the ledger has them, and what lies in quarantine. Nobody of ours reads it.

Both follow their table from where they were last: at least once, in order, and each line names itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from streams.findings import Finding
from streams.ports.store import Store
from streams.ports.store.opening import Transaction

CHUNK = 1000
PLACE = "published_findings"
NOWHERE = (datetime(1970, 1, 1, tzinfo=UTC), "", 0)


class Piece(msgspec.Struct, frozen=True):
    """What lies in quarantine: where it stood, why it lies there, and its bytes. `at` is log time."""

    id: int
    at: datetime
    what: str
    place: str
    reason: str
    body: bytes


class Outlet(Protocol):
    """Where it goes; both return when it is safe, and raise where it is not."""

    def findings(self, findings: Sequence[Finding]) -> None:
        """Take findings, in the ledger's order."""
        ...

    def pieces(self, pieces: Sequence[Piece]) -> None:
        """Take pieces from quarantine, in their order."""
        ...


class Publisher:
    """Follows ledger and quarantine."""

    def __init__(self, store: Store, outlet: Outlet) -> None:
        """Publish what `store` has to `outlet`."""
        self._store, self._outlet = store, outlet

    def turn(self) -> int:
        """Publish what is new, a chunk of each; how much that was."""
        return self._findings() + self._pieces()

    def _findings(self) -> int:
        with self._store.read() as tx:
            watermark = tx.watermark()
            new = tx.findings_between(_place(tx), watermark, CHUNK) if watermark is not None else []
        if new:
            self._outlet.findings(new)
            last = new[-1]
            with self._store.write() as tx:
                tx.set_meta(PLACE, msgspec.json.encode((last.time, last.subject, last.n)).decode())
        return len(new)

    def _pieces(self) -> int:
        with self._store.read() as tx:
            new = [Piece(*row) for row in tx.unpublished_pieces(CHUNK)]
        if new:
            self._outlet.pieces(new)
            with self._store.write() as tx:
                tx.set_published([piece.id for piece in new])
        return len(new)


def _place(tx: Transaction) -> tuple[datetime, str, int]:
    value = tx.get_meta(PLACE)
    return NOWHERE if value is None else msgspec.json.decode(value, type=tuple[datetime, str, int])
