import asyncio
import socket

import pytest
from sites import Names

from streams.ports.addresses import Blocked
from streams.ports.resolver import Guarded, SystemResolver, Unresolved, addresses


async def test_the_machine_knows_itself_and_many_ask_at_once() -> None:
    resolver = SystemResolver()
    answers = await asyncio.gather(*(resolver.resolve("localhost", socket.AF_INET) for _ in range(50)))
    assert answers == [["127.0.0.1"]] * 50
    assert await resolver.resolve("localhost", socket.AF_INET) == ["127.0.0.1"]
    resolver.close()


@pytest.mark.parametrize("host", ["a..example", "x" * 300, "127.0.0.1\0.example"])
async def test_what_is_no_name_is_unresolved(host: str) -> None:
    resolver = SystemResolver()
    with pytest.raises(Unresolved):
        await resolver.resolve(host, socket.AF_INET)
    resolver.close()


async def test_one_who_gives_up_does_not_take_the_answer_from_others() -> None:
    resolver = SystemResolver()
    impatient = asyncio.ensure_future(resolver.resolve("localhost", socket.AF_INET))
    patient = asyncio.ensure_future(resolver.resolve("localhost", socket.AF_INET))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == ["127.0.0.1"]
    resolver.close()


async def test_literal_addresses_are_asked_of_nobody() -> None:
    assert await addresses(Names(), "[::1]", socket.AF_INET6) == ["::1"]
    with pytest.raises(Unresolved, match="other family"):
        await addresses(Names(), "127.0.0.1", socket.AF_INET6)


async def test_guarded_gives_both_families_or_refuses_the_name() -> None:
    names = Names(both_example=["8.8.8.8", "2400:3200::1"], mixed_example=["8.8.8.8", "fd00::1"])
    found = await Guarded(names, private=False).resolve("both.example", 80)
    assert [(one["host"], one["family"]) for one in found] == [
        ("8.8.8.8", socket.AF_INET),
        ("2400:3200::1", socket.AF_INET6),
    ]
    with pytest.raises(Blocked, match="fd00::1"):
        await Guarded(names, private=False).resolve("mixed.example", 80)
    assert len(await Guarded(names, private=True).resolve("mixed.example", 80)) == 2
    with pytest.raises(Unresolved):
        await Guarded(names, private=True).resolve("gone.example", 80)
