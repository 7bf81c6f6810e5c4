"""Answers that are near copies of each other over many messages, known by their fingerprints alone.

Of fingerprints that differ in at most BITS bits at least one of BITS + 1 bands is equal: only those that share a band
are compared, and in each band's bucket with the first LEADERS at most. The cost is linear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

BITS = 5
BANDS = BITS + 1
LEADERS = 40
MANY = 5  # messages, from which on it is boilerplate
_WIDTH = -(-64 // BANDS)


class Cluster(msgspec.Struct, frozen=True):
    """Messages whose replies are near copies, ascending by id."""

    messages: tuple[str, ...]


def clusters(prints: Iterable[tuple[str, str]]) -> list[Cluster]:
    """The clusters of (message, print) with MANY messages or more, the largest first."""
    equal: dict[int, set[str]] = defaultdict(set)
    for message, printed in prints:
        if printed:
            equal[int(printed, 16)].add(message)
    groups: dict[int, set[str]] = defaultdict(set)
    for one, leader in _led(sorted(equal, key=lambda key: (-len(equal[key]), key))):
        groups[leader] |= equal[one]
    found = [Cluster(tuple(sorted(group))) for group in groups.values() if len(group) >= MANY]
    return sorted(found, key=lambda cluster: (-len(cluster.messages), cluster.messages))


def _led(prints: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Every print with the first one before it that is near, or itself."""
    buckets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one in prints:
        keys = [(band, one >> band * _WIDTH & (1 << _WIDTH) - 1) for band in range(BANDS)]
        near = (other for key in keys for other in buckets[key] if (one ^ other).bit_count() <= BITS)
        leader = next(near, one)
        yield one, leader
        for key in keys if leader == one else ():
            if len(buckets[key]) < LEADERS:
                buckets[key].append(one)
