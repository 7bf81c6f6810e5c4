"""Replies that are near copies of each other over many messages, known by their fingerprints alone.

A date or a name that differs turns up to ten of the 64 bits of a reply of ordinary length; unrelated ones differ in
about thirty. Only those are compared that agree in all bits of one of MASKS (98 in 100 of such near copies do), and of
each mask's bucket only the first LEADERS: the cost is linear.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

BITS = 10
LEADERS = 50
MANY = 5  # messages, from which on it is boilerplate
_DICE = random.Random(64)  # noqa: S311 - which bits, the same in every run
MASKS = tuple(sum(1 << bit for bit in _DICE.sample(range(64), 10)) for _ in range(24))


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
        keys = [(mask, one & mask) for mask in MASKS]
        near = (other for key in keys for other in buckets.get(key, ()) if (one ^ other).bit_count() <= BITS)
        leader = next(near, one)
        yield one, leader
        for key in keys if leader == one else ():
            if len(buckets[key]) < LEADERS:
                buckets[key].append(one)
