"""Batches grow while one is being committed; nothing is lost, doubled or turned round."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.ports.kafka.gathering import Gathering


class Ledger:
    """Takes as many turns of the loop for a batch as it is told, and notes what it was given."""

    def __init__(self, turns: Sequence[int]) -> None:
        self._turns = list(turns)
        self.batches: list[list[int]] = []
        self.at_work = 0
        self.most_at_work = 0

    async def commit(self, batch: Sequence[int]) -> None:
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        for _ in range(self._turns.pop() if self._turns else 0):
            await asyncio.sleep(0)
        self.batches.append(list(batch))
        self.at_work -= 1


async def _settled(ledger: Ledger, count: int) -> None:
    for _ in range(1000):
        if sum(map(len, ledger.batches)) >= count:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{ledger.batches} after a thousand turns; expected {count} in all")


@given(
    arrivals=st.lists(st.tuples(st.integers(1, 7), st.integers(0, 3)), max_size=12),
    turns=st.lists(st.integers(0, 20), max_size=12),
    most=st.integers(1, 6),
)
def test_all_is_committed_once_in_order_one_batch_at_a_time(
    arrivals: list[tuple[int, int]], turns: list[int], most: int
) -> None:
    ledger = Ledger(turns)

    async def arrive() -> None:
        gathering = Gathering(ledger.commit, most)
        number = 0
        for size, pause in arrivals:
            await gathering.add(range(number, number + size))
            number += size
            for _ in range(pause):
                await asyncio.sleep(0)
        await _settled(ledger, number)

    asyncio.run(arrive())
    total = sum(size for size, _ in arrivals)
    assert [one for batch in ledger.batches for one in batch] == list(range(total))
    assert all(1 <= len(batch) <= most for batch in ledger.batches)
    assert ledger.most_at_work <= 1


async def test_what_comes_during_a_commit_is_one_batch() -> None:
    ledger = Ledger([0, 10])
    gathering = Gathering(ledger.commit, 100)
    for number in range(5):
        await gathering.add([number])
        await asyncio.sleep(0)
    await _settled(ledger, 5)
    assert ledger.batches == [[0], [1, 2, 3, 4]]


async def test_whoever_adds_too_much_waits_until_there_is_room() -> None:
    ledger = Ledger([5, 5, 5])
    gathering = Gathering(ledger.commit, 2)
    await gathering.add([1])
    assert ledger.batches == []
    await gathering.add([2, 3])
    assert [one for batch in ledger.batches for one in batch] == [1, 2, 3]


async def test_cancelled_it_hands_nothing_more_on() -> None:
    ledger = Ledger([3])
    gathering = Gathering(ledger.commit, 2)
    await gathering.add([1])
    await asyncio.sleep(0)
    gathering.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert ledger.batches == []
