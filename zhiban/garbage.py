"""The cyclic garbage collector, told what we are: rows and records are trees, which reference counts free."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Look for cycles after every 50,000 new containers, not after 700: a third of the engine's time was that search.

    Whole heaps are walked after 2,500 such searches of the young; what imports left is not walked again at all.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
