"""What the pool of connections says of itself, and who had to wait for one."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from stores import new_store


def test_connections_and_waits_are_counted(tmp_path: Path) -> None:
    store = new_store(f"sqlite:///{tmp_path / 'pool.db'}")
    most = store.pool().most
    with ExitStack() as held:
        for _ in range(most):
            held.enter_context(store.read())
        use = store.pool()
        assert (use.in_use, use.idle, use.overflow, use.waits) == (most, 0, most - use.size, 0)
        waiting = threading.Thread(target=_read, args=(store,))
        waiting.start()
        while not store.pool().waits:
            pass
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert (store.pool().in_use, store.pool().waits) == (0, 1)
    store.close()


def _read(store: object) -> None:
    with store.read() as tx:  # type: ignore[attr-defined]
        tx.partition_count()


def test_a_store_in_memory_has_no_pool_that_counts() -> None:
    store = new_store("sqlite://")
    assert store.pool().most == 0
    store.close()
